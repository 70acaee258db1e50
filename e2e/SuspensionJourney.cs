using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>A master stops a colleague, lets the colleague in again, and releases the lock of another master's password.</summary>
[Collection(typeof(SuspensionBank))]
public sealed class SuspensionJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task StoppedUser_LeavesEveryPage_AndComesBackAfterTheRelease()
    {
        const string id = "0501D00601U";
        var user = await NewPersonAsync(id);
        await user.LogInAsync();
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();
        var list = await SuspensionPage.OpenAsync(master);
        await Expect(list.Rows).ToHaveCountAsync(6);
        await Expect(list.Radio("0501D00601M")).ToBeDisabledAsync();
        await list.InBar("利用者停止・解除").ClickAsync();
        await Expect(list.Alert).ToContainTextAsync("利用者を選択");

        var confirmation = await list.ChooseAsync(id, "停止");
        await Expect(confirmation.Main).ToContainTextAsync("1件（実行すると終了します）");
        await confirmation.SendAsync("wrong");
        await Expect(confirmation.Alert).ToContainTextAsync("あと4回");
        await Expect(confirmation.Password).ToBeEmptyAsync();
        var left = new DiagnosisPage(user).ReadyAsync();
        var result = await confirmation.ExecuteAsync();
        await Expect(result.Main).ToContainTextAsync("停止完了");
        await Expect(result.Main).ToContainTextAsync("受付番号");

        await left;
        await Expect(new DiagnosisPage(user).Main).ToContainTextAsync("停止");
        var est = new EstClient(App);
        await est.MakeKeyAsync();
        Assert.Equal("user-suspended", (await est.EnrollAsync("0501D00601U")).Reason);

        // The proof stays at its address.
        await master.Page.ReloadAsync();
        await result.ReadyAsync();
        await Expect(result.Main).ToContainTextAsync("停止完了");

        list = await SuspensionPage.OpenAsync(master);
        await list.Filter("停止中").ClickAsync();
        await Expect(list.Rows).ToHaveCountAsync(1);
        await (await list.ChooseAsync(id, "停止解除")).ExecuteAsync();
        await (await NewPersonAsync(id)).LogInAsync();
    }

    [Fact]
    public async Task LockedMaster_IsReleasedByTheOther_NotByOneself()
    {
        var locked = await NewPersonAsync("0501D60001K");
        await locked.LogInAsync();
        var own = await (await SuspensionPage.OpenAsync(locked)).ChooseAsync("0501D60001T", "停止");
        for (var i = 0; i < 5; i++)
        {
            await own.SendAsync("wrong");
            await Expect(own.Alert).ToContainTextAsync(i < 4 ? $"あと{4 - i}回" : "ロックされています");
            await Expect(own.Password).ToBeEmptyAsync();
        }

        var mine = await SuspensionPage.OpenAsync(locked);
        await Expect(mine.Row("0501D60001K")).ToContainTextAsync("ご自身には行えません");
        await Expect(mine.Radio("0501D60001K")).ToBeDisabledAsync();

        var master = await NewPersonAsync("0501D60001M");
        await master.LogInAsync();
        var list = await SuspensionPage.OpenAsync(master);
        await list.Filter("ロック中").ClickAsync();
        await Expect(list.Rows).ToHaveCountAsync(1);
        var result = await (await list.ChooseAsync("0501D60001K", "ロック解除")).ExecuteAsync();
        await Expect(result.Main).ToContainTextAsync("確認用パスワード");

        // The page that had locked it works on.
        own = await (await SuspensionPage.OpenAsync(locked)).ChooseAsync("0501D60001T", "停止");
        await own.ExecuteAsync();
    }

    [Fact]
    public async Task ForeignAndInventedUsers_AreTheSamePageNotFound()
    {
        var master = await NewPersonAsync("0501D47701M");
        await master.LogInAsync();
        var texts = new List<string>();
        foreach (var path in new[]
        {
            "/management/users/suspension/suspend?id=0501D00601U", "/management/users/suspension/suspend?id=nobody",
            "/management/users/suspension/suspend",
            "/management/users/suspension/delete?id=0501D47701T", "/management/users/accounts/user?id=0501D00601U",
            "/management/users/accounts/change?id=0501D00601U",
            "/management/users/accounts/delete/confirm?id=0501D00601U", "/management/users/accounts/result/U-20261125-AAAA-AAAA",
            "/management/users/password/U-20261125-AAAA-AAAA",
        })
        {
            var answer = await master.Page.GotoAsync(new Uri(App.Certificate, path).ToString());
            Assert.True(answer?.Status == 404, $"{path} answered {answer?.Status}");
            await master.Page.Locator("main[data-ready='true']").WaitForAsync();
            texts.Add(await master.Page.Locator("main").InnerTextAsync());
        }

        Assert.Single(texts.Distinct(StringComparer.Ordinal));
        Assert.DoesNotContain("00601", texts[0], StringComparison.Ordinal);
    }
}
