using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Tests.Support;
using FsCheck.Xunit;

namespace DensaiAdmin.Tests.Enrollment;

public class ReenrollCertificateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Renew_InsideTheWindow_StoresAnchorsRecordsAndMailsAndKeepsTheOldOne()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();

        var renewed = await bank.Renew(old.Der);

        var stored = bank.Stored();
        Assert.Equal([old.SerialNumber, renewed.SerialNumber], stored.Select(c => c.SerialNumber));
        Assert.All(stored, c => Assert.Null(c.RevokedAt));
        // R3: the new year starts on the day of renewal, 28 July 2027 JST.
        Assert.Equal("2028年07月29日 08時59分59秒", JapanTime.Format(stored[1].NotAfter));
        using var certificate = X509CertificateLoader.LoadCertificate(renewed.Der.Span);
        Assert.Contains("CN=\"North Pacific Bank, LTD 0501D00601U\"", certificate.Subject);
        Assert.Empty(bank.OpenIntents());

        var record = Assert.Single(bank.Renewals());
        Assert.Equal(
            (HistoryResult.Done, "renewed", "0501D00601U", IssuingBank.Source, renewed.SerialNumber.ToString(), bank.Company.Id),
            (record.Result, record.Detail, record.LoginId, record.Source, record.SerialNumber, record.CompanyId));
        Assert.Contains(renewed.SerialNumber, bank.Bank.Anchor.Last()!.Issued());
        var mails = await bank.Bank.MailsAsync(MailKind.CertificateRenewed);
        Assert.Equal(["0501d00601m@example.jp", "0501d00601u@example.jp"], mails.Select(m => m.Address).Order());
        Assert.All(mails, m => Assert.Contains("更新", m.Subject));
        Assert.All(mails, m => Assert.DoesNotContain("http", m.Text, StringComparison.OrdinalIgnoreCase));
        Assert.All(mails, m => Assert.Contains(renewed.SerialNumber.ToString(), m.Text));
        // The lists show the newer one.
        var user = bank.Bank.Read(db => db.Users.Single(u => u.Id == bank.User.Id));
        Assert.Equal((stored[1].Id, stored[1].NotAfter), (user.CurrentCertificateId, user.CertificateNotAfter));
    }

    [Fact]
    public async Task Renew_SubjectOfAnotherInTheRequest_IsIgnored()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=\"North Pacific Bank, LTD 0501D00601M\"", key, HashAlgorithmName.SHA256)
            .CreateSigningRequest();

        var renewed = await bank.Renew(old.Der, request);

        using var certificate = X509CertificateLoader.LoadCertificate(renewed.Der.Span);
        Assert.Contains("0501D00601U", certificate.Subject);
    }

    [Fact]
    public async Task FirstLogin_WithTheRenewedOne_EndsTheOldOneWhichIsThenSuperseded()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        var renewed = await bank.Renew(old.Der);

        Assert.IsType<LogInOutcome.LoggedIn>(await bank.TryLogIn(old.Der));
        Assert.IsType<LogInOutcome.LoggedIn>(await bank.TryLogIn(renewed.Der));

        Assert.Equal(CertificateFinding.Superseded, Assert.IsType<LogInOutcome.Diagnosed>(await bank.TryLogIn(old.Der)).Diagnosis.Finding);
        Assert.Equal((X509RevocationReason.Superseded, null), (bank.Stored()[0].Reason, bank.Stored()[1].Reason));
        Assert.Equal(EnrollRefusal.CertificateRevoked, await bank.RenewalRefusal(old.Der));
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        Assert.Equal([old.SerialNumber], bank.Listed());
    }

    [Fact]
    public async Task Revocation_BetweenRenewalAndFirstLogin_TakesBoth()
    {
        using var bank = await IssuingBank.OpenAsync();
        var clerk = await bank.Bank.AddUser("counter1", null, Core.Registry.UserRole.CounterClerk);
        var old = await bank.Issue();
        bank.WaitForRenewal();
        var renewed = await bank.Renew(old.Der);
        bank.Signal.Published(DateTimeOffset.MaxValue);

        await bank.RevokeCertificate.ByOperatorAsync(
            OperatorApproval.OfOne(clerk), "test", "0501D00601U", X509RevocationReason.KeyCompromise, Cancellation);

        Assert.All(bank.Stored(), c => Assert.Equal(X509RevocationReason.KeyCompromise, c.Reason));
        Assert.Equal(EnrollRefusal.CertificateRevoked, await bank.RenewalRefusal(old.Der));
        Assert.Equal(EnrollRefusal.CertificateRevoked, await bank.RenewalRefusal(renewed.Der));
        await bank.Issue();
    }

    [Fact]
    public async Task Renew_BeforeTheFirstOneWasUsed_SupersedesTheUnusedOneInTheSameAct()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        var unused = await bank.Renew(old.Der);
        await bank.Publisher.StartAsync(Cancellation);
        bank.Signal.MaxWait = TimeSpan.FromMinutes(1);

        var renewed = await bank.Renew(old.Der);

        // The list has it before the answer is out.
        Assert.Equal([unused.SerialNumber], bank.Listed());
        Assert.Equal([null, X509RevocationReason.Superseded, null], bank.Stored().Select(c => c.Reason));
        Assert.Equal([unused.SerialNumber], bank.Bank.Anchor.Revoked());
        var record = Assert.Single(bank.Bank.History(), r => r.Operation == HistoryOperation.Revocation);
        Assert.Equal(
            ("superseded-by-renewal", unused.SerialNumber.ToString(), "Superseded"), (record.Detail, record.SerialNumber, record.Value));
        Assert.Equal(
            CertificateFinding.Superseded, Assert.IsType<LogInOutcome.Diagnosed>(await bank.TryLogIn(unused.Der)).Diagnosis.Finding);
        Assert.IsType<LogInOutcome.LoggedIn>(await bank.TryLogIn(old.Der));
        Assert.IsType<LogInOutcome.LoggedIn>(await bank.TryLogIn(renewed.Der));
        await bank.Publisher.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Renew_ShowingTheUnusedOneWhileTheOldOneLives_LeavesTwoAndEndsTheOldOnesSession()
    {
        // Only a bank with a window longer than a certificate's life gets here.
        using var bank = await IssuingBank.OpenAsync();
        bank.Policy.RenewalWindowDays = 400;
        var old = await bank.Issue();
        bank.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        var unused = await bank.Renew(old.Der);
        Assert.IsType<LogInOutcome.LoggedIn>(await bank.TryLogIn(old.Der));

        await bank.Renew(unused.Der);

        Assert.Equal([X509RevocationReason.Superseded, null, null], bank.Stored().Select(c => c.Reason));
        Assert.Equal(0, bank.Bank.Read(db => db.Sessions.Count(s => s.EndedAt == null)));
    }

    [Fact]
    public async Task Renew_SameKeyAsTheNewest_GetsThatVeryCertificateAgain()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        var request = IssuingBank.NewRequest();
        var first = await bank.Renew(old.Der, request);

        var again = await bank.Renew(old.Der, request);

        Assert.True(again.SentAgain);
        Assert.Equal(first.Der.ToArray(), again.Der.ToArray());
        Assert.Equal(["renewed", "sent-again"], bank.Renewals().Select(r => r.Detail));
        Assert.Equal(2, (await bank.Bank.MailsAsync(MailKind.CertificateRenewed)).Count);
        Assert.All(bank.Stored(), c => Assert.Null(c.RevokedAt));
        // The answer was lost in the last second of the old one.
        bank.Bank.Clock.Advance(TimeSpan.FromDays(50));
        Assert.True((await bank.Renew(old.Der, request)).SentAgain);
        Assert.Equal(EnrollRefusal.BadCredentials, await bank.RenewalRefusal(old.Der, request, password: "wrong password 123"));
        // Asked for on the open way, it is the same answer.
        Assert.True((await bank.Issue(request)).SentAgain);
    }

    [Fact]
    public async Task Renew_KeyThatWasUsedBefore_IsReused()
    {
        using var bank = await IssuingBank.OpenAsync();
        var (ownRequest, mastersRequest) = (IssuingBank.NewRequest(), IssuingBank.NewRequest());
        var old = await bank.Issue(ownRequest);
        await bank.Issue(mastersRequest, "0501D00601M");
        bank.WaitForRenewal();
        await bank.Renew(old.Der);

        Assert.Equal(EnrollRefusal.KeyReused, await bank.RenewalRefusal(old.Der, ownRequest));
        Assert.Equal(EnrollRefusal.KeyReused, await bank.RenewalRefusal(old.Der, mastersRequest));
    }

    [Fact]
    public async Task Renew_KeyOfTheShownCertificate_IsReusedAndNothingIsIssued()
    {
        using var bank = await IssuingBank.OpenAsync();
        var (first, second) = (IssuingBank.NewRequest(), IssuingBank.NewRequest());
        var old = await bank.Issue(first);
        bank.WaitForRenewal();

        // The only certificate, then the newer of two: each is the newest one, and each is the one that TLS shows.
        Assert.Equal(EnrollRefusal.KeyReused, await bank.RenewalRefusal(old.Der, first));
        var renewed = await bank.Renew(old.Der, second);
        Assert.Equal(EnrollRefusal.KeyReused, await bank.RenewalRefusal(renewed.Der, second));
        Assert.True((await bank.Renew(old.Der, second)).SentAgain);
        // What stands above it in the order of checks is told first.
        Assert.Equal(EnrollRefusal.BadCredentials, await bank.RenewalRefusal(old.Der, first, password: "wrong password 123"));
        await bank.Bank.Act(work => work.Db.Users.Single(u => u.Id == bank.User.Id).Suspend(work.Now));
        Assert.Equal(EnrollRefusal.UserSuspended, await bank.RenewalRefusal(old.Der, first));
        Assert.Equal(2, bank.Stored().Count);
    }

    [Fact]
    public async Task Renew_WithoutCredentials_LeavesNoRecord()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();

        for (var i = 0; i < 12; i++)
        {
            Assert.Equal(EnrollRefusal.BadCredentials, await bank.RenewalRefusal(old.Der, loginId: null));
        }

        await bank.Refusals.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Empty(bank.Renewals());
        Assert.False(
            bank.Bank.Read(db => bank.Attempts.StateOf(db, bank.User.CanonicalLoginId, PasswordPath.Certificate, bank.Bank.Now)).IsLocked);
    }

    [Theory]
    [InlineData(325, false)]
    [InlineData(326, true)]
    [InlineData(366, true)]
    [InlineData(367, false)]
    public async Task Renew_OnADay_IsEvaluatedByTheCertificateShown(int days, bool renews)
    {
        // Issued on 1 September 2026 00:30 JST, it ends on 2 September 2027 08:59:59 JST; 40 days before is 24 July.
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.Bank.Clock.Advance(TimeSpan.FromDays(days));

        var outcome = await bank.AskAgain(old.Der);

        Assert.Equal(renews, outcome is EnrollOutcome.Issued);
        if (!renews)
        {
            var reason = days < 366 ? EnrollRefusal.NotInRenewalWindow : EnrollRefusal.CertificateExpired;
            Assert.Equal(reason, Assert.IsType<EnrollOutcome.Refused>(outcome).Reason);
            var record = Assert.Single(bank.Renewals());
            Assert.Equal((reason.Code(), old.SerialNumber.ToString(), bank.User.Id), (record.Detail, record.SerialNumber, record.UserId));
        }
    }

    [Fact]
    public async Task Renew_ShowingTheNewOne_IsOutsideItsWindow()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        var renewed = await bank.Renew(old.Der);

        Assert.Equal(EnrollRefusal.NotInRenewalWindow, await bank.RenewalRefusal(renewed.Der));
    }

    [Fact]
    public async Task Renew_SuspendedOrDeletedUser_IsRefused()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        await bank.Bank.Act(work => work.Db.Users.Single(u => u.Id == bank.User.Id).Suspend(work.Now));
        Assert.Equal(EnrollRefusal.BadCredentials, await bank.RenewalRefusal(old.Der, password: "wrong password 123"));
        Assert.Equal(EnrollRefusal.UserSuspended, await bank.RenewalRefusal(old.Der));

        bank.Bank.Sql($"UPDATE Users SET DeletedAt = 1, SuspendedAt = NULL WHERE Id = {bank.User.Id}");

        Assert.Equal(EnrollRefusal.BadCredentials, await bank.RenewalRefusal(old.Der));
        Assert.Single(bank.Stored());
    }

    [Fact]
    public async Task Renew_WithoutACertificateOfOurs_NeedsOneAndLooksAtNoPassword()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Issue();
        bank.WaitForRenewal();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var foreign = new CertificateRequest(
            "CN=\"North Pacific Bank, LTD 0501D00601U\"", key,
            HashAlgorithmName.SHA256).CreateSelfSigned(bank.Bank.Now.AddDays(-1), bank.Bank.Now.AddDays(1));

        Assert.Equal(EnrollRefusal.CertificateRequired, await bank.RenewalRefusal(null));
        Assert.Equal(EnrollRefusal.CertificateNotOurs, await bank.RenewalRefusal(foreign.RawData));
        Assert.Equal(EnrollRefusal.CertificateNotOurs, await bank.RenewalRefusal(bank.Authorities.Current.Der));

        Assert.Equal(0, bank.Bank.Read(db => db.PasswordAttempts.Count()));
        await bank.Refusals.FlushAsync(Cancellation);
        var record = Assert.Single(bank.Renewals());
        Assert.Equal(("certificate-required", 3, null), (record.Detail, record.Count, record.CompanyId));
    }

    [Theory]
    [InlineData("0501D00601M", TestBank.LoginPassword, "other-login-id")]
    [InlineData("0501D00601M", "wrong password 123", "other-login-id")]
    [InlineData("nobody", TestBank.LoginPassword, "other-login-id")]
    [InlineData("0501D00601U", "wrong password 123", null)]
    public async Task Renew_CertificateOfOneAndCredentialsOfAnother_IsOneWordingAndNobodyElsesAttempt(
        string loginId, string password, string? value)
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        await bank.Issue(loginId: "0501D00601M");
        bank.WaitForRenewal();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(EnrollRefusal.BadCredentials, await bank.RenewalRefusal(old.Der, loginId: loginId, password: password));
        }

        Assert.Equal(EnrollRefusal.UserLocked, await bank.RenewalRefusal(old.Der, loginId: loginId, password: password));
        Assert.True(bank.Bank.Read(db => bank.Attempts.StateOf(db, "0501D00601U", PasswordPath.Certificate, bank.Bank.Now)).IsLocked);
        Assert.False(bank.Bank.Read(db => bank.Attempts.StateOf(db, "0501D00601M", PasswordPath.Certificate, bank.Bank.Now)).IsLocked);
        var record = bank.Renewals()[0];
        Assert.Equal(("bad-credentials", value, bank.User.Id, "0501D00601U"), (record.Detail, record.Value, record.UserId, record.LoginId));
        Assert.Single(bank.Stored());
    }

    [Fact]
    public async Task Failures_BehindACertificateAndWithoutOne_LockOnlyTheirOwnWay()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(EnrollRefusal.BadCredentials, await bank.Refusal(password: "wrong password 123"));
        }

        Assert.Equal(EnrollRefusal.UserLocked, await bank.Refusal());
        await bank.Renew(old.Der);
        bank.Bank.Clock.Advance(TimeSpan.FromMinutes(15));

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(EnrollRefusal.BadCredentials, await bank.RenewalRefusal(old.Der, password: "wrong password 123"));
        }

        var locked = Assert.IsType<EnrollOutcome.Refused>(await bank.AskAgain(old.Der));
        Assert.Equal((EnrollRefusal.UserLocked, TimeSpan.FromMinutes(15)), (locked.Reason, locked.RetryAfter));
        Assert.Equal(
            CertificateFinding.PasswordLocked, Assert.IsType<LogInOutcome.Diagnosed>(await bank.TryLogIn(old.Der)).Diagnosis.Finding);
        Assert.Equal(EnrollRefusal.CertificateActive, await bank.Refusal());
    }

    [Fact]
    public async Task Failures_BehindARevokedCertificate_LockNobodyOut()
    {
        using var bank = await IssuingBank.OpenAsync();
        var stolen = await bank.Issue();
        await bank.Revoke(bank.User, X509RevocationReason.KeyCompromise);
        var held = await bank.Issue();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(EnrollRefusal.BadCredentials, await bank.RenewalRefusal(stolen.Der, password: "wrong password 123"));
        }

        Assert.Equal(EnrollRefusal.UserLocked, await bank.RenewalRefusal(stolen.Der));
        Assert.IsType<LogInOutcome.LoggedIn>(await bank.TryLogIn(held.Der));
        bank.WaitForRenewal();
        await bank.Renew(held.Der);
    }

    [Fact]
    public async Task Throttle_BehindACertificate_IsNotTheOpenOne()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        bank.Passwords.OpenAttemptsPerSourceAndMinute = 2;
        await bank.Refusal(loginId: "nobody");
        await bank.Refusal(loginId: "nobody");
        Assert.Equal(EnrollRefusal.TooManyRequests, await bank.Refusal());

        await bank.Renew(old.Der);
        await bank.RenewalRefusal(old.Der, password: "wrong password 123");
        await bank.RenewalRefusal(old.Der, password: "wrong password 123");
        Assert.Equal(EnrollRefusal.TooManyRequests, await bank.RenewalRefusal(old.Der));
    }

    [Fact]
    public async Task Renew_BrokenRequestOrNoCredentials_IsRefusedBeforeThrottleAndPassword()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        bank.Passwords.OpenAttemptsPerSourceAndMinute = 0;
        using var small = RSA.Create(1024);

        Assert.Equal(EnrollRefusal.BadRequest, await bank.RenewalRefusal(old.Der, [1, 2, 3]));
        Assert.Equal(EnrollRefusal.BadRequest, await bank.RenewalRefusal(null, [1, 2, 3]));
        Assert.Equal(EnrollRefusal.KeyNotAccepted, await bank.RenewalRefusal(old.Der, TestAuthority.Request(small)));
        Assert.Equal(EnrollRefusal.BadCredentials, await bank.RenewalRefusal(old.Der, loginId: null));
        Assert.Equal(EnrollRefusal.TooManyRequests, await bank.RenewalRefusal(old.Der));
        Assert.Equal(0, bank.Bank.Read(db => db.PasswordAttempts.Count()));
    }

    [Fact]
    public async Task Renew_WhileItIsSigned_TheOldOneIsRevoked_HandsNothingOut()
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        using var gate = new ManualResetEventSlim();

        // What was promised before is evaluated again where it is stored: the act in between revokes.
        var held = bank.Bank.Act(_ => gate.Wait(Cancellation));
        var renewing = bank.AskAgain(old.Der);
        var revoking = bank.Revoke(bank.User);
        gate.Set();
        await held;
        await revoking;

        Assert.Equal(EnrollRefusal.CertificateRevoked, Assert.IsType<EnrollOutcome.Refused>(await renewing).Reason);
        Assert.Single(bank.Stored());
        Assert.All(bank.OpenIntents(), i => Assert.NotNull(i.AbandonedAt));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Renew_TwiceAtOnce_LeavesOneNewUsableOne(bool sameKey)
    {
        using var bank = await IssuingBank.OpenAsync();
        var old = await bank.Issue();
        bank.WaitForRenewal();
        for (var round = 0; round < 10; round++)
        {
            var request = IssuingBank.NewRequest();

            var outcomes = await Task.WhenAll(
                bank.AskAgain(old.Der, request), bank.AskAgain(old.Der, sameKey ? request : IssuingBank.NewRequest()));

            Assert.All(outcomes, o => Assert.IsType<EnrollOutcome.Issued>(o));
            var usable = bank.Stored().Where(c => c.IsUsableAt(bank.Bank.Now)).Select(c => c.SerialNumber).ToList();
            Assert.Equal(2, usable.Count);
            Assert.Equal(old.SerialNumber, usable[0]);
            Assert.Contains(usable[1], outcomes.Cast<EnrollOutcome.Issued>().Select(i => i.SerialNumber));
        }
    }

    /// <summary>
    /// Fault B9, whatever a user and the bank do in whatever order: at most one usable certificate, two only between a renewal and
    /// the new one's first login; and a renewal succeeds exactly where the rules say.
    /// </summary>
    [Property(MaxTest = 30)]
    public async Task UsableCertificates_AfterAnySequence_AreAtMostTwo(byte[] events)
    {
        using var bank = await IssuingBank.OpenAsync();
        var held = new List<EnrollOutcome.Issued> { await bank.Issue() };
        foreach (var happens in (events ?? []).Take(25))
        {
            var at = happens / 8 % held.Count;
            switch (happens % 8)
            {
                case 0:
                    await bank.Revoke(bank.User);
                    break;
                case 1 or 2:
                    bank.Bank.Clock.Advance(TimeSpan.FromDays(happens % 8 == 1 ? 165 : 20));
                    break;
                case 3:
                    if (await bank.Ask(IssuingBank.NewRequest()) is EnrollOutcome.Issued issued)
                    {
                        held.Add(issued);
                    }

                    break;
                case 4:
                    await bank.TryLogIn(held[at].Der);
                    break;
                default:
                    var shown = bank.Stored()[at];
                    var may = shown.IsUsableAt(bank.Bank.Now) && RenewalWindow.IsOpen(shown.NotAfter, bank.Bank.Now, 40);
                    var outcome = await bank.AskAgain(held[at].Der);
                    Assert.Equal(may, outcome is EnrollOutcome.Issued);
                    if (outcome is EnrollOutcome.Issued renewed)
                    {
                        held.Add(renewed);
                    }

                    break;
            }

            var usable = bank.Stored().Where(c => c.IsUsableAt(bank.Bank.Now)).ToList();
            Assert.InRange(usable.Count, 0, 2);
            Assert.True(usable.Count < 2 || usable[^1].FirstUsedAt is null);
        }
    }
}
