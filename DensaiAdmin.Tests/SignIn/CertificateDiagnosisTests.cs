using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Companies;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.SignIn;

public class CertificateDiagnosisTests
{
    [Fact]
    public async Task Certificate_InForce_IsGood()
    {
        using var desk = await CustomerDesk.OpenAsync();

        var found = await JudgeAsync(desk, CustomerDesk.Presented(desk.UserCertificate));

        Assert.Equal((CertificateFinding.Good, desk.User.Id, desk.Company.Id), (found.Finding, found.User!.Id, found.User.Company!.Id));
    }

    [Fact]
    public async Task Certificate_NotPresented_IsNone()
    {
        using var desk = await CustomerDesk.OpenAsync();

        Assert.Equal(new Diagnosis(CertificateFinding.None), await JudgeAsync(desk, null));
    }

    [Theory]
    [InlineData(IssuerVerdict.NotOurs, CertificateFinding.NotOurs)]
    [InlineData(IssuerVerdict.ProfileWrong, CertificateFinding.ProfileWrong)]
    [InlineData(IssuerVerdict.Ours, CertificateFinding.UnknownSerial)]
    public async Task Certificate_NotInTheInventory_IsWhatTheAuthoritySaysOfIt(IssuerVerdict verdict, CertificateFinding finding)
    {
        using var desk = await CustomerDesk.OpenAsync();
        desk.IssuerSays = verdict;

        Assert.Equal(new Diagnosis(finding), await JudgeAsync(desk, [1, 2, 3]));
    }

    // Each state that a person can be in, and each certificate that the person can show: every combination.
    public static TheoryData<bool, bool, bool, string, AuthenticationMethod> Combinations() =>
    [
        .. from deleted in new[] { false, true }
           from suspended in new[] { false, true }
           from locked in new[] { false, true }
           from certificate in new[] { "issued", "expired", "revoked", "revoked and expired", "superseded" }
           from method in Enum.GetValues<AuthenticationMethod>()
           select (deleted, suspended, locked, certificate, method),
    ];

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task Certificate_OfAUserInAnyState_IsToldTheTrueCauseInTheOrderOfR27(
        bool deleted, bool suspended, bool locked, string certificate, AuthenticationMethod method)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var bank = desk.Bank;
        var company = await bank.AddCompany("0501D00900", method);
        var user = await bank.AddUser("0501D00900T", company);
        var notAfter = certificate.Contains("expired", StringComparison.Ordinal) ? bank.Now.AddDays(-1) : (DateTimeOffset?)null;
        var shown = certificate switch
        {
            "revoked" or "revoked and expired" => await bank.GiveCertificate(user, notAfter, bank.Now.AddDays(-2), X509RevocationReason.KeyCompromise),
            "superseded" => await bank.GiveCertificate(user, revokedAt: bank.Now.AddDays(-2), reason: X509RevocationReason.Superseded),
            _ => await bank.GiveCertificate(user, notAfter),
        };
        if (certificate == "superseded")
        {
            await bank.GiveCertificate(user);
        }

        for (var i = 0; locked && i < 5; i++)
        {
            await desk.Bank.Act(act => desk.Attempts.Take(act, user.CanonicalLoginId, PasswordPath.Certificate));
        }

        await bank.Act(act =>
        {
            var stored = act.Db.Users.Find(user.Id)!;
            if (suspended)
            {
                stored.Suspend(act.Now);
            }

            if (deleted)
            {
                stored.Delete(act.Now);
            }
        });

        var found = await JudgeAsync(desk, CustomerDesk.Presented(shown));

        Assert.Equal(
            deleted ? CertificateFinding.UserDeleted
            : suspended ? CertificateFinding.UserSuspended
            : locked ? CertificateFinding.PasswordLocked
            : certificate switch
            {
                "issued" => CertificateFinding.Good,
                "superseded" => CertificateFinding.Superseded,
                _ when method == AuthenticationMethod.IdAndPassword => CertificateFinding.PasswordMethod,
                "expired" => CertificateFinding.Expired,
                _ => CertificateFinding.Revoked,
            },
            found.Finding);
        Assert.Equal(found.Finding == CertificateFinding.Good ? null : PersonKind.GeneralUserAlone, found.Person);
    }

    [Fact]
    public async Task Certificate_InItsLastSecond_IsGoodAndAfterItExpired()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var presented = CustomerDesk.Presented(desk.UserCertificate);
        desk.Bank.Clock.Advance(desk.UserCertificate.NotAfter - desk.Bank.Now + TimeSpan.FromMilliseconds(999));
        Assert.Equal(CertificateFinding.Good, (await JudgeAsync(desk, presented)).Finding);

        desk.Bank.Clock.Advance(TimeSpan.FromMilliseconds(1));

        var found = await JudgeAsync(desk, presented);
        Assert.Equal((CertificateFinding.Expired, desk.UserCertificate.NotAfter), (found.Finding, found.At));
    }

    [Fact]
    public async Task Certificate_BeforeItsFirstSecond_IsNotYetValid()
    {
        using var desk = await CustomerDesk.OpenAsync();
        desk.Bank.Sql($"UPDATE Certificates SET NotBefore = NotBefore + 3600000 WHERE Id = {desk.UserCertificate.Id}");

        var found = await JudgeAsync(desk, CustomerDesk.Presented(desk.UserCertificate));

        Assert.Equal((CertificateFinding.NotYetValid, desk.UserCertificate.NotBefore.AddHours(1)), (found.Finding, found.At));
    }

    [Fact]
    public async Task Certificate_Revoked_SaysSince()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var revoked = await desk.Bank.GiveCertificate(desk.User, revokedAt: desk.Bank.Now.AddDays(-1), reason: X509RevocationReason.KeyCompromise);

        var found = await JudgeAsync(desk, CustomerDesk.Presented(revoked));

        Assert.Equal((CertificateFinding.Revoked, desk.Bank.Now.AddDays(-1)), (found.Finding, found.At));
    }

    [Fact]
    public async Task Certificate_RevokedAndExpired_IsRevoked()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var revoked = await desk.Bank.GiveCertificate(desk.User, notAfter: desk.Bank.Now.AddDays(-1), revokedAt: desk.Bank.Now.AddDays(-2));

        Assert.Equal(CertificateFinding.Revoked, (await JudgeAsync(desk, CustomerDesk.Presented(revoked))).Finding);
    }

    [Fact]
    public async Task Certificate_ReplacedByANewerOne_IsSuperseded()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var old = await desk.Bank.GiveCertificate(desk.User, revokedAt: desk.Bank.Now, reason: X509RevocationReason.Superseded);
        await desk.Bank.GiveCertificate(desk.User);

        Assert.Equal(CertificateFinding.Superseded, (await JudgeAsync(desk, CustomerDesk.Presented(old))).Finding);
    }

    [Fact]
    public async Task Certificate_RevokedForANewPcWithNoneIssuedYet_IsRevoked()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var old = await desk.Bank.GiveCertificate(desk.User, revokedAt: desk.Bank.Now, reason: X509RevocationReason.Superseded);

        Assert.Equal(CertificateFinding.Revoked, (await JudgeAsync(desk, CustomerDesk.Presented(old))).Finding);
    }

    [Fact]
    public async Task User_Suspended_IsToldSince()
    {
        using var desk = await CustomerDesk.OpenAsync();
        await desk.Bank.Act(act => act.Db.Users.Find(desk.User.Id)!.Suspend(act.Now));

        var found = await JudgeAsync(desk, CustomerDesk.Presented(desk.UserCertificate));

        Assert.Equal((CertificateFinding.UserSuspended, desk.Bank.Now), (found.Finding, found.At));
    }

    [Fact]
    public async Task Password_Locked_IsToldUntilWhen()
    {
        using var desk = await CustomerDesk.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await desk.Bank.Act(act => desk.Attempts.Take(act, desk.User.CanonicalLoginId, PasswordPath.Certificate));
        }

        var found = await JudgeAsync(desk, CustomerDesk.Presented(desk.UserCertificate));

        Assert.Equal((CertificateFinding.PasswordLocked, desk.Bank.Now.AddMinutes(15)), (found.Finding, found.At));
    }

    [Theory]
    [InlineData(PasswordPath.Open)]
    [InlineData(PasswordPath.Confirmation)]
    public async Task Password_LockedOnAnotherPath_IsNoFinding(PasswordPath path)
    {
        using var desk = await CustomerDesk.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await desk.Bank.Act(act => desk.Attempts.Take(act, desk.User.CanonicalLoginId, path));
        }

        Assert.Equal(CertificateFinding.Good, (await JudgeAsync(desk, CustomerDesk.Presented(desk.UserCertificate))).Finding);
    }

    [Fact]
    public async Task Diagnosis_OfARefusal_IsRecordedOncePerMinuteWithACount()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var revoked = await desk.Bank.GiveCertificate(desk.User, revokedAt: desk.Bank.Now);
        for (var i = 0; i < 3; i++)
        {
            await desk.LogIn.DiagnoseAsync(CustomerDesk.Presented(revoked), CustomerDesk.Source, TestContext.Current.CancellationToken);
        }

        await desk.Refusals.FlushAsync(TestContext.Current.CancellationToken);

        var record = Assert.Single(desk.Bank.History());
        Assert.Equal(
            ("certificate-revoked", 3, desk.User.Id, desk.Company.Id, revoked.SerialNumber.ToString()),
            (record.Detail, record.Count, record.UserId, record.CompanyId, record.SerialNumber));
    }

    [Fact]
    public async Task Diagnosis_OfAVisitWithoutACertificate_IsNoRefusal()
    {
        using var desk = await CustomerDesk.OpenAsync();
        await desk.LogIn.DiagnoseAsync(null, CustomerDesk.Source, TestContext.Current.CancellationToken);
        await desk.LogIn.DiagnoseAsync(CustomerDesk.Presented(desk.UserCertificate), CustomerDesk.Source, TestContext.Current.CancellationToken);

        await desk.Refusals.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Empty(desk.Bank.History());
    }

    private static Task<Diagnosis> JudgeAsync(CustomerDesk desk, byte[]? presented) => desk.Diagnosis.JudgeAsync(presented, TestContext.Current.CancellationToken);
}
