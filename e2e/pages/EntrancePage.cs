using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BLGI001, the login screen on the public origin.</summary>
public sealed class EntrancePage(Person person) : Screen(person, "BLGI001")
{
    public ILocator CertificateLogin => ButtonOrLink("電子証明書ログイン");

    public ILocator EnglishCertificateLogin =>
        Main.Locator($"a[href^='{Person.App.Certificate}'], form[action^='{Person.App.Certificate}'] button").First;

    public static async Task<EntrancePage> OpenAsync(Person person)
    {
        await person.Page.GotoAsync(person.App.Public.ToString());
        var entrance = new EntrancePage(person);
        await entrance.ReadyAsync();
        return entrance;
    }

    public async Task<CertificateLoginPage> LogInWithCertificateAsync()
    {
        await CertificateLogin.ClickAsync();
        var login = new CertificateLoginPage(Person);
        await login.ReadyAsync();
        return login;
    }

    public async Task<CertificatePage> ObtainACertificateAsync()
    {
        await ButtonOrLink("電子証明書発行").ClickAsync();
        var page = new CertificatePage(Person);
        await page.ReadyAsync();
        return page;
    }

    /// <summary>ID・パスワード方式. What comes next is for the journey to say.</summary>
    public async Task SendPasswordAsync(string loginId, string password)
    {
        await Main.GetByRole(AriaRole.Textbox, new() { Name = "ログインID", Exact = true }).FillAsync(loginId);
        await TextBox("ログインパスワード").FillAsync(password);
        await Main.GetByRole(AriaRole.Button, new() { Name = "ログイン", Exact = true }).ClickAsync();
    }

    public async Task<DiagnosisPage> BeTurnedAwayAsync()
    {
        await CertificateLogin.ClickAsync();
        var diagnosis = new DiagnosisPage(Person);
        await diagnosis.ReadyAsync();
        return diagnosis;
    }
}
