using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Revocation;

public class RevokeCertificateTests
{
    [Fact]
    public async Task Revoke_ByAMaster_RevokesWhatWasShown()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        var revoked = await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate, X509RevocationReason.Superseded));

        var stored = fixture.Stored(fixture.UserCertificate);
        Assert.Equal(
            (revoked.RevokedAt, fixture.Master.LoginId, X509RevocationReason.Superseded),
            (stored.RevokedAt, stored.RevokedBy, stored.Reason));
        Assert.Equal(CertificateStatus.Revoked, fixture.Stored(fixture.User).CertificateStatusAt(fixture.Bank.Now));
    }

    [Fact]
    public async Task Revoke_ByAMaster_IsOneRecordThatNamesEverything()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        var revoked = await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate, X509RevocationReason.KeyCompromise));

        var record = Assert.Single(fixture.History(HistoryOperation.Revocation));
        Assert.Equal(
            (HistoryResult.Done, "revoked", "KeyCompromise", revoked.ReceiptNumber),
            (record.Result, record.Detail, record.Value, record.ReceiptNumber));
        Assert.Equal(
            (fixture.Company.Id, fixture.Master.Id, fixture.Master.LoginId, CustomerFixture.Source),
            (record.CompanyId, record.UserId, record.LoginId, record.Source));
        Assert.Equal(
            (fixture.User.Id, fixture.User.LoginId, fixture.UserCertificate.SerialNumber.ToString()),
            (record.TargetUserId, record.TargetLoginId, record.SerialNumber));
    }

    [Fact]
    public async Task Revoke_ByAMaster_TellsTheOwnerAndTheMastersOnceEach()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate));

        Assert.Equal(
            new[] { fixture.Master.Id, fixture.SecondMaster.Id, fixture.User.Id }.Order(),
            (await fixture.MailsAsync(MailKind.CertificateRevoked)).Select(m => m.RecipientId).Order());
    }

    [Fact]
    public async Task Revoke_ByAMaster_AnchorsTheSerialBeforeItIsShown()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate));

        Assert.Contains(fixture.UserCertificate.SerialNumber, fixture.Bank.Anchor.Last()!.Revoked());
    }

    [Fact]
    public async Task Revoke_WarmedUp_LeavesNothingBehind()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var user = await fixture.SignIn(fixture.UserCertificate);
        var (records, anchored) = (fixture.Bank.History().Count, fixture.Bank.Anchor.Read().Count());
        fixture.Sessions.Ended += _ => Assert.Fail("A warm-up ended a session.");

        await fixture.Revoke.WarmUpAsync(TestContext.Current.CancellationToken);

        Assert.Equal((records, anchored), (fixture.Bank.History().Count, fixture.Bank.Anchor.Read().Count()));
        Assert.Equal(0, fixture.Bank.Read(
            db => db.CertificateRevocations.Count() + db.Certificates.Count(c => c.RevokedAt != null)));
        Assert.Null(fixture.StoredSession(user).EndedAt);
    }

    [Fact]
    public async Task Revoke_WarmedUpWhereTheFirstUserHasNoCertificate_TakesOneWhoHas()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await fixture.Bank.Writer.PerformAsync(
            work => work.Sql.Execute(
                "UPDATE Users SET CurrentCertificateId = NULL, CertificateNotAfter = NULL WHERE Id = (SELECT MIN(Id) FROM Users)"),
            TestContext.Current.CancellationToken);

        Assert.Null(await Record.ExceptionAsync(() => fixture.Revoke.WarmUpAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Revoke_OfAUserWhoIsLoggedIn_EndsTheSessionAndTellsItOnceDurable()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var user = await fixture.SignIn(fixture.UserCertificate);
        var told = new List<(EndedSession Ended, DateTimeOffset? Stored)>();
        fixture.Sessions.Ended += ended => told.Add((ended, fixture.StoredSession(user).EndedAt));

        var revoked = await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate));

        Assert.Equal(
            (new EndedSession(
                user.SessionId, fixture.User.Id, fixture.UserCertificate.Sha256Fingerprint,
                SessionEndReason.CertificateRevoked), revoked.RevokedAt),
            Assert.Single(told));
        Assert.Equal(SessionEndReason.CertificateRevoked, fixture.State(user).Ended);
        Assert.Equal(1, Result(fixture).SessionsEnded);
        Assert.NotNull(fixture.State(actor).Live);
    }

    [Fact]
    public async Task Revoke_WhileARenewalIsNotUsedYet_TakesBoth()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var renewed = await fixture.Bank.GiveCertificate(fixture.User);

        await fixture.Revoked(actor, CustomerFixture.Request(renewed));

        Assert.All(new[] { fixture.UserCertificate, renewed }, c => Assert.NotNull(fixture.Stored(c).RevokedAt));
        Assert.Equal(
            new[] { fixture.UserCertificate.SerialNumber, renewed.SerialNumber }.Order(), fixture.Bank.Anchor.Last()!.Revoked().Order());
    }

    [Fact]
    public async Task Revoke_OfAnExpiredCertificate_IsDone()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var expired = await fixture.Bank.GiveCertificate(
            await fixture.Bank.AddUser("0501D60001X", fixture.Company), notAfter: fixture.Bank.Now.AddDays(-1));
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        await fixture.Revoked(actor, CustomerFixture.Request(expired, X509RevocationReason.CessationOfOperation));

        Assert.NotNull(fixture.Stored(expired).RevokedAt);
    }

    [Theory]
    [InlineData(X509RevocationReason.Unspecified, false)]
    [InlineData(X509RevocationReason.CessationOfOperation, false)]
    [InlineData(X509RevocationReason.Superseded, false)]
    [InlineData(X509RevocationReason.KeyCompromise, true)]
    [InlineData(X509RevocationReason.AffiliationChanged, true)]
    public async Task Revoke_WithSuspensionTicked_SuspendsForTheTwoReasonsOnly(X509RevocationReason reason, bool suspends)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate, reason, alsoSuspend: true));

        Assert.Equal(suspends, fixture.Stored(fixture.User).SuspendedAt is not null);
        Assert.Equal(suspends, Result(fixture).Suspended);
        Assert.Equal(suspends ? "revoked-and-suspended" : "revoked", Assert.Single(fixture.History(HistoryOperation.Revocation)).Detail);
    }

    [Theory]
    [InlineData(X509RevocationReason.KeyCompromise)]
    [InlineData(X509RevocationReason.AffiliationChanged)]
    public async Task Revoke_WithSuspensionUnticked_SuspendsNobody(X509RevocationReason reason)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate, reason, alsoSuspend: false));

        Assert.Null(fixture.Stored(fixture.User).SuspendedAt);
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
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var request = CustomerFixture.Request(fixture.UserCertificate, reason);
        var proof = await fixture.Proof(actor, request.Confirmed);

        var refused = Assert.IsType<RevokeOutcome.Refused>(
            await fixture.Revoke.RevokeAsync(actor, request, proof, TestContext.Current.CancellationToken));

        Assert.Equal(RevokeRefusal.ReasonNotSelectable, refused.Reason);
        Assert.Equal(
            (HistoryResult.Refused, "revocation-refused", nameof(RevokeRefusal.ReasonNotSelectable)),
            Assert.Single(fixture.History(HistoryOperation.Revocation).Select(r => (r.Result, r.Detail, r.Value))));
        Assert.Null(fixture.Stored(fixture.UserCertificate).RevokedAt);
    }

    [Fact]
    public async Task Revoke_ByAGeneralUser_IsRefused()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var colleague = await fixture.Bank.GiveCertificate(await fixture.Bank.AddUser("0501D60001X", fixture.Company));

        await AssertRefused(
            fixture, fixture.UserCertificate, CustomerFixture.Request(colleague), RevokeRefusal.NotMaster, target: "0501D60001X");
    }

    [Fact]
    public async Task Revoke_OfTheOwnCertificateByAGeneralUser_IsRefused()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        await AssertRefused(
            fixture, fixture.UserCertificate, CustomerFixture.Request(fixture.UserCertificate), RevokeRefusal.NotMaster,
            target: fixture.User.LoginId);
    }

    [Fact]
    public async Task Revoke_OfAnotherMaster_IsForTheCounter()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        await AssertRefused(
            fixture, fixture.MasterCertificate, CustomerFixture.Request(fixture.SecondMasterCertificate), RevokeRefusal.CounterOnly,
            target: fixture.SecondMaster.LoginId);
    }

    [Fact]
    public async Task Revoke_OfTheOwnCertificateByAMaster_IsForTheCounter()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        await AssertRefused(
            fixture, fixture.MasterCertificate, CustomerFixture.Request(fixture.MasterCertificate), RevokeRefusal.CounterOnly,
            target: fixture.Master.LoginId);
    }

    [Fact]
    public async Task Revoke_InAnotherCompany_FindsNoSuchCertificateAndNamesNobody()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        await AssertRefused(
            fixture, fixture.MasterCertificate, CustomerFixture.Request(fixture.StrangerCertificate), RevokeRefusal.NoSuchCertificate,
            target: null);
    }

    [Fact]
    public async Task Revoke_OfNobody_IsAnsweredLikeAnotherCompany()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var request = new RevocationRequest(4711, SerialNumber.New(), X509RevocationReason.Unspecified, false, Guid.NewGuid());

        await AssertRefused(fixture, fixture.MasterCertificate, request, RevokeRefusal.NoSuchCertificate, target: null);
    }

    [Fact]
    public async Task Revoke_OfADeletedUser_FindsNoSuchCertificate()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        fixture.Bank.Sql($"UPDATE Users SET DeletedAt = 1 WHERE Id = {fixture.User.Id}");

        await AssertRefused(
            fixture, fixture.MasterCertificate, CustomerFixture.Request(fixture.UserCertificate), RevokeRefusal.NoSuchCertificate,
            target: fixture.User.LoginId);
    }

    [Fact]
    public async Task Revoke_WithAStrangersCertificateUnderAColleaguesName_IsRefused()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var request = CustomerFixture.Request(fixture.UserCertificate) with { SerialNumber = fixture.StrangerCertificate.SerialNumber };

        await AssertRefused(fixture, fixture.MasterCertificate, request, RevokeRefusal.ChangedMeanwhile, target: fixture.User.LoginId);
        Assert.Null(fixture.Stored(fixture.StrangerCertificate).RevokedAt);
    }

    [Fact]
    public async Task Revoke_OfAUserWhoNeverHadOne_IsRefused()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var never = await fixture.Bank.AddUser("0501D60001N", fixture.Company);
        var request = new RevocationRequest(never.Id, SerialNumber.New(), X509RevocationReason.Unspecified, false, Guid.NewGuid());

        await AssertRefused(fixture, fixture.MasterCertificate, request, RevokeRefusal.NothingIssued, target: never.LoginId);
    }

    [Fact]
    public async Task Revoke_OfWhatAnotherMasterRevokedMeanwhile_IsRefusedAndTheFirstStands()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var other = await fixture.SignIn(fixture.SecondMasterCertificate);
        var first = await fixture.Revoked(other, CustomerFixture.Request(fixture.UserCertificate, X509RevocationReason.KeyCompromise));
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        await AssertRefused(
            fixture, fixture.MasterCertificate, CustomerFixture.Request(fixture.UserCertificate), RevokeRefusal.AlreadyRevoked,
            target: fixture.User.LoginId, recordsBefore: 1);
        var stored = fixture.Stored(fixture.UserCertificate);
        Assert.Equal(
            (first.RevokedAt, fixture.SecondMaster.LoginId, X509RevocationReason.KeyCompromise),
            (stored.RevokedAt, stored.RevokedBy, stored.Reason));
    }

    [Fact]
    public async Task Revoke_OfWhatTheUserRenewedMeanwhile_IsRefused()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var renewed = await fixture.Bank.GiveCertificate(fixture.User);

        await AssertRefused(
            fixture, fixture.MasterCertificate, CustomerFixture.Request(fixture.UserCertificate), RevokeRefusal.ChangedMeanwhile,
            target: fixture.User.LoginId);
        Assert.Null(fixture.Stored(renewed).RevokedAt);
    }

    [Fact]
    public async Task Revoke_ByAMasterWhoIsNoneAnyMore_IsRefused()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var request = CustomerFixture.Request(fixture.UserCertificate);
        var proof = await fixture.Proof(actor, request.Confirmed);
        fixture.Bank.Sql($"UPDATE Users SET Role = 'General' WHERE Id = {fixture.Master.Id}");

        Assert.Equal(
            new RevokeOutcome.Refused(RevokeRefusal.NotMaster),
            await fixture.Revoke.RevokeAsync(actor, request, proof, TestContext.Current.CancellationToken));
        Assert.Null(fixture.Stored(fixture.UserCertificate).RevokedAt);
    }

    [Theory]
    [InlineData("logged out")]
    [InlineData("certificate revoked")]
    [InlineData("suspended")]
    [InlineData("idle")]
    public async Task Revoke_ByAMasterWhoseSessionEndedMeanwhile_IsRefusedAndRecorded(string how)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var request = CustomerFixture.Request(fixture.UserCertificate);
        var proof = await fixture.Proof(actor, request.Confirmed);
        switch (how)
        {
            case "logged out":
                await fixture.LogOut.ByUserAsync(actor, TestContext.Current.CancellationToken);
                break;
            case "certificate revoked":
                fixture.Bank.Sql($"UPDATE Certificates SET RevokedAt = 1 WHERE Id = {fixture.MasterCertificate.Id}");
                break;
            case "suspended":
                fixture.Bank.Sql($"UPDATE Users SET SuspendedAt = 1 WHERE Id = {fixture.Master.Id}");
                break;
            default:
                fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
                break;
        }

        Assert.Equal(
            new RevokeOutcome.Refused(RevokeRefusal.SessionEnded),
            await fixture.Revoke.RevokeAsync(actor, request, proof, TestContext.Current.CancellationToken));
        Assert.Null(fixture.Stored(fixture.UserCertificate).RevokedAt);
        var record = Assert.Single(fixture.History(HistoryOperation.Revocation));
        Assert.Equal((HistoryResult.Refused, "SessionEnded", null), (record.Result, record.Value, record.CompanyId));
    }

    [Fact]
    public async Task Revoke_WithTheConfirmationOfAnotherTarget_IsRefused()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var colleague = await fixture.Bank.GiveCertificate(await fixture.Bank.AddUser("0501D60001X", fixture.Company));
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var proof = await fixture.Proof(actor, CustomerFixture.Request(colleague).Confirmed);

        Assert.Equal(
            new RevokeOutcome.Refused(RevokeRefusal.NotConfirmed),
            await fixture.Revoke.RevokeAsync(
                actor, CustomerFixture.Request(fixture.UserCertificate), proof, TestContext.Current.CancellationToken));
        Assert.Null(fixture.Stored(fixture.UserCertificate).RevokedAt);
        Assert.Equal("NotConfirmed", Assert.Single(fixture.History(HistoryOperation.Revocation)).Value);
    }

    [Fact]
    public async Task Revoke_WithTheConfirmationOfAnotherMaster_IsRefused()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var other = await fixture.SignIn(fixture.SecondMasterCertificate);
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var request = CustomerFixture.Request(fixture.UserCertificate);
        var proof = await fixture.Proof(other, request.Confirmed);

        Assert.Equal(
            new RevokeOutcome.Refused(RevokeRefusal.NotConfirmed),
            await fixture.Revoke.RevokeAsync(actor, request, proof, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Revoke_WithAConfirmationThatWasSpent_IsRefused()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var request = CustomerFixture.Request(fixture.UserCertificate);
        var proof = await fixture.Proof(actor, request.Confirmed);
        await fixture.Revoke.RevokeAsync(actor, request, proof, TestContext.Current.CancellationToken);

        // Another page about the same certificate: nothing was confirmed on it.
        Assert.Equal(
            new RevokeOutcome.Refused(RevokeRefusal.NotConfirmed),
            await fixture.Revoke.RevokeAsync(
                actor, request with { Submission = Guid.NewGuid() }, proof, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Page_SentTwice_IsOneRevocationWithOneAnswer()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var request = CustomerFixture.Request(fixture.UserCertificate);

        var first = await fixture.Revoked(actor, request);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        var second = await fixture.Revoked(actor, request);

        Assert.Equal(first, second);
        await AssertOneRevocationAsync(fixture);
    }

    [Fact]
    public async Task Page_SentFiftyTimesAtOnce_IsOneRevocationWithOneAnswer()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var request = CustomerFixture.Request(fixture.UserCertificate);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => fixture.Revoked(actor, request))));

        Assert.Single(answers.Distinct());
        await AssertOneRevocationAsync(fixture);
    }

    [Fact]
    public async Task Pages_FiftyOfOneCertificateAtOnce_AreOneRevocation()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(
            _ => Task.Run(() => fixture.TryRevoke(actor, CustomerFixture.Request(fixture.UserCertificate)))));

        Assert.Single(answers.OfType<RevokeOutcome.Revoked>());
        Assert.Equal(49, answers.Count(a => a == new RevokeOutcome.Refused(RevokeRefusal.AlreadyRevoked)));
        Assert.Equal(1, fixture.Bank.Read(db => db.CertificateRevocations.Count()));
        Assert.Single(fixture.History(HistoryOperation.Revocation), r => r.Result == HistoryResult.Done);
        Assert.Equal(3, (await fixture.MailsAsync(MailKind.CertificateRevoked)).Count);
    }

    [Fact]
    public async Task PageKey_UsedForAnotherCertificate_RevokesNothingAndDoesNotSayDone()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var colleague = await fixture.Bank.GiveCertificate(await fixture.Bank.AddUser("0501D60001X", fixture.Company));
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var request = CustomerFixture.Request(fixture.UserCertificate);
        await fixture.Revoked(actor, request);

        var outcome = await fixture.TryRevoke(actor, CustomerFixture.Request(colleague, submission: request.Submission));

        Assert.Equal(new RevokeOutcome.Refused(RevokeRefusal.NotConfirmed), outcome);
        Assert.Null(fixture.Stored(colleague).RevokedAt);
    }

    [Fact]
    public async Task PageKey_OfAnotherCompany_TellsNothing()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var request = CustomerFixture.Request(fixture.UserCertificate);
        await fixture.Revoked(actor, request);
        var foreign = await fixture.SignIn(
            await fixture.Bank.GiveCertificate(await fixture.Bank.AddUser("0501D47701M", fixture.OtherCompany, UserRole.Master)));

        var outcome = await fixture.TryRevoke(
            foreign, CustomerFixture.Request(fixture.StrangerCertificate, submission: request.Submission));

        Assert.Equal(new RevokeOutcome.Refused(RevokeRefusal.NotConfirmed), outcome);
        Assert.Null(fixture.Stored(fixture.StrangerCertificate).RevokedAt);
    }

    [Fact]
    public async Task Revoke_WhoseCallerNoLongerWaitsForTheList_IsDone()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var request = CustomerFixture.Request(fixture.UserCertificate);
        using var impatience = new CancellationTokenSource();
        var unpublished = new DensaiAdmin.Core.Authority.CrlSignal();
        var slow = new RevokeCertificate(fixture.Bank.Writer, fixture.Sessions, unpublished, fixture.Confirmations);

        var revoking = slow.ByMasterAsync(actor, request, new SuppliedPassword(TestBank.ConfirmationPassword), impatience.Token);
        await unpublished.TakeRequestAsync(TestContext.Current.CancellationToken);
        await impatience.CancelAsync();

        Assert.IsType<RevokeOutcome.Revoked>(await revoking);
    }

    [Fact]
    public async Task Revoke_Done_RequestsAList()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var requested = fixture.Crl.TakeRequestAsync(TestContext.Current.CancellationToken);

        await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate));

        await requested.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Receipt_TellsTheJapaneseDateAndNoSequence()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        var revoked = await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate));

        // 15:30 UTC on 31 August is the first of September in Japan.
        Assert.Matches("^R-20260901-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}$", revoked.ReceiptNumber);
    }

    [Theory]
    [InlineData(UserRole.CounterClerk)]
    [InlineData(UserRole.CounterApprover)]
    public async Task Operators_OfTheBank_RevokeAMaster(UserRole role)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var counter = await fixture.Bank.AddUser("counter1", null, role);
        var master = await fixture.SignIn(fixture.MasterCertificate);

        var outcome = await fixture.Revoke.ByOperatorAsync(
            OperatorApproval.OfOne(counter), "terminal", fixture.Master.CanonicalLoginId, X509RevocationReason.KeyCompromise,
            TestContext.Current.CancellationToken);

        Assert.IsType<RevokeOutcome.Revoked>(outcome);
        Assert.NotNull(fixture.Stored(fixture.MasterCertificate).RevokedAt);
        Assert.Equal(SessionEndReason.CertificateRevoked, fixture.State(master).Ended);
        var record = Assert.Single(fixture.History(HistoryOperation.Revocation));
        Assert.Equal(
            (fixture.Company.Id, "counter1", fixture.Master.LoginId, "terminal"),
            (record.CompanyId, record.LoginId, record.TargetLoginId, record.Source));
    }

    [Fact]
    public async Task Operators_RevokeAnyCompanysGeneralUser()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var counter = await fixture.Bank.AddUser("counter1", null, UserRole.CounterClerk);

        await fixture.Revoke.ByOperatorAsync(
            OperatorApproval.OfOne(counter), "terminal", fixture.Stranger.CanonicalLoginId, X509RevocationReason.Unspecified,
            TestContext.Current.CancellationToken);

        Assert.NotNull(fixture.Stored(fixture.StrangerCertificate).RevokedAt);
    }

    [Theory]
    [InlineData("NOBODY", RevokeRefusal.NoSuchCertificate)]
    [InlineData("0501D60001N", RevokeRefusal.NothingIssued)]
    [InlineData("0501D60001S", RevokeRefusal.AlreadyRevoked)]
    public async Task Operators_WithNothingToRevoke_AreRefusedAndRecorded(string loginId, RevokeRefusal refusal)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var counter = await fixture.Bank.AddUser("counter1", null, UserRole.CounterClerk);
        await fixture.Bank.AddUser("0501D60001N", fixture.Company);
        await fixture.Bank.GiveCertificate(await fixture.Bank.AddUser("0501D60001S", fixture.Company), revokedAt: fixture.Bank.Now);

        var outcome = await fixture.Revoke.ByOperatorAsync(
            OperatorApproval.OfOne(counter), "terminal", loginId, X509RevocationReason.Unspecified, TestContext.Current.CancellationToken);

        Assert.Equal(new RevokeOutcome.Refused(refusal), outcome);
        var record = Assert.Single(fixture.History(HistoryOperation.Revocation));
        Assert.Equal((HistoryResult.Refused, refusal.ToString(), loginId), (record.Result, record.Value, record.TargetLoginId));
    }

    [Fact]
    public async Task Customers_AreNoOperators()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        await Assert.ThrowsAsync<OperatorApprovalLapsedException>(() =>
            fixture.Revoke.ByOperatorAsync(
                OperatorApproval.OfOne(fixture.Master), "terminal", fixture.User.CanonicalLoginId, X509RevocationReason.Unspecified,
                TestContext.Current.CancellationToken));

        Assert.Null(fixture.Stored(fixture.UserCertificate).RevokedAt);
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
    private static async Task AssertRefused(
        CustomerFixture fixture, Certificate by, RevocationRequest request, RevokeRefusal refusal, string? target, int recordsBefore = 0)
    {
        var revoked = fixture.Bank.Read(db => db.Certificates.Count(c => c.RevokedAt != null));
        var actor = await fixture.SignIn(by);

        Assert.Equal(new RevokeOutcome.Refused(refusal), await fixture.TryRevoke(actor, request));

        Assert.Equal(revoked, fixture.Bank.Read(db => db.Certificates.Count(c => c.RevokedAt != null)));
        Assert.Equal(recordsBefore, fixture.Bank.Read(db => db.CertificateRevocations.Count()));
        var record = Assert.Single(fixture.History(HistoryOperation.Revocation).Skip(recordsBefore));
        Assert.Equal((HistoryResult.Refused, "revocation-refused", refusal.ToString()), (record.Result, record.Detail, record.Value));
        Assert.Equal((target, fixture.Company.Id), (record.TargetLoginId, record.CompanyId));
    }

    private static async Task AssertOneRevocationAsync(CustomerFixture fixture)
    {
        Assert.Equal(1, fixture.Bank.Read(db => db.CertificateRevocations.Count()));
        Assert.Single(fixture.History(HistoryOperation.Revocation));
        Assert.Equal(3, (await fixture.MailsAsync(MailKind.CertificateRevoked)).Count);
    }

    private static CertificateRevocation Result(CustomerFixture fixture) =>
        fixture.Bank.Read(db => db.CertificateRevocations.AsNoTracking().Single());
}
