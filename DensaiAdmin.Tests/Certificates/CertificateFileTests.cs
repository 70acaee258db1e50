using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.History;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Certificates;

public sealed class CertificateFileTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Certificate_WithoutASerial_IsTheOneInUse()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var user = await desk.SignIn(desk.UserCertificate);
        desk.Bank.Clock.Advance(TimeSpan.FromDays(1) / 100);
        var newer = await desk.Bank.GiveCertificate(desk.User);

        var found = await File(desk).FindAsync(user, null, Cancellation);

        Assert.Equal((desk.UserCertificate.Id, (long?)desk.UserCertificate.Id), (found!.Shown.Id, found.PresentedId));
        Assert.Equal([newer.Id, desk.UserCertificate.Id], found.All.Select(c => c.Id));
    }

    [Fact]
    public async Task Certificate_OfOnesOwnBySerial_IsThatOne()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var user = await desk.SignIn(desk.UserCertificate);
        var newer = await desk.Bank.GiveCertificate(desk.User);

        Assert.Equal(newer.Id, (await File(desk).FindAsync(user, newer.SerialNumber.ToString().ToLowerInvariant(), Cancellation))!.Shown.Id);
    }

    [Fact]
    public async Task Certificate_OfAnotherOrInvented_IsNothing_AndRecorded()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var master = await desk.SignIn(desk.MasterCertificate);

        // Not even a master's own users' certificates: this page is one's own.
        foreach (var serial in new[] { desk.UserCertificate.SerialNumber.ToString(), desk.StrangerCertificate.SerialNumber.ToString(), SerialNumber.New().ToString(), "x", "" })
        {
            Assert.Null(await File(desk).FindAsync(master, serial, Cancellation));
        }

        Assert.Equal(5, desk.History(HistoryOperation.ForeignAccess).Count);
    }

    [Fact]
    public async Task Certificate_AfterTheSessionEnded_IsNobodys()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var user = await desk.SignIn(desk.UserCertificate);
        await desk.LogOut.ByUserAsync(user, Cancellation);

        Assert.Null(await File(desk).FindAsync(user, null, Cancellation));
    }

    private static CertificateFile File(CustomerDesk desk) => new(desk.Bank.Contexts, desk.Bank.Acts, desk.Sessions, desk.Bank.Clock);
}
