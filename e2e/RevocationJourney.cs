using System.Net;
using System.Text.RegularExpressions;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>A master revokes the certificate of a colleague: the whole way, and every way in which it is refused.</summary>
[Collection(typeof(RevocationBank))]
public sealed partial class RevocationJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task Master_RevokesACertificate_WithProofAndOnlyOnce()
    {
        var serial = SerialOf("0501D00601U");
        var before = await RevocationList.FetchAsync(App);
        var master = await NewPersonAsync("0501D00601M");
        var home = await master.LogInAsync();
        var list = await home.WalkToRevocationAsync();

        await Expect(list.Rows).ToHaveCountAsync(6);
        await Expect(list.Row("0501D00601N")).ToContainTextAsync("未発行");
        await Expect(list.Radio("0501D00601M")).ToBeDisabledAsync();
        await Expect(list.Row("0501D00601M")).ToContainTextAsync("窓口でのお手続きが必要です");
        await Expect(list.Radio("0501D00601S")).ToBeDisabledAsync();
        await Expect(list.Row("0501D00601S")).ToContainTextAsync("失効済み");

        var confirmation = await list.ChooseAsync("0501D00601U");
        Assert.EndsWith($"{UserListPage.Path}/{serial}", confirmation.Page.Url, StringComparison.OrdinalIgnoreCase);
        await Expect(confirmation.Main).ToContainTextAsync("でんさい00601一般");
        Assert.Contains(serial, Compact(await confirmation.Main.InnerTextAsync()), StringComparison.Ordinal);

        await confirmation.BeRefusedAsync("wrong-confirmation", FourLeft());
        await Expect(confirmation.Password).ToBeEmptyAsync();
        Assert.StartsWith("エラー", await confirmation.Page.TitleAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(serial, (await RevocationList.FetchAsync(App)).Serials);

        var result = await confirmation.ExecuteAsync();
        await Expect(result.Main).ToContainTextAsync("失効完了");
        await Expect(result.Main).ToContainTextAsync("受付番号");
        await Expect(result.Main).ToContainTextAsync("0501D00601U");
        await Expect(result.Main).ToContainTextAsync("失効済み");
        await Expect(result.Main).ToContainTextAsync(ExactTime());
        await Expect(result.Main).ToContainTextAsync("ログインIDは");
        var number = result.ReceiptNumber;
        Assert.Contains(number, await result.Main.InnerTextAsync(), StringComparison.Ordinal);

        var after = await RevocationList.FetchAsync(App);
        Assert.Contains(serial, after.Serials);
        Assert.Equal("", after.ReasonOf(serial));
        // One that had expired when another journey revoked it stood on one list, and leaves it with this one.
        Assert.Equal([serial], after.Serials.Except(before.Serials, StringComparer.Ordinal));
        Assert.True(after.Number > before.Number);
        await AssertPkiToolsAgreeAsync(revoked: "0501D00601U", good: "0501D00601M");

        // Back after done, and once more with what the old page still shows.
        await master.Page.GoBackAsync();
        if (string.Equals(await NextScreen.IdAsync(master, "BRSK018", "BRSK019", "BRSK020"), "BRSK019", StringComparison.Ordinal)
            && await confirmation.Execute.CountAsync() > 0)
        {
            await confirmation.Password.FillAsync(DemoBank.ConfirmationPassword);
            await confirmation.Execute.ClickAsync();
            await Expect(master.Page.Locator("main")).ToContainTextAsync("失効");
        }

        var again = await UserListPage.OpenAsync(master);
        await Expect(again.Row("0501D00601U")).ToContainTextAsync("失効済み");
        await Expect(again.Radio("0501D00601U")).ToBeDisabledAsync();
        Assert.Equal(after.Number, (await RevocationList.FetchAsync(App)).Number);

        // The proof stays at its address.
        await master.Page.GotoAsync(new Uri(App.Certificate, $"{UserListPage.Path}/result/{number}").ToString());
        await result.ReadyAsync();
        await Expect(result.Main).ToContainTextAsync("0501D00601U");
        (await App.RunVerbAsync("audit", "verify")).Succeeded();
    }

    [Fact]
    public async Task Row_ClickedAnywhere_IsPicked_AndOneThatCannotBeIsNot()
    {
        var master = await NewPersonAsync("0501D60001M");
        await master.LogInAsync();
        var list = await UserListPage.OpenAsync(master);
        var bar = list.Page.GetByRole(AriaRole.Region, new() { Name = "選択した利用者" });
        var row = list.Row("0501D60001T");

        await list.Row("0501D60001M").GetByText("マスター").First.ClickAsync();
        await Expect(list.Main.Locator("input:checked")).ToHaveCountAsync(0);
        await row.GetByText("0501D60001T").ClickAsync();
        await Expect(list.Radio("0501D60001T")).ToBeCheckedAsync();
        await Expect(bar).ToContainTextAsync("0501D60001T");
        await Expect(row).Not.ToHaveCSSAsync("box-shadow", "none");

        // Another order draws the rows anew; who was picked stays it.
        await list.SortBy.SelectOptionAsync("NotAfter");
        await list.ShowAgain.ClickAsync();
        await Expect(list.Page).ToHaveURLAsync(new Regex("sort=", RegexOptions.None, TimeSpan.FromSeconds(1)));
        await Expect(list.Radio("0501D60001T")).ToBeCheckedAsync();
        await Expect(list.Main.Locator("input:checked")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task NothingChosen_IsSaidInASummaryThatHasFocus()
    {
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();
        var list = await UserListPage.OpenAsync(master);

        await list.Revoke.ClickAsync();

        await Expect(list.Alert).ToContainTextAsync("選択");
        Assert.True(
            await list.Alert.EvaluateAsync<bool>("alert => alert === document.activeElement || alert.contains(document.activeElement)"));
        Assert.StartsWith("エラー", await list.Page.TitleAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoPassword_IsSaidInASummaryThatHasFocus_AndCountsNothing()
    {
        var master = await NewPersonAsync("0501D60001M");
        await master.LogInAsync();
        var confirmation = await (await UserListPage.OpenAsync(master)).ChooseAsync("0501D60001T");

        await confirmation.Execute.ClickAsync();

        await Expect(confirmation.Alert).ToContainTextAsync("確認用パスワード");
        Assert.True(await confirmation.Alert.EvaluateAsync<bool>(
            "alert => alert === document.activeElement || alert.contains(document.activeElement)"));
        await confirmation.BeRefusedAsync("wrong-confirmation", FourLeft());
    }

    [Fact]
    public async Task FifthWrongConfirmation_Locks_AndTheRightOneIsNotHeardAnyMore()
    {
        var serial = SerialOf("0501D60001T");
        var master = await NewPersonAsync("0501D60001K");
        await master.LogInAsync();
        var confirmation = await (await UserListPage.OpenAsync(master)).ChooseAsync("0501D60001T");
        for (var left = 4; left >= 1; left--)
        {
            await confirmation.BeRefusedAsync($"wrong-{left}", new Regex($"あと{left}回", RegexOptions.None, TimeSpan.FromSeconds(1)));
        }

        await confirmation.BeRefusedAsync("wrong-0", Locked());
        await Expect(confirmation.Alert).Not.ToContainTextAsync("あと");

        if (await confirmation.Password.IsVisibleAsync())
        {
            await confirmation.BeRefusedAsync(DemoBank.ConfirmationPassword, Locked());
        }

        Assert.DoesNotContain(serial, (await RevocationList.FetchAsync(App)).Serials);
    }

    [Fact]
    public async Task DoubleClick_RevokesOnce()
    {
        var serial = SerialOf("0501D00601T");
        var before = await RevocationList.FetchAsync(App);
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();
        var list = await UserListPage.OpenAsync(master);
        await Expect(list.Row("0501D00601T")).ToContainTextAsync("有効期限切れ");
        var confirmation = await list.ChooseAsync("0501D00601T");
        await Expect(confirmation.Reason.Locator("option:checked")).ToHaveTextAsync("有効期限切れ");

        await confirmation.Password.FillAsync(DemoBank.ConfirmationPassword);
        await confirmation.Execute.DblClickAsync();

        var result = await ResultPage.ReachedAsync(master);
        await Expect(result.Main).ToContainTextAsync("0501D00601T");
        var after = await RevocationList.FetchAsync(App);
        Assert.Equal(before.Number + 1, after.Number);
        Assert.Equal("Cessation Of Operation", after.ReasonOf(serial));
    }

    [Fact]
    public async Task TwoTabs_TheSecondLearnsWhatIsTrueNow()
    {
        var serial = SerialOf("0501D00601R");
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();
        var first = await (await UserListPage.OpenAsync(master)).ChooseAsync("0501D00601R");
        var second = await (await UserListPage.OpenAsync(await master.NewTabAsync())).ChooseAsync("0501D00601R");

        await first.ExecuteAsync();
        var once = await RevocationList.FetchAsync(App);
        await second.BeRefusedAsync(DemoBank.ConfirmationPassword, AlreadyRevoked());

        var twice = await RevocationList.FetchAsync(App);
        Assert.Equal(once.Number, twice.Number);
        Assert.Single(twice.Serials, serial);
    }

    [Fact]
    public async Task RevokedElsewhereMeanwhile_IsRefusedWithWhatIsTrueNow()
    {
        var master = await NewPersonAsync("0501D47701M");
        await master.LogInAsync();
        var confirmation = await (await UserListPage.OpenAsync(master)).ChooseAsync("0501D47701T");

        (await App.RunVerbAsync("revoke", "0501D47701T", "--reason", "superseded", "--operator", "counter1")).Succeeded();

        await confirmation.BeRefusedAsync(DemoBank.ConfirmationPassword, AlreadyRevoked());
        Assert.Equal("Superseded", (await RevocationList.FetchAsync(App)).ReasonOf(SerialOf("0501D47701T")));
    }

    [Fact]
    public async Task GeneralUser_HasNoWayIn()
    {
        var user = await NewPersonAsync("0501D60001T");
        await user.LogInAsync();
        using var cookie = await StolenCookie.OfAsync(user, App.DemoCertificate("0501D60001T"));
        Assert.Equal(HttpStatusCode.OK, await cookie.HomeAsync());

        await user.Page.GotoAsync(new Uri(App.Certificate, UserListPage.Path).ToString());

        await Expect(user.Page.Locator("main")).ToBeVisibleAsync();
        await Expect(user.Page.Locator("main[data-screen='BRSK018']")).ToHaveCountAsync(0);
        await Expect(user.Page.GetByRole(AriaRole.Radio)).ToHaveCountAsync(0);
        Assert.Contains(await cookie.GetAsync(UserListPage.Path), new[] { HttpStatusCode.NotFound, HttpStatusCode.Forbidden });
    }

    [Fact]
    public async Task List_IsSortedFilteredAndSearched_AndTheAddressKeepsIt()
    {
        var master = await NewPersonAsync("0501D60001M");
        await master.LogInAsync();
        var list = await UserListPage.OpenAsync(master);
        await Expect(list.Rows).ToHaveCountAsync(3);

        await list.Descending.SelectOptionAsync("降順");
        await list.ShowAgain.ClickAsync();
        await Expect(list.Rows.First).ToContainTextAsync("0501D60001T");

        await list.Search.FillAsync("０５０１ｄ６０００１ｋ");
        await list.Search.PressAsync("Enter");
        await Expect(list.Rows).ToHaveCountAsync(1);
        await Expect(list.Rows.First).ToContainTextAsync("0501D60001K");

        await master.Page.ReloadAsync();
        await list.ReadyAsync();
        await Expect(list.Rows).ToHaveCountAsync(1);
    }

    private string SerialOf(string loginId)
    {
        using var certificate = App.DemoCertificate(loginId);
        return certificate.SerialNumber;
    }

    private static string Compact(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));

    private async Task AssertPkiToolsAgreeAsync(string revoked, string good)
    {
        var bad = await RevocationList.VerifyAsync(App, App.DemoFile(revoked + ".pem"));
        Assert.NotEqual(0, bad.ExitCode);
        Assert.Contains("certificate revoked", bad.Output + bad.Error, StringComparison.Ordinal);
        (await RevocationList.VerifyAsync(App, App.DemoFile(good + ".pem"))).Succeeded();
    }

    [GeneratedRegex("あと4回", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FourLeft();

    [GeneratedRegex("ロック", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Locked();

    [GeneratedRegex("失効済み|すでに失効|既に失効", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AlreadyRevoked();

    [GeneratedRegex(@"\d{4}年\d{2}月\d{2}日 \d{2}時\d{2}分\d{2}秒", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExactTime();
}
