using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
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
        using var desk = await CustomerDesk.OpenAsync();

        var loggedIn = Assert.IsType<LogInOutcome.LoggedIn>(await desk.TryLogIn(desk.UserCertificate));

        var state = desk.Live.LookByToken(loggedIn.Token);
        Assert.Equal((desk.User.Id, desk.UserCertificate.Id, desk.Company.Id), (state.Live!.User.Id, state.Live.Certificate!.Id, state.Live.CompanyId));
        Assert.Equal(desk.UserCertificate.Sha256Fingerprint, state.Live.Session.CertificateFingerprint);
        Assert.Equal(desk.Company.Id, state.Live.User.Company!.Id);
    }

    [Fact]
    public async Task Login_Done_IsOneRecord()
    {
        using var desk = await CustomerDesk.OpenAsync();

        await desk.TryLogIn(desk.UserCertificate);

        var record = Assert.Single(desk.Bank.History());
        Assert.Equal(
            (HistoryOperation.Login, HistoryResult.Done, "certificate-and-password", desk.User.LoginId, CustomerDesk.Source, desk.UserCertificate.SerialNumber.ToString()),
            (record.Operation, record.Result, record.Detail, record.LoginId, record.Source, record.SerialNumber));
    }

    [Fact]
    public async Task Token_OfASession_StandsInNoFileAndNoText()
    {
        using var desk = await CustomerDesk.OpenAsync();

        var loggedIn = Assert.IsType<LogInOutcome.LoggedIn>(await desk.TryLogIn(desk.UserCertificate));

        Assert.DoesNotContain(loggedIn.Token, loggedIn.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(loggedIn.Token, desk.StoredSession(new Actor(loggedIn.SessionId, "")).TokenHash, StringComparison.Ordinal);
        Assert.Equal(SessionState.Unknown, desk.Live.LookByToken(loggedIn.Token + "A"));
    }

    [Fact]
    public async Task Login_WithAWrongPassword_SaysHowManyAttemptsAreLeftAndIsRecorded()
    {
        using var desk = await CustomerDesk.OpenAsync();

        var wrong = Assert.IsType<LogInOutcome.WrongPassword>(await desk.TryLogIn(desk.UserCertificate, "wrong"));

        Assert.Equal(4, wrong.AttemptsLeft);
        var record = Assert.Single(desk.Bank.History());
        Assert.Equal((HistoryResult.Refused, "password-wrong", "4", desk.User.Id), (record.Result, record.Detail, record.Value, record.UserId));
    }

    [Fact]
    public async Task Login_WithTheConfirmationPassword_IsWrong()
    {
        using var desk = await CustomerDesk.OpenAsync();

        Assert.IsType<LogInOutcome.WrongPassword>(await desk.TryLogIn(desk.UserCertificate, TestBank.ConfirmationPassword));
    }

    [Fact]
    public async Task Login_WithTheCertificateOfOneAndThePasswordOfAnother_IsWrong()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var other = await desk.Bank.AddUser("0501D60001X", desk.Company, loginPassword: TestBank.CheapHash("a password of my own"));
        await desk.Bank.GiveCertificate(other);

        Assert.IsType<LogInOutcome.WrongPassword>(await desk.TryLogIn(desk.UserCertificate, "a password of my own"));
    }

    [Fact]
    public async Task Login_WithTheFifthWrongPassword_IsDiagnosedAsLocked()
    {
        using var desk = await CustomerDesk.OpenAsync();
        for (var i = 0; i < 4; i++)
        {
            await desk.TryLogIn(desk.UserCertificate, "wrong");
        }

        var fifth = Assert.IsType<LogInOutcome.Diagnosed>(await desk.TryLogIn(desk.UserCertificate, "wrong")).Diagnosis;

        Assert.Equal((CertificateFinding.PasswordLocked, desk.Bank.Now.AddMinutes(15)), (fifth.Finding, fifth.At));
        Assert.Equal(
            ["password-wrong", "password-wrong", "password-wrong", "password-wrong", "password-locked"],
            desk.History(HistoryOperation.Login).Select(r => r.Detail));
    }

    [Fact]
    public async Task Login_WithTheRightPasswordOnceLocked_IsRefusedUntilTheLockIsOver()
    {
        using var desk = await CustomerDesk.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await desk.TryLogIn(desk.UserCertificate, "wrong");
        }

        var locked = Assert.IsType<LogInOutcome.Diagnosed>(await desk.TryLogIn(desk.UserCertificate));
        Assert.Equal(CertificateFinding.PasswordLocked, locked.Diagnosis.Finding);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
        await desk.SignIn(desk.UserCertificate);
    }

    [Fact]
    public async Task Login_WhileTheOpenPathIsLockedFromOutside_IsNotHindered()
    {
        using var desk = await CustomerDesk.OpenAsync();
        for (var i = 0; i < 1000; i++)
        {
            await desk.Passwords.JudgeAsync(new(desk.User.CanonicalLoginId, PasswordPath.Open, desk.User, null, new("guess"), "203.0.113.9"), TestContext.Current.CancellationToken);
        }

        await desk.SignIn(desk.UserCertificate);
    }

    [Fact]
    public async Task Login_WithoutACertificate_IsRefusedAndRecorded()
    {
        using var desk = await CustomerDesk.OpenAsync();

        var outcome = await desk.LogIn.WithCertificateAsync(null, new(TestBank.LoginPassword), CustomerDesk.Source, "", TestContext.Current.CancellationToken);

        Assert.Equal(CertificateFinding.None, Assert.IsType<LogInOutcome.Diagnosed>(outcome).Diagnosis.Finding);
        await desk.Refusals.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("no-certificate", Assert.Single(desk.Bank.History()).Detail);
    }

    [Fact]
    public async Task Login_WithAOneTimePasswordWhoseTimeIsOver_IsToldSoBehindTheRightOneAloneAndCountsNoFailure()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var hash = TestBank.CheapHash("a one-time password");
        await desk.Bank.Act(act => act.Db.Users.Find(desk.User.Id)!.SetOneTimePassword(hash, act.Now.AddDays(14)));
        desk.Bank.Clock.Advance(TimeSpan.FromDays(14));

        for (var i = 0; i < 6; i++)
        {
            var told = Assert.IsType<LogInOutcome.Diagnosed>(await desk.TryLogIn(desk.UserCertificate, "a one-time password")).Diagnosis;
            Assert.Equal((CertificateFinding.InitialPasswordExpired, (PersonKind?)PersonKind.GeneralUser), (told.Finding, told.Person));
        }

        Assert.Equal(4, Assert.IsType<LogInOutcome.WrongPassword>(await desk.TryLogIn(desk.UserCertificate, "another password")).AttemptsLeft);
    }

    [Fact]
    public async Task Login_ASecondTime_EndsTheFirstWhichIsToldWhy()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var first = await desk.SignIn(desk.UserCertificate);
        var told = new List<EndedSession>();
        desk.Sessions.Ended += told.Add;

        var second = await desk.SignIn(desk.UserCertificate);

        Assert.Equal((first.SessionId, SessionEndReason.SecondLogin), (Assert.Single(told).SessionId, told[0].Reason));
        Assert.Equal(SessionEndReason.SecondLogin, desk.State(first).Ended);
        Assert.NotNull(desk.State(second).Live);
        Assert.Equal("second-login", Assert.Single(desk.History(HistoryOperation.SessionEnd)).Detail);
    }

    [Fact]
    public async Task Login_OfManyAtOnce_LeavesOneSession()
    {
        using var desk = await CustomerDesk.OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => desk.SignIn(desk.UserCertificate))));

        Assert.Equal(1, desk.Bank.Read(db => db.Sessions.Count(s => s.EndedAt == null)));
    }

    [Fact]
    public async Task Login_OfAnother_EndsNobodysSession()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var master = await desk.SignIn(desk.MasterCertificate);

        await desk.SignIn(desk.UserCertificate);

        Assert.NotNull(desk.State(master).Live);
    }

    [Theory]
    [InlineData("revoked", CertificateFinding.Revoked)]
    [InlineData("suspended", CertificateFinding.UserSuspended)]
    public async Task Login_WhileThePasswordIsHashed_IsJudgedAgain(string meanwhile, CertificateFinding finding)
    {
        using var desk = await CustomerDesk.OpenAsync();
        using var gate = new ManualResetEventSlim();
        var cancellation = TestContext.Current.CancellationToken;
        var held = desk.Bank.Act(_ => gate.Wait(cancellation));

        // The login has found everything good and waits for its attempt; the other act stands in line behind it.
        var loggingIn = desk.TryLogIn(desk.UserCertificate);
        var acting = desk.Bank.Act(act =>
        {
            if (meanwhile == "revoked")
            {
                act.Revoke(act.Db.Certificates.Find(desk.UserCertificate.Id)!, "test", X509RevocationReason.KeyCompromise);
            }
            else
            {
                act.Db.Users.Find(desk.User.Id)!.Suspend(act.Now);
            }
        });
        gate.Set();
        await held;
        await acting;

        Assert.Equal(finding, Assert.IsType<LogInOutcome.Diagnosed>(await loggingIn).Diagnosis.Finding);
        Assert.Equal(0, desk.Bank.Read(db => db.Sessions.Count()));
        Assert.Equal(HistoryResult.Refused, Assert.Single(desk.History(HistoryOperation.Login)).Result);
    }

    [Fact]
    public async Task FirstUse_OfARenewedCertificate_SupersedesTheOlderOne()
    {
        using var desk = await CustomerDesk.OpenAsync();
        await desk.SignIn(desk.UserCertificate);
        desk.Bank.Clock.Advance(TimeSpan.FromDays(1));
        var renewed = await desk.Bank.GiveCertificate(desk.User);

        await desk.SignIn(renewed);

        var old = desk.Stored(desk.UserCertificate);
        Assert.Equal((desk.Bank.Now, X509RevocationReason.Superseded), (old.RevokedAt, old.Reason));
        Assert.Equal(CertificateStatus.Issued, desk.Stored(desk.User).CertificateStatusAt(desk.Bank.Now));
        Assert.Contains(old.SerialNumber, desk.Bank.Anchor.Last()!.Revoked());
        var record = Assert.Single(desk.History(HistoryOperation.Revocation));
        Assert.Equal(("superseded-by-first-use", old.SerialNumber.ToString()), (record.Detail, record.SerialNumber));
    }

    [Fact]
    public async Task FirstUse_OfARenewedCertificate_WishesForAList()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var wish = desk.Crl.TakeWishAsync(TestContext.Current.CancellationToken);
        var renewed = await desk.Bank.GiveCertificate(desk.User);

        await desk.SignIn(renewed);

        await wish.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task FirstUse_EndsTheSessionMadeWithTheOlderCertificate()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var old = await desk.SignIn(desk.UserCertificate);
        var renewed = await desk.Bank.GiveCertificate(desk.User);

        await desk.SignIn(renewed);

        Assert.Null(desk.State(old).Live);
    }

    [Fact]
    public async Task Login_WithTheOlderCertificateBeforeTheNewOneIsUsed_IsGoodAndSupersedesNothing()
    {
        using var desk = await CustomerDesk.OpenAsync();
        desk.Bank.Clock.Advance(TimeSpan.FromDays(1));
        var renewed = await desk.Bank.GiveCertificate(desk.User);

        await desk.SignIn(desk.UserCertificate);

        Assert.Null(desk.Stored(renewed).RevokedAt);
        Assert.Null(desk.Stored(desk.UserCertificate).RevokedAt);
    }

    [Fact]
    public async Task Handshake_WithoutThePassword_IsNoFirstUse()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var renewed = await desk.Bank.GiveCertificate(desk.User);

        await desk.LogIn.DiagnoseAsync(CustomerDesk.Presented(renewed), CustomerDesk.Source, TestContext.Current.CancellationToken);
        await desk.TryLogIn(renewed, "wrong");

        Assert.Null(desk.Stored(renewed).FirstUsedAt);
        Assert.Null(desk.Stored(desk.UserCertificate).RevokedAt);
    }

    [Fact]
    public async Task Logout_ByTheUser_EndsTheSessionOnceAndIsRecorded()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);

        Assert.True(await desk.LogOut.ByUserAsync(actor, TestContext.Current.CancellationToken));
        Assert.False(await desk.LogOut.ByUserAsync(actor, TestContext.Current.CancellationToken));

        Assert.Equal(SessionEndReason.LoggedOut, desk.State(actor).Ended);
        Assert.Equal("by-user", Assert.Single(desk.History(HistoryOperation.Logout)).Detail);
    }

    [Fact]
    public async Task Sweep_EndsWhatIsOverAndNothingElse()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var idle = await desk.SignIn(desk.UserCertificate);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(14));
        var live = await desk.SignIn(desk.MasterCertificate);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(1, await desk.LogOut.SweepAsync(desk.Bank.Contexts, desk.Bank.Clock, TestContext.Current.CancellationToken));
        Assert.Equal(0, await desk.LogOut.SweepAsync(desk.Bank.Contexts, desk.Bank.Clock, TestContext.Current.CancellationToken));

        Assert.Equal(SessionEndReason.Idle, desk.StoredSession(idle).EndReason);
        Assert.Null(desk.StoredSession(live).EndReason);
        Assert.Equal("idle", Assert.Single(desk.History(HistoryOperation.SessionEnd)).Detail);
    }

    [Fact]
    public async Task Sweep_EndsASessionWhoseCertificateExpired()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var short_ = await desk.Bank.GiveCertificate(desk.User, notAfter: desk.Bank.Now.AddMinutes(10));
        var actor = await desk.SignIn(short_);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(11));

        await desk.LogOut.SweepAsync(desk.Bank.Contexts, desk.Bank.Clock, TestContext.Current.CancellationToken);

        Assert.Equal(SessionEndReason.CertificateExpired, desk.StoredSession(actor).EndReason);
    }

    [Fact]
    public async Task LoginHistory_ShowsTheLastTriesOfTheUserOnlyNewestFirst()
    {
        using var desk = await CustomerDesk.OpenAsync();
        await desk.SignIn(desk.MasterCertificate);
        await desk.SignIn(desk.UserCertificate);
        await desk.TryLogIn(desk.UserCertificate, "wrong");
        await desk.SignIn(desk.UserCertificate);
        await desk.TryLogIn(desk.UserCertificate, "wrong");

        var lines = await desk.Logins.OfAsync(desk.User.CompanyId, desk.User.Id, 3, TestContext.Current.CancellationToken);

        Assert.Equal([(false, "password-wrong"), (true, "certificate-and-password"), (false, "password-wrong")], lines.Select(l => (l.Succeeded, l.Detail)));
    }

    /// <summary>Architecture decision 2, whatever came before: in the inventory, unrevoked, in time, user not suspended; else no session.</summary>
    [Property(MaxTest = 40)]
    public async Task Login_AfterAnySequenceOfEvents_SucceedsExactlyWithAUsableCertificate(byte[] events)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var clerk = Core.Users.OperatorApproval.OfOne(await desk.Bank.AddUser("counter1", null, Core.Users.UserRole.CounterClerk));
        var model = new List<Held> { new(desk.UserCertificate, Used: false, Revoked: false) };
        var suspended = false;
        foreach (var happens in (events ?? []).Take(25).Append((byte)200))
        {
            switch (happens % 8)
            {
                case 0:
                    desk.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
                    model.Add(new(await desk.Bank.GiveCertificate(desk.User, desk.Bank.Now.AddDays(10)), Used: false, Revoked: false));
                    break;
                case 1:
                    await desk.Revoke.ByOperatorAsync(clerk, "test", desk.User.CanonicalLoginId, X509RevocationReason.Unspecified, TestContext.Current.CancellationToken);
                    // Done where the newest is unrevoked, and then it takes all; refused otherwise.
                    if (!model[^1].Revoked)
                    {
                        model = model.ConvertAll(held => held with { Revoked = true });
                    }

                    break;
                case 2:
                    suspended = !suspended;
                    await desk.SetSuspended(suspended);
                    break;
                case 3:
                    desk.Bank.Clock.Advance(TimeSpan.FromDays(4));
                    break;
                default:
                    var at = happens / 8 % model.Count;
                    var tried = model[at];
                    var usable = !tried.Revoked && !suspended && desk.Bank.Now < tried.Certificate.NotAfter.AddSeconds(1);
                    Assert.Equal(usable, await desk.TryLogIn(tried.Certificate) is LogInOutcome.LoggedIn);
                    if (usable && !tried.Used)
                    {
                        // The first use proves the installation: what was issued before is superseded.
                        model = [.. model.Select((held, i) => i < at ? held with { Revoked = true } : i == at ? held with { Used = true } : held)];
                    }

                    break;
            }
        }

        Assert.IsType<LogInOutcome.Diagnosed>(await desk.LogIn.WithCertificateAsync([0], new(TestBank.LoginPassword), CustomerDesk.Source, "", TestContext.Current.CancellationToken));
    }

    private sealed record Held(Certificate Certificate, bool Used, bool Revoked);
}
