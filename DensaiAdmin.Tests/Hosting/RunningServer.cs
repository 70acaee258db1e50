using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.Hosting;

/// <summary>
/// The whole server on the demo bank, with real TLS on free loopback ports. Its outward names are invented, so that host names and
/// SNI are what the test says; connections are led to the ports by hand.
/// </summary>
public sealed partial class RunningServer : IAsyncDisposable
{
    public const string LoginPassword = "Densai-Demo-2026";
    public static readonly Uri Public = new("https://public.test/");
    public static readonly Uri Certificate = new("https://certificate.test/");
    public static readonly Uri Pki = new("http://pki.test/");

    private readonly TemporaryDirectory _directory = new();
    private readonly List<IDisposable> _owned = [];
    private OpenInstallation _installation = null!;
    private WebApplication _app = null!;
    private Dictionary<string, int> _ports = null!;
    private IReadOnlyDictionary<string, string?>? _settings;
    private TimeProvider? _clock;
    private Action<IServiceCollection>? _services;
    private int _port;

    private RunningServer()
    {
    }

    public IServiceProvider Services => _app.Services;

    internal Core.Sessions.SessionWatch Sessions => Services.GetRequiredService<Core.Sessions.SessionWatch>();

    internal LogBook Log { get; } = new();

    /// <param name="settings">Beyond addresses and data directory.</param>
    /// <param name="clock">The machine's clock as the server sees it; null: the real one.</param>
    /// <param name="sharedPort">Public and certificate origin on one port.</param>
    /// <param name="services">What a test adds to watch by.</param>
    public static async Task<RunningServer> StartAsync(
        IReadOnlyDictionary<string, string?>? settings =
            null, TimeProvider? clock = null, bool sharedPort = false, Action<IServiceCollection>? services = null)
    {
        var server = new RunningServer { _settings = settings, _clock = clock, _port = sharedPort ? FreePort() : 0, _services = services };
        await server.StartAsync();
        return server;
    }

    /// <summary>An orderly stop, and a start on the same data.</summary>
    /// <param name="whileStopped">What happens to the data in between.</param>
    public Task RestartAsync(Action? whileStopped = null) => RestartAsync(() =>
    {
        whileStopped?.Invoke();
        return Task.CompletedTask;
    });

    /// <summary>An orderly stop, and a start on the same data.</summary>
    /// <param name="whileStopped">What happens to the data in between.</param>
    public async Task RestartAsync(Func<Task> whileStopped)
    {
        await StopAsync();
        await whileStopped();
        await StartAsync();
    }

    private async Task StartAsync()
    {
        if (!Directory.Exists(DataFile("")) && _settings?.Keys.Any(MakesAnotherBank) != true)
        {
            await DemoDirectory.CopyToAsync(DataFile(""), Builder, _clock);
        }

        var builder = Builder(DataFile(""));
        builder.Configuration.AddInMemoryCollection(_settings ?? new Dictionary<string, string?>(StringComparer.Ordinal));
        builder.Logging.ClearProviders().AddProvider(Log);
        _services?.Invoke(builder.Services);
        _installation = OpenInstallation.Open(
            ServerSettings.Read(builder.Configuration, builder.Environment), builder.Configuration, _clock);
        _app = await Server.BuildAsync(builder, _installation);
        await _app.StartAsync();
        int[] bound = [.. Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a).Port)];
        _ports = new(StringComparer.Ordinal)
        {
            [Public.Host] = bound[0],
            [Certificate.Host] = bound[_port == 0 ? 1 : 0],
            [Pki.Host] = bound[^1],
        };
    }

    private WebApplicationBuilder Builder(string dataDirectory)
    {
        var builder = ServerBuilder.Create([], "Development");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Endpoints:Public"] = Public.ToString(),
            ["Endpoints:Certificate"] = Certificate.ToString(),
            ["Endpoints:Pki"] = Pki.ToString(),
            ["Listen:Public"] = $"https://127.0.0.1:{_port}",
            ["Listen:Certificate"] = $"https://127.0.0.1:{_port}",
            ["Listen:Pki"] = "http://127.0.0.1:0",
            ["Data:Directory"] = dataDirectory,
            ["EnrollmentApp:PackageDirectory"] = PackageDirectory,
        });
        return builder;
    }

    // Settings by which a first start makes something else than it does without them.
    private static bool MakesAnotherBank(string key) => key.Split(':')[0] is "Authority" or "CertificatePolicy" or "Clock" or "Data"
        or "Endpoints" or "History" or "Institution";

    private async Task StopAsync()
    {
        _owned.ForEach(owned => (owned as HttpMessageInvoker)?.Dispose());
        await _app.StopAsync();
        await _app.DisposeAsync();
        _installation.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    /// <summary>The mails, once all that are owed are queued.</summary>
    internal async Task<IReadOnlyList<OutboxMail>> MailsAsync(MailKind kind)
    {
        await Services.GetRequiredService<QueueOwedMails>().RunAsync(TestContext.Current.CancellationToken);
        await using var db = await Services.GetRequiredService<IDbContextFactory<DensaiDbContext>>()
            .CreateDbContextAsync(TestContext.Current.CancellationToken);
        return await db.OutboxMails.AsNoTracking().Where(m => m.Kind == kind).OrderBy(m => m.Id)
            .ToListAsync(TestContext.Current.CancellationToken);
    }

    public string DataFile(string name) => Path.Combine(_directory.At("data"), name);

    /// <summary>Where this server looks for the issuing app; empty at first.</summary>
    public string PackageDirectory => _directory.At("packages");

    public int PortOf(Uri origin) => _ports[origin.Host];

    public string DemoFile(string name) => DataFile(Path.Combine("demo", name));

    /// <summary>The certificate and key of a demo user.</summary>
    public X509Certificate2 DemoCertificate(string loginId)
    {
        var certificate = X509CertificateLoader.LoadPkcs12FromFile(DemoFile(loginId + ".p12"), "demo");
        _owned.Add(certificate);
        return certificate;
    }

    /// <summary>A client that follows nothing, keeps no cookies and asks for the given HTTP version exactly.</summary>
    public HttpClient Client(X509Certificate2? certificate = null, int version = 2)
    {
        var client = new HttpClient(Handler(certificate))
        {
            BaseAddress = Certificate,
            DefaultRequestVersion = new Version(version, version == 1 ? 1 : 0),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        _owned.Add(client);
        return client;
    }

    /// <summary>A client of the public origin, otherwise like <see cref="Client"/>.</summary>
    public HttpClient PublicClient(int version = 2)
    {
        var client = Client(version: version);
        client.BaseAddress = Public;
        return client;
    }

    /// <summary>Leads the invented host names to the ports, and presents the certificate.</summary>
    public SocketsHttpHandler Handler(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, _ports[context.DnsEndPoint.Host], cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        if (certificate is not null)
        {
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        _owned.Add(handler);
        return handler;
    }

    /// <summary>Logs in and returns the value of the session cookie.</summary>
    public async Task<string> LogInAsync(HttpClient client, string password = LoginPassword, string query = "")
    {
        using var answer = await PostLoginAsync(client, password, query);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var session = CookieOf(answer, "__Host-densai-cert") ?? throw new InvalidOperationException("No session cookie.");
        if (answer.Headers.Location?.ToString().StartsWith("/renewal", StringComparison.Ordinal) == true)
        {
            using var on = await PostRenewalAsync(client, session, "no");
            Assert.Equal(HttpStatusCode.SeeOther, on.StatusCode);
        }

        return session;
    }

    /// <summary>Answers the 証明書更新選択画面.</summary>
    public static Task<HttpResponseMessage> PostRenewalAsync(HttpClient client, string session, string? choice, string query = "")
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["_handler"] = "renewal" };
        if (choice is not null)
        {
            fields["renew"] = choice;
        }

        return PostFormAsync(client, "/renewal" + query, "/renewal" + query, fields, "__Host-densai-cert=" + session);
    }

    /// <summary>ID・パスワード方式: posts BLGI001's form.</summary>
    public static Task<HttpResponseMessage> PostPublicLoginAsync(
        HttpClient client, string loginId, string password = LoginPassword, string query = "", string? cookie = null) =>
        PostFormAsync(
            client, "/login" + query, "/login" + query,
            new(StringComparer.Ordinal) { ["_handler"] = "sign-in", ["loginId"] = loginId, ["password"] = password }, cookie);

    /// <summary>Logs in without a certificate and returns the session cookie, name and value.</summary>
    public static async Task<string> LogInPubliclyAsync(HttpClient client, string loginId)
    {
        using var answer = await PostPublicLoginAsync(client, loginId);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        return "__Host-densai-public=" + CookieOf(answer, "__Host-densai-public");
    }

    public static Task<HttpResponseMessage> PostLoginAsync(HttpClient client, string password, string query = "", string? cookie = null) =>
        PostFormAsync(
            client, "/login" + query, "/login" + query, new(StringComparer.Ordinal) { ["_handler"] = "sign-in", ["password"] = password },
            cookie);

    /// <summary>Posts a form as the page at an address would: with the page's own token.</summary>
    public static async Task<HttpResponseMessage> PostFormAsync(
        HttpClient client, string page, string action, Dictionary<string, string> fields, string? cookie = null) =>
        await PostAsync(client, action, await ShowFormAsync(client, page, cookie), fields, cookie);

    /// <summary>The token of a page's form, and the cookie that goes with it.</summary>
    public static async Task<(string Token, string? Cookie)> ShowFormAsync(HttpClient client, string page, string? cookie = null)
    {
        using var shown = await GetAsync(client, page, cookie);
        var html = await shown.Content.ReadAsStringAsync();
        return (FormToken().Match(html).Groups["token"].Value, CookieOf(shown, "__Host-densai-form"));
    }

    public static async Task<HttpResponseMessage> PostAsync(
        HttpClient client, string action, (string Token, string? Cookie) form, Dictionary<string, string> fields, string? cookie = null)
    {
        fields["__RequestVerificationToken"] = form.Token;
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(action, UriKind.Relative))
        { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Add("Cookie", $"__Host-densai-form={form.Cookie}" + (cookie is null ? "" : "; " + cookie));
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>GET with the session cookie of that value.</summary>
    public static Task<HttpResponseMessage> GetWithSessionAsync(HttpClient client, string path, string session) =>
        GetAsync(client, path, "__Host-densai-cert=" + session);

    public static async Task<HttpResponseMessage> GetAsync(HttpClient client, string path, string? cookie = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.RelativeOrAbsolute));
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static string? CookieOf(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues("Set-Cookie", out var cookies)
            ? cookies.Select(c => c.Split(';')[0].Split('=', 2)).Where(c => c[0] == name).Select(c => c[1]).SingleOrDefault()
            : null;

    internal IReadOnlyList<HistoryRecord> History()
    {
        using var db = Services.GetRequiredService<IDbContextFactory<DensaiDbContext>>().CreateDbContext();
        return [.. db.HistoryRecords.AsNoTracking().OrderBy(r => r.Sequence)];
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _owned.ForEach(owned => owned.Dispose());
        _directory.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(
        "name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex FormToken();
}

/// <summary>What the server logged, in words.</summary>
internal sealed class LogBook : ILoggerProvider
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IReadOnlyList<(LogLevel Level, string Text)> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Writer(LogBook book, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            book._lines.Enqueue((logLevel, $"{category}: {formatter(state, exception)} {exception}"));
    }
}
