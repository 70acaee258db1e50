using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;

namespace DensaiAdmin.Tests.Enrollment;

public class EnrollCertificateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Issue_RightPassword_StoresAnchorsRecordsAndMailsBeforeHandingOut()
    {
        using var bank = await IssuingBank.OpenAsync();

        var issued = await bank.Issue();

        var stored = Assert.Single(bank.Stored());
        using var certificate = X509CertificateLoader.LoadCertificate(issued.Der.Span);
        Assert.Equal(stored.Der, issued.Der.ToArray());
        Assert.Equal(stored.SerialNumber, issued.SerialNumber);
        Assert.Equal(Sha256Hash.FromBytes(SHA256.HashData(issued.Der.Span)), stored.Sha256Fingerprint);
        Assert.Contains("CN=\"North Pacific Bank, LTD 0501D00601U\"", certificate.Subject);
        // Asked on 1 September 2026, 00:30 JST.
        Assert.Equal("2027年09月02日 08時59分59秒", JapanText(stored.NotAfter));
        Assert.Equal(stored.NotAfter.UtcDateTime, certificate.NotAfter.ToUniversalTime());
        Assert.Empty(bank.OpenIntents());

        var record = Assert.Single(bank.Issues());
        Assert.Equal(
            (HistoryResult.Done, "issued", "0501D00601U", IssuingBank.Source),
            (record.Result, record.Detail, record.LoginId, record.Source));
        Assert.Equal(issued.SerialNumber.ToString(), record.SerialNumber);
        Assert.Contains(issued.SerialNumber, bank.Bank.Anchor.Last()!.Issued());
        Assert.Equal(
            ["0501d00601m@example.jp", "0501d00601u@example.jp"],
            (await bank.Bank.MailsAsync()).Select(m => m.Address).Order(StringComparer.Ordinal));
        Assert.Equal(
            CertificateStatus.Issued, bank.Bank.Read(db => db.Users.Single(u => u.Id == bank.User.Id)).CertificateStatusAt(bank.Bank.Now));
    }

    [Fact]
    public async Task Issue_IdInAnotherWidthAndCase_IsTheSameUser()
    {
        using var bank = await IssuingBank.OpenAsync();

        await bank.Issue(loginId: "０５０１d00601u");

        Assert.Single(bank.Stored());
    }

    [Theory]
    [InlineData("0501D00601U", "wrong password 123")]
    [InlineData("0501D00601X", TestBank.LoginPassword)]
    [InlineData("0501D00601U", "")]
    [InlineData("\u0007", TestBank.LoginPassword)]
    [InlineData("", "")]
    public async Task Ask_UnknownIdOrWrongPassword_IsOneAnswerAndOneCountedRecord(string loginId, string password)
    {
        using var bank = await IssuingBank.OpenAsync();

        Assert.Equal(EnrollRefusal.BadCredentials, await bank.Refusal(loginId: loginId, password: password));
        Assert.Equal(EnrollRefusal.BadCredentials, await bank.Refusal(loginId: loginId, password: password));
        Assert.Empty(bank.Issues());
        await bank.Refusals.FlushAsync(Cancellation);

        var record = Assert.Single(bank.Issues());
        Assert.Equal((HistoryResult.Refused, "bad-credentials", 2, null), (record.Result, record.Detail, record.Count, record.CompanyId));
        Assert.Empty(bank.Stored());
        Assert.Empty(bank.OpenIntents());
    }

    [Fact]
    public async Task Ask_WithoutCredentials_IsRefusedAndTakesNoAttempt()
    {
        using var bank = await IssuingBank.OpenAsync();
        bank.Passwords.OpenAttemptsPerSourceAndMinute = 1;

        for (var i = 0; i < 3; i++)
        {
            var refused = Assert.IsType<EnrollOutcome.Refused>(
                await bank.Enroll.ByUserAsync(null, IssuingBank.NewRequest(), Actor.Anonymous(IssuingBank.Source), Cancellation));
            Assert.Equal(EnrollRefusal.BadCredentials, refused.Reason);
        }

        // A client that waits to be asked for a password has tried none.
        await bank.Refusals.FlushAsync(Cancellation);
        Assert.Empty(bank.Issues());
        await bank.Issue();
    }

    [Fact]
    public async Task Ask_DeletedUser_IsUnknown()
    {
        using var bank = await IssuingBank.OpenAsync();
        var deletedAt = bank.Bank.Now.ToUnixTimeMilliseconds();
        bank.Bank.Sql($"UPDATE Users SET DeletedAt = {deletedAt} WHERE Id = {bank.User.Id}");

        Assert.Equal(EnrollRefusal.BadCredentials, await bank.Refusal());
    }

    [Fact]
    public async Task Ask_OneTimePassword_WorksUntilItExpires()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Bank.Act(work => work.Db.Users.Single(u => u.Id == bank.User.Id).SetOneTimePassword(
            TestBank.CheapHash("one-time-password"), work.Now.AddHours(1)));

        bank.Bank.Clock.Advance(TimeSpan.FromHours(1));
        // Behind the right one alone it is said that it expired, and no failure is counted however often.
        for (var i = 0; i < 6; i++)
        {
            var late = Assert.IsType<EnrollOutcome.Refused>(await bank.Ask(IssuingBank.NewRequest(), password: "one-time-password"));
            Assert.Equal((EnrollRefusal.InitialPasswordExpired, (PersonKind?)PersonKind.GeneralUserAlone), (late.Reason, late.Person));
        }

        Assert.Equal(EnrollRefusal.BadCredentials, await bank.Refusal(password: "wrong-one-time-password"));
        Assert.Contains("one-time-password-expired", bank.Issues().Select(r => r.Detail));
        await bank.Bank.Act(work => work.Db.Users.Single(u => u.Id == bank.User.Id).SetOneTimePassword(
            TestBank.CheapHash("one-time-password"), work.Now.AddHours(1)));

        Assert.IsType<EnrollOutcome.Issued>(await bank.Ask(IssuingBank.NewRequest(), password: "one-time-password"));
    }

    [Theory]
    [InlineData("0501D00601U")]
    [InlineData("0501D00601X")]
    public async Task Ask_FiveWrongPasswords_LocksThisPathOnlyAndForATime(string loginId)
    {
        using var bank = await IssuingBank.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(EnrollRefusal.BadCredentials, await bank.Refusal(loginId: loginId, password: "wrong password 123"));
        }

        var locked = Assert.IsType<EnrollOutcome.Refused>(await bank.Ask(IssuingBank.NewRequest(), loginId));
        Assert.Equal((EnrollRefusal.UserLocked, TimeSpan.FromMinutes(15)), (locked.Reason, locked.RetryAfter));
        Assert.False(bank.Bank.Read(db => bank.Attempts.StateOf(db, loginId, PasswordPath.Certificate, bank.Bank.Now)).IsLocked);

        bank.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
        var after = await bank.Ask(IssuingBank.NewRequest(), loginId);
        Assert.Equal(loginId == "0501D00601U", after is EnrollOutcome.Issued);
    }

    [Fact]
    public async Task Ask_SuspendedUser_IsToldOnlyBehindThePassword()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Bank.Act(work => work.Db.Users.Single(u => u.Id == bank.User.Id).Suspend(work.Now));

        Assert.Equal(EnrollRefusal.BadCredentials, await bank.Refusal(password: "wrong password 123"));
        Assert.Equal(EnrollRefusal.UserSuspended, await bank.Refusal());

        var record = Assert.Single(bank.Issues());
        Assert.Equal(("user-suspended", bank.User.Id, bank.Company.Id), (record.Detail, record.UserId, record.CompanyId));
    }

    [Fact]
    public async Task Ask_CompanyUnderIdAndPassword_IsRefused()
    {
        using var bank = await IssuingBank.OpenAsync();
        var other = await bank.Bank.AddCompany("0501D00900", AuthenticationMethod.IdAndPassword);
        await bank.Bank.AddUser("0501D00900M", other);

        Assert.Equal(EnrollRefusal.MethodNotCertificate, await bank.Refusal(loginId: "0501D00900M"));
    }

    [Fact]
    public async Task Ask_StaffOfTheBank_IsIssued()
    {
        using var bank = await IssuingBank.OpenAsync();
        var clerk = await bank.Bank.AddUser("counter1", null, Core.Registry.UserRole.CounterClerk);

        await bank.Issue(loginId: "counter1");

        Assert.Single(bank.Stored(clerk));
    }

    [Fact]
    public async Task Ask_WhileOneIsIssued_IsRefused()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Issue();

        Assert.Equal(EnrollRefusal.CertificateActive, await bank.Refusal());
        Assert.Equal("certificate-active", bank.Issues()[^1].Detail);
        Assert.Single(bank.Stored());
    }

    [Fact]
    public async Task Ask_AfterExpiry_MustBeRevokedFirst()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Issue();
        bank.Bank.Clock.Advance(TimeSpan.FromDays(400));

        Assert.Equal(EnrollRefusal.CertificateExpired, await bank.Refusal());
        await bank.Revoke(bank.User);

        await bank.Issue();
        Assert.Equal(2, bank.Stored().Count);
    }

    [Fact]
    public async Task Ask_SameKeyAsTheNewestLiveOne_GetsThatVeryCertificateAgain()
    {
        using var bank = await IssuingBank.OpenAsync();
        var request = IssuingBank.NewRequest();
        var first = await bank.Issue(request);

        var again = await bank.Issue(request);

        Assert.True(again.SentAgain);
        Assert.Equal(first.Der.ToArray(), again.Der.ToArray());
        Assert.Single(bank.Stored());
        Assert.Equal(["issued", "sent-again"], bank.Issues().Select(r => r.Detail));
        Assert.Equal(2, (await bank.Bank.MailsAsync()).Count);
    }

    [Fact]
    public async Task Ask_SameKeyWithWrongPassword_GetsNothing()
    {
        using var bank = await IssuingBank.OpenAsync();
        var request = IssuingBank.NewRequest();
        await bank.Issue(request);

        Assert.Equal(EnrollRefusal.BadCredentials, await bank.Refusal(request, password: "wrong password 123"));
    }

    [Fact]
    public async Task Ask_SameKeyAfterRevocation_IsReused()
    {
        using var bank = await IssuingBank.OpenAsync();
        var request = IssuingBank.NewRequest();
        await bank.Issue(request);
        await bank.Revoke(bank.User);

        Assert.Equal(EnrollRefusal.KeyReused, await bank.Refusal(request));
        await bank.Issue();
    }

    [Fact]
    public async Task Ask_SameKeyAfterExpiry_IsReusedBeforeItIsExpired()
    {
        using var bank = await IssuingBank.OpenAsync();
        var request = IssuingBank.NewRequest();
        await bank.Issue(request);
        bank.Bank.Clock.Advance(TimeSpan.FromDays(400));

        Assert.Equal(EnrollRefusal.KeyReused, await bank.Refusal(request));
    }

    [Fact]
    public async Task Ask_KeyOfAnother_IsReused()
    {
        using var bank = await IssuingBank.OpenAsync();
        var request = IssuingBank.NewRequest();
        await bank.Issue(request, "0501D00601M");

        Assert.Equal(EnrollRefusal.KeyReused, await bank.Refusal(request));
    }

    [Fact]
    public async Task Ask_BrokenRequest_IsRefusedBeforeThrottleAndPassword()
    {
        using var bank = await IssuingBank.OpenAsync();
        bank.Passwords.OpenAttemptsPerSourceAndMinute = 0;
        var broken = IssuingBank.NewRequest();
        broken[^1] ^= 1;
        using var small = RSA.Create(1024);

        Assert.Equal(EnrollRefusal.BadRequest, await bank.Refusal([0x30, 2, 3]));
        Assert.Equal(EnrollRefusal.BadRequest, await bank.Refusal(broken, password: "wrong"));
        Assert.Equal(EnrollRefusal.KeyNotAccepted, await bank.Refusal(TestAuthority.Request(small)));
        Assert.Equal(EnrollRefusal.TooManyRequests, await bank.Refusal());
        await bank.Refusals.FlushAsync(Cancellation);

        Assert.Equal(
            ["bad-request Malformed", "bad-request SignatureWrong", "key-not-accepted KeySizeNotAccepted", "too-many-requests "],
            bank.Issues().Select(r => $"{r.Detail} {r.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(0, bank.Bank.Read(db => db.PasswordAttempts.Count()));
    }

    [Fact]
    public async Task Ask_ManyAttemptsFromOneSource_StopsThatSourceForTheMinuteOnly()
    {
        using var bank = await IssuingBank.OpenAsync();
        bank.Passwords.OpenAttemptsPerSourceAndMinute = 3;
        for (var i = 0; i < 3; i++)
        {
            await bank.Refusal(loginId: "nobody" + i);
        }

        var refused = Assert.IsType<EnrollOutcome.Refused>(await bank.Ask(IssuingBank.NewRequest()));
        Assert.Equal((EnrollRefusal.TooManyRequests, TimeSpan.FromMinutes(1)), (refused.Reason, refused.RetryAfter));
        Assert.IsType<EnrollOutcome.Issued>(await bank.Ask(IssuingBank.NewRequest(), source: "192.0.2.8"));
        bank.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        await bank.Issue(loginId: "0501D00601M");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_TwiceAtOnce_EndsInOneCertificate(bool sameKey)
    {
        using var bank = await IssuingBank.OpenAsync();
        for (var round = 0; round < 20; round++)
        {
            var user = await bank.Bank.AddUser($"PARALLEL{round}", bank.Company);
            var key = bank.NewKey();
            var outcomes = await Task.WhenAll(
                bank.Enroll.IssueAsync(user.Id, key, IssuingBank.Source, Cancellation),
                bank.Enroll.IssueAsync(user.Id, sameKey ? key : bank.NewKey(), IssuingBank.Source, Cancellation));

            var stored = Assert.Single(bank.Stored(user));
            var issued = outcomes.OfType<EnrollOutcome.Issued>().ToList();
            Assert.All(issued, i => Assert.Equal(stored.Der, i.Der.ToArray()));
            if (sameKey)
            {
                Assert.Equal(2, issued.Count);
                Assert.Single(issued, i => i.SentAgain);
            }
            else
            {
                Assert.Single(issued);
                Assert.Single(outcomes.OfType<EnrollOutcome.Refused>(), r => r.Reason == EnrollRefusal.CertificateActive);
            }
        }

        // Whatever was signed for the losers is on the way to the CRL, and nothing is left open.
        Assert.All(bank.OpenIntents(), i => Assert.NotNull(i.AbandonedAt));
    }

    [Fact]
    public async Task Issue_StoreFailsAfterSigning_HandsNothingOutAndRevokesTheSerial()
    {
        using var bank = await IssuingBank.OpenAsync();
        bank.Bank.Sql($"CREATE TRIGGER fault BEFORE INSERT ON Certificates BEGIN SELECT RAISE(ABORT, 'disk fault'); END");
        var request = IssuingBank.NewRequest();

        await Assert.ThrowsAsync<SqliteException>(() => bank.Ask(request));

        Assert.Empty(bank.Stored());
        Assert.Empty(bank.Issues());
        Assert.Empty(await bank.Bank.MailsAsync());
        var promised = Assert.Single(bank.OpenIntents()).SerialNumber;

        bank.Bank.Sql($"DROP TRIGGER fault");
        Assert.Equal(0, await bank.Intents.RunOnceAsync(Cancellation));
        bank.Bank.Clock.Advance(AbandonIntents.OpenFor);
        Assert.Equal(1, await bank.Intents.RunOnceAsync(Cancellation));
        Assert.Equal(0, await bank.Intents.RunOnceAsync(Cancellation));
        await bank.Publisher.PublishAsync(always: false, Cancellation);

        Assert.Equal([promised], bank.Listed());
        Assert.Equal(("abandoned", promised.ToString()), (bank.Issues()[^1].Detail, bank.Issues()[^1].SerialNumber));
        Assert.Equal([promised], bank.Bank.Anchor.Revoked());

        // The same user may try again with the same key: no certificate with it ever left the house.
        var issued = await bank.Issue(request);
        Assert.NotEqual(promised, issued.SerialNumber);
    }

    [Fact]
    public async Task Ask_KeyThatWasPromisedToAnother_IsReused()
    {
        using var bank = await IssuingBank.OpenAsync();
        bank.Bank.Sql($"CREATE TRIGGER fault BEFORE INSERT ON Certificates BEGIN SELECT RAISE(ABORT, 'disk fault'); END");
        var request = IssuingBank.NewRequest();
        await Assert.ThrowsAsync<SqliteException>(() => bank.Ask(request, "0501D00601M"));
        bank.Bank.Sql($"DROP TRIGGER fault");

        Assert.Equal(EnrollRefusal.KeyReused, await bank.Refusal(request));
    }

    [Fact]
    public async Task Issue_ProfileBroken_SignsNothingAndLeavesNoIntent()
    {
        using var bank = await IssuingBank.OpenAsync();
        // An operator's slip: the profile says two years, the policy one.
        using var keys = Assert.IsType<AuthorityOpenOutcome.Opened>(
            AuthorityKeys.Open(Path.Combine(bank.Bank.Store.DataDirectory, "ca"), TestAuthority.Passphrase)).Keys;
        using var broken = new Authorities(keys, TestAuthority.Profile with { ValidityYears = 2 });

        var outcome = Assert.IsType<EnrollOutcome.ProfileBroken>(
            await bank.NewEnroll(broken).IssueAsync(bank.User.Id, bank.NewKey(), IssuingBank.Source, Cancellation));

        Assert.Equal(LintRule.Validity, Assert.Single(outcome.Findings).Rule);
        Assert.Empty(bank.OpenIntents());
        Assert.Equal("profile-broken", Assert.Single(bank.Issues()).Detail);
    }

    [Fact]
    public async Task IssueByOperator_RecordsTheOperatorAndTheTarget()
    {
        using var bank = await IssuingBank.OpenAsync();
        var clerk = await bank.Bank.AddUser("counter1", null, Core.Registry.UserRole.CounterClerk);

        Assert.IsType<EnrollOutcome.Issued>(await bank.Enroll.ByOperatorAsync(
            OperatorApproval.OfOne(clerk), "terminal", "0501D00601U", IssuingBank.NewRequest(), Cancellation));
        var unknown = Assert.IsType<EnrollOutcome.Refused>(
            await bank.Enroll.ByOperatorAsync(OperatorApproval.OfNobody, "terminal", "NOBODY", IssuingBank.NewRequest(), Cancellation));

        Assert.Equal(EnrollRefusal.BadCredentials, unknown.Reason);
        Assert.Equal(
            ["issued counter1 0501D00601U", "bad-credentials  NOBODY"],
            bank.Issues().Select(r => $"{r.Detail} {r.LoginId} {r.TargetLoginId}"));
    }

    private static string JapanText(DateTimeOffset at) => Core.JapanTime.Format(at);
}
