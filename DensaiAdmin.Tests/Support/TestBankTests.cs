using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Tests.Support;

public class TestBankTests
{
    [Fact]
    public async Task Bank_WithUserAndCertificate_StandsInTheFileAfterARestart()
    {
        using var bank = TestBank.Open();
        var company = await bank.AddCompany();
        var user = await bank.AddUser("0501D00601U", company);
        var given = await bank.GiveCertificate(user);
        await bank.Act(work => work.Record(new HistoryEntry
        {
            Operation = HistoryOperation.Issue,
            Result = HistoryResult.Done,
            CompanyId = company.Id,
            Source = "test",
            Detail = "issued",
        }));
        bank.Restart();

        var found = bank.Read(db => db.Users.Single(u => u.CanonicalLoginId == "0501D00601U"));
        Assert.Equal(UserRole.General, found.Role);
        Assert.Equal(CertificateStatus.Issued, found.CertificateStatusAt(bank.Now));
        Assert.Equal(given.NotAfter, found.CertificateNotAfter);
        Assert.Equal("issued", Assert.Single(bank.History()).Detail);
        Assert.Equal(1, bank.Anchor.Last()?.Sequence);
    }
}
