using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Users;

public sealed class RecentOperationsTests : IDisposable
{
    private readonly TestBank _bank = TestBank.Open();
    private readonly RecentOperations _recent;

    public RecentOperationsTests() => _recent = new RecentOperations(_bank.Acts, _bank.Contexts);

    [Fact]
    public async Task Functions_Opened_AreShownLatestFirst()
    {
        await OpenAsync(1, "BRSK018", "BNTC001", "BSSK001");

        Assert.Equal(["BSSK001", "BNTC001", "BRSK018"], await OfAsync(1));
    }

    [Fact]
    public async Task Function_OpenedAgain_IsShownOnceAndFirst()
    {
        await OpenAsync(1, "BRSK018", "BNTC001", "BRSK018");

        Assert.Equal(["BRSK018", "BNTC001"], await OfAsync(1));
    }

    [Fact]
    public async Task Functions_MoreThanFive_ShowTheLastFive()
    {
        await OpenAsync(1, "1", "2", "3", "4", "5", "6");

        Assert.Equal(["6", "5", "4", "3", "2"], await OfAsync(1));
    }

    [Fact]
    public async Task Functions_OfAnother_AreNotShown()
    {
        await OpenAsync(1, "BRSK018");

        Assert.Empty(await OfAsync(2));
    }

    [Fact]
    public async Task Function_OpenedTwiceAtOnce_IsNotedOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => _recent.NoteAsync(1, "BRSK018"))));

        Assert.Equal(["BRSK018"], await OfAsync(1));
    }

    public void Dispose() => _bank.Dispose();

    private async Task OpenAsync(long userId, params string[] functions)
    {
        foreach (var function in functions)
        {
            await _recent.NoteAsync(userId, function, TestContext.Current.CancellationToken);
            _bank.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private Task<IReadOnlyList<string>> OfAsync(long userId) => _recent.OfAsync(userId, TestContext.Current.CancellationToken);
}
