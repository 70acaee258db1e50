using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.SignIn;

public sealed class LogInByPasswordTests : IAsyncLifetime
{
    private CustomerFixture _fixture = null!;
    private LogInByPassword _logIn = null!;
    private Company _company = null!;
    private User _master = null!;
    private User _user = null!;

    private CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _fixture = await CustomerFixture.OpenAsync();
        var bank = _fixture.Bank;
        _company = await bank.AddCompany("0501D00900", AuthenticationMethod.IdAndPassword);
        _master = await bank.AddUser("0501D00900M", _company, UserRole.Master);
        _user = await bank.AddUser("0501D00900T", _company);
        _logIn = new(
            bank.Writer, bank.Contexts, _fixture.Passwords, new SourceThrottle(Options.Create(_fixture.PasswordLimits), bank.Clock),
            _fixture.Sessions, _fixture.Refusals, bank.Clock);
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("0501D00900M")]
    [InlineData(" ０５０１ｄ００９００ｍ ")]
    public async Task RightPassword_OfACompanyOfTheMethod_OpensASessionWithoutCertificate(string loginId)
    {
        var loggedIn = Assert.IsType<PasswordLogInOutcome.LoggedIn>(await TryAsync(loginId));

        var live = _fixture.State(new Actor(loggedIn.SessionId, CustomerFixture.Source)).Live;
        Assert.NotNull(live);
        Assert.Null(live.Certificate);
        Assert.Null(live.Session.CertificateFingerprint);
        Assert.Equal(_master.Id, live.User.Id);
        Assert.DoesNotContain(loggedIn.Token, loggedIn.ToString(), StringComparison.Ordinal);
        var record = Assert.Single(_fixture.History(HistoryOperation.Login));
        Assert.Equal(
            (HistoryResult.Done, "id-and-password", _master.Id, _company.Id),
            (record.Result, record.Detail, record.UserId, record.CompanyId));
    }

    [Theory]
    [InlineData("0501D00900M", "wrong", "password-wrong")]
    [InlineData("nobody", TestBank.LoginPassword, "login-id-unknown")]
    [InlineData("0501D60001M", TestBank.LoginPassword, "password-method-refused")]
    [InlineData("counter1", TestBank.LoginPassword, "password-method-refused")]
    [InlineData("suspended", "wrong", "password-wrong")]
    [InlineData("late", "wrong", "password-wrong")]
    [InlineData("deleted", TestBank.LoginPassword, "login-id-unknown")]
    [InlineData("\u200b", TestBank.LoginPassword, "login-id-unknown")]
    public async Task Anyone_WhoMayNotLogInThisWay_IsRefusedWithOneAnswer_AndOneCount(string loginId, string password, string detail)
    {
        await _fixture.Bank.AddUser("counter1", company: null, UserRole.CounterClerk);
        var suspended = await _fixture.Bank.AddUser("suspended", _company);
        var late = await _fixture.Bank.AddUser("late", _company);
        var deleted = await _fixture.Bank.AddUser("deleted", _company);
        await _fixture.Bank.Act(work =>
        {
            work.Db.Users.Single(u => u.Id == suspended.Id).Suspend(work.Now);
            work.Db.Users.Single(u => u.Id == deleted.Id).Delete(work.Now);
            work.Db.Users.Single(u => u.Id == late.Id).SetOneTimePassword(late.LoginPassword, work.Now.AddMilliseconds(-1));
        });

        Assert.IsType<PasswordLogInOutcome.Refused>(await TryAsync(loginId, password));

        var attempts = Assert.Single(_fixture.Bank.Read(db => db.PasswordAttempts.AsNoTracking().ToList()));
        Assert.Equal((PasswordPath.Open, 1), (attempts.Path, attempts.Failures));
        await _fixture.Refusals.FlushAsync(Cancellation);
        var record = Assert.Single(_fixture.History(HistoryOperation.Login));
        Assert.Equal((HistoryResult.Refused, detail), (record.Result, record.Detail));
        Assert.Equal(0, _fixture.Bank.Read(db => db.Sessions.Count()));
    }

    [Theory]
    [InlineData("suspended", CertificateFinding.UserSuspended, "user-suspended")]
    [InlineData("late", CertificateFinding.InitialPasswordExpired, "one-time-password-expired")]
    [InlineData("suspended and late", CertificateFinding.UserSuspended, "user-suspended")]
    public async Task RightPassword_OfWhoMayNotLogIn_IsToldTheTrueCauseAndCountsAsNoFailure(
        string state, CertificateFinding finding, string detail)
    {
        await TryAsync(_user.LoginId, "wrong");
        await _fixture.Bank.Act(work =>
        {
            var user = work.Db.Users.Single(u => u.Id == _user.Id);
            if (state.Contains("suspended", StringComparison.Ordinal))
            {
                user.Suspend(work.Now);
            }

            if (state.Contains("late", StringComparison.Ordinal))
            {
                user.SetOneTimePassword(user.LoginPassword, work.Now.AddMilliseconds(-1));
            }
        });

        for (var n = 0; n < 2 * _fixture.PasswordLimits.FailuresUntilLock; n++)
        {
            var told = Assert.IsType<PasswordLogInOutcome.Diagnosed>(await TryAsync(_user.LoginId)).Diagnosis;
            Assert.Equal((finding, (PersonKind?)PersonKind.GeneralUser), (told.Finding, told.Person));
        }

        Assert.Equal(detail, _fixture.History(HistoryOperation.Login).Last(r => r.UserId == _user.Id).Detail);
        Assert.Equal(0, _fixture.Bank.Read(db => db.Sessions.Count()));
    }

    [Fact]
    public async Task RightPassword_OfACertificateCompany_ForgivesNoFailure()
    {
        // Otherwise five tries would tell which of the passwords was right.
        for (var n = 0; n < _fixture.PasswordLimits.FailuresUntilLock; n++)
        {
            await TryAsync(_fixture.Master.LoginId, n == 2 ? TestBank.LoginPassword : "wrong");
        }

        await using var db = await _fixture.Bank.Contexts.CreateDbContextAsync(Cancellation);
        Assert.True(_fixture.Attempts.StateOf(db, _fixture.Master.CanonicalLoginId, PasswordPath.Open, _fixture.Bank.Now).IsLocked);
        Assert.IsType<LogInOutcome.LoggedIn>(await _fixture.TryLogIn(_fixture.MasterCertificate));
    }

    [Fact]
    public async Task FailuresInARow_LockTheOpenPathOnly_AndForATime()
    {
        for (var n = 0; n < _fixture.PasswordLimits.FailuresUntilLock; n++)
        {
            Assert.IsType<PasswordLogInOutcome.Refused>(await TryAsync(_user.LoginId, "wrong"));
        }

        Assert.IsType<PasswordLogInOutcome.Refused>(await TryAsync(_user.LoginId));
        _fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(_fixture.PasswordLimits.LockMinutes));
        Assert.IsType<PasswordLogInOutcome.LoggedIn>(await TryAsync(_user.LoginId));
        await _fixture.Refusals.FlushAsync(Cancellation);
        Assert.Equal(
            ["id-and-password", "password-wrong", "password-locked"],
            _fixture.History(HistoryOperation.Login).Where(r => r.UserId == _user.Id).Select(r => r.Detail));
    }

    [Fact]
    public async Task FailuresInARow_CloseNoOpenSession()
    {
        var actor = await SignInAsync(_user);
        for (var n = 0; n <= _fixture.PasswordLimits.FailuresUntilLock; n++)
        {
            await TryAsync(_user.LoginId, "wrong");
        }

        Assert.NotNull(_fixture.State(actor).Live);
    }

    [Fact]
    public async Task Source_ThatTriesTooOften_IsRefusedAlike_WithoutAnAttemptOfAnybody()
    {
        for (var n = 0; n < _fixture.PasswordLimits.OpenAttemptsPerSourceAndMinute; n++)
        {
            await TryAsync($"nobody{n}");
        }

        Assert.IsType<PasswordLogInOutcome.Refused>(await TryAsync(_user.LoginId));
        Assert.False(_fixture.Bank.Read(db => db.PasswordAttempts.Count() > _fixture.PasswordLimits.OpenAttemptsPerSourceAndMinute));
        _fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.IsType<PasswordLogInOutcome.LoggedIn>(await TryAsync(_user.LoginId));
    }

    [Fact]
    public async Task SecondLogin_EndsTheFirst()
    {
        var first = await SignInAsync(_user);
        var second = await SignInAsync(_user);

        Assert.Equal(SessionEndReason.SecondLogin, _fixture.State(first).Ended);
        Assert.NotNull(_fixture.State(second).Live);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SuspensionOrDeletion_EndsTheSession(bool deleted)
    {
        var actor = await SignInAsync(_user);
        var at = _fixture.Bank.Now.ToUnixTimeMilliseconds();
        _fixture.Bank.Sql(deleted
            ? $"UPDATE Users SET DeletedAt = {at} WHERE Id = {_user.Id}"
            : (FormattableString)$"UPDATE Users SET SuspendedAt = {at} WHERE Id = {_user.Id}");

        Assert.Equal(SessionEndReason.UserSuspended, _fixture.State(actor).Ended);
    }

    [Fact]
    public async Task Company_GoingOverToCertificates_EndsItsSessions()
    {
        var actor = await SignInAsync(_user);
        _fixture.Bank.Sql($"UPDATE Companies SET AuthenticationMethod = 'Certificate' WHERE Id = {_company.Id}");

        Assert.Equal(SessionEndReason.MethodChanged, _fixture.State(actor).Ended);
        Assert.IsType<PasswordLogInOutcome.Refused>(await TryAsync(_user.LoginId));
    }

    [Fact]
    public async Task Sessions_BeyondTheirLimits_AreSweptLikeOthers()
    {
        var actor = await SignInAsync(_user);
        var behindCertificate = await _fixture.SignIn(_fixture.UserCertificate);
        _fixture.Bank.Clock.Advance(_fixture.SessionLimits.Idle);

        Assert.Equal(2, await _fixture.LogOut.SweepAsync(Actor.System("test"), _fixture.Bank.Contexts, _fixture.Bank.Clock, Cancellation));
        Assert.Equal(SessionEndReason.Idle, _fixture.StoredSession(actor).EndReason);
        Assert.Equal(SessionEndReason.Idle, _fixture.StoredSession(behindCertificate).EndReason);
    }

    [Fact]
    public async Task End_IsToldWithoutAFingerprint()
    {
        var actor = await SignInAsync(_user);
        List<EndedSession> told = [];
        _fixture.Sessions.Ended += told.Add;

        await _fixture.LogOut.ByUserAsync(actor, Cancellation);

        Assert.Equal(new EndedSession(actor.SessionId, _user.Id, null, SessionEndReason.LoggedOut), Assert.Single(told));
    }

    private async Task<Actor> SignInAsync(User user) =>
        new(Assert.IsType<PasswordLogInOutcome.LoggedIn>(await TryAsync(user.LoginId)).SessionId, CustomerFixture.Source);

    private Task<PasswordLogInOutcome> TryAsync(string loginId, string password = TestBank.LoginPassword) =>
        _logIn.RunAsync(loginId, new SuppliedPassword(password), Actor.Anonymous(CustomerFixture.Source), "a browser", Cancellation);
}
