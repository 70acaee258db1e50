using System.Net;
using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>After a revocation, or before the first certificate: a new one over EST with ID and password alone, and in again.</summary>
[Collection(typeof(LockOutBank))]
public sealed class ReissueJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task Revoked_ObtainsANewCertificate_AndIsInAgain()
    {
        const string id = "0501D60001T";
        var master = await NewPersonAsync("0501D60001M");
        await master.LogInAsync();
        await (await (await UserListPage.OpenAsync(master)).ChooseAsync(id)).ExecuteAsync();
        await (await EntrancePage.OpenAsync(await NewPersonAsync(id))).BeTurnedAwayAsync();

        await ObtainAndLogInAsync(id, "でんさい60001担当者");

        // The old certificate stays what it is.
        var diagnosis = await (await EntrancePage.OpenAsync(await NewPersonAsync(id))).BeTurnedAwayAsync();
        await Expect(diagnosis.Main).ToContainTextAsync("失効");
    }

    [Fact]
    public async Task FirstCertificate_LetsANewUserIn() => await ObtainAndLogInAsync("0501D00601N", "でんさい00601新規");

    [Fact]
    public async Task Expired_MustBeRevokedFirst()
    {
        var est = new EstClient(App);
        await est.MakeKeyAsync();
        var answer = await est.EnrollAsync("0501D00601T");
        Assert.Equal("certificate-expired", answer.Reason);
        Assert.InRange(answer.Status, 400, 499);
        Assert.Single(answer.Body.Trim().Split('\n'));
    }

    [Fact]
    public async Task WrongPassword_AndUnknownId_AreRefusedAlike()
    {
        var est = new EstClient(App);
        await est.MakeKeyAsync();
        var wrong = await est.EnrollAsync("0501D00601S", "not-the-password-at-all");
        var unknown = await est.EnrollAsync("0999D99999X", "not-the-password-at-all");
        Assert.Equal((int)HttpStatusCode.Unauthorized, wrong.Status);
        Assert.Equal("bad-credentials", wrong.Reason);
        Assert.Equal(wrong, unknown);
    }

    private async Task ObtainAndLogInAsync(string id, string name)
    {
        var est = new EstClient(App);
        await est.MakeKeyAsync();
        var answer = await est.EnrollAsync(id);
        Assert.True(answer.Status == (int)HttpStatusCode.OK, $"{answer.Status} {answer.Reason} {answer.Body}");
        var installed = await est.InstallAsync(answer);
        (await RevocationList.VerifyAsync(App, est.CertificatePemFile)).Succeeded();

        // A lost answer asked for again is the same certificate, never a second one.
        var repeated = await est.EnrollAsync(id);
        Assert.Equal((int)HttpStatusCode.OK, repeated.Status);

        var user = await NewPersonAsync(id, installed);
        var home = await user.LogInAsync();
        await Expect(home.Header).ToContainTextAsync($"{name} 様");
        await Expect(home.Section("自分の証明書")).ToContainTextAsync("発行済み");
    }
}
