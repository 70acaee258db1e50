using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BSMS001, where the issuing app is found.</summary>
public sealed class CertificatePage(Person person) : Screen(person, "BSMS001")
{
    public ILocator Download => Link("証明書発行アプリのダウンロード");

    public ILocator StartApp => Link("証明書発行アプリを起動");

    public ILocator Missing => Main.GetByRole(AriaRole.Heading, new() { Name = "ただいま配布しておりません" });

    public static async Task<CertificatePage> OpenAsync(Person person) =>
        await (await EntrancePage.OpenAsync(person)).ObtainACertificateAsync();

    public async Task<EntrancePage> StopAsync()
    {
        await Link("中断").ClickAsync();
        var entrance = new EntrancePage(Person);
        await entrance.ReadyAsync();
        return entrance;
    }
}
