using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Pki;

public class InventoryTests
{
    [Fact]
    public async Task User_IssuedAgainAfterRevocation_KeepsBothInTheInventory()
    {
        using var bank = TestBank.Open();
        var user = await bank.AddUser("0501D00601U", await bank.AddCompany());
        var first = await bank.GiveCertificate(user, revokedAt: bank.Now);
        var second = await bank.GiveCertificate(user);

        var held = bank.Read(db => db.Certificates.Where(c => c.UserId == user.Id).Select(c => c.SerialNumber).ToList());
        Assert.Equal([first.SerialNumber, second.SerialNumber], held);
        Assert.Equal(CertificateStatus.Issued, bank.Read(db => db.Users.Single(u => u.Id == user.Id)).CertificateStatusAt(bank.Now));
    }
}
