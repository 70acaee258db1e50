using System.Net;
using System.Text.RegularExpressions;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Window;
using DensaiAdmin.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>
/// The app's pages on a real port of 127.0.0.1, a pretended bank and store behind them, and a browser that has the cookie.
/// </summary>
internal sealed partial class OpenWindow : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SocketsHttpHandler _handler = new() { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
    private string _page = "";

    private OpenWindow(WebApplication app, FakeTimeProvider time, FakeBank bank, FakeStore store, FakeProxy proxy, AppFolder folder)
    {
        (_app, Time, Bank, Store, Proxy, Folder) = (app, time, bank, store, proxy, folder);
        Address = WindowHost.NewAddress(app);
        Browser = new HttpClient(_handler) { BaseAddress = new Uri(Address.GetLeftPart(UriPartial.Authority)) };
    }

    public static DateTimeOffset Noon { get; } = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    public FakeTimeProvider Time { get; }

    public FakeBank Bank { get; }

    public FakeStore Store { get; }

    public FakeProxy Proxy { get; }

    public AppFolder Folder { get; }

    /// <summary>What a browser is opened with; good once.</summary>
    public Uri Address { get; }

    public HttpClient Browser { get; }

    public WebApplication App => _app;

    public IServiceProvider Services => _app.Services;

    public WindowSession Session => Services.GetRequiredService<WindowSession>();

    public Presence Presence => Services.GetRequiredService<Presence>();

    public string Origin => Browser.BaseAddress!.GetLeftPart(UriPartial.Authority);

    public string Port => Browser.BaseAddress!.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public static async Task<OpenWindow> StartAsync(bool opened = true)
    {
        var time = new FakeTimeProvider(Noon);
        var (bank, store, proxy) = (new FakeBank(time), new FakeStore(time), new FakeProxy());
        var folder = new AppFolder(Directory.CreateTempSubdirectory("densai-window-").FullName);
        var app = WindowHost.Build(new Parts(store, bank, bank, proxy, time), new AppIdentity("北洋銀行証明書発行アプリケーション", new Version(1, 0, 0)),
            new WindowBrowsers(folder, _ => null, _ => false), new ReceiptFolder(Path.Combine(folder.Path, "saved")));
        await app.StartAsync();
        var window = new OpenWindow(app, time, bank, store, proxy, folder);
        if (opened)
        {
            using var answer = await window.Browser.GetAsync(window.Address);
            Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        }

        return window;
    }

    /// <summary>A page as it stands after every 303, and its screen.</summary>
    public Task<string> GetAsync(string path) => GetAsync(path, isScripts: false);

    /// <summary>CCHK001 as the script of a page reads it anew.</summary>
    public Task<string> ReadAnewAsync() => GetAsync("/", isScripts: true);

    private async Task<string> GetAsync(string path, bool isScripts)
    {
        for (var hop = 0; hop < 5; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (isScripts)
            {
                request.Headers.Add("Densai-Shown", "true");
            }

            using var answer = await Browser.SendAsync(request, TestContext.Current.CancellationToken);
            if (answer.StatusCode != HttpStatusCode.SeeOther)
            {
                return _page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            }

            path = answer.Headers.Location!.ToString();
        }

        throw new InvalidOperationException($"{path} leads in a circle");
    }

    /// <summary>Sends a form as the page last shown would, and follows.</summary>
    public async Task<string> SendAsync(string path, params (string Name, string Value)[] fields)
    {
        using var answer = await PostAsync(path, fields);
        return answer.StatusCode == HttpStatusCode.SeeOther
            ? await GetAsync(answer.Headers.Location!.ToString())
            : _page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        var key = FormKey().Match(_page) is { Success: true } found
            ? found.Groups["key"].Value
            : Services.GetRequiredService<WindowKeys>().FormKey;
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(
                [new(Gate.FormField, key), .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))]),
        };
        request.Headers.Add("Origin", Origin);
        return await Browser.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Types ID and password on CCHK002 and waits until the job has stopped.</summary>
    public async Task<string> AuthenticateAsync(string loginId, string password, string? serial = null)
    {
        (string, string)[] fields = [("login-id", loginId), ("password", password)];
        await SendAsync("/authenticate", serial is null ? fields : [.. fields, ("serial", serial)]);
        return await StoppedAsync();
    }

    /// <summary>The screen that stands once the job has stopped.</summary>
    public async Task<string> StoppedAsync()
    {
        await Waiting.UntilAsync(() => !Session.IsRunning);

        return await GetAsync("/progress");
    }

    public static string ScreenOf(string page) => ScreenId().Match(page).Groups["id"].Value;

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        _handler.Dispose();
        await _app.DisposeAsync();
        Bank.Dispose();
        Directory.Delete(Folder.Path, recursive: true);
    }

    [GeneratedRegex("name=\"key\" value=\"(?<key>[0-9A-F]{64})\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FormKey();

    [GeneratedRegex("data-screen=\"(?<id>\\w+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ScreenId();
}
