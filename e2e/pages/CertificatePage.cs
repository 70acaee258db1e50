using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BSMS001: where the issuing app is downloaded.</summary>
public sealed class CertificatePage(Person person) : Screen(person, "BSMS001")
{
    /// <summary>The package for the visitor's own system.</summary>
    public ILocator Download => Link("証明書発行アプリのダウンロード");
}
