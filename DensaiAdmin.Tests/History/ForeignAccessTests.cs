using DensaiAdmin.Core.CertificateInfo;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.History;

/// <summary>One look at what is not there for a person is one record, although a page asks twice for it (R22).</summary>
public sealed class ForeignAccessTests : IAsyncLifetime
{
    /// <summary>Every question whose answer "not there" is recorded.</summary>
    private static readonly Dictionary<string, Func<CustomerFixture, Actor, string, Task<object?>>> Questions = new(StringComparer.Ordinal)
    {
        ["RevocationQueries.FindTargetAsync"] = async (fixture, actor, asked) => await fixture.RevocationQueries.FindTargetAsync(
            actor, asked, Cancellation),
        ["RevocationQueries.FindResultAsync"] = async (fixture, actor, asked) => await fixture.RevocationQueries.FindResultAsync(
            actor, asked, Cancellation),
        ["UserQueries.FindAsync"] = async (fixture, actor, asked) => await fixture.Users.FindAsync(actor, asked, Cancellation),
        ["UserQueries.FindResultAsync"] = async (fixture, actor, asked) => await fixture.Users.FindResultAsync(actor, asked, Cancellation),
        ["CertificateFile.FindAsync"] = async (fixture, actor, asked) =>
            await new CertificateFile(fixture.Bank.Contexts, fixture.Bank.Writer, fixture.Sessions, fixture.Bank.Clock).FindAsync(
                actor, asked, Cancellation),
        ["OperationHistory.FindAsync"] = async (fixture, actor, asked) => await fixture.Records.FindAsync(actor, asked, Cancellation),
        ["ReportLogin.FindAsync"] = async (fixture, actor, asked) =>
            await new ReportLogin(
                fixture.Bank.Writer, fixture.Bank.Contexts, fixture.Sessions,
                fixture.Bank.Clock).FindAsync(actor, asked, Cancellation),
    };

    private CustomerFixture _fixture = null!;
    private Actor _request = null!;
    private Actor _page = null!;

    public static TheoryData<string> AllQuestions => [.. Questions.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _fixture = await CustomerFixture.OpenAsync();
        _request = await _fixture.SignIn(_fixture.MasterCertificate);
        _page = _request with { IsOnOpenPage = true };
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(AllQuestions))]
    public async Task Look_ThatAPageRepeatsWhenItOpens_IsOneRecord(string question)
    {
        await AskAsync(question, _request);
        await AskAsync(question, _page);

        Assert.Single(_fixture.History(HistoryOperation.ForeignAccess));
    }

    [Theory]
    [MemberData(nameof(AllQuestions))]
    public async Task Looks_FromAnOpenPage_AreARecordEach(string question)
    {
        await AskAsync(question, _request);
        await AskAsync(question, _page);
        await AskAsync(question, _page);
        await AskAsync(question, _page);

        Assert.Equal(3, _fixture.History(HistoryOperation.ForeignAccess).Count);
    }

    [Theory]
    [MemberData(nameof(AllQuestions))]
    public async Task Looks_OfAProgramThatOpensNoPage_AreARecordEach(string question)
    {
        await AskAsync(question, _request);
        await AskAsync(question, _request);

        Assert.Equal(2, _fixture.History(HistoryOperation.ForeignAccess).Count);
    }

    [Fact]
    public async Task Look_AtAnotherIdFromThePage_IsARecordOfItsOwn()
    {
        await AskAsync("UserQueries.FindAsync", _request, "0501D47701T");
        await AskAsync("UserQueries.FindAsync", _page, "0501D47701M");

        Assert.Equal(["0501D47701T", "0501D47701M"], _fixture.History(HistoryOperation.ForeignAccess).Select(r => r.Value));
    }

    [Fact]
    public async Task Look_LongAfterTheRequest_IsARecordOfItsOwn()
    {
        await AskAsync("UserQueries.FindAsync", _request);
        _fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        await AskAsync("UserQueries.FindAsync", _page);

        Assert.Equal(2, _fixture.History(HistoryOperation.ForeignAccess).Count);
    }

    [Fact]
    public async Task Look_OfAnotherSession_ExcusesNobody()
    {
        var other = await _fixture.SignIn(_fixture.SecondMasterCertificate);
        await AskAsync("UserQueries.FindAsync", _request);
        await AskAsync("UserQueries.FindAsync", other with { IsOnOpenPage = true });

        Assert.Equal(
            [_fixture.Master.Id, _fixture.SecondMaster.Id], _fixture.History(HistoryOperation.ForeignAccess).Select(r => r.UserId));
    }

    private async Task AskAsync(string question, Actor actor, string asked = "NOBODY-HAS-THIS") =>
        Assert.Null(await Questions[question](_fixture, actor, asked));
}
