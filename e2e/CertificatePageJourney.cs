using System.Security.Cryptography;
using System.Text.Json;
using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>A clerk on a new PC goes from the entrance to the issuing app; and where none is handed out, learns whom to ask.</summary>
[Collection(typeof(PackageBank))]
public sealed class CertificatePageJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    private const string Linux = "densai-enrollment_1.2.3_amd64.deb";

    [Fact]
    public async Task Clerk_DownloadsTheAppOfThisPcAndStartsItOnceInstalled()
    {
        var package = PutPackages();
        var clerk = await NewPersonWithoutCertificateAsync();
        var page = await CertificatePage.OpenAsync(clerk);

        var download = await clerk.Page.RunAndWaitForDownloadAsync(() => page.Download.ClickAsync());

        Assert.Equal(Linux, download.SuggestedFilename);
        Assert.Equal(package, await File.ReadAllBytesAsync(await download.PathAsync()));
        await Expect(page.Main.Locator("dl")).ToContainTextAsync("1.2.3");
        var shown = string.Concat((await page.Main.Locator("dl .serial").TextContentAsync())!.Where(char.IsAsciiHexDigit));
        Assert.Equal(Convert.ToHexString(SHA256.HashData(package)), shown);

        await (await page.StopAsync()).ObtainACertificateAsync();

        // The page's policy lets the browser follow the link out; a policy that forbade it would be a complaint.
        var protocol = await clerk.Context.NewCDPSessionAsync(clerk.Page);
        await protocol.SendAsync("Page.enable");
        var followed = new TaskCompletionSource<string?>();
        protocol.Event("Page.frameRequestedNavigation").OnEvent += (_, request) => followed.TrySetResult(
            request?.GetProperty("url").GetString());
        await page.StartApp.ClickAsync();
        Assert.Equal(
            "densai-enrollment:issue", await followed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Page_FitsEveryWindowAndHasNoViolation()
    {
        PutPackages();
        var clerk = await NewPersonWithoutCertificateAsync(Phone);
        var page = await CertificatePage.OpenAsync(clerk);
        await NarrowJourney.FitsAsync(clerk, "BSMS001");
        await InBothLanguagesAsync(page, "BSMS001");

        await clerk.Context.SetExtraHTTPHeadersAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["Sec-CH-UA-Platform"] = "\"Android\"" });
        await clerk.Page.ReloadAsync();
        await page.ReadyAsync();
        await NarrowJourney.FitsAsync(clerk, "BSMS001-phone");
        await InBothLanguagesAsync(page, "BSMS001 on a phone");
    }

    [Fact]
    public async Task WithoutPackages_TheClerkIsToldAndTheServiceStaysReady()
    {
        if (Directory.Exists(App.PackageDirectory))
        {
            Directory.Delete(App.PackageDirectory, recursive: true);
        }

        var clerk = await NewPersonWithoutCertificateAsync(Phone);
        var page = await CertificatePage.OpenAsync(clerk);

        await Expect(page.Missing).ToBeVisibleAsync();
        await Expect(page.Download).ToHaveCountAsync(0);
        await NarrowJourney.FitsAsync(clerk, "BSMS001-missing");
        await InBothLanguagesAsync(page, "BSMS001 without packages");
        using var client = App.NewHttpClient();
        var ready = await client.GetStringAsync(new Uri(App.Pki, "/health/ready"), TestContext.Current.CancellationToken);
        Assert.StartsWith("ready\n", ready, StringComparison.Ordinal);
        Assert.Contains("warning: 証明書発行アプリ", ready, StringComparison.Ordinal);

        // An old address of a package leads here as well.
        await clerk.Page.GotoAsync(new Uri(App.Public, "/certificate/app/DensaiEnrollment-0.9.0-Setup.exe").ToString());
        await page.ReadyAsync();
    }

    private static async Task InBothLanguagesAsync(Screen screen, string state)
    {
        await screen.Page.AssertNoViolationsAsync(state + " ja");
        await screen.SwitchToEnglishAsync();
        await screen.Page.AssertNoViolationsAsync(state + " en");
        await screen.SwitchToJapaneseAsync();
    }

    /// <summary>What the packager leaves behind.</summary>
    /// <returns>The package of this PC.</returns>
    private byte[] PutPackages()
    {
        Directory.CreateDirectory(App.PackageDirectory);
        byte[]? own = null;
        var packages = new List<object>();
        foreach (var (os, file, signed) in new[]
        {
            ("windows", "DensaiEnrollment-1.2.3-Setup.exe", true),
            ("macos", "DensaiEnrollment-1.2.3-macos.tar.gz", false),
            ("linux", Linux, false),
        })
        {
            var content = RandomNumberGenerator.GetBytes(3_000_000);
            own = os == "linux" ? content : own;
            File.WriteAllBytes(Path.Combine(App.PackageDirectory, file), content);
            packages.Add(new { os, file, size = content.Length, sha256 = Convert.ToHexStringLower(SHA256.HashData(content)), signed });
        }

        File.WriteAllText(
            Path.Combine(App.PackageDirectory, "packages.json"),
            JsonSerializer.Serialize(new { version = "1.2.3", minimumVersion = "1.0.0", server = App.Public.ToString(), packages }));
        return own!;
    }
}
