using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Users;

public sealed class ManageUserTests : IAsyncLifetime
{
    private CustomerDesk _desk = null!;
    private Actor _master = null!;

    public async ValueTask InitializeAsync()
    {
        _desk = await CustomerDesk.OpenAsync();
        _master = await _desk.SignIn(_desk.MasterCertificate);
    }

    public ValueTask DisposeAsync()
    {
        _desk.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Suspend_EndsTheSessionsAndTheLogin_AndTellsOwnerAndMasters()
    {
        var user = await _desk.SignIn(_desk.UserCertificate);

        var done = await _desk.Managed(_master, _desk.Request(UserActKind.Suspend, _desk.User));

        Assert.Equal(SessionEndReason.UserSuspended, _desk.StoredSession(user).EndReason);
        Assert.Equal(CertificateFinding.UserSuspended, Assert.IsType<LogInOutcome.Diagnosed>(await _desk.TryLogIn(_desk.UserCertificate)).Diagnosis.Finding);
        Assert.Null(_desk.Stored(_desk.UserCertificate).RevokedAt);
        Assert.Equal([_desk.User.Id, _desk.Master.Id, _desk.SecondMaster.Id], _desk.Mails(MailKind.UserSuspended).Select(m => m.RecipientId));
        var record = Assert.Single(_desk.History(HistoryOperation.Suspension));
        Assert.Equal((HistoryResult.Done, "suspended", done.ReceiptNumber, _desk.User.Id), (record.Result, record.Detail, record.ReceiptNumber, record.TargetUserId));
        var receipt = await _desk.Users.FindResultAsync(_master, done.ReceiptNumber, TestContext.Current.CancellationToken);
        Assert.Equal((UserActKind.Suspend, 1), (receipt!.Kind, receipt.SessionsEnded));
    }

    [Fact]
    public async Task Release_LetsTheUserInAgainWithTheSameCertificate()
    {
        await _desk.Managed(_master, _desk.Request(UserActKind.Suspend, _desk.User));
        await _desk.Managed(_master, _desk.Request(UserActKind.Release, _desk.User));

        await _desk.SignIn(_desk.UserCertificate);
        Assert.Equal("released", Assert.Single(_desk.History(HistoryOperation.Release)).Detail);
    }

    [Theory]
    [InlineData(UserActKind.Suspend)]
    [InlineData(UserActKind.Change)]
    [InlineData(UserActKind.ResetPassword)]
    [InlineData(UserActKind.Delete)]
    public async Task Master_IsLeftToTheCounter_OneselfToo(UserActKind kind)
    {
        var becomes = new UserData("0501D60001K", "別の名前", "other@example.jp");

        Assert.Equal(UserRefusal.CounterOnly, (await _desk.Refused(_master, _desk.Request(kind, _desk.SecondMaster, becomes))).Reason);
        Assert.Equal(UserRefusal.CounterOnly, (await _desk.Refused(_master, _desk.Request(kind, _desk.Master, becomes))).Reason);
        var (one, other) = (_desk.Stored(_desk.Master), _desk.Stored(_desk.SecondMaster));
        Assert.All([one, other], m => Assert.Equal((null, null, null, UserRole.Master), (m.SuspendedAt, m.DeletedAt, m.OneTimePasswordExpiresAt, m.Role)));
        Assert.Equal(2, _desk.Bank.History().Count(r => r.Detail == "user-refused" && r.Value == nameof(UserRefusal.CounterOnly)));
    }

    [Fact]
    public async Task GeneralUser_ManagesNobody()
    {
        var user = await _desk.SignIn(_desk.UserCertificate);
        var colleague = await _desk.Bank.AddUser("0501D60001B", _desk.Company);

        Assert.Equal(UserRefusal.NotMaster, (await _desk.Refused(user, _desk.Request(UserActKind.Suspend, colleague))).Reason);
        Assert.Equal(UserRefusal.NotMaster, (await _desk.Refused(user, CustomerDesk.Registration())).Reason);
        Assert.Null(_desk.Stored(colleague).SuspendedAt);
    }

    [Theory]
    [InlineData(UserActKind.Suspend)]
    [InlineData(UserActKind.Unlock)]
    [InlineData(UserActKind.Change)]
    [InlineData(UserActKind.ResetPassword)]
    [InlineData(UserActKind.Delete)]
    public async Task UserOfAnotherCompany_IsNobody_AndStaysOutOfTheRecords(UserActKind kind)
    {
        var refused = await _desk.Refused(_master, _desk.Request(kind, _desk.Stranger, new UserData("0501D47701T", "別の名前", "other@example.jp")));

        Assert.Equal(UserRefusal.NoSuchUser, refused.Reason);
        var stranger = _desk.Stored(_desk.Stranger);
        Assert.Equal((null, null, null, _desk.Stranger.Name), (stranger.SuspendedAt, stranger.DeletedAt, stranger.OneTimePasswordExpiresAt, stranger.Name));
        Assert.Empty(_desk.Bank.Read(db => db.UserActs.ToList()));
        Assert.Null(Assert.Single(_desk.Bank.History(), r => r.Value == nameof(UserRefusal.NoSuchUser)).TargetUserId);
    }

    [Fact]
    public async Task Confirmation_OfAnotherActOrTwice_DoesNothing()
    {
        var suspend = _desk.Request(UserActKind.Suspend, _desk.User);
        var delete = _desk.Request(UserActKind.Delete, _desk.User);
        var proof = Assert.IsType<ConfirmationOutcome.Confirmed>(
            await _desk.Confirmations.JudgeAsync(_master, suspend.Confirmed, new SuppliedPassword(TestBank.ConfirmationPassword), null, TestContext.Current.CancellationToken)).Proof;

        var other = await _desk.Manage.ByMasterAsync(_master, delete, proof, TestContext.Current.CancellationToken);
        await _desk.Manage.ByMasterAsync(_master, suspend, proof, TestContext.Current.CancellationToken);
        var again = await _desk.Manage.ByMasterAsync(_master, suspend with { Kind = UserActKind.Release, Submission = Guid.NewGuid() }, proof, TestContext.Current.CancellationToken);

        Assert.Equal(UserRefusal.NotConfirmed, Assert.IsType<ManageUserOutcome.Refused>(other).Reason);
        Assert.Equal(UserRefusal.NotConfirmed, Assert.IsType<ManageUserOutcome.Refused>(again).Reason);
        Assert.Null(_desk.Stored(_desk.User).DeletedAt);
    }

    [Fact]
    public async Task MasterNoMore_BetweenConfirmationAndAct_DoesNothing()
    {
        var request = _desk.Request(UserActKind.Suspend, _desk.User);
        var proof = Assert.IsType<ConfirmationOutcome.Confirmed>(
            await _desk.Confirmations.JudgeAsync(_master, request.Confirmed, new SuppliedPassword(TestBank.ConfirmationPassword), null, TestContext.Current.CancellationToken)).Proof;
        _desk.Bank.Sql($"UPDATE Users SET Role = 'General' WHERE Id = {_desk.Master.Id}");

        var refused = await _desk.Manage.ByMasterAsync(_master, request, proof, TestContext.Current.CancellationToken);

        Assert.Equal(UserRefusal.NotMaster, Assert.IsType<ManageUserOutcome.Refused>(refused).Reason);
        Assert.Null(_desk.Stored(_desk.User).SuspendedAt);
    }

    [Fact]
    public async Task Target_WhoBecameAMasterMeanwhile_IsNotTouched_AndItIsSaid()
    {
        var request = _desk.Request(UserActKind.Delete, _desk.User);
        _desk.Bank.Sql($"UPDATE Users SET Role = 'Master' WHERE Id = {_desk.User.Id}");

        var refused = await _desk.Refused(_master, request);

        Assert.Equal((UserRefusal.ChangedMeanwhile, UserField.Role), (refused.Reason, Assert.Single(refused.Changed)));
        Assert.Null(_desk.Stored(_desk.User).DeletedAt);
    }

    [Fact]
    public async Task SamePage_SentTwice_IsOneAct()
    {
        var request = _desk.Request(UserActKind.Suspend, _desk.User);

        var first = await _desk.Managed(_master, request);
        var second = await _desk.Managed(_master, request);

        Assert.Equal(first.ReceiptNumber, second.ReceiptNumber);
        Assert.Single(_desk.History(HistoryOperation.Suspension));
        Assert.Equal(3, _desk.Mails(MailKind.UserSuspended).Count);
    }

    [Fact]
    public async Task Unlock_ReleasesEveryPathOfAnother_AMasterToo()
    {
        var second = await _desk.SignIn(_desk.SecondMasterCertificate);
        for (var i = 0; i < 5; i++)
        {
            await _desk.Confirm(second, CustomerDesk.Request(_desk.UserCertificate), "wrong");
            await _desk.TryLogIn(_desk.SecondMasterCertificate, "wrong");
        }

        Assert.Equal([_desk.SecondMaster.Id], await _desk.Users.LockedAsync(_desk.Company.Id, TestContext.Current.CancellationToken));
        Assert.Empty(await _desk.Users.LockedAsync(_desk.OtherCompany.Id, TestContext.Current.CancellationToken));

        var done = await _desk.Managed(_master, _desk.Request(UserActKind.Unlock, _desk.SecondMaster));

        Assert.Empty(await _desk.Users.LockedAsync(_desk.Company.Id, TestContext.Current.CancellationToken));
        await _desk.SignIn(_desk.SecondMasterCertificate);
        Assert.Equal("Certificate,Confirmation", (await _desk.Users.FindResultAsync(_master, done.ReceiptNumber, TestContext.Current.CancellationToken))!.Detail);
        Assert.Equal(UserRefusal.NotLocked, (await _desk.Refused(_master, _desk.Request(UserActKind.Unlock, _desk.SecondMaster))).Reason);
    }

    [Fact]
    public async Task Unlock_OfOneself_IsRefused()
    {
        for (var i = 0; i < 5; i++)
        {
            await _desk.TryLogIn(_desk.MasterCertificate, "wrong");
        }

        Assert.Equal(UserRefusal.Oneself, (await _desk.Refused(_master, _desk.Request(UserActKind.Unlock, _desk.Master))).Reason);
    }

    [Fact]
    public async Task Register_MakesAGeneralUser_WhoseInitialPasswordIsKeptNowhere()
    {
        var done = await _desk.Managed(_master, CustomerDesk.Registration("new001"));

        var user = _desk.Bank.Read(db => db.Users.AsNoTracking().Single(u => u.CanonicalLoginId == "NEW001"));
        Assert.Equal(("new001", UserRole.General, _desk.Company.Id), (user.LoginId, user.Role, user.CompanyId));
        Assert.Equal(_desk.Bank.Now.AddDays(14), user.OneTimePasswordExpiresAt);
        Assert.True(user.LoginPassword.Matches(done.InitialPassword!.AsSupplied()));
        var secret = done.InitialPassword.Value;
        Assert.DoesNotContain(secret, string.Join('\n', _desk.Bank.History().Select(r => $"{r.Detail} {r.Value}")), StringComparison.Ordinal);
        Assert.All(_desk.Mails(MailKind.UserRegistered), m => Assert.DoesNotContain(secret, m.Subject + m.Text, StringComparison.Ordinal));
        Assert.Equal([user.Id, _desk.Master.Id, _desk.SecondMaster.Id], _desk.Mails(MailKind.UserRegistered).Select(m => m.RecipientId));
    }

    [Theory]
    [InlineData("0501D60001T")]
    [InlineData("0501d47701t")]
    public async Task Register_WithAnIdThatSomebodyHas_IsRefusedInTheSameWay(string taken)
    {
        var refused = await _desk.Refused(_master, CustomerDesk.Registration(taken));

        Assert.Equal((UserRefusal.NotUsable, UserDataFault.LoginIdTaken), (refused.Reason, Assert.Single(refused.Faults)));
    }

    [Fact]
    public async Task LoginId_OfADeletedUser_IsNeverGivenAgain()
    {
        await _desk.Managed(_master, _desk.Request(UserActKind.Delete, _desk.User));

        Assert.Equal([UserDataFault.LoginIdTaken], (await _desk.Refused(_master, CustomerDesk.Registration("0501d60001t"))).Faults);
    }

    [Fact]
    public async Task Register_BeyondTheContract_IsRefused_UntilOneIsDeleted()
    {
        _desk.Bank.Sql($"UPDATE Companies SET MostUsers = 3 WHERE Id = {_desk.Company.Id}");

        Assert.Equal(UserRefusal.LimitReached, (await _desk.Refused(_master, CustomerDesk.Registration())).Reason);
        Assert.Equal((3, 3), await _desk.Users.LimitAsync(_desk.Company.Id, TestContext.Current.CancellationToken));
        await _desk.Managed(_master, _desk.Request(UserActKind.Delete, _desk.User));
        await _desk.Managed(_master, CustomerDesk.Registration());
    }

    [Fact]
    public async Task Change_SetsNameAndAddress_AndTellsTheOldAddressToo()
    {
        var before = _desk.User.MailAddress;

        await _desk.Managed(_master, _desk.Request(UserActKind.Change, _desk.User, new UserData(_desk.User.LoginId, "新しい名前", "new@example.jp")));

        var stored = _desk.Stored(_desk.User);
        Assert.Equal(("新しい名前", "new@example.jp", _desk.User.LoginId), (stored.Name, stored.MailAddress, stored.LoginId));
        Assert.Equal(["new@example.jp", before], _desk.Mails(MailKind.UserChanged).Where(m => m.RecipientId == _desk.User.Id).Select(m => m.Address));
        var record = Assert.Single(_desk.History(HistoryOperation.UserChange));
        Assert.Equal($"Name,MailAddress: {_desk.User.Name} <{before}>", record.Value);
    }

    [Fact]
    public async Task SecondMaster_WhoseScreenIsOld_IsToldWhatChanged()
    {
        var second = await _desk.SignIn(_desk.SecondMasterCertificate);
        var old = _desk.Request(UserActKind.Change, _desk.User, new UserData(_desk.User.LoginId, "二人目の名前", "second@example.jp"));
        await _desk.Managed(_master, _desk.Request(UserActKind.Change, _desk.User, new UserData(_desk.User.LoginId, "一人目の名前", _desk.User.MailAddress)));
        await _desk.Managed(_master, _desk.Request(UserActKind.Suspend, _desk.User));

        var refused = await _desk.Refused(second, old);

        Assert.Equal(UserRefusal.ChangedMeanwhile, refused.Reason);
        Assert.Equal([UserField.Name, UserField.Suspension], refused.Changed);
        Assert.Equal("一人目の名前", _desk.Stored(_desk.User).Name);
    }

    [Fact]
    public async Task Reset_MakesBothPasswordsWorthless_AndEndsTheSession()
    {
        var user = await _desk.SignIn(_desk.UserCertificate);

        var done = await _desk.Managed(_master, _desk.Request(UserActKind.ResetPassword, _desk.User));

        Assert.Equal(SessionEndReason.PasswordChanged, _desk.StoredSession(user).EndReason);
        Assert.IsType<LogInOutcome.WrongPassword>(await _desk.TryLogIn(_desk.UserCertificate));
        Assert.IsType<LogInOutcome.LoggedIn>(await _desk.TryLogIn(_desk.UserCertificate, done.InitialPassword!.Value));
        Assert.False(_desk.Stored(_desk.User).ConfirmationPassword.Matches(new SuppliedPassword(TestBank.ConfirmationPassword)));
    }

    [Fact]
    public async Task InitialPassword_AfterFourteenDays_IsWorthNothing()
    {
        var done = await _desk.Managed(_master, _desk.Request(UserActKind.ResetPassword, _desk.User));
        _desk.Bank.Clock.Advance(TimeSpan.FromDays(14) - TimeSpan.FromSeconds(1));
        Assert.IsType<LogInOutcome.LoggedIn>(await _desk.TryLogIn(_desk.UserCertificate, done.InitialPassword!.Value));

        _desk.Bank.Clock.Advance(TimeSpan.FromSeconds(1));
        var told = Assert.IsType<LogInOutcome.Diagnosed>(await _desk.TryLogIn(_desk.UserCertificate, done.InitialPassword.Value)).Diagnosis;
        Assert.Equal(CertificateFinding.InitialPasswordExpired, told.Finding);
    }

    [Fact]
    public async Task Delete_RevokesEveryCertificate_EndsTheSession_AndKeepsTheName()
    {
        _desk.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        var renewed = await _desk.Bank.GiveCertificate(_desk.User);
        var user = await _desk.SignIn(_desk.UserCertificate);

        var done = await _desk.Managed(_master, _desk.Request(UserActKind.Delete, _desk.User));

        Assert.All([_desk.Stored(_desk.UserCertificate), _desk.Stored(renewed)], c => Assert.Equal(X509RevocationReason.AffiliationChanged, c.Reason));
        Assert.Equal(SessionEndReason.CertificateRevoked, _desk.StoredSession(user).EndReason);
        Assert.Equal(CertificateFinding.UserDeleted, Assert.IsType<LogInOutcome.Diagnosed>(await _desk.TryLogIn(_desk.UserCertificate)).Diagnosis.Finding);
        Assert.Equal(2, _desk.History(HistoryOperation.Revocation).Count(r => r.Detail == "revoked-by-deletion" && r.ReceiptNumber == done.ReceiptNumber));
        Assert.Equal(_desk.User.Name, Assert.Single(_desk.History(HistoryOperation.UserDeletion)).Value);
        Assert.Null(await _desk.Users.FindAsync(_master, _desk.User.LoginId, TestContext.Current.CancellationToken));
        Assert.Equal(_desk.User.Name, (await _desk.Users.FindResultAsync(_master, done.ReceiptNumber, TestContext.Current.CancellationToken))!.Name);
        Assert.Equal(_desk.User.Id, _desk.Mails(MailKind.UserDeleted)[0].RecipientId);
    }

    [Fact]
    public async Task Delete_AfterARenewalCameMeanwhile_IsRefused_ForItsScreenSaidAnother()
    {
        var old = _desk.Request(UserActKind.Delete, _desk.User);
        await _desk.Bank.GiveCertificate(_desk.User);

        Assert.Equal([UserField.Certificate], (await _desk.Refused(_master, old)).Changed);
        Assert.Null(_desk.Stored(_desk.User).DeletedAt);
    }

    [Fact]
    public async Task ForeignInventedAndDeleted_AreOneAnswer_AndRecorded()
    {
        await _desk.Managed(_master, _desk.Request(UserActKind.Delete, _desk.User));

        Assert.Null(await _desk.Users.FindAsync(_master, "0501D47701T", TestContext.Current.CancellationToken));
        Assert.Null(await _desk.Users.FindAsync(_master, "0501D60001T", TestContext.Current.CancellationToken));
        Assert.Null(await _desk.Users.FindAsync(_master, "no-such", TestContext.Current.CancellationToken));
        Assert.Null(await _desk.Users.FindAsync(_master, null, TestContext.Current.CancellationToken));
        Assert.Equal(4, _desk.History(HistoryOperation.ForeignAccess).Count);
    }

    [Fact]
    public async Task Receipt_IsForMastersOfTheCompanyAlone()
    {
        var done = await _desk.Managed(_master, _desk.Request(UserActKind.Unlock, await LockedUser()));
        var stranger = await _desk.SignIn(_desk.StrangerCertificate);
        var user = await _desk.SignIn(_desk.UserCertificate);

        Assert.NotNull(await _desk.Users.FindResultAsync(_master, done.ReceiptNumber, TestContext.Current.CancellationToken));
        Assert.Null(await _desk.Users.FindResultAsync(stranger, done.ReceiptNumber, TestContext.Current.CancellationToken));
        Assert.Null(await _desk.Users.FindResultAsync(user, done.ReceiptNumber, TestContext.Current.CancellationToken));
    }

    private async Task<User> LockedUser()
    {
        for (var i = 0; i < 5; i++)
        {
            await _desk.TryLogIn(_desk.UserCertificate, "wrong");
        }

        return _desk.User;
    }
}
