using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>The life of a user in a company after the first day: changed, given new passwords, deleted.</summary>
[Collection(typeof(UserBank))]
public sealed class UserAccountsJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task ChangedAndDeletedUser_LosesTheCertificateAndTheOpenPage()
    {
        const string id = "0501D00601R";
        var user = await NewPersonAsync(id);
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();

        var input = await (await (await AccountsPage.OpenAsync(master)).LookAsync(id)).ChangeAsync();
        await input.Next.ClickAsync();
        await Expect(input.Alert).ToContainTextAsync("変更がありません");
        await input.MailAddress.FillAsync("not an address");
        await input.Name.FillAsync("");
        await input.Next.ClickAsync();
        await Expect(input.Alert).ToContainTextAsync("利用者名を入力してください。");
        await Expect(input.Alert).ToContainTextAsync("name@example.jp");
        await Expect(input.MailAddress).ToHaveValueAsync("not an address");
        await input.Name.FillAsync("更新 次郎");
        await input.MailAddress.FillAsync("ｊｉｒｏ＠example.jp");
        var confirmation = await input.GoOnAsync();
        await Expect(confirmation.Main).ToContainTextAsync("変更前：でんさい00601更新");
        await confirmation.Back.ClickAsync();
        await input.Heading.Filter(new() { HasText = "利用者情報変更" }).WaitForAsync();
        await Expect(input.Name).ToHaveValueAsync("更新 次郎");
        await Expect(input.MailAddress).ToHaveValueAsync("jiro@example.jp");
        var changed = await (await input.GoOnAsync()).ExecuteAsync();
        await Expect(changed.Main).ToContainTextAsync("jiro@example.jp");

        await user.LogInAsync();
        var left = new DiagnosisPage(user).ReadyAsync();
        var delete = await (await (await AccountsPage.OpenAsync(master)).LookAsync(id)).ToConfirmationAsync("削除");
        await Expect(delete.Main).ToContainTextAsync("電子証明書も失効");
        var deleted = await delete.ExecuteAsync();
        await Expect(deleted.Main).ToContainTextAsync("失効した電子証明書");
        await left;
        await Expect(new DiagnosisPage(user).Main).ToContainTextAsync("失効");
        using var certificate = App.DemoCertificate(id);
        Assert.Equal("Affiliation Changed", (await RevocationList.FetchAsync(App)).ReasonOf(certificate.SerialNumber));
        var gone = await master.Page.GotoAsync(new Uri(App.Certificate, "/management/users/accounts/user?id=" + id).ToString());
        Assert.Equal(404, gone?.Status);

        // The ID stays given, in whatever width and case.
        var again = await (await AccountsPage.OpenAsync(master)).RegisterAsync();
        await again.LoginId.FillAsync(id.ToLowerInvariant());
        await again.Name.FillAsync("別の人");
        await again.MailAddress.FillAsync("other@example.jp");
        await again.Next.ClickAsync();
        await Expect(again.Alert).ToContainTextAsync("このログインIDは使用できません");
    }

    [Fact]
    public async Task TwoMasters_TheSecondIsToldWhatTheFirstChanged()
    {
        const string id = "0501D60001T";
        var first = await NewPersonAsync("0501D60001M");
        var second = await NewPersonAsync("0501D60001K");
        await first.LogInAsync();
        await second.LogInAsync();
        var old = await (await (await AccountsPage.OpenAsync(second)).LookAsync(id)).ChangeAsync();

        var input = await (await (await AccountsPage.OpenAsync(first)).LookAsync(id)).ChangeAsync();
        await input.Name.FillAsync("一人目の名前");
        await (await input.GoOnAsync()).ExecuteAsync();

        await old.MailAddress.FillAsync("second@example.jp");
        var late = await old.GoOnAsync();
        await late.SendAsync();
        await Expect(late.Alert).ToContainTextAsync("「一人目の名前」に変わりました");

        var now = await (await AccountsPage.OpenAsync(second)).LookAsync(id);
        await Expect(now.Main).ToContainTextAsync("一人目の名前");
        await Expect(now.Main).ToContainTextAsync(id.ToLowerInvariant() + "@example.jp");
    }

    [Fact]
    public async Task ResetUser_IsOutAtOnce_AndTheInitialPasswordIsShownOnce()
    {
        const string id = "0501D47701T";
        var user = await NewPersonAsync(id);
        await user.LogInAsync();
        var master = await NewPersonAsync("0501D47701M");
        await master.LogInAsync();
        var confirmation = await (await (await AccountsPage.OpenAsync(master)).LookAsync(id)).ToConfirmationAsync("初期パスワードの再発行");
        var left = new DiagnosisPage(user).ReadyAsync();
        var result = await confirmation.ExecuteAsync();
        var initial = await result.InitialPassword.InnerTextAsync();
        await left;
        await Expect(new DiagnosisPage(user).Main).ToContainTextAsync("パスワードが変更された");

        await master.Page.ReloadAsync();
        await result.ReadyAsync();
        await Expect(result.InitialPassword).ToHaveCountAsync(0);
        await Expect(result.Main).ToContainTextAsync("初期パスワードは表示できません");

        var again = await (await EntrancePage.OpenAsync(await NewPersonAsync(id))).LogInWithCertificateAsync();
        await again.SendAsync(DemoBank.LoginPassword);
        await again.ReadyAsync();
        await again.SendAsync(initial);
        await new PasswordPage(again.Person).ReadyAsync();
    }

    [Fact]
    public async Task Password_IsChanged_WithRulesThatTickWhileOneTypes()
    {
        var master = await NewPersonAsync("0501D60001K");
        await master.LogInAsync();
        var page = await PasswordPage.OpenAsync(master);
        var rule = page.Main.Locator(".pw-rule", new() { HasText = "15文字以上" });
        await Expect(rule).Not.ToHaveClassAsync("pw-rule is-met");
        await page.FillAsync(DemoBank.LoginPassword, "a new long password", "a new long passwort");
        await Expect(rule).ToHaveClassAsync("pw-rule is-met");
        await page.Button("変更", exact: true).ClickAsync();
        await Expect(page.Alert).ToContainTextAsync("一致しません");
        await Expect(page.Field("現在のパスワード")).ToBeEmptyAsync();

        await page.FillAsync(DemoBank.LoginPassword, "short");
        await page.Button("変更", exact: true).ClickAsync();
        await Expect(page.Alert).ToContainTextAsync("15文字以上");
        await page.FillAsync(DemoBank.LoginPassword, "a new long password");
        await page.Button("変更", exact: true).ClickAsync();
        await page.DoneAsync();
        await page.LogOutAsync();

        var again = await NewPersonAsync("0501D60001K");
        await again.LogInAsync("a new long password");
        // The other journeys of this bank know the old one.
        page = await PasswordPage.OpenAsync(again);
        await page.FillAsync("a new long password", DemoBank.LoginPassword);
        await page.Button("変更", exact: true).ClickAsync();
        await page.DoneAsync();
    }
}
