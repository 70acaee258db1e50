using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>English everywhere once it is chosen, and kept over the login; only names stay as they are.</summary>
[Collection(typeof(SharedBank))]
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
        using var certificate = App.DemoCertificate("0501D00601R");
        var confirmation = new ConfirmationPage(master);
        await OpenAndReadAsync(confirmation, $"{UserListPage.Path}/{certificate.SerialNumber}");

        await confirmation.SwitchToJapaneseAsync();
        await Expect(confirmation.Execute).ToBeVisibleAsync();

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

    /// <summary>Names of users are theirs, and what is marked lang="ja" is meant to be Japanese (the switch back, the bank's own name).</summary>
    private static async Task NoJapaneseLeftAsync(Screen screen)
    {
        await Expect(screen.Page.Locator("html")).ToHaveAttributeAsync("lang", "en");
        var left = await screen.Page.EvaluateAsync<string[]>(
            """
            () => {
              const japanese = /[\u3040-\u30ff\u4e00-\u9fff]/;
              const found = [];
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (walker.nextNode()) {
                const text = walker.currentNode.textContent.trim();
                const parent = walker.currentNode.parentElement;
                if (japanese.test(text) && !parent.closest('[lang=ja], script, style, template') && !text.startsWith('でんさい0')) found.push(text);
              }
              for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt], [data-label]')) {
                if (element.closest('[lang=ja]')) continue;
                for (const name of ['aria-label', 'placeholder', 'title', 'alt', 'data-label']) {
                  const value = element.getAttribute(name) || '';
                  if (japanese.test(value) && !value.includes('でんさい0')) found.push(`${name}: ${value}`);
                }
              }
              if (japanese.test(document.title)) found.push(`title: ${document.title}`);
              return found;
            }
            """);
        Assert.True(left.Length == 0, $"{screen.Id} in English still says: {string.Join(" | ", left)}");
    }
}
