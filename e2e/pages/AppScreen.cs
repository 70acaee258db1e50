using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>A screen of the issuing app's window, found by its ID and by the words that the manual prints.</summary>
public sealed class AppScreen(IPage page)
{
    public IPage Page => page;

    public ILocator Main => page.Locator("main");

    public ILocator LoginId => Main.GetByRole(AriaRole.Textbox, new() { Name = "ログインID" });

    public ILocator LoginPassword => Main.GetByRole(AriaRole.Textbox, new() { Name = "ログインパスワード" });

    /// <summary>CCHK008.</summary>
    public ILocator ProxyUser => Main.GetByRole(AriaRole.Textbox, new() { Name = "ユーザ名" });

    public ILocator Button(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public Task ReadyAsync(string id) =>
        page.Locator($"main[data-screen='{id}'][data-ready='true']").WaitForAsync(new() { Timeout = 60_000 });

    /// <summary>CCHK008, the user name being there.</summary>
    public async Task SendProxyPasswordAsync(string password)
    {
        await Main.GetByRole(AriaRole.Textbox, new() { Name = "パスワード" }).FillAsync(password);
        await Button("認証").ClickAsync();
    }

    /// <summary>CCHK002: the field may hold the ID already.</summary>
    public async Task AuthenticateAsync(string? loginId, string password)
    {
        await ReadyAsync("CCHK002");
        if (loginId is not null)
        {
            await LoginId.FillAsync(loginId);
        }

        await LoginPassword.FillAsync(password);
        await Button("認証して発行").ClickAsync();
    }
}
