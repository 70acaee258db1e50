using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>The way to the bank through a real proxy that asks for a password (tinyproxy).</summary>
[Web]
public sealed class ProxyTests(LocalBank bank) : IClassFixture<LocalBank>, IAsyncLifetime
{
    private const string UserName = "taro";
    private const string Password = "Proxy-Geheim-2026";

    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = LocalBank.FreePort();
    private Process _proxy = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Address => $"http://127.0.0.1:{_port}/";

    public async ValueTask InitializeAsync()
    {
        var settings =
            _directory.Write(
            "tinyproxy.conf",
            $"Port {_port}\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\n"
            + $"BasicAuth {UserName} {Password}\nLogFile \"{_directory.At("log")}\"\nLogLevel Connect\n");
        _proxy = Process.Start(new ProcessStartInfo(
            "tinyproxy", ["-d", "-c", settings])
        { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Waiting.UntilAsync(() => ListensAsync(_port), () => Assert.False(_proxy.HasExited));
    }

    public async ValueTask DisposeAsync()
    {
        _proxy.Kill(entireProcessTree: true);
        await _proxy.WaitForExitAsync();
        _proxy.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Proxy_ThatAsks_IsAnsweredByThePerson_AndTellsWrongFromMissing()
    {
        var way = System(new WebProxy(Address));
        using var client = Client(way);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyAsksCredentials, Address), await FaultAsync(client));
        way.UseCredentials(UserName, "wrong");
        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyRefusesCredentials, Address), await FaultAsync(client));
        way.UseCredentials(UserName, Password);
        Assert.Null(await FaultAsync(client));
    }

    [Fact]
    public async Task Issue_AndTrial_GoThroughTheProxy()
    {
        var way = System(new WebProxy(Address));
        way.UseCredentials(UserName, Password);
        using var client = Client(way);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var outcome =
            await client.Bank.EnrollAsync(TestAuthority.Request(key), new("0501D00601N", RunningServer.LoginPassword), Cancellation);

        using var certificate = Assert.IsType<EstOutcome.Issued>(outcome).Certificate.CopyWithPrivateKey(key);
        Assert.Null(await client.Bank.TryHandshakeAsync(certificate, Cancellation));
        var log = await ReadLogAsync();
        Assert.Contains($"CONNECT localhost:{bank.Public.Port}", log);
        Assert.Contains($"CONNECT localhost:{bank.Certificate.Port}", log);
    }

    [Fact]
    public async Task Proxy_WithCredentialsInTheSettings_AsksNobody()
    {
        // As HTTPS_PROXY=http://user:password@host:port/ arrives.
        using var client = Client(System(new WebProxy(Address) { Credentials = new NetworkCredential(UserName, Password) }));

        Assert.Null(await FaultAsync(client));
    }

    [Fact]
    public async Task Proxy_NamedByThePerson_TakesThePlaceOfTheSystems_AndNone_IsNone()
    {
        var way = System(new WebProxy("http://127.0.0.1:9/"));
        using var client = Client(way);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyNotReached, "http://127.0.0.1:9/"), await FaultAsync(client));
        Assert.True(way.UseAddress($"127.0.0.1:{_port}"));
        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyAsksCredentials, Address), await FaultAsync(client));
        way.UseNone();
        Assert.Null(await FaultAsync(client));
    }

    [Fact]
    public async Task Proxy_WithWrongCredentialsInTheSettings_SaysThatTheyAreWrong()
    {
        using var client = Client(System(new WebProxy(Address) { Credentials = new NetworkCredential(UserName, "wrong") }));

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyRefusesCredentials, Address), await FaultAsync(client));
    }

    [Theory]
    [InlineData("403 Forbidden")]
    [InlineData("405 Method Not Allowed")]
    [InlineData("400 Bad Request")]
    public async Task Proxy_ThatForbids_IsNamedWithTheHostAndPortItForbids(string status)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, $"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        using var client = Client(System(new WebProxy(address)));

        Assert.Equal(
            new ConnectionFault(ConnectionFaultKind.ProxyForbids, address) { Place = $"localhost:{bank.Public.Port}" },
            await FaultAsync(client));
        listener.Stop();
        await answering;
    }

    [Theory]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "HTTP 502")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "HTTP 503")]
    [InlineData("HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n", "HTTP 504")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://proxy.example/\r\nContent-Length: 0\r\n\r\n", "HTTP 302")]
    [InlineData("", "")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nno TLS at all", "")]
    [InlineData("220 mail.example ESMTP\r\n", "")]
    [InlineData("header", "")]
    public async Task Proxy_ThatDoesNotLeadToTheBank_IsNamedWithWhatItAnswered(string answer, string said)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, answer == "header" ? "HTTP/1.1 200 OK\r\nX: " + new string('x', 100_000) : answer);
        var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        using var client = Client(System(new WebProxy(address)));

        var fault = await FaultAsync(client);

        Assert.Equal(
            new ConnectionFault(
                ConnectionFaultKind.NotThroughProxy, address)
            { Place = $"localhost:{bank.Public.Port}", Answer = said }, fault);
        foreach (var part in new[] { address, $"localhost:{bank.Public.Port}", said, "E-6016" })
        {
            Assert.Contains(part, Sentences.Of(fault!).Line, StringComparison.Ordinal);
        }

        listener.Stop();
        await answering;
    }

    [Fact]
    public async Task Proxy_ForWindowsAccounts_IsAnsweredFromThisSystemToo_AndTellsWrongFromMissing()
    {
        await using var proxy = new NtlmProxy();
        // It is one: another program gets through, and not with another password.
        Assert.Equal(0, (await CurlAsync(proxy, NtlmProxy.Password)).ExitCode);
        Assert.NotEqual(0, (await CurlAsync(proxy, "wrong")).ExitCode);
        var way = System(new WebProxy(proxy.Address));
        using var client = Client(way);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyAsksCredentials, proxy.Address), await FaultAsync(client));
        way.UseCredentials($"{NtlmProxy.Domain}\\{NtlmProxy.UserName}", "wrong");
        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyRefusesCredentials, proxy.Address), await FaultAsync(client));
        way.UseCredentials($"{NtlmProxy.Domain}\\{NtlmProxy.UserName}", NtlmProxy.Password);
        Assert.Null(await FaultAsync(client));
    }

    [Theory]
    [InlineData("")]
    [InlineData("TlRMTVNTUAACAAAA")]
    [InlineData("TlRMTVNTUAACAAAABgAGADgAAAAFgoECAAAAAAAAAAAAAAAAAAAAAP////////8P")]
    [InlineData("not-base64!")]
    public async Task Proxy_WhoseChallengeIsNone_IsAFaultInWords(string challenge)
    {
        await using var proxy = new NtlmProxy(challenge);
        var way = System(new WebProxy(proxy.Address));
        way.UseCredentials($"{NtlmProxy.Domain}\\{NtlmProxy.UserName}", NtlmProxy.Password);
        using var client = Client(way);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyRefusesCredentials, proxy.Address), await FaultAsync(client));
    }

    private Task<ToolAnswer> CurlAsync(NtlmProxy proxy, string password) => Tool.Run("curl",
    [
        "-sS", "--proxy", proxy.Address, "--proxy-ntlm", "--proxy-user", $"{NtlmProxy.Domain}\\{NtlmProxy.UserName}:{password}",
        "--cacert", bank.Server.DemoFile("ca.pem"), new Uri(bank.Public, "/enrollment.json").ToString(),
    ]);

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync(Cancellation);
                await socket.ReceiveAsync(new byte[4096], Cancellation);
                await socket.SendAsync(global::System.Text.Encoding.ASCII.GetBytes(answer), Cancellation);
                socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("bank.example", true)]
    [InlineData("BANK.example", true)]
    [InlineData(".example", true)]
    [InlineData("*.example", true)]
    [InlineData("example", true)]
    [InlineData("bank.example:7443", true)]
    [InlineData("other.example, bank.example:7443", true)]
    [InlineData("bank.example:7444", false)]
    [InlineData("otherbank.example", false)]
    [InlineData("ank.example", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Exceptions_AreReadAsOtherProgramsReadThem(string? exceptions, bool direct) =>
        AssertWay("https://bank.example:7443/", exceptions, direct);

    [Theory]
    [InlineData("https://10.1.2.3/", "10.0.0.0/8", true)]
    [InlineData("https://11.1.2.3/", "10.0.0.0/8", false)]
    [InlineData("https://10.1.2.3/", "10.1.2.3", true)]
    [InlineData("https://10.1.2.3:7443/", "10.1.2.3:7443", true)]
    [InlineData("https://10.1.2.3:7443/", "10.1.2.3:443", false)]
    [InlineData("https://[fd00::1]:7443/", "[fd00::1]:7443", true)]
    [InlineData("https://[fd00::1]/", "fd00::1", true)]
    [InlineData("https://[fd00::1]/", "fd00::/8", true)]
    public void Exceptions_MayBeAddressesAndRanges(string bankAddress, string exceptions, bool direct) =>
        AssertWay(bankAddress, exceptions, direct);

    private static void AssertWay(string bankAddress, string? exceptions, bool direct)
    {
        var way = new EnvironmentProxy(new WebProxy("http://proxy.example:8080/"), name => name == "NO_PROXY" ? exceptions
            : name == "HTTPS_PROXY" ? "http://proxy.example:8080/"
            : null);
        var destination = new Uri(bankAddress);

        Assert.Equal(direct, way.IsBypassed(destination));
        Assert.Equal(direct, way.GetProxy(destination) is null);
        Assert.Null(way.NotUsableFor(destination));
    }

    [Theory]
    [InlineData("HTTPS_PROXY")]
    [InlineData("https_proxy")]
    [InlineData("ALL_PROXY")]
    public async Task ProxyOfTheEnvironment_ThatIsNoAddress_IsSaid_AndNobodyGoesPastIt(string variable)
    {
        // The system's reader passes over what it cannot read, and names no proxy.
        var none = new WebProxy();
        using var client = Client(System(new EnvironmentProxy(none, name => name == variable ? "http://proxy:port" : null)));
        using var excepted = Client(
            System(new EnvironmentProxy(none, name => name == variable ? "http://proxy:port" : name == "NO_PROXY" ? "localhost" : null)));

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxySettingNotUsable, variable), await FaultAsync(client));
        Assert.Null(await FaultAsync(excepted));
    }

    [Fact]
    public async Task Server_BehindTheProxy_ThatIsDown_IsNamedTogetherWithTheProxy()
    {
        var way = System(new WebProxy(Address));
        way.UseCredentials(UserName, Password);
        using var client = new TestClient(new Uri("https://localhost:9/"), null, portOf: null, proxy: way);

        var fault = await FaultAsync(client);

        Assert.Equal((ConnectionFaultKind.NotThroughProxy, Address, "localhost:9"), (fault!.Kind, fault.Detail, fault.Place));
        Assert.Matches("^HTTP 50\\d$", fault.Answer);
    }

    [Fact]
    public void Choice_IsRememberedWithoutThePassword()
    {
        var way = System(new WebProxy());
        way.UseAddress("proxy.example.jp:8080");
        way.UseCredentials("KAISHA\\taro", Password);

        var later = System(new WebProxy());

        Assert.Equal("http://proxy.example.jp:8080/", later.Address);
        Assert.Equal("KAISHA\\taro", later.UserName);
        Assert.False(later.HasCredentials);
        Assert.DoesNotContain(Password, File.ReadAllText(_directory.At("own/proxy.json")));
    }

    [Theory]
    [InlineData("proxy.example.jp:8080", "http://proxy.example.jp:8080/")]
    [InlineData(" http://10.0.0.1:3128/ ", "http://10.0.0.1:3128/")]
    [InlineData("", null)]
    [InlineData("ftp://proxy/", null)]
    [InlineData("http://user:secret@proxy:8080/", null)]
    [InlineData("http://proxy:8080/path", null)]
    [InlineData("a b", null)]
    public void Address_IsAHostAndAPort(string given, string? kept)
    {
        var way = System(new WebProxy());

        Assert.Equal(kept is not null, way.UseAddress(given));
        Assert.Equal(kept, way.Address);
    }

    [Fact]
    public void Address_OfTheSystem_IsShownWithoutCredentials() =>
        Assert.Equal("http://proxy.example.jp:8080/", System(new WebProxy("http://user:secret@proxy.example.jp:8080/")).Address);

    private ProxyChoice System(IWebProxy system) => new(bank.Public, system, _directory.At("own/proxy.json"));

    private TestClient Client(ProxyChoice way) =>
        new(bank.Public, ServerTrust.Read(bank.Server.DemoFile("ca.pem")), portOf: null, proxy: way);

    private static async Task<ConnectionFault?> FaultAsync(TestClient client) =>
        (await client.Bank.GetInformationAsync(Cancellation)).Fault;

    private Task<string> ReadLogAsync() => File.ReadAllTextAsync(_directory.At("log"), Cancellation);

    private static async Task<bool> ListensAsync(int port)
    {
        try
        {
            using var probe = new TcpClient();
            await probe.ConnectAsync(IPAddress.Loopback, port, Cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
