using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.UserManagement;

public sealed class CompanyProfileTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Company_OfAMaster_CountsItsUsers()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var master = await fixture.SignIn(fixture.MasterCertificate);
        await fixture.Bank.AddUser("0501D60001X", fixture.Company);
        fixture.Bank.Sql($"UPDATE Users SET DeletedAt = 1 WHERE CanonicalLoginId = '0501D60001X'");
        fixture.Bank.Sql($"UPDATE Users SET SuspendedAt = 1 WHERE CanonicalLoginId = '0501D60001T'");

        var found = await Profile(fixture).FindAsync(master, Cancellation);

        Assert.Equal("0501D60001", found!.Company.Number);
        Assert.Equal(new CompanyUsers(Masters: 2, General: 1, Suspended: 1), found.Users);
        Assert.Equal(3, found.Users!.All);
    }

    [Fact]
    public async Task Company_OfAGeneralUser_SaysNothingOfOthers()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var user = await fixture.SignIn(fixture.StrangerCertificate);

        var found = await Profile(fixture).FindAsync(user, Cancellation);

        Assert.Equal(("0501D47701", null), (found!.Company.Number, found.Users));
    }

    [Fact]
    public async Task Company_AfterTheSessionEnded_IsNobodys()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var user = await fixture.SignIn(fixture.UserCertificate);
        await fixture.LogOut.ByUserAsync(user, Cancellation);

        Assert.Null(await Profile(fixture).FindAsync(user, Cancellation));
    }

    private static CompanyProfile Profile(CustomerFixture fixture) => new(fixture.Bank.Contexts, fixture.Sessions, fixture.Bank.Clock);
}
