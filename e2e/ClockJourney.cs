using System.Globalization;
using System.Net;
using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>The same bank on later days: one server, started again on the same data at another time of its clock.</summary>
public sealed class ClockJourney(AppUnderTest app, Browser browser) : Journey(app, browser), IClassFixture<AppUnderTest>
{
    [Fact]
    public async Task TimePasses_SessionsEnd_ThenTheCertificate()
    {
        const string id = "0501D00601U";
        var now = DateTimeOffset.UtcNow;
        var user = await NewPersonAsync(id);
        await user.LogInAsync();
        using var cookie = await StolenCookie.OfAsync(user, App.DemoCertificate(id));

        // A restart alone ends nobody's session. The open page would count as somebody there.
        await user.Page.GotoAsync("about:blank");
        await RestartAtAsync(now.AddMinutes(10));
        Assert.Equal(HttpStatusCode.OK, await cookie.HomeAsync());

        // 16 minutes after the last sign of life the session is over.
        await RestartAtAsync(now.AddMinutes(30));
        Assert.NotEqual(HttpStatusCode.OK, await cookie.HomeAsync());
        await user.Page.GotoAsync(App.Certificate.ToString());
        await Expect(user.Page.Locator("main")).ToBeVisibleAsync();
        await Expect(user.Page.Locator("main[data-screen='BTOP001']")).ToHaveCountAsync(0);

        // 200 days left at first; the day after that it has expired.
        await RestartAtAsync(now.AddDays(202));
        var diagnosis = await (await EntrancePage.OpenAsync(user)).BeTurnedAwayAsync();
        await Expect(diagnosis.Main).ToContainTextAsync("有効期限が切れて");
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();
        var list = await UserListPage.OpenAsync(master);
        await Expect(list.Row(id)).ToContainTextAsync("有効期限切れ");

        // Nothing starts before what is already recorded.
        await App.StopAsync();
        var refused = await App.StartToBeRefusedAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Clock__StartAt"] = now.AddDays(-1).ToString("O", CultureInfo.InvariantCulture),
        });
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("demo reset", refused.Output + refused.Error, StringComparison.Ordinal);
        await App.StartAsync(now.AddDays(203));
    }

    private async Task RestartAtAsync(DateTimeOffset clock)
    {
        await App.StopAsync();
        await App.StartAsync(clock);
    }
}
