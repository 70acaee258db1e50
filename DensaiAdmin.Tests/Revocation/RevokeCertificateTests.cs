using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Revocation;

public class RevokeCertificateTests
{
    [Fact]
    public async Task Revoke_ByAMaster_RevokesWhatWasShown()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        var revoked = await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate, X509RevocationReason.Superseded));

        var stored = desk.Stored(desk.UserCertificate);
        Assert.Equal((revoked.RevokedAt, desk.Master.LoginId, X509RevocationReason.Superseded), (stored.RevokedAt, stored.RevokedBy, stored.Reason));
        Assert.Equal(CertificateStatus.Revoked, desk.Stored(desk.User).CertificateStatusAt(desk.Bank.Now));
    }

    [Fact]
    public async Task Revoke_ByAMaster_IsOneRecordThatNamesEverything()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        var revoked = await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate, X509RevocationReason.KeyCompromise));

        var record = Assert.Single(desk.History(HistoryOperation.Revocation));
        Assert.Equal((HistoryResult.Done, "revoked", "KeyCompromise", revoked.ReceiptNumber), (record.Result, record.Detail, record.Value, record.ReceiptNumber));
        Assert.Equal((desk.Company.Id, desk.Master.Id, desk.Master.LoginId, CustomerDesk.Source), (record.CompanyId, record.UserId, record.LoginId, record.Source));
        Assert.Equal((desk.User.Id, desk.User.LoginId, desk.UserCertificate.SerialNumber.ToString()), (record.TargetUserId, record.TargetLoginId, record.SerialNumber));
    }

    [Fact]
    public async Task Revoke_ByAMaster_TellsTheOwnerAndTheMastersOnceEach()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate));

        Assert.Equal(
            new[] { desk.Master.Id, desk.SecondMaster.Id, desk.User.Id }.Order(),
            desk.Mails(MailKind.CertificateRevoked).Select(m => m.RecipientId).Order());
    }

    [Fact]
    public async Task Revoke_ByAMaster_AnchorsTheSerialBeforeItIsShown()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate));

        Assert.Contains(desk.UserCertificate.SerialNumber, desk.Bank.Anchor.Last()!.Revoked());
    }

    [Fact]
    public async Task Revoke_Rehearsed_LeavesNothingBehind()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var user = await desk.SignIn(desk.UserCertificate);
        var (records, anchored) = (desk.Bank.History().Count, desk.Bank.Anchor.Read().Count());
        desk.Sessions.Ended += _ => Assert.Fail("A rehearsal ended a session.");

        await desk.Revoke.RehearseAsync(TestContext.Current.CancellationToken);

        Assert.Equal((records, anchored), (desk.Bank.History().Count, desk.Bank.Anchor.Read().Count()));
        Assert.Equal(0, desk.Bank.Read(db => db.CertificateRevocations.Count() + db.OutboxMails.Count() + db.Certificates.Count(c => c.RevokedAt != null)));
        Assert.Null(desk.StoredSession(user).EndedAt);
    }

    [Fact]
    public async Task Revoke_RehearsedWhereTheFirstUserHasNoCertificate_TakesOneWhoHas()
    {
        using var desk = await CustomerDesk.OpenAsync();
        await desk.Bank.Acts.PerformAsync(
            act => act.Sql.Execute("UPDATE Users SET CurrentCertificateId = NULL, CertificateNotAfter = NULL WHERE Id = (SELECT MIN(Id) FROM Users)"),
            TestContext.Current.CancellationToken);

        Assert.Null(await Record.ExceptionAsync(() => desk.Revoke.RehearseAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Revoke_OfAUserWhoIsLoggedIn_EndsTheSessionAndTellsItOnceDurable()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var user = await desk.SignIn(desk.UserCertificate);
        var told = new List<(EndedSession Ended, DateTimeOffset? Stored)>();
        desk.Sessions.Ended += ended => told.Add((ended, desk.StoredSession(user).EndedAt));

        var revoked = await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate));

        Assert.Equal(
            (new EndedSession(user.SessionId, desk.User.Id, desk.UserCertificate.Sha256Fingerprint, SessionEndReason.CertificateRevoked), revoked.RevokedAt),
            Assert.Single(told));
        Assert.Equal(SessionEndReason.CertificateRevoked, desk.State(user).Ended);
        Assert.Equal(1, Result(desk).SessionsEnded);
        Assert.NotNull(desk.State(actor).Live);
    }

    [Fact]
    public async Task Revoke_WhileARenewalIsNotUsedYet_TakesBoth()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var renewed = await desk.Bank.GiveCertificate(desk.User);

        await desk.Revoked(actor, CustomerDesk.Request(renewed));

        Assert.All(new[] { desk.UserCertificate, renewed }, c => Assert.NotNull(desk.Stored(c).RevokedAt));
        Assert.Equal(new[] { desk.UserCertificate.SerialNumber, renewed.SerialNumber }.Order(), desk.Bank.Anchor.Last()!.Revoked().Order());
    }

    [Fact]
    public async Task Revoke_OfAnExpiredCertificate_IsDone()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var expired = await desk.Bank.GiveCertificate(await desk.Bank.AddUser("0501D60001X", desk.Company), notAfter: desk.Bank.Now.AddDays(-1));
        var actor = await desk.SignIn(desk.MasterCertificate);

        await desk.Revoked(actor, CustomerDesk.Request(expired, X509RevocationReason.CessationOfOperation));

        Assert.NotNull(desk.Stored(expired).RevokedAt);
    }

    [Theory]
    [InlineData(X509RevocationReason.Unspecified, false)]
    [InlineData(X509RevocationReason.CessationOfOperation, false)]
    [InlineData(X509RevocationReason.Superseded, false)]
    [InlineData(X509RevocationReason.KeyCompromise, true)]
    [InlineData(X509RevocationReason.AffiliationChanged, true)]
    public async Task Revoke_WithSuspensionTicked_SuspendsForTheTwoReasonsOnly(X509RevocationReason reason, bool suspends)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate, reason, alsoSuspend: true));

        Assert.Equal(suspends, desk.Stored(desk.User).SuspendedAt is not null);
        Assert.Equal(suspends, Result(desk).Suspended);
        Assert.Equal(suspends ? "revoked-and-suspended" : "revoked", Assert.Single(desk.History(HistoryOperation.Revocation)).Detail);
    }

    [Theory]
    [InlineData(X509RevocationReason.KeyCompromise)]
    [InlineData(X509RevocationReason.AffiliationChanged)]
    public async Task Revoke_WithSuspensionUnticked_SuspendsNobody(X509RevocationReason reason)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate, reason, alsoSuspend: false));

        Assert.Null(desk.Stored(desk.User).SuspendedAt);
    }

    [Theory]
    [InlineData(X509RevocationReason.CACompromise)]
    [InlineData(X509RevocationReason.CertificateHold)]
    [InlineData((X509RevocationReason)7)]
    [InlineData(X509RevocationReason.RemoveFromCrl)]
    [InlineData(X509RevocationReason.PrivilegeWithdrawn)]
    [InlineData(X509RevocationReason.AACompromise)]
    [InlineData((X509RevocationReason)(-1))]
    public async Task Revoke_ForAReasonThatNoPageOffers_IsRefusedAndRecorded(X509RevocationReason reason)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var request = CustomerDesk.Request(desk.UserCertificate, reason);
        var proof = await desk.Proof(actor, request);

        var refused = Assert.IsType<RevokeOutcome.Refused>(await desk.Revoke.ByMasterAsync(actor, request, proof, TestContext.Current.CancellationToken));

        Assert.Equal(RevokeRefusal.ReasonNotSelectable, refused.Reason);
        Assert.Equal(
            (HistoryResult.Refused, "revocation-refused", nameof(RevokeRefusal.ReasonNotSelectable)),
            Assert.Single(desk.History(HistoryOperation.Revocation).Select(r => (r.Result, r.Detail, r.Value))));
        Assert.Null(desk.Stored(desk.UserCertificate).RevokedAt);
    }

    [Fact]
    public async Task Revoke_ByAGeneralUser_IsRefused()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var colleague = await desk.Bank.GiveCertificate(await desk.Bank.AddUser("0501D60001X", desk.Company));

        await AssertRefused(desk, desk.UserCertificate, CustomerDesk.Request(colleague), RevokeRefusal.NotMaster, target: "0501D60001X");
    }

    [Fact]
    public async Task Revoke_OfTheOwnCertificateByAGeneralUser_IsRefused()
    {
        using var desk = await CustomerDesk.OpenAsync();

        await AssertRefused(desk, desk.UserCertificate, CustomerDesk.Request(desk.UserCertificate), RevokeRefusal.NotMaster, target: desk.User.LoginId);
    }

    [Fact]
    public async Task Revoke_OfAnotherMaster_IsForTheCounter()
    {
        using var desk = await CustomerDesk.OpenAsync();

        await AssertRefused(desk, desk.MasterCertificate, CustomerDesk.Request(desk.SecondMasterCertificate), RevokeRefusal.CounterOnly, target: desk.SecondMaster.LoginId);
    }

    [Fact]
    public async Task Revoke_OfTheOwnCertificateByAMaster_IsForTheCounter()
    {
        using var desk = await CustomerDesk.OpenAsync();

        await AssertRefused(desk, desk.MasterCertificate, CustomerDesk.Request(desk.MasterCertificate), RevokeRefusal.CounterOnly, target: desk.Master.LoginId);
    }

    [Fact]
    public async Task Revoke_InAnotherCompany_FindsNoSuchCertificateAndNamesNobody()
    {
        using var desk = await CustomerDesk.OpenAsync();

        await AssertRefused(desk, desk.MasterCertificate, CustomerDesk.Request(desk.StrangerCertificate), RevokeRefusal.NoSuchCertificate, target: null);
    }

    [Fact]
    public async Task Revoke_OfNobody_IsAnsweredLikeAnotherCompany()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var request = new RevocationRequest(4711, SerialNumber.New(), X509RevocationReason.Unspecified, false, Guid.NewGuid());

        await AssertRefused(desk, desk.MasterCertificate, request, RevokeRefusal.NoSuchCertificate, target: null);
    }

    [Fact]
    public async Task Revoke_OfADeletedUser_FindsNoSuchCertificate()
    {
        using var desk = await CustomerDesk.OpenAsync();
        desk.Bank.Sql($"UPDATE Users SET DeletedAt = 1 WHERE Id = {desk.User.Id}");

        await AssertRefused(desk, desk.MasterCertificate, CustomerDesk.Request(desk.UserCertificate), RevokeRefusal.NoSuchCertificate, target: desk.User.LoginId);
    }

    [Fact]
    public async Task Revoke_WithAStrangersCertificateUnderAColleaguesName_IsRefused()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var request = CustomerDesk.Request(desk.UserCertificate) with { SerialNumber = desk.StrangerCertificate.SerialNumber };

        await AssertRefused(desk, desk.MasterCertificate, request, RevokeRefusal.ChangedMeanwhile, target: desk.User.LoginId);
        Assert.Null(desk.Stored(desk.StrangerCertificate).RevokedAt);
    }

    [Fact]
    public async Task Revoke_OfAUserWhoNeverHadOne_IsRefused()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var never = await desk.Bank.AddUser("0501D60001N", desk.Company);
        var request = new RevocationRequest(never.Id, SerialNumber.New(), X509RevocationReason.Unspecified, false, Guid.NewGuid());

        await AssertRefused(desk, desk.MasterCertificate, request, RevokeRefusal.NothingIssued, target: never.LoginId);
    }

    [Fact]
    public async Task Revoke_OfWhatAnotherMasterRevokedMeanwhile_IsRefusedAndTheFirstStands()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var other = await desk.SignIn(desk.SecondMasterCertificate);
        var first = await desk.Revoked(other, CustomerDesk.Request(desk.UserCertificate, X509RevocationReason.KeyCompromise));
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        await AssertRefused(desk, desk.MasterCertificate, CustomerDesk.Request(desk.UserCertificate), RevokeRefusal.AlreadyRevoked, target: desk.User.LoginId, recordsBefore: 1);
        var stored = desk.Stored(desk.UserCertificate);
        Assert.Equal((first.RevokedAt, desk.SecondMaster.LoginId, X509RevocationReason.KeyCompromise), (stored.RevokedAt, stored.RevokedBy, stored.Reason));
    }

    [Fact]
    public async Task Revoke_OfWhatTheUserRenewedMeanwhile_IsRefused()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var renewed = await desk.Bank.GiveCertificate(desk.User);

        await AssertRefused(desk, desk.MasterCertificate, CustomerDesk.Request(desk.UserCertificate), RevokeRefusal.ChangedMeanwhile, target: desk.User.LoginId);
        Assert.Null(desk.Stored(renewed).RevokedAt);
    }

    [Fact]
    public async Task Revoke_ByAMasterWhoIsNoneAnyMore_IsRefused()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var request = CustomerDesk.Request(desk.UserCertificate);
        var proof = await desk.Proof(actor, request);
        desk.Bank.Sql($"UPDATE Users SET Role = 'General' WHERE Id = {desk.Master.Id}");

        Assert.Equal(new RevokeOutcome.Refused(RevokeRefusal.NotMaster), await desk.Revoke.ByMasterAsync(actor, request, proof, TestContext.Current.CancellationToken));
        Assert.Null(desk.Stored(desk.UserCertificate).RevokedAt);
    }

    [Theory]
    [InlineData("logged out")]
    [InlineData("certificate revoked")]
    [InlineData("suspended")]
    [InlineData("idle")]
    public async Task Revoke_ByAMasterWhoseSessionEndedMeanwhile_IsRefusedAndRecorded(string how)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var request = CustomerDesk.Request(desk.UserCertificate);
        var proof = await desk.Proof(actor, request);
        switch (how)
        {
            case "logged out":
                await desk.LogOut.ByUserAsync(actor, TestContext.Current.CancellationToken);
                break;
            case "certificate revoked":
                desk.Bank.Sql($"UPDATE Certificates SET RevokedAt = 1 WHERE Id = {desk.MasterCertificate.Id}");
                break;
            case "suspended":
                desk.Bank.Sql($"UPDATE Users SET SuspendedAt = 1 WHERE Id = {desk.Master.Id}");
                break;
            default:
                desk.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
                break;
        }

        Assert.Equal(new RevokeOutcome.Refused(RevokeRefusal.SessionEnded), await desk.Revoke.ByMasterAsync(actor, request, proof, TestContext.Current.CancellationToken));
        Assert.Null(desk.Stored(desk.UserCertificate).RevokedAt);
        var record = Assert.Single(desk.History(HistoryOperation.Revocation));
        Assert.Equal((HistoryResult.Refused, "SessionEnded", null), (record.Result, record.Value, record.CompanyId));
    }

    [Fact]
    public async Task Revoke_WithTheConfirmationOfAnotherTarget_IsRefused()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var colleague = await desk.Bank.GiveCertificate(await desk.Bank.AddUser("0501D60001X", desk.Company));
        var actor = await desk.SignIn(desk.MasterCertificate);
        var proof = await desk.Proof(actor, CustomerDesk.Request(colleague));

        Assert.Equal(
            new RevokeOutcome.Refused(RevokeRefusal.NotConfirmed),
            await desk.Revoke.ByMasterAsync(actor, CustomerDesk.Request(desk.UserCertificate), proof, TestContext.Current.CancellationToken));
        Assert.Null(desk.Stored(desk.UserCertificate).RevokedAt);
        Assert.Equal("NotConfirmed", Assert.Single(desk.History(HistoryOperation.Revocation)).Value);
    }

    [Fact]
    public async Task Revoke_WithTheConfirmationOfAnotherMaster_IsRefused()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var other = await desk.SignIn(desk.SecondMasterCertificate);
        var actor = await desk.SignIn(desk.MasterCertificate);
        var request = CustomerDesk.Request(desk.UserCertificate);
        var proof = await desk.Proof(other, request);

        Assert.Equal(new RevokeOutcome.Refused(RevokeRefusal.NotConfirmed), await desk.Revoke.ByMasterAsync(actor, request, proof, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Revoke_WithAConfirmationThatWasSpent_IsRefused()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var request = CustomerDesk.Request(desk.UserCertificate);
        var proof = await desk.Proof(actor, request);
        await desk.Revoke.ByMasterAsync(actor, request, proof, TestContext.Current.CancellationToken);

        // Another page about the same certificate: nothing was confirmed on it.
        Assert.Equal(
            new RevokeOutcome.Refused(RevokeRefusal.NotConfirmed),
            await desk.Revoke.ByMasterAsync(actor, request with { Submission = Guid.NewGuid() }, proof, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Page_SentTwice_IsOneRevocationWithOneAnswer()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var request = CustomerDesk.Request(desk.UserCertificate);

        var first = await desk.Revoked(actor, request);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        var second = await desk.Revoked(actor, request);

        Assert.Equal(first, second);
        AssertOneRevocation(desk);
    }

    [Fact]
    public async Task Page_SentFiftyTimesAtOnce_IsOneRevocationWithOneAnswer()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var request = CustomerDesk.Request(desk.UserCertificate);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => desk.Revoked(actor, request))));

        Assert.Single(answers.Distinct());
        AssertOneRevocation(desk);
    }

    [Fact]
    public async Task Pages_FiftyOfOneCertificateAtOnce_AreOneRevocation()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => desk.TryRevoke(actor, CustomerDesk.Request(desk.UserCertificate)))));

        Assert.Single(answers.OfType<RevokeOutcome.Revoked>());
        Assert.Equal(49, answers.Count(a => a == new RevokeOutcome.Refused(RevokeRefusal.AlreadyRevoked)));
        Assert.Equal(1, desk.Bank.Read(db => db.CertificateRevocations.Count()));
        Assert.Single(desk.History(HistoryOperation.Revocation), r => r.Result == HistoryResult.Done);
        Assert.Equal(3, desk.Mails(MailKind.CertificateRevoked).Count);
    }

    [Fact]
    public async Task PageKey_UsedForAnotherCertificate_RevokesNothingAndDoesNotSayDone()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var colleague = await desk.Bank.GiveCertificate(await desk.Bank.AddUser("0501D60001X", desk.Company));
        var actor = await desk.SignIn(desk.MasterCertificate);
        var request = CustomerDesk.Request(desk.UserCertificate);
        await desk.Revoked(actor, request);

        var outcome = await desk.TryRevoke(actor, CustomerDesk.Request(colleague, submission: request.Submission));

        Assert.Equal(new RevokeOutcome.Refused(RevokeRefusal.NotConfirmed), outcome);
        Assert.Null(desk.Stored(colleague).RevokedAt);
    }

    [Fact]
    public async Task PageKey_OfAnotherCompany_TellsNothing()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var request = CustomerDesk.Request(desk.UserCertificate);
        await desk.Revoked(actor, request);
        var foreign = await desk.SignIn(await desk.Bank.GiveCertificate(await desk.Bank.AddUser("0501D47701M", desk.OtherCompany, UserRole.Master)));

        var outcome = await desk.TryRevoke(foreign, CustomerDesk.Request(desk.StrangerCertificate, submission: request.Submission));

        Assert.Equal(new RevokeOutcome.Refused(RevokeRefusal.NotConfirmed), outcome);
        Assert.Null(desk.Stored(desk.StrangerCertificate).RevokedAt);
    }

    [Fact]
    public async Task Revoke_WhoseCallerNoLongerWaitsForTheList_IsDone()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var request = CustomerDesk.Request(desk.UserCertificate);
        var proof = await desk.Proof(actor, request);
        using var impatience = new CancellationTokenSource();
        var slow = new RevokeCertificate(desk.Bank.Acts, desk.Sessions, new DensaiAdmin.Core.Authority.CrlSignal(), desk.Outbox);

        var revoking = slow.ByMasterAsync(actor, request, proof, impatience.Token);
        await impatience.CancelAsync();

        Assert.IsType<RevokeOutcome.Revoked>(await revoking);
    }

    [Fact]
    public async Task Revoke_Done_WishesForAList()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var wish = desk.Crl.TakeWishAsync(TestContext.Current.CancellationToken);

        await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate));

        await wish.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Receipt_TellsTheJapaneseDateAndNoSequence()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        var revoked = await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate));

        // 15:30 UTC on 31 August is the first of September in Japan.
        Assert.Matches("^R-20260901-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}$", revoked.ReceiptNumber);
    }

    [Theory]
    [InlineData(UserRole.CounterClerk)]
    [InlineData(UserRole.CounterApprover)]
    public async Task Operators_OfTheBank_RevokeAMaster(UserRole role)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var counter = await desk.Bank.AddUser("counter1", null, role);
        var master = await desk.SignIn(desk.MasterCertificate);

        var outcome = await desk.Revoke.ByOperatorAsync(OperatorApproval.OfOne(counter), "terminal", desk.Master.CanonicalLoginId, X509RevocationReason.KeyCompromise, TestContext.Current.CancellationToken);

        Assert.IsType<RevokeOutcome.Revoked>(outcome);
        Assert.NotNull(desk.Stored(desk.MasterCertificate).RevokedAt);
        Assert.Equal(SessionEndReason.CertificateRevoked, desk.State(master).Ended);
        var record = Assert.Single(desk.History(HistoryOperation.Revocation));
        Assert.Equal((desk.Company.Id, "counter1", desk.Master.LoginId, "terminal"), (record.CompanyId, record.LoginId, record.TargetLoginId, record.Source));
    }

    [Fact]
    public async Task Operators_RevokeAnyCompanysGeneralUser()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var counter = await desk.Bank.AddUser("counter1", null, UserRole.CounterClerk);

        await desk.Revoke.ByOperatorAsync(OperatorApproval.OfOne(counter), "terminal", desk.Stranger.CanonicalLoginId, X509RevocationReason.Unspecified, TestContext.Current.CancellationToken);

        Assert.NotNull(desk.Stored(desk.StrangerCertificate).RevokedAt);
    }

    [Theory]
    [InlineData("NOBODY", RevokeRefusal.NoSuchCertificate)]
    [InlineData("0501D60001N", RevokeRefusal.NothingIssued)]
    [InlineData("0501D60001S", RevokeRefusal.AlreadyRevoked)]
    public async Task Operators_WithNothingToRevoke_AreRefusedAndRecorded(string loginId, RevokeRefusal refusal)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var counter = await desk.Bank.AddUser("counter1", null, UserRole.CounterClerk);
        await desk.Bank.AddUser("0501D60001N", desk.Company);
        await desk.Bank.GiveCertificate(await desk.Bank.AddUser("0501D60001S", desk.Company), revokedAt: desk.Bank.Now);

        var outcome = await desk.Revoke.ByOperatorAsync(OperatorApproval.OfOne(counter), "terminal", loginId, X509RevocationReason.Unspecified, TestContext.Current.CancellationToken);

        Assert.Equal(new RevokeOutcome.Refused(refusal), outcome);
        var record = Assert.Single(desk.History(HistoryOperation.Revocation));
        Assert.Equal((HistoryResult.Refused, refusal.ToString(), loginId), (record.Result, record.Value, record.TargetLoginId));
    }

    [Fact]
    public async Task Customers_AreNoOperators()
    {
        using var desk = await CustomerDesk.OpenAsync();

        await Assert.ThrowsAsync<OperatorApprovalLapsedException>(() =>
            desk.Revoke.ByOperatorAsync(OperatorApproval.OfOne(desk.Master), "terminal", desk.User.CanonicalLoginId, X509RevocationReason.Unspecified, TestContext.Current.CancellationToken));

        Assert.Null(desk.Stored(desk.UserCertificate).RevokedAt);
    }

    [Theory]
    [InlineData(CertificateStatus.Issued, X509RevocationReason.Unspecified)]
    [InlineData(CertificateStatus.Expired, X509RevocationReason.CessationOfOperation)]
    public void Reason_BeforeAnyoneChooses_FollowsTheState(CertificateStatus status, X509RevocationReason reason)
    {
        Assert.Equal(reason, RevocationReasons.Preselected(status));
        Assert.Contains(reason, RevocationReasons.Selectable);
    }

    /// <summary>Tries, and must be refused, with one record that says why and nothing changed.</summary>
    private static async Task AssertRefused(CustomerDesk desk, Certificate by, RevocationRequest request, RevokeRefusal refusal, string? target, int recordsBefore = 0)
    {
        var revoked = desk.Bank.Read(db => db.Certificates.Count(c => c.RevokedAt != null));
        var actor = await desk.SignIn(by);

        Assert.Equal(new RevokeOutcome.Refused(refusal), await desk.TryRevoke(actor, request));

        Assert.Equal(revoked, desk.Bank.Read(db => db.Certificates.Count(c => c.RevokedAt != null)));
        Assert.Equal(recordsBefore, desk.Bank.Read(db => db.CertificateRevocations.Count()));
        var record = Assert.Single(desk.History(HistoryOperation.Revocation).Skip(recordsBefore));
        Assert.Equal((HistoryResult.Refused, "revocation-refused", refusal.ToString()), (record.Result, record.Detail, record.Value));
        Assert.Equal((target, desk.Company.Id), (record.TargetLoginId, record.CompanyId));
    }

    private static void AssertOneRevocation(CustomerDesk desk)
    {
        Assert.Equal(1, desk.Bank.Read(db => db.CertificateRevocations.Count()));
        Assert.Single(desk.History(HistoryOperation.Revocation));
        Assert.Equal(3, desk.Mails(MailKind.CertificateRevoked).Count);
    }

    private static CertificateRevocation Result(CustomerDesk desk) => desk.Bank.Read(db => db.CertificateRevocations.AsNoTracking().Single());
}
