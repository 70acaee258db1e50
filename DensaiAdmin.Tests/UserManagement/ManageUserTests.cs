using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.UserManagement;

public sealed class ManageUserTests : IAsyncLifetime
{
    private CustomerFixture _fixture = null!;
    private Actor _master = null!;

    public async ValueTask InitializeAsync()
    {
        _fixture = await CustomerFixture.OpenAsync();
        _master = await _fixture.SignIn(_fixture.MasterCertificate);
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Suspend_EndsTheSessionsAndTheLogin_AndTellsOwnerAndMasters()
    {
        var user = await _fixture.SignIn(_fixture.UserCertificate);

        var done = await _fixture.Managed(_master, _fixture.Request(UserOperationKind.Suspend, _fixture.User));

        Assert.Equal(SessionEndReason.UserSuspended, _fixture.StoredSession(user).EndReason);
        Assert.Equal(
            CertificateFinding.UserSuspended,
            Assert.IsType<LogInOutcome.Diagnosed>(await _fixture.TryLogIn(_fixture.UserCertificate)).Diagnosis.Finding);
        Assert.Null(_fixture.Stored(_fixture.UserCertificate).RevokedAt);
        Assert.Equal(
            [_fixture.User.Id, _fixture.Master.Id, _fixture.SecondMaster.Id],
            (await _fixture.MailsAsync(MailKind.UserSuspended)).Select(m => m.RecipientId));
        var record = Assert.Single(_fixture.History(HistoryOperation.Suspension));
        Assert.Equal(
            (HistoryResult.Done, "suspended", done.ReceiptNumber, _fixture.User.Id),
            (record.Result, record.Detail, record.ReceiptNumber, record.TargetUserId));
        var receipt = await _fixture.Users.FindResultAsync(_master, done.ReceiptNumber, TestContext.Current.CancellationToken);
        Assert.Equal((UserOperationKind.Suspend, 1), (receipt!.Kind, receipt.SessionsEnded));
    }

    [Fact]
    public async Task Release_LetsTheUserInAgainWithTheSameCertificate()
    {
        await _fixture.Managed(_master, _fixture.Request(UserOperationKind.Suspend, _fixture.User));
        await _fixture.Managed(_master, _fixture.Request(UserOperationKind.Release, _fixture.User));

        await _fixture.SignIn(_fixture.UserCertificate);
        Assert.Equal("released", Assert.Single(_fixture.History(HistoryOperation.Release)).Detail);
    }

    [Theory]
    [InlineData(UserOperationKind.Suspend)]
    [InlineData(UserOperationKind.Change)]
    [InlineData(UserOperationKind.ResetPassword)]
    [InlineData(UserOperationKind.Delete)]
    public async Task Master_IsLeftToTheCounter_OneselfToo(UserOperationKind kind)
    {
        var becomes = new UserData("0501D60001K", "別の名前", "other@example.jp");

        Assert.Equal(
            UserRefusal.CounterOnly, (await _fixture.Refused(_master, _fixture.Request(kind, _fixture.SecondMaster, becomes))).Reason);
        Assert.Equal(UserRefusal.CounterOnly, (await _fixture.Refused(_master, _fixture.Request(kind, _fixture.Master, becomes))).Reason);
        var (one, other) = (_fixture.Stored(_fixture.Master), _fixture.Stored(_fixture.SecondMaster));
        Assert.All(
            [one, other],
            m => Assert.Equal((null, null, null, UserRole.Master), (m.SuspendedAt, m.DeletedAt, m.OneTimePasswordExpiresAt, m.Role)));
        Assert.Equal(2, _fixture.Bank.History().Count(r => r.Detail == "user-refused" && r.Value == nameof(UserRefusal.CounterOnly)));
    }

    [Fact]
    public async Task GeneralUser_ManagesNobody()
    {
        var user = await _fixture.SignIn(_fixture.UserCertificate);
        var colleague = await _fixture.Bank.AddUser("0501D60001B", _fixture.Company);

        Assert.Equal(UserRefusal.NotMaster, (await _fixture.Refused(user, _fixture.Request(UserOperationKind.Suspend, colleague))).Reason);
        Assert.Equal(UserRefusal.NotMaster, (await _fixture.Refused(user, CustomerFixture.Registration())).Reason);
        Assert.Null(_fixture.Stored(colleague).SuspendedAt);
    }

    [Theory]
    [InlineData(UserOperationKind.Suspend)]
    [InlineData(UserOperationKind.Unlock)]
    [InlineData(UserOperationKind.Change)]
    [InlineData(UserOperationKind.ResetPassword)]
    [InlineData(UserOperationKind.Delete)]
    public async Task UserOfAnotherCompany_IsNobody_AndStaysOutOfTheRecords(UserOperationKind kind)
    {
        var refused = await _fixture.Refused(
            _master, _fixture.Request(kind, _fixture.Stranger, new UserData("0501D47701T", "別の名前", "other@example.jp")));

        Assert.Equal(UserRefusal.NoSuchUser, refused.Reason);
        var stranger = _fixture.Stored(_fixture.Stranger);
        Assert.Equal(
            (null, null, null, _fixture.Stranger.Name),
            (stranger.SuspendedAt, stranger.DeletedAt, stranger.OneTimePasswordExpiresAt, stranger.Name));
        Assert.Empty(_fixture.Bank.Read(db => db.UserOperations.ToList()));
        Assert.Null(Assert.Single(_fixture.Bank.History(), r => r.Value == nameof(UserRefusal.NoSuchUser)).TargetUserId);
    }

    [Fact]
    public async Task Confirmation_OfAnotherActOrTwice_DoesNothing()
    {
        var suspend = _fixture.Request(UserOperationKind.Suspend, _fixture.User);
        var delete = _fixture.Request(UserOperationKind.Delete, _fixture.User);
        var proof = await _fixture.Proof(_master, suspend.Confirmed);

        var other = await _fixture.Manage.ManageAsync(_master, delete, proof, TestContext.Current.CancellationToken);
        await _fixture.Manage.ManageAsync(_master, suspend, proof, TestContext.Current.CancellationToken);
        var again = await _fixture.Manage.ManageAsync(
            _master, suspend with { Kind = UserOperationKind.Release, Submission = Guid.NewGuid() }, proof,
            TestContext.Current.CancellationToken);

        Assert.Equal(UserRefusal.NotConfirmed, Assert.IsType<ManageUserOutcome.Refused>(other.Outcome).Reason);
        Assert.Equal(UserRefusal.NotConfirmed, Assert.IsType<ManageUserOutcome.Refused>(again.Outcome).Reason);
        Assert.Null(_fixture.Stored(_fixture.User).DeletedAt);
    }

    [Fact]
    public async Task MasterNoMore_BetweenConfirmationAndAct_DoesNothing()
    {
        var request = _fixture.Request(UserOperationKind.Suspend, _fixture.User);
        var proof = await _fixture.Proof(_master, request.Confirmed);
        _fixture.Bank.Sql($"UPDATE Users SET Role = 'General' WHERE Id = {_fixture.Master.Id}");

        var (refused, _) = await _fixture.Manage.ManageAsync(_master, request, proof, TestContext.Current.CancellationToken);

        Assert.Equal(UserRefusal.NotMaster, Assert.IsType<ManageUserOutcome.Refused>(refused).Reason);
        Assert.Null(_fixture.Stored(_fixture.User).SuspendedAt);
    }

    [Fact]
    public async Task Target_WhoBecameAMasterMeanwhile_IsNotTouched_AndItIsSaid()
    {
        var request = _fixture.Request(UserOperationKind.Delete, _fixture.User);
        _fixture.Bank.Sql($"UPDATE Users SET Role = 'Master' WHERE Id = {_fixture.User.Id}");

        var refused = await _fixture.Refused(_master, request);

        Assert.Equal((UserRefusal.ChangedMeanwhile, UserField.Role), (refused.Reason, Assert.Single(refused.Changed)));
        Assert.Null(_fixture.Stored(_fixture.User).DeletedAt);
    }

    [Fact]
    public async Task SamePage_SentTwice_IsOneAct()
    {
        var request = _fixture.Request(UserOperationKind.Suspend, _fixture.User);

        var first = await _fixture.Managed(_master, request);
        var second = await _fixture.Managed(_master, request);

        Assert.Equal(first.ReceiptNumber, second.ReceiptNumber);
        Assert.Single(_fixture.History(HistoryOperation.Suspension));
        Assert.Equal(3, (await _fixture.MailsAsync(MailKind.UserSuspended)).Count);
    }

    [Fact]
    public async Task Unlock_ReleasesEveryPathOfAnother_AMasterToo()
    {
        var second = await _fixture.SignIn(_fixture.SecondMasterCertificate);
        for (var i = 0; i < 5; i++)
        {
            await _fixture.Confirm(second, CustomerFixture.Request(_fixture.UserCertificate), "wrong");
            await _fixture.TryLogIn(_fixture.SecondMasterCertificate, "wrong");
        }

        Assert.Equal(
            [_fixture.SecondMaster.Id], await _fixture.Users.LockedAsync(_fixture.Company.Id, TestContext.Current.CancellationToken));
        Assert.Empty(await _fixture.Users.LockedAsync(_fixture.OtherCompany.Id, TestContext.Current.CancellationToken));

        var done = await _fixture.Managed(_master, _fixture.Request(UserOperationKind.Unlock, _fixture.SecondMaster));

        Assert.Empty(await _fixture.Users.LockedAsync(_fixture.Company.Id, TestContext.Current.CancellationToken));
        await _fixture.SignIn(_fixture.SecondMasterCertificate);
        Assert.Equal(
            "Certificate,Confirmation",
            (await _fixture.Users.FindResultAsync(_master, done.ReceiptNumber, TestContext.Current.CancellationToken))!.Detail);
        Assert.Equal(
            UserRefusal.NotLocked,
            (await _fixture.Refused(_master, _fixture.Request(UserOperationKind.Unlock, _fixture.SecondMaster))).Reason);
    }

    [Fact]
    public async Task Unlock_OfOneself_IsRefused()
    {
        for (var i = 0; i < 5; i++)
        {
            await _fixture.TryLogIn(_fixture.MasterCertificate, "wrong");
        }

        Assert.Equal(
            UserRefusal.Oneself, (await _fixture.Refused(_master, _fixture.Request(UserOperationKind.Unlock, _fixture.Master))).Reason);
    }

    [Fact]
    public async Task Register_MakesAGeneralUser_WhoseInitialPasswordIsKeptNowhere()
    {
        var done = await _fixture.Managed(_master, CustomerFixture.Registration("new001"));

        var user = _fixture.Bank.Read(db => db.Users.AsNoTracking().Single(u => u.CanonicalLoginId == "NEW001"));
        Assert.Equal(("new001", UserRole.General, _fixture.Company.Id), (user.LoginId, user.Role, user.CompanyId));
        Assert.Equal(_fixture.Bank.Now.AddDays(14), user.OneTimePasswordExpiresAt);
        Assert.True(user.LoginPassword.Matches(done.InitialPassword!.AsSupplied()));
        var secret = done.InitialPassword.Value;
        Assert.DoesNotContain(
            secret, string.Join('\n', _fixture.Bank.History().Select(r => $"{r.Detail} {r.Value}")), StringComparison.Ordinal);
        Assert.All(
            await _fixture.MailsAsync(MailKind.UserRegistered),
            m => Assert.DoesNotContain(secret, m.Subject + m.Text, StringComparison.Ordinal));
        Assert.Equal(
            [user.Id, _fixture.Master.Id, _fixture.SecondMaster.Id],
            (await _fixture.MailsAsync(MailKind.UserRegistered)).Select(m => m.RecipientId));
    }

    [Theory]
    [InlineData("0501D60001T")]
    [InlineData("0501d47701t")]
    public async Task Register_WithAnIdThatSomebodyHas_IsRefusedInTheSameWay(string taken)
    {
        var refused = await _fixture.Refused(_master, CustomerFixture.Registration(taken));

        Assert.Equal((UserRefusal.NotUsable, UserDataFault.LoginIdTaken), (refused.Reason, Assert.Single(refused.Faults)));
    }

    [Fact]
    public async Task LoginId_OfADeletedUser_IsNeverGivenAgain()
    {
        await _fixture.Managed(_master, _fixture.Request(UserOperationKind.Delete, _fixture.User));

        Assert.Equal([UserDataFault.LoginIdTaken], (await _fixture.Refused(_master, CustomerFixture.Registration("0501d60001t"))).Faults);
    }

    [Fact]
    public async Task Register_BeyondTheContract_IsRefused_UntilOneIsDeleted()
    {
        _fixture.Bank.Sql($"UPDATE Companies SET MaxUsers = 3 WHERE Id = {_fixture.Company.Id}");

        Assert.Equal(UserRefusal.LimitReached, (await _fixture.Refused(_master, CustomerFixture.Registration())).Reason);
        Assert.Equal((3, 3), await _fixture.Users.LimitAsync(_fixture.Company.Id, TestContext.Current.CancellationToken));
        await _fixture.Managed(_master, _fixture.Request(UserOperationKind.Delete, _fixture.User));
        await _fixture.Managed(_master, CustomerFixture.Registration());
    }

    [Fact]
    public async Task Change_SetsNameAndAddress_AndTellsTheOldAddressToo()
    {
        var before = _fixture.User.MailAddress;

        await _fixture.Managed(
            _master,
            _fixture.Request(UserOperationKind.Change, _fixture.User, new UserData(_fixture.User.LoginId, "新しい名前", "new@example.jp")));

        var stored = _fixture.Stored(_fixture.User);
        Assert.Equal(("新しい名前", "new@example.jp", _fixture.User.LoginId), (stored.Name, stored.MailAddress, stored.LoginId));
        Assert.Equal(
            ["new@example.jp", before],
            (await _fixture.MailsAsync(MailKind.UserChanged)).Where(m => m.RecipientId == _fixture.User.Id).Select(m => m.Address));
        var record = Assert.Single(_fixture.History(HistoryOperation.UserChange));
        Assert.Equal($"Name,MailAddress: {_fixture.User.Name} <{before}>", record.Value);
    }

    [Fact]
    public async Task SecondMaster_WhoseScreenIsOld_IsToldWhatChanged()
    {
        var second = await _fixture.SignIn(_fixture.SecondMasterCertificate);
        var old = _fixture.Request(
            UserOperationKind.Change, _fixture.User, new UserData(_fixture.User.LoginId, "二人目の名前", "second@example.jp"));
        await _fixture.Managed(_master, _fixture.Request(
            UserOperationKind.Change, _fixture.User, new UserData(_fixture.User.LoginId, "一人目の名前", _fixture.User.MailAddress)));
        await _fixture.Managed(_master, _fixture.Request(UserOperationKind.Suspend, _fixture.User));

        var refused = await _fixture.Refused(second, old);

        Assert.Equal(UserRefusal.ChangedMeanwhile, refused.Reason);
        Assert.Equal([UserField.Name, UserField.Suspension], refused.Changed);
        Assert.Equal("一人目の名前", _fixture.Stored(_fixture.User).Name);
    }

    [Fact]
    public async Task Reset_MakesBothPasswordsWorthless_AndEndsTheSession()
    {
        var user = await _fixture.SignIn(_fixture.UserCertificate);

        var done = await _fixture.Managed(_master, _fixture.Request(UserOperationKind.ResetPassword, _fixture.User));

        Assert.Equal(SessionEndReason.PasswordChanged, _fixture.StoredSession(user).EndReason);
        Assert.IsType<LogInOutcome.WrongPassword>(await _fixture.TryLogIn(_fixture.UserCertificate));
        Assert.IsType<LogInOutcome.LoggedIn>(await _fixture.TryLogIn(_fixture.UserCertificate, done.InitialPassword!.Value));
        Assert.False(_fixture.Stored(_fixture.User).ConfirmationPassword.Matches(new SuppliedPassword(TestBank.ConfirmationPassword)));
    }

    [Fact]
    public async Task InitialPassword_AfterFourteenDays_IsWorthNothing()
    {
        var done = await _fixture.Managed(_master, _fixture.Request(UserOperationKind.ResetPassword, _fixture.User));
        _fixture.Bank.Clock.Advance(TimeSpan.FromDays(14) - TimeSpan.FromSeconds(1));
        Assert.IsType<LogInOutcome.LoggedIn>(await _fixture.TryLogIn(_fixture.UserCertificate, done.InitialPassword!.Value));

        _fixture.Bank.Clock.Advance(TimeSpan.FromSeconds(1));
        var told = Assert.IsType<LogInOutcome.Diagnosed>(await _fixture.TryLogIn(_fixture.UserCertificate, done.InitialPassword.Value))
            .Diagnosis;
        Assert.Equal(CertificateFinding.InitialPasswordExpired, told.Finding);
    }

    [Fact]
    public async Task Delete_RevokesEveryCertificate_EndsTheSession_AndKeepsTheName()
    {
        _fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        var renewed = await _fixture.Bank.GiveCertificate(_fixture.User);
        var user = await _fixture.SignIn(_fixture.UserCertificate);

        var done = await _fixture.Managed(_master, _fixture.Request(UserOperationKind.Delete, _fixture.User));

        Assert.All(
            [_fixture.Stored(_fixture.UserCertificate), _fixture.Stored(renewed)],
            c => Assert.Equal(X509RevocationReason.AffiliationChanged, c.Reason));
        Assert.Equal(SessionEndReason.CertificateRevoked, _fixture.StoredSession(user).EndReason);
        Assert.Equal(
            CertificateFinding.UserDeleted,
            Assert.IsType<LogInOutcome.Diagnosed>(await _fixture.TryLogIn(_fixture.UserCertificate)).Diagnosis.Finding);
        Assert.Equal(2, _fixture.History(HistoryOperation.Revocation).Count(
            r => r.Detail == "revoked-by-deletion" && r.ReceiptNumber == done.ReceiptNumber));
        Assert.Equal(_fixture.User.Name, Assert.Single(_fixture.History(HistoryOperation.UserDeletion)).Value);
        Assert.Null(await _fixture.Users.FindAsync(_master, _fixture.User.LoginId, TestContext.Current.CancellationToken));
        Assert.Equal(
            _fixture.User.Name,
            (await _fixture.Users.FindResultAsync(_master, done.ReceiptNumber, TestContext.Current.CancellationToken))!.Name);
        Assert.Equal(_fixture.User.Id, (await _fixture.MailsAsync(MailKind.UserDeleted))[0].RecipientId);
    }

    [Fact]
    public async Task Delete_AfterARenewalCameMeanwhile_IsRefused_ForItsScreenSaidAnother()
    {
        var old = _fixture.Request(UserOperationKind.Delete, _fixture.User);
        await _fixture.Bank.GiveCertificate(_fixture.User);

        Assert.Equal([UserField.Certificate], (await _fixture.Refused(_master, old)).Changed);
        Assert.Null(_fixture.Stored(_fixture.User).DeletedAt);
    }

    [Fact]
    public async Task ForeignInventedAndDeleted_AreOneAnswer_AndRecorded()
    {
        await _fixture.Managed(_master, _fixture.Request(UserOperationKind.Delete, _fixture.User));

        Assert.Null(await _fixture.Users.FindAsync(_master, "0501D47701T", TestContext.Current.CancellationToken));
        Assert.Null(await _fixture.Users.FindAsync(_master, "0501D60001T", TestContext.Current.CancellationToken));
        Assert.Null(await _fixture.Users.FindAsync(_master, "no-such", TestContext.Current.CancellationToken));
        Assert.Null(await _fixture.Users.FindAsync(_master, null, TestContext.Current.CancellationToken));
        Assert.Equal(4, _fixture.History(HistoryOperation.ForeignAccess).Count);
    }

    [Fact]
    public async Task Receipt_IsForMastersOfTheCompanyAlone()
    {
        var done = await _fixture.Managed(_master, _fixture.Request(UserOperationKind.Unlock, await LockedUser()));
        var stranger = await _fixture.SignIn(_fixture.StrangerCertificate);
        var user = await _fixture.SignIn(_fixture.UserCertificate);

        Assert.NotNull(await _fixture.Users.FindResultAsync(_master, done.ReceiptNumber, TestContext.Current.CancellationToken));
        Assert.Null(await _fixture.Users.FindResultAsync(stranger, done.ReceiptNumber, TestContext.Current.CancellationToken));
        Assert.Null(await _fixture.Users.FindResultAsync(user, done.ReceiptNumber, TestContext.Current.CancellationToken));
    }

    private async Task<User> LockedUser()
    {
        for (var i = 0; i < 5; i++)
        {
            await _fixture.TryLogIn(_fixture.UserCertificate, "wrong");
        }

        return _fixture.User;
    }
}
