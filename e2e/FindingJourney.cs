using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// Screens are found by name or ID from the keyboard; what was opened stands on home; notices become read; the own certificate can be kept.
/// </summary>
[Collection(typeof(SharedBank))]
public sealed class FindingJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task ScreenId_TypedAfterCtrlK_OpensTheScreen_AndHomeRemembersIt()
    {
        var master = await NewPersonAsync("0501D00601M");
        var home = await master.LogInAsync();
        await master.Page.Keyboard.PressAsync("Control+k");
        var box = master.Page.GetByRole(AriaRole.Combobox, new() { Name = "画面名または画面ID" });
        await Expect(box).ToBeFocusedAsync();
        await master.Page.AssertNoViolationsAsync("jump box");
        await box.FillAsync("ｂｓｒｓ");
        await Expect(master.Page.GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await box.PressAsync("Enter");
        await new HistoryPage(master).ReadyAsync();

        await master.Page.Keyboard.PressAsync("Control+k");
        await box.FillAsync("利用者 停止");
        await box.PressAsync("ArrowDown");
        await Expect(master.Page.Locator("[role=option][aria-selected=true]")).ToContainTextAsync("利用者停止・解除");
        await box.PressAsync("Escape");
        await Expect(box).ToBeHiddenAsync();

        await master.Page.Keyboard.PressAsync("Control+k");
        await box.FillAsync("企業情報");
        await box.PressAsync("Enter");
        var company = new PlainPage(master, "BCMP001");
        await company.ReadyAsync();
        await Expect(company.Main).ToContainTextAsync("でんさい00601株式会社");
        await Expect(company.Main).ToContainTextAsync("電子証明書方式");

        home = await HomePage.OpenAsync(master);
        await Expect(home.Section("最近の操作").GetByRole(AriaRole.Link).Nth(0)).ToHaveTextAsync("管理 > 企業情報");
        await Expect(home.Section("最近の操作").GetByRole(AriaRole.Link).Nth(1)).ToHaveTextAsync("管理 > 操作履歴照会");
    }

    [Fact]
    public async Task GeneralUser_FindsNoScreenOfMasters()
    {
        var user = await NewPersonAsync("0501D00601U");
        await user.LogInAsync();
        await user.Page.GetByRole(AriaRole.Button, new() { Name = "画面を探す" }).First.ClickAsync();
        await user.Page.GetByRole(AriaRole.Combobox).FillAsync("BRSK018");

        await Expect(user.Page.GetByRole(AriaRole.Option)).ToHaveCountAsync(0);
        await Expect(user.Page.GetByText("該当する画面はありません。").Last).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Notice_Opened_IsReadForItsReaderOnly()
    {
        var master = await NewPersonAsync("0501D47701M");
        var home = await master.LogInAsync();
        var news = home.Section("お知らせ");
        await Expect(news.GetByText("未読", new() { Exact = true })).ToHaveCountAsync(3);
        await news.GetByRole(AriaRole.Link, new() { Name = "システムメンテナンス" }).ClickAsync();
        var notice = new PlainPage(master, "BNTC002");
        await notice.ReadyAsync();
        await Expect(notice.Main).ToContainTextAsync("重要");
        await notice.Main.GetByRole(AriaRole.Link, new() { Name = "お知らせ一覧へ" }).ClickAsync();
        var list = new PlainPage(master, "BNTC001");
        await list.ReadyAsync();
        await Expect(list.Main.GetByText("未読", new() { Exact = true })).ToHaveCountAsync(2);
        await list.Main.GetByRole(AriaRole.Button, new() { Name = "すべて既読にする" }).ClickAsync();
        await Expect(list.Main.GetByText("未読", new() { Exact = true })).ToHaveCountAsync(0);
        home = await HomePage.OpenAsync(master);
        await Expect(home.Section("お知らせ")).ToContainTextAsync("未読のお知らせはありません。");
    }

    [Fact]
    public async Task OwnCertificate_IsShownWhole_AndSavedAsPem()
    {
        using var own = App.DemoCertificate("0501D00601U");
        var user = await NewPersonAsync("0501D00601U");
        var home = await user.LogInAsync();
        await home.Section("自分の証明書").GetByRole(AriaRole.Link, new() { Name = "証明書情報" }).ClickAsync();
        var info = new PlainPage(user, "BCRT001");
        await info.ReadyAsync();
        var text = string.Concat((await info.Main.InnerTextAsync()).Where(c => !char.IsWhiteSpace(c)));
        Assert.Contains(own.SerialNumber, text, StringComparison.Ordinal);
        Assert.Contains(own.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), text, StringComparison.Ordinal);
        Assert.Contains("NorthPacificBank,LTD0501D00601U", text, StringComparison.Ordinal);

        var download = await user.Page.RunAndWaitForDownloadAsync(
            () => info.Main.GetByRole(AriaRole.Link, new() { Name = "PEM保存" }).ClickAsync());
        var pem = await File.ReadAllTextAsync((await download.PathAsync())!);
        Assert.Equal(own.ExportCertificatePem(), pem.TrimEnd());
        Assert.DoesNotContain("PRIVATE", pem, StringComparison.Ordinal);
    }
}
