using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using FsCheck.Xunit;

namespace DensaiAdmin.Tests.SignIn;

public class LogInTests
{
    [Fact]
    public async Task Login_WithCertificateAndPassword_IsASessionBoundToTheCertificate()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        var loggedIn = Assert.IsType<LogInOutcome.LoggedIn>(await fixture.TryLogIn(fixture.UserCertificate));

        var state = fixture.Live.LookByToken(loggedIn.Token);
        Assert.Equal(
            (fixture.User.Id, fixture.UserCertificate.Id, fixture.Company.Id),
            (state.Live!.User.Id, state.Live.Certificate!.Id, state.Live.CompanyId));
        Assert.Equal(fixture.UserCertificate.Sha256Fingerprint, state.Live.Session.CertificateFingerprint);
        Assert.Equal(fixture.Company.Id, state.Live.User.Company!.Id);
    }

    [Fact]
    public async Task Login_Done_IsOneRecord()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        await fixture.TryLogIn(fixture.UserCertificate);

        var record = Assert.Single(fixture.Bank.History());
        Assert.Equal(
            (HistoryOperation.Login, HistoryResult.Done, "certificate-and-password", fixture.User.LoginId,
                CustomerFixture.Source, fixture.UserCertificate.SerialNumber.ToString()),
            (record.Operation, record.Result, record.Detail, record.LoginId, record.Source, record.SerialNumber));
    }

    [Fact]
    public async Task Token_OfASession_StandsInNoFileAndNoText()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        var loggedIn = Assert.IsType<LogInOutcome.LoggedIn>(await fixture.TryLogIn(fixture.UserCertificate));

        Assert.DoesNotContain(loggedIn.Token, loggedIn.ToString(), StringComparison.Ordinal);
        Assert.Equal(Session.HashToken(loggedIn.Token), fixture.StoredSession(new Actor(loggedIn.SessionId, "")).TokenHash);
        Assert.Equal(SessionState.Unknown, fixture.Live.LookByToken(loggedIn.Token + "A"));
    }

    [Fact]
    public async Task Login_WithAWrongPassword_SaysHowManyAttemptsAreLeftAndIsRecorded()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        var wrong = Assert.IsType<LogInOutcome.WrongPassword>(await fixture.TryLogIn(fixture.UserCertificate, "wrong"));

        Assert.Equal(4, wrong.AttemptsLeft);
        var record = Assert.Single(fixture.Bank.History());
        Assert.Equal(
            (HistoryResult.Refused, "password-wrong", "4", fixture.User.Id), (record.Result, record.Detail, record.Value, record.UserId));
    }

    [Fact]
    public async Task Login_WithTheConfirmationPassword_IsWrong()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        Assert.IsType<LogInOutcome.WrongPassword>(await fixture.TryLogIn(fixture.UserCertificate, TestBank.ConfirmationPassword));
    }

    [Fact]
    public async Task Login_WithTheCertificateOfOneAndThePasswordOfAnother_IsWrong()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var other = await fixture.Bank.AddUser("0501D60001X", fixture.Company, loginPassword: TestBank.CheapHash("a password of my own"));
        await fixture.Bank.GiveCertificate(other);

        Assert.IsType<LogInOutcome.WrongPassword>(await fixture.TryLogIn(fixture.UserCertificate, "a password of my own"));
    }

    [Fact]
    public async Task Login_WithTheFifthWrongPassword_IsDiagnosedAsLocked()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        for (var i = 0; i < 4; i++)
        {
            await fixture.TryLogIn(fixture.UserCertificate, "wrong");
        }

        var fifth = Assert.IsType<LogInOutcome.Diagnosed>(await fixture.TryLogIn(fixture.UserCertificate, "wrong")).Diagnosis;

        Assert.Equal((CertificateFinding.PasswordLocked, fixture.Bank.Now.AddMinutes(15)), (fifth.Finding, fifth.At));
        Assert.Equal(
            ["password-wrong", "password-wrong", "password-wrong", "password-wrong", "password-locked"],
            fixture.History(HistoryOperation.Login).Select(r => r.Detail));
    }

    [Fact]
    public async Task Login_WithTheRightPasswordOnceLocked_IsRefusedUntilTheLockIsOver()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await fixture.TryLogIn(fixture.UserCertificate, "wrong");
        }

        var locked = Assert.IsType<LogInOutcome.Diagnosed>(await fixture.TryLogIn(fixture.UserCertificate));
        Assert.Equal(CertificateFinding.PasswordLocked, locked.Diagnosis.Finding);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
        await fixture.SignIn(fixture.UserCertificate);
    }

    [Fact]
    public async Task Login_WhileTheOpenPathIsLockedFromOutside_IsNotHindered()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        for (var i = 0; i < 1000; i++)
        {
            await fixture.Passwords.EvaluateAsync(
                new(fixture.User.CanonicalLoginId, PasswordPath.Open, fixture.User, null, new("guess"), "203.0.113.9"),
                TestContext.Current.CancellationToken);
        }

        await fixture.SignIn(fixture.UserCertificate);
    }

    [Fact]
    public async Task Login_WithoutACertificate_IsRefusedAndRecorded()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        var outcome = await fixture.LogIn.WithCertificateAsync(
            null, new(TestBank.LoginPassword), Actor.Anonymous(CustomerFixture.Source), "", TestContext.Current.CancellationToken);

        Assert.Equal(CertificateFinding.None, Assert.IsType<LogInOutcome.Diagnosed>(outcome).Diagnosis.Finding);
        await fixture.Refusals.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("no-certificate", Assert.Single(fixture.Bank.History()).Detail);
    }

    [Fact]
    public async Task Login_WithAOneTimePasswordWhoseTimeIsOver_IsToldSoBehindTheRightOneAloneAndCountsNoFailure()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var hash = TestBank.CheapHash("a one-time password");
        await fixture.Bank.Act(work => work.Db.Users.Find(fixture.User.Id)!.SetOneTimePassword(hash, work.Now.AddDays(14)));
        fixture.Bank.Clock.Advance(TimeSpan.FromDays(14));

        for (var i = 0; i < 6; i++)
        {
            var told = Assert.IsType<LogInOutcome.Diagnosed>(await fixture.TryLogIn(fixture.UserCertificate, "a one-time password"))
                .Diagnosis;
            Assert.Equal((CertificateFinding.InitialPasswordExpired, (PersonKind?)PersonKind.GeneralUser), (told.Finding, told.Person));
        }

        Assert.Equal(
            4, Assert.IsType<LogInOutcome.WrongPassword>(await fixture.TryLogIn(fixture.UserCertificate, "another password")).AttemptsLeft);
    }

    [Fact]
    public async Task Login_ASecondTime_EndsTheFirstWhichIsToldWhy()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var first = await fixture.SignIn(fixture.UserCertificate);
        var told = new List<EndedSession>();
        fixture.Sessions.Ended += told.Add;

        var second = await fixture.SignIn(fixture.UserCertificate);

        Assert.Equal((first.SessionId, SessionEndReason.SecondLogin), (Assert.Single(told).SessionId, told[0].Reason));
        Assert.Equal(SessionEndReason.SecondLogin, fixture.State(first).Ended);
        Assert.NotNull(fixture.State(second).Live);
        Assert.Equal("second-login", Assert.Single(fixture.History(HistoryOperation.SessionEnd)).Detail);
    }

    [Fact]
    public async Task Login_OfManyAtOnce_LeavesOneSession()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => fixture.SignIn(fixture.UserCertificate))));

        Assert.Equal(1, fixture.Bank.Read(db => db.Sessions.Count(s => s.EndedAt == null)));
    }

    [Fact]
    public async Task Login_OfAnother_EndsNobodysSession()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var master = await fixture.SignIn(fixture.MasterCertificate);

        await fixture.SignIn(fixture.UserCertificate);

        Assert.NotNull(fixture.State(master).Live);
    }

    [Theory]
    [InlineData("revoked", CertificateFinding.Revoked)]
    [InlineData("suspended", CertificateFinding.UserSuspended)]
    public async Task Login_WhileThePasswordIsHashed_IsEvaluatedAgain(string meanwhile, CertificateFinding finding)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        using var gate = new ManualResetEventSlim();
        var cancellation = TestContext.Current.CancellationToken;
        var held = fixture.Bank.Act(_ => gate.Wait(cancellation));

        // The login has found everything good and waits for its attempt; the other act stands in line behind it.
        var loggingIn = fixture.TryLogIn(fixture.UserCertificate);
        var acting = fixture.Bank.Act(work =>
        {
            if (meanwhile == "revoked")
            {
                work.Revoke(work.Db.Certificates.Find(fixture.UserCertificate.Id)!, "test", X509RevocationReason.KeyCompromise);
            }
            else
            {
                work.Db.Users.Find(fixture.User.Id)!.Suspend(work.Now);
            }
        });
        gate.Set();
        await held;
        await acting;

        Assert.Equal(finding, Assert.IsType<LogInOutcome.Diagnosed>(await loggingIn).Diagnosis.Finding);
        Assert.Equal(0, fixture.Bank.Read(db => db.Sessions.Count()));
        Assert.Equal(HistoryResult.Refused, Assert.Single(fixture.History(HistoryOperation.Login)).Result);
    }

    [Fact]
    public async Task FirstUse_OfARenewedCertificate_SupersedesTheOlderOne()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await fixture.SignIn(fixture.UserCertificate);
        fixture.Bank.Clock.Advance(TimeSpan.FromDays(1));
        var renewed = await fixture.Bank.GiveCertificate(fixture.User);

        await fixture.SignIn(renewed);

        var old = fixture.Stored(fixture.UserCertificate);
        Assert.Equal((fixture.Bank.Now, X509RevocationReason.Superseded), (old.RevokedAt, old.Reason));
        Assert.Equal(CertificateStatus.Issued, fixture.Stored(fixture.User).CertificateStatusAt(fixture.Bank.Now));
        Assert.Contains(old.SerialNumber, fixture.Bank.Anchor.Last()!.Revoked());
        var record = Assert.Single(fixture.History(HistoryOperation.Revocation));
        Assert.Equal(("superseded-by-first-use", old.SerialNumber.ToString()), (record.Detail, record.SerialNumber));
    }

    [Fact]
    public async Task FirstUse_OfARenewedCertificate_RequestsAList()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var requested = fixture.Crl.TakeRequestAsync(TestContext.Current.CancellationToken);
        var renewed = await fixture.Bank.GiveCertificate(fixture.User);

        await fixture.SignIn(renewed);

        await requested.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task FirstUse_EndsTheSessionMadeWithTheOlderCertificate()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var old = await fixture.SignIn(fixture.UserCertificate);
        var renewed = await fixture.Bank.GiveCertificate(fixture.User);

        await fixture.SignIn(renewed);

        Assert.Null(fixture.State(old).Live);
    }

    [Fact]
    public async Task Login_WithTheOlderCertificateBeforeTheNewOneIsUsed_IsGoodAndSupersedesNothing()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        fixture.Bank.Clock.Advance(TimeSpan.FromDays(1));
        var renewed = await fixture.Bank.GiveCertificate(fixture.User);

        await fixture.SignIn(fixture.UserCertificate);

        Assert.Null(fixture.Stored(renewed).RevokedAt);
        Assert.Null(fixture.Stored(fixture.UserCertificate).RevokedAt);
    }

    [Fact]
    public async Task Handshake_WithoutThePassword_IsNoFirstUse()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var renewed = await fixture.Bank.GiveCertificate(fixture.User);

        await fixture.LogIn.DiagnoseAsync(
            CustomerFixture.Presented(renewed), Actor.Anonymous(CustomerFixture.Source), TestContext.Current.CancellationToken);
        await fixture.TryLogIn(renewed, "wrong");

        Assert.Null(fixture.Stored(renewed).FirstUsedAt);
        Assert.Null(fixture.Stored(fixture.UserCertificate).RevokedAt);
    }

    [Fact]
    public async Task Logout_ByTheUser_EndsTheSessionOnceAndIsRecorded()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);

        Assert.True(await fixture.LogOut.ByUserAsync(actor, TestContext.Current.CancellationToken));
        Assert.False(await fixture.LogOut.ByUserAsync(actor, TestContext.Current.CancellationToken));

        Assert.Equal(SessionEndReason.LoggedOut, fixture.State(actor).Ended);
        Assert.Equal("by-user", Assert.Single(fixture.History(HistoryOperation.Logout)).Detail);
    }

    [Fact]
    public async Task Sweep_OfAPerson_IsRefused()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        fixture.Bank.Clock.Advance(fixture.Sessions.Limits.Absolute);

        foreach (var person in new[] { actor, Actor.Anonymous(CustomerFixture.Source) })
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => fixture.LogOut.SweepAsync(
                person, fixture.Bank.Contexts, fixture.Bank.Clock, TestContext.Current.CancellationToken));
        }

        Assert.Null(fixture.StoredSession(actor).EndReason);
    }

    [Fact]
    public async Task Sweep_EndsWhatIsOverAndNothingElse()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var idle = await fixture.SignIn(fixture.UserCertificate);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(14));
        var live = await fixture.SignIn(fixture.MasterCertificate);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(1, await SweepAsync(fixture));
        Assert.Equal(0, await SweepAsync(fixture));

        Assert.Equal(SessionEndReason.Idle, fixture.StoredSession(idle).EndReason);
        Assert.Null(fixture.StoredSession(live).EndReason);
        Assert.Equal("idle", Assert.Single(fixture.History(HistoryOperation.SessionEnd)).Detail);
    }

    [Fact]
    public async Task Sweep_EndsASessionWhoseCertificateExpired()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var short_ = await fixture.Bank.GiveCertificate(fixture.User, notAfter: fixture.Bank.Now.AddMinutes(10));
        var actor = await fixture.SignIn(short_);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(11));

        await SweepAsync(fixture);

        Assert.Equal(SessionEndReason.CertificateExpired, fixture.StoredSession(actor).EndReason);
    }

    [Fact]
    public async Task LoginHistory_ShowsTheLastTriesOfTheUserOnlyNewestFirst()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await fixture.SignIn(fixture.MasterCertificate);
        await fixture.SignIn(fixture.UserCertificate);
        await fixture.TryLogIn(fixture.UserCertificate, "wrong");
        await fixture.SignIn(fixture.UserCertificate);
        await fixture.TryLogIn(fixture.UserCertificate, "wrong");

        var lines = await fixture.Logins.OfAsync(fixture.User.CompanyId, fixture.User.Id, 3, TestContext.Current.CancellationToken);

        Assert.Equal(
            [(false, "password-wrong"), (true, "certificate-and-password"), (false, "password-wrong")],
            lines.Select(l => (l.Succeeded, l.Detail)));
    }

    /// <summary>
    /// Architecture decision 2, whatever came before: in the inventory, unrevoked, in time, user not suspended; else no session.
    /// </summary>
    [Property(MaxTest = 40)]
    public async Task Login_AfterAnySequenceOfEvents_SucceedsExactlyWithAUsableCertificate(byte[] events)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var clerk = Core.Passwords.OperatorApproval.OfOne(
            await fixture.Bank.AddUser("counter1", null, Core.Registry.UserRole.CounterClerk));
        var model = new List<Held> { new(fixture.UserCertificate, Used: false, Revoked: false) };
        var suspended = false;
        foreach (var happens in (events ?? []).Take(25).Append((byte)200))
        {
            switch (happens % 8)
            {
                case 0:
                    fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
                    model.Add(
                        new(await fixture.Bank.GiveCertificate(fixture.User, fixture.Bank.Now.AddDays(10)), Used: false, Revoked: false));
                    break;
                case 1:
                    await fixture.Revoke.ByOperatorAsync(
                        clerk, "test", fixture.User.CanonicalLoginId, X509RevocationReason.Unspecified,
                        TestContext.Current.CancellationToken);
                    // Done where the newest is unrevoked, and then it takes all; refused otherwise.
                    if (!model[^1].Revoked)
                    {
                        model = model.ConvertAll(held => held with { Revoked = true });
                    }

                    break;
                case 2:
                    suspended = !suspended;
                    await fixture.SetSuspended(suspended);
                    break;
                case 3:
                    fixture.Bank.Clock.Advance(TimeSpan.FromDays(4));
                    break;
                default:
                    var at = happens / 8 % model.Count;
                    var tried = model[at];
                    var usable = !tried.Revoked && !suspended && fixture.Bank.Now < tried.Certificate.NotAfter.AddSeconds(1);
                    Assert.Equal(usable, await fixture.TryLogIn(tried.Certificate) is LogInOutcome.LoggedIn);
                    if (usable && !tried.Used)
                    {
                        // The first use proves the installation: what was issued before is superseded.
                        model = [.. model.Select(
                            (held, i) => i < at ? held with { Revoked = true } : i == at ? held with { Used = true } : held)];
                    }

                    break;
            }
        }

        Assert.IsType<LogInOutcome.Diagnosed>(await fixture.LogIn.WithCertificateAsync(
            [0], new(TestBank.LoginPassword), Actor.Anonymous(CustomerFixture.Source), "", TestContext.Current.CancellationToken));
    }

    private static Task<int> SweepAsync(CustomerFixture fixture) => fixture.LogOut.SweepAsync(
        Actor.System("test"), fixture.Bank.Contexts, fixture.Bank.Clock, TestContext.Current.CancellationToken);

    private sealed record Held(Certificate Certificate, bool Used, bool Revoked);
}
