using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.History;

/// <summary>One look at what is not there for a person is one record, although a page asks twice for it (R22).</summary>
public sealed class ForeignAccessTests : IAsyncLifetime
{
    /// <summary>Every question whose answer "not there" is recorded.</summary>
    private static readonly Dictionary<string, Func<CustomerDesk, Actor, string, Task<object?>>> Questions = new(StringComparer.Ordinal)
    {
        ["RevocationDesk.FindTargetAsync"] = async (desk, actor, asked) => await desk.Desk.FindTargetAsync(actor, asked, Cancellation),
        ["RevocationDesk.FindResultAsync"] = async (desk, actor, asked) => await desk.Desk.FindResultAsync(actor, asked, Cancellation),
        ["UserDesk.FindAsync"] = async (desk, actor, asked) => await desk.Users.FindAsync(actor, asked, Cancellation),
        ["UserDesk.FindResultAsync"] = async (desk, actor, asked) => await desk.Users.FindResultAsync(actor, asked, Cancellation),
        ["CertificateFile.FindAsync"] = async (desk, actor, asked) =>
            await new CertificateFile(desk.Bank.Contexts, desk.Bank.Acts, desk.Sessions, desk.Bank.Clock).FindAsync(actor, asked, Cancellation),
        ["OperationHistory.FindAsync"] = async (desk, actor, asked) => await desk.Records.FindAsync(actor, asked, Cancellation),
        ["ReportLogin.FindAsync"] = async (desk, actor, asked) =>
            await new ReportLogin(desk.Bank.Acts, desk.Bank.Contexts, desk.Sessions, desk.Outbox, desk.Bank.Clock).FindAsync(actor, asked, Cancellation),
    };

    private CustomerDesk _desk = null!;
    private Actor _request = null!;
    private Actor _page = null!;

    public static TheoryData<string> AllQuestions => [.. Questions.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _desk = await CustomerDesk.OpenAsync();
        _request = await _desk.SignIn(_desk.MasterCertificate);
        _page = _request with { IsOnOpenPage = true };
    }

    public ValueTask DisposeAsync()
    {
        _desk.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(AllQuestions))]
    public async Task Look_ThatAPageRepeatsWhenItOpens_IsOneRecord(string question)
    {
        await AskAsync(question, _request);
        await AskAsync(question, _page);

        Assert.Single(_desk.History(HistoryOperation.ForeignAccess));
    }

    [Theory]
    [MemberData(nameof(AllQuestions))]
    public async Task Looks_FromAnOpenPage_AreARecordEach(string question)
    {
        await AskAsync(question, _request);
        await AskAsync(question, _page);
        await AskAsync(question, _page);
        await AskAsync(question, _page);

        Assert.Equal(3, _desk.History(HistoryOperation.ForeignAccess).Count);
    }

    [Theory]
    [MemberData(nameof(AllQuestions))]
    public async Task Looks_OfAProgramThatOpensNoPage_AreARecordEach(string question)
    {
        await AskAsync(question, _request);
        await AskAsync(question, _request);

        Assert.Equal(2, _desk.History(HistoryOperation.ForeignAccess).Count);
    }

    [Fact]
    public async Task Look_AtAnotherIdFromThePage_IsARecordOfItsOwn()
    {
        await AskAsync("UserDesk.FindAsync", _request, "0501D47701T");
        await AskAsync("UserDesk.FindAsync", _page, "0501D47701M");

        Assert.Equal(["0501D47701T", "0501D47701M"], _desk.History(HistoryOperation.ForeignAccess).Select(r => r.Value));
    }

    [Fact]
    public async Task Look_LongAfterTheRequest_IsARecordOfItsOwn()
    {
        await AskAsync("UserDesk.FindAsync", _request);
        _desk.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        await AskAsync("UserDesk.FindAsync", _page);

        Assert.Equal(2, _desk.History(HistoryOperation.ForeignAccess).Count);
    }

    [Fact]
    public async Task Look_OfAnotherSession_ExcusesNobody()
    {
        var other = await _desk.SignIn(_desk.SecondMasterCertificate);
        await AskAsync("UserDesk.FindAsync", _request);
        await AskAsync("UserDesk.FindAsync", other with { IsOnOpenPage = true });

        Assert.Equal([_desk.Master.Id, _desk.SecondMaster.Id], _desk.History(HistoryOperation.ForeignAccess).Select(r => r.UserId));
    }

    private async Task AskAsync(string question, Actor actor, string asked = "NOBODY-HAS-THIS") =>
        Assert.Null(await Questions[question](_desk, actor, asked));
}
