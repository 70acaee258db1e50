using DensaiAdmin.Core.CertificateInfo;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.CertificateInfo;

public sealed class CertificateFileTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Certificate_WithoutASerial_IsTheOneInUse()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var user = await fixture.SignIn(fixture.UserCertificate);
        fixture.Bank.Clock.Advance(TimeSpan.FromDays(1) / 100);
        var newer = await fixture.Bank.GiveCertificate(fixture.User);

        var found = await File(fixture).FindAsync(user, null, Cancellation);

        Assert.Equal((fixture.UserCertificate.Id, (long?)fixture.UserCertificate.Id), (found!.Shown.Id, found.PresentedId));
        Assert.Equal([newer.Id, fixture.UserCertificate.Id], found.All.Select(c => c.Id));
    }

    [Fact]
    public async Task Certificate_OfOnesOwnBySerial_IsThatOne()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var user = await fixture.SignIn(fixture.UserCertificate);
        var newer = await fixture.Bank.GiveCertificate(fixture.User);

        Assert.Equal(
            newer.Id, (await File(fixture).FindAsync(user, newer.SerialNumber.ToString().ToLowerInvariant(), Cancellation))!.Shown.Id);
    }

    [Fact]
    public async Task Certificate_OfAnotherOrInvented_IsNothing_AndRecorded()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var master = await fixture.SignIn(fixture.MasterCertificate);

        // Not even a master's own users' certificates: this page is one's own.
        foreach (var serial in new[]
        {
            fixture.UserCertificate.SerialNumber.ToString(), fixture.StrangerCertificate.SerialNumber.ToString(),
            SerialNumber.New().ToString(), "x", "",
        })
        {
            Assert.Null(await File(fixture).FindAsync(master, serial, Cancellation));
        }

        Assert.Equal(5, fixture.History(HistoryOperation.ForeignAccess).Count);
    }

    [Fact]
    public async Task Certificate_AfterTheSessionEnded_IsNobodys()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var user = await fixture.SignIn(fixture.UserCertificate);
        await fixture.LogOut.ByUserAsync(user, Cancellation);

        Assert.Null(await File(fixture).FindAsync(user, null, Cancellation));
    }

    private static CertificateFile File(CustomerFixture fixture) =>
        new(fixture.Bank.Contexts, fixture.Bank.Writer, fixture.Sessions, fixture.Bank.Clock);
}
