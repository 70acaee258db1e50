using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>English everywhere once it is chosen, and kept over the login; only names stay as they are.</summary>
[Collection(typeof(KeyboardBank))]
public sealed class LanguageJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task English_IsCompleteOnEveryScreen()
    {
        var master = await NewPersonAsync("0501D00601M");
        var entrance = await EntrancePage.OpenAsync(master);
        await entrance.SwitchToEnglishAsync();
        await NoJapaneseLeftAsync(entrance);

        await entrance.EnglishCertificateLogin.ClickAsync();
        var login = new CertificateLoginPage(master);
        await login.ReadyAsync();
        await NoJapaneseLeftAsync(login);
        await master.Page.Locator("input[type=password]").FillAsync(DemoBank.LoginPassword);
        await master.Page.Locator("input[type=password]").PressAsync("Enter");

        var home = new HomePage(master);
        await home.ReadyAsync();
        await NoJapaneseLeftAsync(home);
        await OpenAndReadAsync(new ManagementPage(master), "/management");
        await OpenAndReadAsync(new UserTasksPage(master), "/management/users");
        var list = new UserListPage(master);
        await OpenAndReadAsync(list, UserListPage.Path);
        await list.Page.GetByRole(AriaRole.Button, new() { Name = "Revoke", Exact = true }).ClickAsync();
        await Expect(list.Alert).ToBeVisibleAsync();
        await NoJapaneseLeftAsync(list);
        await OpenAndReadAsync(list, UserListPage.Path + "?q=nobody-of-that-name");
        foreach (var path in new[]
        {
            "/notices", "/notices/1", "/logins", "/services/densai", "/contact", "/accessibility",
            "/management/history", "/management/history/1", "/management/company", "/own-certificate",
        })
        {
            await master.Page.GotoAsync(new Uri(App.Certificate, path).ToString());
            await master.Page.Locator("main[data-ready='true']").WaitForAsync();
            await NoJapaneseLeftAsync(master.Page, path);
        }

        using var certificate = App.DemoCertificate("0501D00601R");
        var confirmation = new ConfirmationPage(master);
        var address = $"{UserListPage.Path}/{certificate.SerialNumber}";
        await OpenAndReadAsync(confirmation, address);
        var password = confirmation.Main.Locator("input[type=password]");
        var execute = confirmation.Main.Locator("button[type=submit]");
        await password.FillAsync("wrong-confirmation");
        await execute.ClickAsync();
        await Expect(confirmation.Alert).ToContainTextAsync("4");
        await NoJapaneseLeftAsync(confirmation);
        await password.FillAsync(DemoBank.ConfirmationPassword);
        await execute.ClickAsync();
        var result = await ResultPage.ReachedAsync(master);
        await NoJapaneseLeftAsync(result);
        await OpenAndReadAsync(list, UserListPage.Path);
        await master.Page.GotoAsync(new Uri(App.Certificate, UserListPage.Path + "/invented").ToString());
        await master.Page.Locator("main[data-ready='true']").WaitForAsync();
        await NoJapaneseLeftAsync(master.Page, "page not found");

        list = await UserListPage.OpenAsync(master);
        await list.SwitchToJapaneseAsync();
        await Expect(list.Revoke).ToBeVisibleAsync();

        var refused = await NewPersonAsync("0501D00601T");
        var diagnosis = await (await EntrancePage.OpenAsync(refused)).BeTurnedAwayAsync();
        await diagnosis.SwitchToEnglishAsync();
        await NoJapaneseLeftAsync(diagnosis);
    }

    private async Task OpenAndReadAsync(Screen screen, string path)
    {
        await screen.Page.GotoAsync(new Uri(App.Certificate, path).ToString());
        await screen.ReadyAsync();
        await NoJapaneseLeftAsync(screen);
    }

    private static Task NoJapaneseLeftAsync(Screen screen) => NoJapaneseLeftAsync(screen.Page, screen.Id);

    /// <summary>
    /// Names of users are theirs, and what is marked lang="ja" is meant to be Japanese (the switch back, the bank's own name).
    /// </summary>
    private static async Task NoJapaneseLeftAsync(IPage page, string state)
    {
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "en");
        var left = await page.EvaluateAsync<string[]>(
            """
            () => {
              // Kana and kanji, and the punctuation and wide forms that belong to them.
              const japanese = /[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]/;
              const found = [];
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (walker.nextNode()) {
                const text = walker.currentNode.textContent.trim();
                const parent = walker.currentNode.parentElement;
                if (japanese.test(text)
                    && !parent.closest('[lang=ja], script, style, template')
                    && !text.startsWith('でんさい0')) found.push(text);
              }
              for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt], [data-label]')) {
                if (element.closest('[lang=ja]')) continue;
                for (const name of ['aria-label', 'placeholder', 'title', 'alt', 'data-label']) {
                  // A time is shown in one way in every language (R19).
                  const value = (element.getAttribute(name) || '').replace(/\d{4}年\d{2}月\d{2}日 \d{2}時\d{2}分\d{2}秒/g, '');
                  if (japanese.test(value) && !value.includes('でんさい0')) found.push(`${name}: ${value}`);
                }
              }
              if (japanese.test(document.title)) found.push(`title: ${document.title}`);
              return found;
            }
            """);
        Assert.True(left.Length == 0, $"{state} in English still says: {string.Join(" | ", left)}");
    }
}
