using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Web.Enrollment;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.Enrollment;

/// <summary>What a customer, the app and the operator get of the packages of the issuing app, from the running server.</summary>
[Web]
public class AppPackagesTests
{
    private static readonly Uri Page = new(RunningServer.Public, "/certificate");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Packages_WholeAsTheManifestSays_AreHandedOutDescribedAndCounted()
    {
        await using var server = await RunningServer.StartAsync();
        var client = server.Client(version: 1);
        var shelf = new PackageShelf(server.PackageDirectory);
        var content = shelf.Put("windows", PackageShelf.Windows, signed: true);
        shelf.Put("linux", PackageShelf.Linux);
        shelf.WriteManifest();

        // Found without a restart.
        using var described = await RunningServer.GetAsync(client, new Uri(RunningServer.Public, "/enrollment.json").ToString());
        Assert.Equal("application/json; charset=utf-8", described.Content.Headers.ContentType!.ToString());
        using var json = JsonDocument.Parse(await described.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(
            [
                "certificateOrigin", "certificateOriginIssuer", "serverTime", "version", "minimumVersion", "renewalWindowDays",
                "noticeDays",
                "validityYears", "contact", "packages",
            ],
            json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal((40, 40, 1), (Number(json.RootElement, "renewalWindowDays"), Number(json.RootElement, "noticeDays"), Number(
            json.RootElement, "validityYears")));
        Assert.Equal(["telephone", "hours"], json.RootElement.GetProperty("contact").EnumerateObject().Select(p => p.Name));
        Assert.Equal(
            ("https://certificate.test", "1.2.3", "1.0.0"),
            (Said(json.RootElement, "certificateOrigin"), Said(json.RootElement, "version"), Said(json.RootElement, "minimumVersion")));
        Assert.InRange(
            DateTimeOffset.Parse(Said(json.RootElement, "serverTime"), System.Globalization.CultureInfo.InvariantCulture),
            DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        var packages = json.RootElement.GetProperty("packages").EnumerateArray().ToList();
        Assert.Equal(["windows", "linux"], packages.Select(p => Said(p, "os")));
        Assert.Equal(["os", "file", "size", "sha256", "signed", "path"], packages[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(
            ("/certificate/app/" + PackageShelf.Windows, Convert.ToHexStringLower(SHA256.HashData(content))),
            (Said(packages[0], "path"), Said(packages[0], "sha256")));

        using var downloaded = await RunningServer.GetAsync(client, PackageAddress(PackageShelf.Windows));
        Assert.Equal(content, await downloaded.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal("application/vnd.microsoft.portable-executable", downloaded.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            (PackageShelf.Windows, "attachment"),
            (downloaded.Content.Headers.ContentDisposition!.FileName, downloaded.Content.Headers.ContentDisposition.DispositionType));

        using var head = await client.SendAsync(
            new HttpRequestMessage(HttpMethod.Head, new Uri(PackageAddress(PackageShelf.Windows))), Cancellation);
        Assert.Equal((HttpStatusCode.OK, content.Length), (head.StatusCode, head.Content.Headers.ContentLength));
        using var rest = new HttpRequestMessage(HttpMethod.Get, new Uri(PackageAddress(PackageShelf.Windows)));
        rest.Headers.Range = new RangeHeaderValue(60_000, null);
        rest.Headers.IfRange = new RangeConditionHeaderValue(downloaded.Headers.ETag!);
        using var continued = await client.SendAsync(rest, Cancellation);
        Assert.Equal(HttpStatusCode.PartialContent, continued.StatusCode);
        Assert.Equal(content[60_000..], await continued.Content.ReadAsByteArrayAsync(Cancellation));
        using var again = await RunningServer.GetAsync(client, PackageAddress(PackageShelf.Windows));

        await server.Services.GetRequiredService<RefusalCounter>().FlushAsync(Cancellation);
        var record = Assert.Single(server.History(), r => r.Operation == HistoryOperation.Download);
        Assert.Equal(
            (HistoryResult.Done, "app-package", PackageShelf.Windows, 2, "127.0.0.1"),
            (record.Result, record.Detail, record.Value, record.Count, record.Source));
    }

    [Fact]
    public async Task Download_OfWhatIsNotHandedOut_LeadsToThePage()
    {
        await using var server = await RunningServer.StartAsync();
        var shelf = new PackageShelf(server.PackageDirectory);
        shelf.Put("windows", PackageShelf.Windows);
        shelf.WriteManifest();

        foreach (var name in new[]
        {
            "nothing-here.exe", "packages.json", "..%2Fpackages.json", "..%5Cpackages.json",
            PackageShelf.Windows.ToUpperInvariant(),
        })
        {
            using var answer = await RunningServer.GetAsync(server.Client(), PackageAddress(name));

            Assert.Equal((name, HttpStatusCode.SeeOther, "/certificate"), (name, answer.StatusCode, answer.Headers.Location?.ToString()));
        }
    }

    [Fact]
    public async Task Package_ThatIsNotWhole_IsNotHandedOutAndTheOperatorIsWarned()
    {
        await using var server = await RunningServer.StartAsync();
        var client = server.Client();
        var shelf = new PackageShelf(server.PackageDirectory);
        shelf.Put("windows", PackageShelf.Windows, sha256: new string('0', 64));
        shelf.Put("linux", PackageShelf.Linux);
        shelf.Put("macos", "other-size.tar.gz", size: 5);
        shelf.WriteManifest();
        using var before = await RunningServer.GetAsync(client, PackageAddress(PackageShelf.Linux));
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        // Torn or swapped while the server runs, with the size it had.
        await File.WriteAllBytesAsync(
            Path.Combine(server.PackageDirectory, PackageShelf.Linux), RandomNumberGenerator.GetBytes(100_000), Cancellation);

        foreach (var file in new[] { PackageShelf.Windows, PackageShelf.Linux, "other-size.tar.gz" })
        {
            using var refused = await RunningServer.GetAsync(client, PackageAddress(file));
            Assert.Equal((HttpStatusCode.SeeOther, "/certificate"), (refused.StatusCode, refused.Headers.Location?.ToString()));
        }

        Assert.Contains("ただいま配布しておりません", await PageAsync(client, null));
        var ready = await ReadyAsync(server);
        Assert.StartsWith("ready\n", ready);
        Assert.Equal(3, ready.Split('\n').Count(line => line.StartsWith("warning: ", StringComparison.Ordinal)));
        Assert.Contains(PackageShelf.Windows, ready);
    }

    [Fact]
    public async Task Manifest_MissingOrBroken_IsAPageForTheCustomerAndAWarningForTheOperator()
    {
        await using var server = await RunningServer.StartAsync();
        var client = server.Client();
        var shelf = new PackageShelf(server.PackageDirectory);
        var entry = $$"""{"os":"windows","file":"a.exe","size":1,"sha256":"{{new string('0', 64)}}"}""";
        var whole = $$"""{"version":"1.2.3","minimumVersion":"1.0.0","packages":[{{entry}}]}""";
        string?[] broken =
        [
            null, "", "{", "null", "[]", whole.Replace(entry, "", StringComparison.Ordinal), whole.Replace(
                entry, "null", StringComparison.Ordinal),
            whole.Replace("1.2.3", "<b>", StringComparison.Ordinal), whole.Replace("a.exe", "../a.exe", StringComparison.Ordinal),
            whole.Replace("windows", "beos", StringComparison.Ordinal),
            whole.Replace("\"size\":1", "\"size\":-1", StringComparison.Ordinal), whole.Replace("0000", "", StringComparison.Ordinal),
        ];
        foreach (var manifest in broken)
        {
            if (manifest is not null)
            {
                shelf.WriteManifestText(manifest);
            }

            Assert.Contains("証明書発行アプリは、ただいま配布しておりません", await PageAsync(client, "\"Windows\""));
            using var described = await RunningServer.GetAsync(client, new Uri(RunningServer.Public, "/enrollment.json").ToString());
            var text = await described.Content.ReadAsStringAsync(Cancellation);
            Assert.Contains("\"version\":null", text);
            Assert.Contains("\"packages\":[]", text);
            Assert.Contains("\"certificateOrigin\":\"https://certificate.test\"", text);
            Assert.Matches("^ready\nwarning: 証明書発行アプリの.+\n$", await ReadyAsync(server));
        }

        // Said at the start as well, when there was nothing yet.
        Assert.Contains(
            server.Log.Lines,
            line => line.Level == LogLevel.Warning && line.Text.Contains("証明書発行アプリのパッケージがありません", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Packages_StampedForAnotherServer_AreAWarning()
    {
        await using var server = await RunningServer.StartAsync();
        var shelf = new PackageShelf(server.PackageDirectory);
        shelf.Put("windows", PackageShelf.Windows);
        shelf.WriteManifest("https://elsewhere.test");

        Assert.Contains("https://elsewhere.test", await ReadyAsync(server));
        shelf.WriteManifest();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        // An answer stands for a second.
        while (await ReadyAsync(server) is not "ready\n")
        {
            Assert.False(limit.IsCancellationRequested, await ReadyAsync(server));
        }
    }

    [Theory]
    [InlineData("\"Windows\"", "", AppSystem.Windows)]
    [InlineData("\"macOS\"", "", AppSystem.MacOS)]
    [InlineData("\"Linux\"", "", AppSystem.Linux)]
    [InlineData("\"Unknown\"", "Mozilla/5.0 (X11; Linux x86_64)", AppSystem.Linux)]
    [InlineData("\"Windows\"", "Mozilla/5.0 (X11; Linux x86_64)", AppSystem.Windows)]
    [InlineData(null, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", AppSystem.Windows)]
    [InlineData(null, "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", AppSystem.Linux)]
    [InlineData(null, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15", AppSystem.MacOS)]
    [InlineData("\"Android\"", "Mozilla/5.0 (Linux; Android 14) Chrome/126.0.0.0 Mobile", null)]
    [InlineData("\"Chrome OS\"", "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)", null)]
    [InlineData(null, "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)", null)]
    [InlineData(null, "Mozilla/5.0 (Linux; Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", null)]
    [InlineData(null, "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)", null)]
    [InlineData(null, "", null)]
    public void System_IsWhatTheBrowserSays(string? platform, string agent, AppSystem? system)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers["Sec-CH-UA-Platform"] = platform;
        request.Headers.UserAgent = agent;

        Assert.Equal(system, VisitorSystem.Of(request));
    }

    [Fact]
    public async Task Page_OffersThisMachinesPackageFirstAndAllTheOthers()
    {
        await using var server = await RunningServer.StartAsync();
        var shelf = new PackageShelf(server.PackageDirectory);
        shelf.Put("windows", PackageShelf.Windows);
        shelf.Put("linux", PackageShelf.Linux);
        shelf.WriteManifest();

        var windows = await PageAsync(server.Client(), "\"Windows\"");
        var linux = await PageAsync(server.Client(), null, "Mozilla/5.0 (X11; Linux x86_64)");

        Assert.True(windows.IndexOf(PackageShelf.Windows, StringComparison.Ordinal) < windows.IndexOf(
            PackageShelf.Linux, StringComparison.Ordinal));
        Assert.InRange(
            linux.IndexOf(PackageShelf.Linux, StringComparison.Ordinal), 1, linux.IndexOf(PackageShelf.Windows, StringComparison.Ordinal));
    }

    private static string PackageAddress(string file) => new Uri(RunningServer.Public, "/certificate/app/").ToString() + file;

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static string Said(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static async Task<string> PageAsync(HttpClient client, string? platform, string agent = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Page);
        if (platform is not null)
        {
            request.Headers.TryAddWithoutValidation("Sec-CH-UA-Platform", platform);
        }

        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        using var answer = await client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }

    private static async Task<string> ReadyAsync(RunningServer server)
    {
        using var answer = await RunningServer.GetAsync(server.Client(version: 1), new Uri(RunningServer.Pki, "/health/ready").ToString());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }
}
