using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BLGI002: the certificate was recognised, the login password is asked.</summary>
public sealed class CertificateLoginPage(Person person) : Screen(person, "BLGI002")
{
    public ILocator Password => TextBox("ログインパスワード");

    public ILocator Login => Main.GetByRole(AriaRole.Button, new() { Name = "ログイン", Exact = true });

    /// <summary>To home; who is asked for renewal on the way declines.</summary>
    public async Task<HomePage> EnterAsync(string password)
    {
        await SendAsync(password);
        if (await NextScreen.IdAsync(Person, "BTOP001", "BLGI004") == "BLGI004")
        {
            return await new RenewalChoicePage(Person).DeclineAsync();
        }

        var home = new HomePage(Person);
        await home.ReadyAsync();
        return home;
    }

    /// <summary>To the 証明書更新選択画面, which must come.</summary>
    public async Task<RenewalChoicePage> EnterToChoiceAsync(string password)
    {
        await SendAsync(password);
        var choice = new RenewalChoicePage(Person);
        await choice.ReadyAsync();
        return choice;
    }

    public async Task SendAsync(string password)
    {
        await Password.FillAsync(password);
        await SendFormAsync(() => Login.ClickAsync());
    }
}
