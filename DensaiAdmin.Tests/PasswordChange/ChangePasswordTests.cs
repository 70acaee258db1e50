using DensaiAdmin.Core.PasswordChange;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.PasswordChange;

public sealed class ChangePasswordTests : IAsyncLifetime
{
    private const string NewLogin = "a much better one 2026";
    private const string NewConfirmation = "another good one";

    private CustomerFixture _fixture = null!;

    public async ValueTask InitializeAsync() => _fixture = await CustomerFixture.OpenAsync();

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task LoginPassword_Changed_IsTheOneThatLogsIn_AndOnlyTheOwnerIsTold()
    {
        var user = await _fixture.SignIn(_fixture.UserCertificate);

        var changed = Assert.IsType<ChangePasswordOutcome.Changed>(
            await Change(user, PasswordKind.Login, TestBank.LoginPassword, NewLogin));

        Assert.Null(_fixture.StoredSession(user).EndedAt);
        Assert.Equal([_fixture.User.Id], (await _fixture.MailsAsync(MailKind.PasswordChanged)).Select(m => m.RecipientId));
        Assert.Equal(("password-changed", "login-password", changed.ReceiptNumber), Record());
        Assert.NotNull(await _fixture.Users.FindResultAsync(user, changed.ReceiptNumber, TestContext.Current.CancellationToken));
        Assert.IsType<LogInOutcome.WrongPassword>(await _fixture.TryLogIn(_fixture.UserCertificate));
        Assert.IsType<LogInOutcome.LoggedIn>(await _fixture.TryLogIn(_fixture.UserCertificate, NewLogin));
    }

    [Fact]
    public async Task ConfirmationPassword_Changed_ConfirmsTheNextAct()
    {
        var master = await _fixture.SignIn(_fixture.MasterCertificate);

        Assert.IsType<ChangePasswordOutcome.Changed>(
            await Change(master, PasswordKind.Confirmation, TestBank.ConfirmationPassword, NewConfirmation));

        Assert.IsType<UnconfirmedOutcome.Wrong>(await _fixture.Confirm(master, CustomerFixture.Request(_fixture.UserCertificate)));
        Assert.Null(
            await _fixture.Confirm(master, CustomerFixture.Request(_fixture.UserCertificate), NewConfirmation));
    }

    [Fact]
    public async Task OtherSessions_OfTheUser_End()
    {
        var user = await _fixture.SignIn(_fixture.UserCertificate);
        var other = await _fixture.Bank.Act(work =>
        {
            var session = new Session(
                _fixture.User.Id, _fixture.UserCertificate.Id, _fixture.UserCertificate.Sha256Fingerprint, Session.HashToken("other"),
                "192.0.2.9", "", work.Now);
            work.Db.Sessions.Add(session);
            work.Db.SaveChanges();
            return new Actor(session.Id, "192.0.2.9");
        });

        await Change(user, PasswordKind.Login, TestBank.LoginPassword, NewLogin);

        Assert.Equal(SessionEndReason.PasswordChanged, _fixture.StoredSession(other).EndReason);
        Assert.Null(_fixture.StoredSession(user).EndedAt);
    }

    [Theory]
    [InlineData(PasswordKind.Login, "short", PasswordPolicyOutcome.TooShort)]
    [InlineData(PasswordKind.Login, TestBank.ConfirmationPassword, PasswordPolicyOutcome.SameAsOther)]
    [InlineData(PasswordKind.Confirmation, TestBank.LoginPassword, PasswordPolicyOutcome.SameAsOther)]
    [InlineData(PasswordKind.Confirmation, "0501d60001t", PasswordPolicyOutcome.TooPersonal)]
    [InlineData(PasswordKind.Confirmation, "password1", PasswordPolicyOutcome.TooCommon)]
    public async Task NewPassword_AgainstTheRules_ChangesNothing(PasswordKind kind, string replacement, PasswordPolicyOutcome why)
    {
        var user = await _fixture.SignIn(_fixture.UserCertificate);

        var refused = Assert.IsType<ChangePasswordOutcome.NotUsable>(
            await Change(user, kind, kind == PasswordKind.Login ? TestBank.LoginPassword : TestBank.ConfirmationPassword, replacement));

        Assert.Equal(new NewPasswordFault(kind, why), Assert.Single(refused.Faults));
        Assert.Equal($"{kind}:{why}", Record().Value);
        Assert.IsType<LogInOutcome.LoggedIn>(await _fixture.TryLogIn(_fixture.UserCertificate));
    }

    [Fact]
    public async Task NewPassword_ThatIsTheCurrent_IsRefused()
    {
        var user = await _fixture.SignIn(_fixture.UserCertificate);

        Assert.True(Assert.Single(Assert.IsType<ChangePasswordOutcome.NotUsable>(
            await Change(user, PasswordKind.Login, TestBank.LoginPassword, TestBank.LoginPassword)).Faults).IsCurrent);
    }

    [Fact]
    public async Task CurrentConfirmation_FiveTimesWrong_Locks_AndTellsByMail()
    {
        var user = await _fixture.SignIn(_fixture.UserCertificate);
        for (var left = 4; left >= 1; left--)
        {
            Assert.Equal(left, Assert.IsType<ChangePasswordOutcome.WrongCurrent>(
                await Change(user, PasswordKind.Confirmation, "wrong", NewConfirmation)).AttemptsLeft);
        }

        Assert.Null(
            Assert.IsType<ChangePasswordOutcome.Locked>(await Change(user, PasswordKind.Confirmation, "wrong", NewConfirmation)).Until);
        Assert.IsType<ChangePasswordOutcome.Locked>(
            await Change(user, PasswordKind.Confirmation, TestBank.ConfirmationPassword, NewConfirmation));
        Assert.Equal(3, (await _fixture.MailsAsync(MailKind.ConfirmationLocked)).Count);
        Assert.Equal(6, _fixture.History(HistoryOperation.PasswordChange).Count(r => r.Result == HistoryResult.Refused));
    }

    [Fact]
    public async Task CurrentLoginPassword_FiveTimesWrong_LocksForATime()
    {
        var user = await _fixture.SignIn(_fixture.UserCertificate);
        for (var i = 0; i < 4; i++)
        {
            await Change(user, PasswordKind.Login, "wrong", NewLogin);
        }

        Assert.Equal(
            _fixture.Bank.Now.AddMinutes(15),
            Assert.IsType<ChangePasswordOutcome.Locked>(await Change(user, PasswordKind.Login, "wrong", NewLogin)).Until);
        Assert.IsType<ChangePasswordOutcome.Locked>(await Change(user, PasswordKind.Login, TestBank.LoginPassword, NewLogin));
        Assert.IsType<LogInOutcome.Diagnosed>(await _fixture.TryLogIn(_fixture.UserCertificate));
    }

    [Fact]
    public async Task InitialPassword_IsReplacedTogetherWithTheConfirmation()
    {
        var (user, initial) = await FirstLogin();

        Assert.IsType<ChangePasswordOutcome.OtherForm>(await Change(user, PasswordKind.Login, initial, NewLogin));
        Assert.IsType<ChangePasswordOutcome.Changed>(await Replace(user, initial, NewLogin, NewConfirmation));

        var stored = _fixture.Stored(_fixture.User);
        Assert.Null(stored.OneTimePasswordExpiresAt);
        Assert.True(stored.LoginPassword.Matches(new SuppliedPassword(NewLogin)));
        Assert.True(stored.ConfirmationPassword.Matches(new SuppliedPassword(NewConfirmation)));
        Assert.IsType<ChangePasswordOutcome.OtherForm>(await Replace(user, NewLogin, "one more good password", "and one for acts"));
    }

    [Fact]
    public async Task InitialPassword_AsOneOfTheNew_IsRefused()
    {
        var (user, initial) = await FirstLogin();

        Assert.Equal(
            new(PasswordKind.Login, PasswordPolicyOutcome.Accepted, IsCurrent: true),
            Fault(await Replace(user, initial, initial, NewConfirmation)));
        Assert.Equal(
            new(PasswordKind.Confirmation, PasswordPolicyOutcome.Accepted, IsCurrent: true),
            Fault(await Replace(user, initial, NewLogin, initial)));
        Assert.Equal(
            new(PasswordKind.Confirmation, PasswordPolicyOutcome.SameAsOther), Fault(await Replace(user, initial, NewLogin, NewLogin)));
        Assert.NotNull(_fixture.Stored(_fixture.User).OneTimePasswordExpiresAt);
    }

    [Fact]
    public async Task EndedSession_ChangesNothing()
    {
        var user = await _fixture.SignIn(_fixture.UserCertificate);
        await _fixture.LogOut.ByUserAsync(user, TestContext.Current.CancellationToken);

        Assert.IsType<ChangePasswordOutcome.SessionEnded>(await Change(user, PasswordKind.Login, TestBank.LoginPassword, NewLogin));
        Assert.IsType<LogInOutcome.LoggedIn>(await _fixture.TryLogIn(_fixture.UserCertificate));
    }

    private static NewPasswordFault Fault(ChangePasswordOutcome outcome) =>
        Assert.Single(Assert.IsType<ChangePasswordOutcome.NotUsable>(outcome).Faults);

    private async Task<(Actor User, string Initial)> FirstLogin()
    {
        var master = await _fixture.SignIn(_fixture.MasterCertificate);
        var initial = (await _fixture.Managed(master, _fixture.Request(UserOperationKind.ResetPassword, _fixture.User)))
            .InitialPassword!.Value;
        return (new(
            Assert.IsType<LogInOutcome.LoggedIn>(await _fixture.TryLogIn(_fixture.UserCertificate, initial)).SessionId,
            CustomerFixture.Source), initial);
    }

    private Task<ChangePasswordOutcome> Change(Actor actor, PasswordKind kind, string current, string replacement) =>
        _fixture.ChangePassword.ByUserAsync(
            actor, kind, new SuppliedPassword(current), new SuppliedPassword(replacement), Guid.NewGuid(),
            TestContext.Current.CancellationToken);

    private Task<ChangePasswordOutcome> Replace(Actor actor, string current, string login, string confirmation) =>
        _fixture.ChangePassword.ReplaceInitialAsync(
            actor, new SuppliedPassword(current), new SuppliedPassword(login), new SuppliedPassword(confirmation), Guid.NewGuid(),
            TestContext.Current.CancellationToken);

    private (string Detail, string? Value, string? Receipt) Record()
    {
        var record = _fixture.History(HistoryOperation.PasswordChange)[^1];
        return (record.Detail, record.Value, record.ReceiptNumber);
    }
}
