using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.Sessions;

[Web]
public sealed class SessionTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly RunningServer _server = shared.Server;

    [Fact]
    public async Task Login_WithCertificateAndPassword_OpensASession()
    {
        var client = _server.Client(_server.DemoCertificate("0501D00601U"));
        using var login = await RunningServer.PostLoginAsync(client, RunningServer.LoginPassword);
        Assert.Equal(HttpStatusCode.SeeOther, login.StatusCode);
        Assert.Equal("/", login.Headers.Location?.ToString());
        var cookie = Assert.Single(
            login.Headers.GetValues("Set-Cookie"), c => c.StartsWith("__Host-densai-cert=", StringComparison.Ordinal)).ToLowerInvariant();
        Assert.Contains("; secure", cookie, StringComparison.Ordinal);
        Assert.Contains("; httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("; samesite=strict", cookie, StringComparison.Ordinal);
        Assert.Contains("; path=/", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("domain", cookie, StringComparison.Ordinal);
        Assert.True(login.Headers.CacheControl?.NoStore);

        var session = RunningServer.CookieOf(login, "__Host-densai-cert")!;
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        Assert.Contains("BTOP001", await home.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var again = await RunningServer.GetWithSessionAsync(client, "/login", session);
        Assert.Equal(HttpStatusCode.SeeOther, again.StatusCode);
        Assert.Equal("/", again.Headers.Location?.ToString());
    }

    [Fact]
    public async Task Login_WithAPlantedCookie_GetsANewOne()
    {
        var client = _server.Client(_server.DemoCertificate("0501D47701T"));
        var planted = new string('A', 43);
        using var login = await RunningServer.PostLoginAsync(client, RunningServer.LoginPassword, cookie: "__Host-densai-cert=" + planted);
        Assert.Equal(HttpStatusCode.SeeOther, login.StatusCode);
        Assert.NotEqual(planted, RunningServer.CookieOf(login, "__Host-densai-cert"));
        using var home = await RunningServer.GetWithSessionAsync(client, "/", planted);
        Assert.Equal(HttpStatusCode.SeeOther, home.StatusCode);
    }

    [Fact]
    public async Task Login_WithAWrongPassword_StaysOnTheScreen()
    {
        var client = _server.Client(_server.DemoCertificate("0501D60001T"));
        using var answer = await RunningServer.PostLoginAsync(client, "not the password");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("data-screen=\"BLGI002\"", html, StringComparison.Ordinal);
        Assert.Contains("あと4回", html, StringComparison.Ordinal);
        Assert.DoesNotContain("not the password", html, StringComparison.Ordinal);
        Assert.Null(RunningServer.CookieOf(answer, "__Host-densai-cert"));
    }

    [Theory]
    [InlineData("?ReturnUrl=%2Fmanagement%2Fusers", "/management/users")]
    [InlineData("?ReturnUrl=%2F%2Fevil.test", "/")]
    [InlineData("?ReturnUrl=%2F%5Cevil.test", "/")]
    [InlineData("?ReturnUrl=https%3A%2F%2Fevil.test", "/")]
    [InlineData("?ReturnUrl=javascript%3Aalert(1)", "/")]
    [InlineData("?ReturnUrl=%2F%09%2Fevil.test", "/")]
    [InlineData("?ReturnUrl=%2Flogin", "/")]
    public async Task Login_WithAReturnAddress_StaysOnThisOrigin(string query, string location)
    {
        var client = _server.Client(_server.DemoCertificate("0501D00601U"));
        using var login = await RunningServer.PostLoginAsync(client, RunningServer.LoginPassword, query);
        Assert.Equal(HttpStatusCode.SeeOther, login.StatusCode);
        Assert.Equal(location, login.Headers.Location?.ToString());
    }

    [Fact]
    public async Task Login_WithoutTheFormsToken_IsRefused()
    {
        var client = _server.Client(_server.DemoCertificate("0501D00601U"));
        using var content = new FormUrlEncodedContent(
            new Dictionary<string,
            string>(StringComparer.Ordinal)
            { ["_handler"] = "sign-in", ["password"] = RunningServer.LoginPassword });
        using var answer = await client.PostAsync(new Uri("/login", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData(null, "電子証明書が提示されませんでした", "E-1201")]
    [InlineData("0501D00601T", "有効期限が切れています", "E-1203")]
    [InlineData("0501D00601S", "失効しています", "E-1204")]
    public async Task Login_WithACertificateThatCannot_IsForbidden_AndSaysWhy(string? loginId, string why, string code)
    {
        var client = _server.Client(loginId is null ? null : _server.DemoCertificate(loginId));
        using var answer = await RunningServer.GetAsync(client, "/login");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("data-screen=\"BLGI003\"", html, StringComparison.Ordinal);
        Assert.Contains(why, html, StringComparison.Ordinal);
        Assert.Contains(code, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_WithAForeignCertificate_TellsNothingOfOurs()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=0501D00601M", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var foreign = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        using var answer = await RunningServer.GetAsync(_server.Client(foreign), "/login");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("E-1202", html, StringComparison.Ordinal);
        Assert.DoesNotContain("でんさい00601マスタ", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StolenCookie_BehindAnotherCertificateOrNone_IsRefused_AndTheSessionEnds(bool withCertificate)
    {
        var owner = _server.Client(_server.DemoCertificate("0501D60001M"));
        var session = await _server.LogInAsync(owner);
        var thief = _server.Client(withCertificate ? _server.DemoCertificate("0501D60001K") : null);
        using var stolen = await RunningServer.GetWithSessionAsync(thief, "/", session);
        Assert.Equal(HttpStatusCode.SeeOther, stolen.StatusCode);
        Assert.Contains(_server.Log.Lines, line => line.Level == LogLevel.Warning && line.Text.Contains("ALARM", StringComparison.Ordinal));
        Assert.Contains(
            _server.History(),
            r => r is { Operation: HistoryOperation.SessionEnd, Detail: "certificate-mismatch", LoginId: "0501D60001M" });

        using var home = await RunningServer.GetWithSessionAsync(owner, "/", session);
        Assert.Equal(HttpStatusCode.SeeOther, home.StatusCode);
        using var told = await RunningServer.GetWithSessionAsync(owner, "/login", session);
        Assert.Equal(HttpStatusCode.Forbidden, told.StatusCode);
        Assert.Equal("", RunningServer.CookieOf(told, "__Host-densai-cert"));
        Assert.Contains("別の電子証明書", await told.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cookie_OnThePublicOrigin_IsNotLookedAt()
    {
        var owner = _server.Client(_server.DemoCertificate("0501D47701M"));
        var session = await _server.LogInAsync(owner);
        using var answer = await RunningServer.GetAsync(_server.Client(), "https://public.test/login", "__Host-densai-cert=" + session);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var home = await RunningServer.GetWithSessionAsync(owner, "/", session);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
    }

    [Fact]
    public async Task SecondLogin_EndsTheFirst_WhichSaysSoOnce()
    {
        var certificate = _server.DemoCertificate("0501D00601M");
        var first = _server.Client(certificate);
        var session = await _server.LogInAsync(first);
        await _server.LogInAsync(_server.Client(certificate));

        using var home = await RunningServer.GetWithSessionAsync(first, "/", session);
        Assert.Equal(HttpStatusCode.SeeOther, home.StatusCode);
        using var told = await RunningServer.GetWithSessionAsync(first, "/login", session);
        Assert.Equal(HttpStatusCode.Forbidden, told.StatusCode);
        Assert.Contains("E-1403", await told.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("", RunningServer.CookieOf(told, "__Host-densai-cert"));
        using var next = await RunningServer.GetAsync(first, "/login");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }
}
