using DensaiAdmin.Core;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.HistorySearch;

public sealed class ReportLoginTests : IAsyncLifetime
{
    private CustomerFixture _fixture = null!;
    private ReportLogin _reports = null!;
    private Actor _user = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The user tried with a wrong password and is logged in: records 1 and 2; the master's login is 3.</summary>
    public async ValueTask InitializeAsync()
    {
        _fixture = await CustomerFixture.OpenAsync();
        _reports = new ReportLogin(_fixture.Bank.Writer, _fixture.Bank.Contexts, _fixture.Sessions, _fixture.Bank.Clock);
        await _fixture.TryLogIn(_fixture.UserCertificate, "wrong-password-1");
        _fixture.Bank.Clock.Advance(TimeSpan.FromSeconds(1));
        _user = await _fixture.SignIn(_fixture.UserCertificate);
        await _fixture.SignIn(_fixture.MasterCertificate);
    }

    [Fact]
    public async Task Logins_ShowDeviceAndWhichIsTheCurrentOne()
    {
        var rows = (await _fixture.Logins.PageAsync(_user, null, null, 30, Cancellation))!.Rows;

        Assert.Equal(
            [(2L, true, "a browser", true, false), (1L, false, null, false, false)],
            rows.Select(r => (r.RecordNumber, r.Succeeded, r.UserAgent, r.IsCurrent, r.IsReported)));
    }

    [Fact]
    public async Task Logins_ArePagedByKey()
    {
        await _fixture.SignIn(_fixture.UserCertificate);
        var actor = await _fixture.SignIn(_fixture.UserCertificate);
        var first = (await _fixture.Logins.PageAsync(actor, null, null, 2, Cancellation))!;
        var second = (await _fixture.Logins.PageAsync(actor, first.Rows[^1].RecordNumber, null, 2, Cancellation))!;

        Assert.Equal((0, 4, true), (first.Ahead, first.Total, first.HasMore));
        Assert.Equal([2L, 1], second.Rows.Select(r => r.RecordNumber));
        Assert.Equal((2, 4, false), (second.Ahead, second.Total, second.HasMore));
    }

    [Fact]
    public async Task Report_IsRecorded_AndTheRowSaysSo()
    {
        var reported = Assert.IsType<ReportLoginOutcome.Reported>(await _reports.ReportAsync(_user, 1, Cancellation));

        var record = Assert.Single(_fixture.History(HistoryOperation.LoginReport));
        Assert.Equal(
            (HistoryResult.Done, "0501D60001T", "login-not-mine", "1", reported.ReceiptNumber, (long?)_fixture.Company.Id),
            (record.Result, record.LoginId, record.Detail, record.Value, record.ReceiptNumber, record.CompanyId));
        Assert.True((await _fixture.Logins.PageAsync(_user, null, null, 30, Cancellation))!.Rows[1].IsReported);
        var found = await _reports.FindAsync(_user, "1", Cancellation);
        Assert.Equal((reported.ReceiptNumber, _fixture.Bank.Now), (found!.ReceiptNumber, found.ReportedAt));
    }

    [Fact]
    public async Task Report_IsMailedToTheOwnerAndTheMasters()
    {
        var reported = Assert.IsType<ReportLoginOutcome.Reported>(await _reports.ReportAsync(_user, 2, Cancellation));

        var login = Assert.Single(_fixture.Bank.History(), r => r.RecordNumber == 2 && r.CompanyId == _fixture.Company.Id);
        var mails = (await _fixture.MailsAsync(MailKind.LoginReported));
        Assert.Equal([_fixture.User.Id, _fixture.Master.Id, _fixture.SecondMaster.Id], mails.Select(m => m.RecipientId));
        Assert.All(mails, mail =>
        {
            Assert.Equal("【北洋銀行】身に覚えのないログインの申告を受け付けました", mail.Subject);
            Assert.Contains("対象のログイン：" + JapanTime.Format(login.At), mail.Text, StringComparison.Ordinal);
            Assert.Contains("受付番号：" + reported.ReceiptNumber, mail.Text, StringComparison.Ordinal);
            Assert.Contains("通知番号：" + mail.MailNumber, mail.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("http", mail.Text, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("失効", mail.Text, StringComparison.Ordinal);
        });
        Assert.Contains("パスワードを変更してください", mails[0].Text, StringComparison.Ordinal);
        Assert.Contains("ご本人にご確認ください", mails[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_OfARefusedTry_SaysSoInTheMail()
    {
        await _reports.ReportAsync(_user, 1, Cancellation);

        Assert.All(
            await _fixture.MailsAsync(MailKind.LoginReported),
            mail => Assert.Contains("対象のログイン（失敗）：", mail.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Report_Twice_IsOne()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _reports.ReportAsync(_user, 1, Cancellation)));

        Assert.Single(outcomes.Cast<ReportLoginOutcome.Reported>().Select(o => o.ReceiptNumber).Distinct(StringComparer.Ordinal));
        Assert.Single(_fixture.History(HistoryOperation.LoginReport));
        Assert.Equal(3, (await _fixture.MailsAsync(MailKind.LoginReported)).Count);
    }

    [Fact]
    public async Task Report_EndsEveryOtherSession_AndNotOnesOwn()
    {
        // A login ends the earlier session; another one stands for a stranger who came by where that rule did not hold.
        var stranger = await _fixture.Bank.Act(work =>
        {
            var session = new Session(
                _fixture.User.Id, _fixture.UserCertificate.Id, _fixture.UserCertificate.Sha256Fingerprint, Session.HashToken("x"),
                "203.0.113.9", "", work.Now);
            work.Db.Sessions.Add(session);
            work.Db.SaveChanges();
            return new Actor(session.Id, "203.0.113.9");
        });
        var ended = new List<EndedSession>();
        _fixture.Sessions.Ended += ended.Add;

        await _reports.ReportAsync(_user, 1, Cancellation);

        Assert.Equal(SessionEndReason.LoginReported, _fixture.State(stranger).Ended);
        Assert.Equal((stranger.SessionId, SessionEndReason.LoginReported), (Assert.Single(ended).SessionId, ended[0].Reason));
        Assert.NotNull(_fixture.State(_user).Live);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("4711")]
    [InlineData("x")]
    [InlineData(null)]
    public async Task Login_OfAnotherOrInvented_IsNothing_AndRecorded(string? number)
    {
        Assert.Null(await _reports.FindAsync(_user, number, Cancellation));
        Assert.Single(_fixture.History(HistoryOperation.ForeignAccess));
        Assert.IsType<ReportLoginOutcome.NoSuchLogin>(await _reports.ReportAsync(_user, 3, Cancellation));
        Assert.Empty(_fixture.History(HistoryOperation.LoginReport));
        Assert.Empty((await _fixture.MailsAsync(MailKind.LoginReported)));
    }

    [Fact]
    public async Task Report_AfterTheSessionEnded_ChangesNothing_AndIsRecordedAsRefused()
    {
        await _fixture.LogOut.ByUserAsync(_user, Cancellation);

        Assert.IsType<ReportLoginOutcome.SessionEnded>(await _reports.ReportAsync(_user, 1, Cancellation));
        var refusal = Assert.Single(_fixture.History(HistoryOperation.LoginReport));
        Assert.Equal((HistoryResult.Refused, "session-ended-meanwhile"), (refusal.Result, refusal.Detail));
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }
}
