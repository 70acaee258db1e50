using System.Net;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DensaiAdmin.Tests.Hosting;

/// <summary>What a restart on the same data keeps, and what lies on the disk meanwhile.</summary>
[Web]
public sealed class RestartTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Restart_OnTheSameData_KeepsSessionsAndForms()
    {
        var certificate = _server.DemoCertificate("0501D00601U");
        var session = await _server.LogInAsync(_server.Client(certificate));
        var shown = await RunningServer.ShowFormAsync(_server.Client(certificate), "/", "__Host-densai-cert=" + session);
        var keys = Directory.GetFiles(_server.DataFile("key-ring"));

        await _server.RestartAsync();

        Assert.Equal(keys, Directory.GetFiles(_server.DataFile("key-ring")));
        var client = _server.Client(certificate);
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        using var logout = await RunningServer.PostAsync(
            client, "/logout", shown, new(StringComparer.Ordinal), "__Host-densai-cert=" + session);
        Assert.Equal(HttpStatusCode.SeeOther, logout.StatusCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    // Longer than what runs is given to end: the drain is no part of that.
    [InlineData(3)]
    public async Task Stop_WithAnOpenPage_TakesAtMostThreeSecondsAfterTheDrain_InWhichTheNodeServesButIsNotReady(int drainSeconds)
    {
        await using var server = await RunningServer.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Node:DrainSeconds"] = drainSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture),
        });
        var certificate = server.DemoCertificate("0501D00601U");
        var session = await server.LogInAsync(server.Client(certificate));
        using var invoker = new HttpMessageInvoker(server.Handler(certificate), disposeHandler: false);
        using var page = new System.Net.WebSockets.ClientWebSocket();
        page.Options.SetRequestHeader("Cookie", "__Host-densai-cert=" + session);
        page.Options.SetRequestHeader("Origin", "https://certificate.test");
        await page.ConnectAsync(new Uri("wss://certificate.test/_blazor"), invoker, TestContext.Current.CancellationToken);
        using var idle = await RunningServer.GetAsync(server.Client(version: 1), new Uri(RunningServer.Pki, "/health/ready").ToString());

        var watch = System.Diagnostics.Stopwatch.StartNew();
        var stopping = Task.Run(
            () => server.Services.GetRequiredService<IHost>().StopAsync(CancellationToken.None), CancellationToken.None);
        if (drainSeconds > 0)
        {
            var stops = server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            await Waiting.UntilAsync(() => stops.IsCancellationRequested);

            using var live = await RunningServer.GetAsync(server.Client(version: 1), new Uri(RunningServer.Pki, "/health/live").ToString());
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        }

        if (drainSeconds > NodeShutdown.Limit.TotalSeconds)
        {
            // Served to the end of the drain, not cut when what runs would have had to end.
            // Over one connection: new ones in a loop would be the flood that the server sheds.
            var asking = server.Client(version: 1);
            var late = TimeSpan.FromSeconds(drainSeconds) - TimeSpan.FromMilliseconds(500);
            while (watch.Elapsed < late)
            {
                using var served = await RunningServer.GetAsync(asking, new Uri(RunningServer.Pki, "/health/live").ToString());
                Assert.Equal(HttpStatusCode.OK, served.StatusCode);
            }
        }

        await stopping;
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(drainSeconds), TimeSpan.FromSeconds(drainSeconds + 3));
    }

    [Fact]
    public async Task Secrets_OnTheDisk_AreSealedOrTheOwnersOnly()
    {
        using var form = await RunningServer.GetAsync(_server.Client(), "https://public.test/login");
        var ring = Assert.Single(Directory.GetFiles(_server.DataFile("key-ring")));
        var text = await File.ReadAllTextAsync(ring, TestContext.Current.CancellationToken);
        Assert.Contains("<sealed", text, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", text, StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Log.Lines, line => line.Text.Contains(RunningServer.LoginPassword, StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.EnumerateFiles(_server.DataFile("tls")).Append(_server.DataFile("dev-passphrase")).Append(
                _server.DataFile("densai.db")))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }

            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(_server.DataFile("key-ring")));
        }
    }

    [Fact]
    public async Task Production_OnThisData_IsRefusedInWords_BesideEveryMissingSetting()
    {
        var builder = ServerBuilder.Create(["--Data:Directory=" + _server.DataFile("")], "Production");
        var faults = Assert.Throws<StartRefusedException>(() => ServerSettings.Read(builder.Configuration, builder.Environment)).Faults;
        Assert.Contains(faults, f => f.Key == "Data:Directory" && f.Japanese.Contains("デモ銀行", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Key == "Endpoints:Public");

        using var words = new StringWriter();
        await ReadyMessage.WriteAsync(words, new StartRefusedException(faults));
        Assert.Contains(_server.DataFile(""), words.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondServer_OnTheSameData_IsRefused()
    {
        var builder = ServerBuilder.Create(["--Data:Directory=" + _server.DataFile("")], "Development");
        var settings = ServerSettings.Read(builder.Configuration, builder.Environment);
        var refused = Assert.Throws<StartRefusedException>(() => OpenInstallation.Open(settings, builder.Configuration));
        Assert.Contains("別のプロセス", Assert.Single(refused.Faults).Japanese, StringComparison.Ordinal);
        using var home = await RunningServer.GetAsync(_server.Client(), "https://public.test/login");
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
    }
}
