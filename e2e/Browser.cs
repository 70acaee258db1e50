using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(DensaiAdmin.EndToEnd.Browser))]

namespace DensaiAdmin.EndToEnd;

/// <summary>One browser for the whole run; every person gets a context (cookies, certificate) of their own in it.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(10_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium(),
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--no-first-run",
                // Who presents certificates for the browser (Playwright's driver) dies now and then, and every journey with it, when a
                // server ends under an HTTP/2 connection. The PCs of the issuing app's journeys present their own and speak HTTP/2.
                "--disable-http2",
            ],
        });
    }

    /// <param name="app">The server whose certificate origin asks for the certificate.</param>
    /// <param name="certificate">PKCS#12 presented there; null: this PC has none.</param>
    /// <param name="viewport">Width and height in CSS pixels.</param>
    public async Task<IBrowserContext> NewContextAsync(AppUnderTest app, CertificateFile? certificate, (int Width, int Height) viewport)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            Locale = "ja-JP",
            TimezoneId = "Asia/Tokyo",
            ViewportSize = new() { Width = viewport.Width, Height = viewport.Height },
            // The server's own certificate is judged by the HTTP clients of the journeys and by curl, against the trust file.
            IgnoreHTTPSErrors = true,
            ClientCertificates = certificate is null
                ? null
                :
                [
                    new()
                    {
                        Origin = app.Certificate.GetLeftPart(UriPartial.Authority),
                        Pfx = await File.ReadAllBytesAsync(certificate.Path),
                        Passphrase = certificate.Password,
                    },
                ],
        });
        context.SetDefaultTimeout(30_000);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    internal static string Chromium()
    {
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("DENSAI_E2E_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome",
        ];
        return candidates.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("No Chromium found; ./test installs one");
    }
}

/// <summary>A PKCS#12 file as a person has it installed.</summary>
public sealed record CertificateFile(string Path, string Password);
