using DensaiAdmin.Core.Home;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Home;

public sealed class RecentOperationsTests : IAsyncLifetime
{
    private readonly TestBank _bank = TestBank.Open();
    private readonly RecentOperations _recent;

    private readonly SessionWatch _sessions;
    private readonly Dictionary<long, Actor> _actors = [];

    public RecentOperationsTests()
    {
        _sessions = new SessionWatch(Options.Create(new SessionOptions()), _bank.Anchor.Revoked, _bank.Clock);
        _recent = new RecentOperations(_bank.Writer, _bank.Contexts, _sessions, _bank.Clock);
    }

    public async ValueTask InitializeAsync()
    {
        var company = await _bank.AddCompany(method: AuthenticationMethod.IdAndPassword);
        foreach (var id in new[] { "0501D00601A", "0501D00601B" })
        {
            var user = await _bank.AddUser(id, company);
            _actors.Add(user.Id, await _bank.AddSession(user));
        }
    }

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
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => _recent.NoteAsync(_actors[1], "BRSK018"))));

        Assert.Equal(["BRSK018"], await OfAsync(1));
    }

    [Fact]
    public async Task Function_OpenedInASessionThatIsOver_IsNotNoted()
    {
        await _bank.Act(work => work.Db.Users.Single(u => u.Id == 1).Suspend(work.Now));

        Assert.False(await _recent.NoteAsync(_actors[1], "BRSK018", TestContext.Current.CancellationToken));
        Assert.Empty(await OfAsync(1));
    }

    public ValueTask DisposeAsync()
    {
        _bank.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task OpenAsync(long userId, params string[] functions)
    {
        foreach (var function in functions)
        {
            await _recent.NoteAsync(_actors[userId], function, TestContext.Current.CancellationToken);
            _bank.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private Task<IReadOnlyList<string>> OfAsync(long userId) => _recent.OfAsync(1, userId, TestContext.Current.CancellationToken);
}
