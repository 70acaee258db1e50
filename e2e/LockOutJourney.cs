using System.Diagnostics;
using System.Net;
using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>R20 with two people at two PCs: what one revokes shuts the other out while she works.</summary>
[Collection(typeof(LockOutBank))]
public sealed class LockOutJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task RevokedWhileWorking_IsOutWithinASecond_AndStaysOut()
    {
        const string id = "0501D00601U";
        var user = await NewPersonAsync(id);
        await user.LogInAsync();
        var userElsewhere = await user.NewTabAsync();
        await HomePage.OpenAsync(userElsewhere);
        await new HomePage(userElsewhere).OpenManagementAsync();
        using var cookie = await StolenCookie.OfAsync(user, App.DemoCertificate(id));
        Assert.Equal(HttpStatusCode.OK, await cookie.HomeAsync());

        var est = new EstClient(App);
        await est.MakeKeyAsync();
        var stillHasOne = await est.EnrollAsync(id);
        Assert.Equal("certificate-active", stillHasOne.Reason);
        Assert.InRange(stillHasOne.Status, 400, 499);

        var master = await NewPersonAsync("0501D00601M");
        var list = await (await master.LogInAsync()).WalkToRevocationAsync();
        var confirmation = await list.ChooseAsync(id);
        await confirmation.Reason.SelectOptionAsync("パソコンの紛失・盗難");
        await Expect(confirmation.AlsoSuspend).ToBeCheckedAsync();
        await confirmation.Password.FillAsync(DemoBank.ConfirmationPassword);

        var watch = Stopwatch.StartNew();
        var done = AtAsync(watch, new ResultPage(master).ReadyAsync());
        var left = AtAsync(watch, new DiagnosisPage(user).ReadyAsync());
        var leftElsewhere = AtAsync(watch, new DiagnosisPage(userElsewhere).ReadyAsync());
        await confirmation.Execute.ClickAsync();
        await Task.WhenAll(done, left, leftElsewhere);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"After 実行: result {await done}, pages left {await left} and {await leftElsewhere}");
        Assert.True(await left - await done < AtOnce, $"The page left {await left - await done} after the result");
        Assert.True(await leftElsewhere - await done < AtOnce, $"The second page left {await leftElsewhere - await done} after the result");

        var diagnosis = new DiagnosisPage(user);
        await Expect(diagnosis.Main).ToContainTextAsync("失効");
        await Expect(user.Page.Locator("body")).Not.ToContainTextAsync("ログイン履歴");

        Assert.NotEqual(HttpStatusCode.OK, await cookie.HomeAsync());
        Assert.Equal(HttpStatusCode.Forbidden, await cookie.GetAsync("/login"));
        await (await EntrancePage.OpenAsync(user)).BeTurnedAwayAsync();

        var suspended = await est.EnrollAsync(id);
        Assert.Equal("user-suspended", suspended.Reason);
        Assert.InRange(suspended.Status, 400, 499);

        using var certificate = App.DemoCertificate(id);
        var published = await RevocationList.FetchAsync(App);
        Assert.Contains(certificate.SerialNumber, published.Serials);
        Assert.Equal("Key Compromise", published.ReasonOf(certificate.SerialNumber));
        var verified = await RevocationList.VerifyAsync(App, App.DemoFile(id + ".pem"));
        Assert.Contains("certificate revoked", verified.Output + verified.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AfterAPowerCut_WhatWasAcknowledgedStillHolds()
    {
        const string id = "0501D47701T";
        var master = await NewPersonAsync("0501D47701M");
        await master.LogInAsync();
        var result = await (await (await UserListPage.OpenAsync(master)).ChooseAsync(id)).ExecuteAsync();
        var number = result.ReceiptNumber;

        await App.KillAsync();
        await App.StartAsync();

        using var certificate = App.DemoCertificate(id);
        Assert.Contains(certificate.SerialNumber, (await RevocationList.FetchAsync(App)).Serials);
        var user = await NewPersonAsync(id);
        await Expect((await (await EntrancePage.OpenAsync(user)).BeTurnedAwayAsync()).Main).ToContainTextAsync("失効");
        await master.Page.GotoAsync(new Uri(App.Certificate, $"{UserListPage.Path}/result/{number}").ToString());
        await new ResultPage(master).ReadyAsync();
        (await App.RunVerbAsync("audit", "verify")).Succeeded();
    }

    private static async Task<TimeSpan> AtAsync(Stopwatch watch, Task happened)
    {
        await happened;
        return watch.Elapsed;
    }
}
