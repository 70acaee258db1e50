using DensaiAdmin.Core.Companies;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Companies;

public sealed class CompanyProfileTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Company_OfAMaster_CountsItsUsers()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var master = await desk.SignIn(desk.MasterCertificate);
        await desk.Bank.AddUser("0501D60001X", desk.Company);
        desk.Bank.Sql($"UPDATE Users SET DeletedAt = 1 WHERE CanonicalLoginId = '0501D60001X'");
        desk.Bank.Sql($"UPDATE Users SET SuspendedAt = 1 WHERE CanonicalLoginId = '0501D60001T'");

        var found = await Profile(desk).FindAsync(master, Cancellation);

        Assert.Equal("0501D60001", found!.Company.Number);
        Assert.Equal(new CompanyUsers(Masters: 2, General: 1, Suspended: 1), found.Users);
        Assert.Equal(3, found.Users!.All);
    }

    [Fact]
    public async Task Company_OfAGeneralUser_SaysNothingOfOthers()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var user = await desk.SignIn(desk.StrangerCertificate);

        var found = await Profile(desk).FindAsync(user, Cancellation);

        Assert.Equal(("0501D47701", null), (found!.Company.Number, found.Users));
    }

    [Fact]
    public async Task Company_AfterTheSessionEnded_IsNobodys()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var user = await desk.SignIn(desk.UserCertificate);
        await desk.LogOut.ByUserAsync(user, Cancellation);

        Assert.Null(await Profile(desk).FindAsync(user, Cancellation));
    }

    private static CompanyProfile Profile(CustomerDesk desk) => new(desk.Bank.Contexts, desk.Sessions, desk.Bank.Clock);
}
