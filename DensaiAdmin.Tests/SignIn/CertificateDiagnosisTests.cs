using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.SignIn;

public class CertificateDiagnosisTests
{
    [Fact]
    public async Task Certificate_InForce_IsGood()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        var found = await EvaluateAsync(fixture, CustomerFixture.Presented(fixture.UserCertificate));

        Assert.Equal(
            (CertificateFinding.Good, fixture.User.Id, fixture.Company.Id), (found.Finding, found.User!.Id, found.User.Company!.Id));
    }

    [Fact]
    public async Task Certificate_NotPresented_IsNone()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        Assert.Equal(new Diagnosis(CertificateFinding.None), await EvaluateAsync(fixture, null));
    }

    [Theory]
    [InlineData(IssuerEvaluation.NotOurs, CertificateFinding.NotOurs)]
    [InlineData(IssuerEvaluation.ProfileWrong, CertificateFinding.ProfileWrong)]
    [InlineData(IssuerEvaluation.Ours, CertificateFinding.UnknownSerial)]
    public async Task Certificate_NotInTheInventory_IsWhatTheAuthoritySaysOfIt(IssuerEvaluation evaluation, CertificateFinding finding)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        fixture.IssuerSays = evaluation;

        Assert.Equal(new Diagnosis(finding), await EvaluateAsync(fixture, [1, 2, 3]));
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
        using var fixture = await CustomerFixture.OpenAsync();
        var bank = fixture.Bank;
        var company = await bank.AddCompany("0501D00900", method);
        var user = await bank.AddUser("0501D00900T", company);
        var notAfter = certificate.Contains("expired", StringComparison.Ordinal) ? bank.Now.AddDays(-1) : (DateTimeOffset?)null;
        var shown = certificate switch
        {
            "revoked" or "revoked and expired" => await bank.GiveCertificate(
                user, notAfter, bank.Now.AddDays(-2), X509RevocationReason.KeyCompromise),
            "superseded" => await bank.GiveCertificate(user, revokedAt: bank.Now.AddDays(-2), reason: X509RevocationReason.Superseded),
            _ => await bank.GiveCertificate(user, notAfter),
        };
        if (certificate == "superseded")
        {
            await bank.GiveCertificate(user);
        }

        for (var i = 0; locked && i < 5; i++)
        {
            await fixture.Bank.Act(work => fixture.Attempts.Take(work, user.CanonicalLoginId, PasswordPath.Certificate));
        }

        await bank.Act(work =>
        {
            var stored = work.Db.Users.Find(user.Id)!;
            if (suspended)
            {
                stored.Suspend(work.Now);
            }

            if (deleted)
            {
                stored.Delete(work.Now);
            }
        });

        var found = await EvaluateAsync(fixture, CustomerFixture.Presented(shown));

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
        using var fixture = await CustomerFixture.OpenAsync();
        var presented = CustomerFixture.Presented(fixture.UserCertificate);
        fixture.Bank.Clock.Advance(fixture.UserCertificate.NotAfter - fixture.Bank.Now + TimeSpan.FromMilliseconds(999));
        Assert.Equal(CertificateFinding.Good, (await EvaluateAsync(fixture, presented)).Finding);

        fixture.Bank.Clock.Advance(TimeSpan.FromMilliseconds(1));

        var found = await EvaluateAsync(fixture, presented);
        Assert.Equal((CertificateFinding.Expired, fixture.UserCertificate.NotAfter), (found.Finding, found.At));
    }

    [Fact]
    public async Task Certificate_BeforeItsFirstSecond_IsNotYetValid()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        fixture.Bank.Sql($"UPDATE Certificates SET NotBefore = NotBefore + 3600000 WHERE Id = {fixture.UserCertificate.Id}");

        var found = await EvaluateAsync(fixture, CustomerFixture.Presented(fixture.UserCertificate));

        Assert.Equal((CertificateFinding.NotYetValid, fixture.UserCertificate.NotBefore.AddHours(1)), (found.Finding, found.At));
    }

    [Fact]
    public async Task Certificate_Revoked_SaysSince()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var revoked = await fixture.Bank.GiveCertificate(
            fixture.User, revokedAt: fixture.Bank.Now.AddDays(-1), reason: X509RevocationReason.KeyCompromise);

        var found = await EvaluateAsync(fixture, CustomerFixture.Presented(revoked));

        Assert.Equal((CertificateFinding.Revoked, fixture.Bank.Now.AddDays(-1)), (found.Finding, found.At));
    }

    [Fact]
    public async Task Certificate_RevokedAndExpired_IsRevoked()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var revoked = await fixture.Bank.GiveCertificate(
            fixture.User, notAfter: fixture.Bank.Now.AddDays(-1), revokedAt: fixture.Bank.Now.AddDays(-2));

        Assert.Equal(CertificateFinding.Revoked, (await EvaluateAsync(fixture, CustomerFixture.Presented(revoked))).Finding);
    }

    [Fact]
    public async Task Certificate_ReplacedByANewerOne_IsSuperseded()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var old = await fixture.Bank.GiveCertificate(fixture.User, revokedAt: fixture.Bank.Now, reason: X509RevocationReason.Superseded);
        await fixture.Bank.GiveCertificate(fixture.User);

        Assert.Equal(CertificateFinding.Superseded, (await EvaluateAsync(fixture, CustomerFixture.Presented(old))).Finding);
    }

    [Fact]
    public async Task Certificate_RevokedForANewPcWithNoneIssuedYet_IsRevoked()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var old = await fixture.Bank.GiveCertificate(fixture.User, revokedAt: fixture.Bank.Now, reason: X509RevocationReason.Superseded);

        Assert.Equal(CertificateFinding.Revoked, (await EvaluateAsync(fixture, CustomerFixture.Presented(old))).Finding);
    }

    [Fact]
    public async Task User_Suspended_IsToldSince()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await fixture.Bank.Act(work => work.Db.Users.Find(fixture.User.Id)!.Suspend(work.Now));

        var found = await EvaluateAsync(fixture, CustomerFixture.Presented(fixture.UserCertificate));

        Assert.Equal((CertificateFinding.UserSuspended, fixture.Bank.Now), (found.Finding, found.At));
    }

    [Fact]
    public async Task Password_Locked_IsToldUntilWhen()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await fixture.Bank.Act(work => fixture.Attempts.Take(work, fixture.User.CanonicalLoginId, PasswordPath.Certificate));
        }

        var found = await EvaluateAsync(fixture, CustomerFixture.Presented(fixture.UserCertificate));

        Assert.Equal((CertificateFinding.PasswordLocked, fixture.Bank.Now.AddMinutes(15)), (found.Finding, found.At));
    }

    [Theory]
    [InlineData(PasswordPath.Open)]
    [InlineData(PasswordPath.Confirmation)]
    public async Task Password_LockedOnAnotherPath_IsNoFinding(PasswordPath path)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await fixture.Bank.Act(work => fixture.Attempts.Take(work, fixture.User.CanonicalLoginId, path));
        }

        Assert.Equal(CertificateFinding.Good, (await EvaluateAsync(fixture, CustomerFixture.Presented(fixture.UserCertificate))).Finding);
    }

    [Fact]
    public async Task Diagnosis_OfARefusal_IsRecordedOncePerMinuteWithACount()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var revoked = await fixture.Bank.GiveCertificate(fixture.User, revokedAt: fixture.Bank.Now);
        for (var i = 0; i < 3; i++)
        {
            await fixture.LogIn.DiagnoseAsync(
                CustomerFixture.Presented(revoked), Actor.Anonymous(CustomerFixture.Source), TestContext.Current.CancellationToken);
        }

        await fixture.Refusals.FlushAsync(TestContext.Current.CancellationToken);

        var record = Assert.Single(fixture.Bank.History());
        Assert.Equal(
            ("certificate-revoked", 3, fixture.User.Id, fixture.Company.Id, revoked.SerialNumber.ToString()),
            (record.Detail, record.Count, record.UserId, record.CompanyId, record.SerialNumber));
    }

    [Fact]
    public async Task Diagnosis_OfAVisitWithoutACertificate_IsNoRefusal()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await fixture.LogIn.DiagnoseAsync(null, Actor.Anonymous(CustomerFixture.Source), TestContext.Current.CancellationToken);
        await fixture.LogIn.DiagnoseAsync(
            CustomerFixture.Presented(fixture.UserCertificate), Actor.Anonymous(CustomerFixture.Source),
            TestContext.Current.CancellationToken);

        await fixture.Refusals.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Empty(fixture.Bank.History());
    }

    private static Task<Diagnosis> EvaluateAsync(CustomerFixture fixture, byte[]? presented) =>
        fixture.Diagnosis.EvaluateAsync(presented, TestContext.Current.CancellationToken);
}
