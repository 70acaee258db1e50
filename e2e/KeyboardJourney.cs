using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>What a master does most, without a mouse: Tab, arrows, Space and Enter, and always seeing where one is.</summary>
[Collection(typeof(KeyboardBank))]
public sealed class KeyboardJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task Master_RevokesWithTheKeyboardAlone()
    {
        const string id = "0501D60001T";
        var master = await NewPersonAsync("0501D60001M");
        var keyboard = master.Page.Keyboard;

        var entrance = await EntrancePage.OpenAsync(master);
        await master.Page.TabToAsync(entrance.CertificateLogin);
        await keyboard.PressAsync("Enter");

        var login = new CertificateLoginPage(master);
        await login.ReadyAsync();
        await master.Page.TabToAsync(login.Password);
        await keyboard.TypeAsync(DemoBank.LoginPassword);
        await keyboard.PressAsync("Enter");

        var home = new HomePage(master);
        await home.ReadyAsync();
        await keyboard.PressAsync("Tab");
        await Expect(master.Page.Locator(":focus")).ToHaveTextAsync("本文へ");
        await master.Page.TabToAsync(home.Tab("管理"));
        await keyboard.PressAsync("Enter");

        var management = new ManagementPage(master);
        await management.ReadyAsync();
        await master.Page.TabToAsync(management.Users);
        await keyboard.PressAsync("Enter");

        var tasks = new UserTasksPage(master);
        await tasks.ReadyAsync();
        await master.Page.TabToAsync(tasks.Revocation);
        await keyboard.PressAsync("Enter");

        var list = new UserListPage(master);
        await list.ReadyAsync();
        await master.Page.TabToAsync(list.Radio(id));
        await keyboard.PressAsync("Space");
        await Expect(list.Radio(id)).ToBeCheckedAsync();
        await master.Page.TabToAsync(list.Revoke);
        await keyboard.PressAsync("Enter");

        var confirmation = new ConfirmationPage(master);
        await confirmation.ReadyAsync();
        await master.Page.TabToAsync(confirmation.Execute);
        await keyboard.PressAsync("Enter");

        // The summary has focus; its link leads to the field.
        await Expect(confirmation.Alert).ToBeVisibleAsync();
        await master.Page.TabToAsync(confirmation.Alert.GetByRole(AriaRole.Link).First);
        await keyboard.PressAsync("Enter");
        await Expect(confirmation.Password).ToBeFocusedAsync();
        await keyboard.TypeAsync(DemoBank.ConfirmationPassword);
        await keyboard.PressAsync("Enter");

        var result = await ResultPage.ReachedAsync(master);
        await Expect(result.Main).ToContainTextAsync("失効完了");
        await Expect(result.Heading).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Master_RegistersAUserWithTheKeyboardAlone()
    {
        var master = await NewPersonAsync("0501D60001M");
        await master.LogInAsync();
        var accounts = await AccountsPage.OpenAsync(master);
        await master.Page.EnterAtAsync(accounts.Main.GetByRole(AriaRole.Link, new() { Name = "新規登録", Exact = true }));

        var input = new AccountPage(master);
        await input.ReadyAsync();
        await master.Page.EnterAtAsync(input.Next);
        await master.Page.EnterAtAsync(input.Alert.GetByRole(AriaRole.Link).First);
        await Expect(input.LoginId).ToBeFocusedAsync();
        await master.Page.TypeAtAsync(input.LoginId, "0501D60001Z");
        await master.Page.TypeAtAsync(input.Name, "鍵盤 花子");
        await master.Page.TypeAtAsync(input.MailAddress, "kenban@example.jp");
        await master.Page.EnterAtAsync(input.Next);

        var confirmation = new UserConfirmationPage(master, "BRSK007", "BRSK008");
        await confirmation.ReadyAsync();
        await master.Page.TypeAtAsync(confirmation.Password, DemoBank.ConfirmationPassword);
        await master.Page.EnterAtAsync(confirmation.Execute);
        var result = new UserResultPage(master, "BRSK008");
        await result.ReadyAsync();
        await Expect(result.Main).ToContainTextAsync("登録完了");
        await Expect(result.Heading).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Master_LooksUpTheHistoryAndReportsALogin_WithTheKeyboardAlone()
    {
        var master = await NewPersonAsync("0501D60001M");
        var login = await (await EntrancePage.OpenAsync(master)).LogInWithCertificateAsync();
        await login.SendAsync("not-the-password-1");
        await login.ReadyAsync();
        await login.EnterAsync(DemoBank.LoginPassword);

        var history = await HistoryPage.OpenAsync(master);
        await master.Page.TabToAsync(history.Select("結果"));
        await master.Page.Keyboard.PressAsync("End");
        await master.Page.EnterAtAsync(history.Search);
        await Expect(history.Rows.First).ToContainTextAsync("拒否");
        await master.Page.EnterAtAsync(history.Rows.First.GetByRole(AriaRole.Link));
        await new HistoryRecordPage(master).ReadyAsync();

        var company = await PlainPage.OpenAsync(master, "BCMP001", "/management/company");
        await master.Page.EnterAtAsync(company.Main.GetByRole(AriaRole.Link, new() { Name = "利用者一覧を表示" }));
        await new UserListPage(master).ReadyAsync();

        var logins = await PlainPage.OpenAsync(master, "BTOP002", "/logins");
        await master.Page.EnterAtAsync(logins.Main.Locator("tbody tr", new() { HasText = "失敗" }).First.GetByRole(AriaRole.Link));
        var report = new PlainPage(master, "BTOP003");
        await report.ReadyAsync();
        await master.Page.EnterAtAsync(report.Main.GetByRole(AriaRole.Button, new() { Name = "申告する", Exact = true }));
        await new PlainPage(master, "BTOP004").ReadyAsync();
    }

    [Fact]
    public async Task Master_ReadsTheNoticesAndLooksUpAMail_WithTheKeyboardAlone()
    {
        var master = await NewPersonAsync("0501D60001M");
        await master.LogInAsync();
        var list = await PlainPage.OpenAsync(master, "BNTC001", "/notices");
        await master.Page.EnterAtAsync(list.Main.GetByRole(AriaRole.Link, new() { Name = "システムメンテナンス" }));

        var notice = new PlainPage(master, "BNTC002");
        await notice.ReadyAsync();
        await master.Page.EnterAtAsync(notice.Main.GetByRole(AriaRole.Link, new() { Name = "お知らせ一覧へ" }));

        await list.ReadyAsync();
        var readAll = list.Main.GetByRole(AriaRole.Button, new() { Name = "すべて既読にする", Exact = true });
        await master.Page.EnterAtAsync(readAll);
        await Expect(readAll).ToHaveCountAsync(0);
        await Expect(list.Main.GetByText("未読", new() { Exact = true })).ToHaveCountAsync(0);
        await master.Page.TypeAtAsync(list.Main.GetByLabel("通知番号", new() { Exact = true }), "N-23456-789AB");
        await master.Page.Keyboard.PressAsync("Enter");
        await Expect(list.Main.GetByRole(AriaRole.Status)).ToContainTextAsync("お客様にお送りしていません");
    }

    [Fact]
    public async Task SkipLink_LeadsPastHeaderAndTabs()
    {
        var user = await NewPersonAsync("0501D00601U");
        var home = await user.LogInAsync();
        await user.Page.Keyboard.PressAsync("Tab");
        await user.Page.Keyboard.PressAsync("Enter");
        await user.Page.Keyboard.PressAsync("Tab");
        Assert.True(await home.Main.EvaluateAsync<bool>("main => main.contains(document.activeElement)"));
    }
}
