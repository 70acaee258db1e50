using System.Security.Cryptography;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Authority;

/// <summary>What a list or the anchor told stays so, whatever somebody makes of the store.</summary>
public class StoreDisagreementTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Harms
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var harm in new[] { "row un-revoked", "row deleted", "lists deleted", "row un-revoked and lists deleted" })
            {
                data.Add(harm, true);
                data.Add(harm, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Harms))]
    public async Task Store_ChangedBehindTheProductsBack_NeitherLetsInNorTakesOffTheList(string harm, bool offline)
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.PublishAsync(always: true, Cancellation);
        var issued = await bank.Issue();
        var other = await bank.Issue(loginId: "0501D00601M");
        await bank.Revoke(bank.User);
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        Assert.Equal([issued.SerialNumber], bank.Listed());
        var number = bank.Publisher.Current!.List.Number;
        if (harm.StartsWith("row un-revoked", StringComparison.Ordinal))
        {
            bank.Bank.Sql($"UPDATE Certificates SET RevokedAt = NULL, RevokedBy = NULL, Reason = NULL, RevokedSequence = NULL");
        }
        else if (harm == "row deleted")
        {
            bank.Bank.Sql($"UPDATE Users SET CurrentCertificateId = NULL");
            bank.Bank.Sql($"DELETE FROM Certificates WHERE SerialNumber = {issued.SerialNumber.ToString()}");
        }

        if (harm.EndsWith("lists deleted", StringComparison.Ordinal))
        {
            bank.Bank.Sql($"DELETE FROM PublishedCrls");
        }

        if (offline)
        {
            await bank.RestartAsync();
        }

        await bank.Revoke(bank.Master);
        await bank.Watch.LookAsync(Cancellation);

        Assert.Equal(new[] { issued.SerialNumber, other.SerialNumber }.Order(), bank.Listed().Order());
        Assert.True(bank.Publisher.Current!.List.Number > number);
        // A list that is missing has a successor by now; a row that denies a revocation goes on denying it.
        Assert.Equal(harm == "lists deleted", bank.Publisher.Disagreements.Count == 0);
        Assert.Contains(bank.Bank.History(), r => r.Detail == Alarms.Code(AlarmKind.StoreDisagreement));
        if (!offline)
        {
            var refused = Assert.IsType<LogInOutcome.Diagnosed>(await bank.TryLogIn(issued.Der));
            Assert.Contains(refused.Diagnosis.Finding, new[] { CertificateFinding.Revoked, CertificateFinding.UnknownSerial });
        }
    }

    [Theory]
    [InlineData("row un-revoked")]
    [InlineData("rows exchanged")]
    [InlineData("lists deleted")]
    public async Task Store_ChangedBehindTheProductsBack_IsFoundWhileNobodyActs(string harm)
    {
        using var bank = await IssuingBank.OpenAsync();
        var issued = await bank.Issue();
        var other = await bank.Issue(loginId: "0501D00601M");
        await bank.Revoke(bank.User);
        await bank.Publisher.PublishAsync(always: true, Cancellation);
        await bank.Watch.LookAsync(Cancellation);
        Assert.Empty(bank.Publisher.Disagreements);
        var number = bank.Publisher.Current!.List.Number;
        switch (harm)
        {
            case "lists deleted":
                bank.Bank.Sql($"DELETE FROM PublishedCrls");
                break;
            default:
                bank.Bank.Sql(
                    $"""
                    UPDATE Certificates SET RevokedAt = NULL, RevokedBy = NULL, Reason = NULL, RevokedSequence = NULL
                    WHERE SerialNumber = {issued.SerialNumber.ToString()}
                    """);
                break;
        }

        if (harm == "rows exchanged")
        {
            bank.Bank.Sql(
                $"""
                UPDATE Certificates SET RevokedAt = 1, RevokedBy = 'x', Reason = 'Unspecified', RevokedSequence = 1
                WHERE SerialNumber = {other.SerialNumber.ToString()}
                """);
        }

        await bank.Watch.LookAsync(Cancellation);

        Assert.Contains(issued.SerialNumber, bank.Listed());
        Assert.Contains(bank.Bank.History(), r => r.Detail == Alarms.Code(AlarmKind.StoreDisagreement));
        Assert.Equal(harm != "row un-revoked", bank.Publisher.Current!.List.Number > number);
        Assert.Equal(harm == "lists deleted", bank.Publisher.Disagreements.Count == 0);
        Assert.Equal(bank.Publisher.Current.List.Number, bank.Bank.Read(db => db.PublishedCrls.Max(c => (long?)c.Number) ?? number));
    }

    [Fact]
    public async Task Certificate_WhoseRowWasUnrevoked_IsNotHandedOutAgain()
    {
        using var bank = await IssuingBank.OpenAsync();
        var request = IssuingBank.NewRequest();
        await bank.Issue(request);
        await bank.Revoke(bank.User);
        bank.Bank.Sql($"UPDATE Certificates SET RevokedAt = NULL, RevokedBy = NULL, Reason = NULL, RevokedSequence = NULL");
        bank.Bank.Sql($"UPDATE Users SET CertificateRevokedAt = NULL");

        Assert.Equal(EnrollRefusal.KeyReused, await bank.Refusal(request));
    }

    [Fact]
    public async Task History_BrokenInTheMiddle_IsToldOnceByAnAlarm()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Issue();
        await bank.Revoke(bank.User);
        bank.Bank.Sql($"DELETE FROM HistoryRecords WHERE Sequence = 1");
        await bank.History.WalkAsync(Cancellation);

        await bank.Watch.LookAsync(Cancellation);
        await bank.Watch.LookAsync(Cancellation);

        Assert.Single(bank.Bank.History(), r => r.Operation == HistoryOperation.Alarm && r.Value == StoreDisagreementJob.HistoryBroken);
    }

    [Fact]
    public async Task Certificate_MintedWithTheCasKey_IsRefusedAndToldOnce()
    {
        using var bank = await IssuingBank.OpenAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var accepted = Assert.IsType<CertificationRequestOutcome.Accepted>(
            CertificationRequest.Parse(TestAuthority.Request(key), bank.Authorities.Certificates)).Key;
        var issued = await bank.Issue();
        await bank.Forged.ExamineAsync(issued.Der, "192.0.2.1");
        var minted = Assert.IsType<IssueOutcome.Issued>(bank.Authorities.Issuer.Issue(new IssueRequest(
            "0501D00601U", issued.SerialNumber, accepted, bank.Bank.Now.AddMinutes(-5), bank.Stored()[0].NotAfter))).Certificate;

        for (var i = 0; i < 2; i++)
        {
            await bank.Forged.ExamineAsync(minted.Der, "192.0.2.1");
            Assert.Equal(
                CertificateFinding.UnknownSerial, Assert.IsType<LogInOutcome.Diagnosed>(await bank.TryLogIn(minted.Der)).Diagnosis.Finding);
            Assert.Equal(EnrollRefusal.CertificateNotOurs, await bank.RenewalRefusal(minted.Der));
        }

        var alarm = Assert.Single(bank.Bank.History(), r => r.Detail == Alarms.Code(AlarmKind.KeyCompromise));
        Assert.Equal((minted.Sha256Fingerprint.ToString(), issued.SerialNumber.ToString()), (alarm.Value, alarm.SerialNumber));
    }
}
