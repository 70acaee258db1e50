using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.SignIn;

/// <summary>ID・パスワード方式 on the wire (R2): the same screens on the public origin, to password sessions only.</summary>
[Web]
public sealed class PasswordMethodTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Master = "0501D00900M";
    private const string Refusal = "ログインIDまたはログインパスワードが違うか、電子証明書方式のご契約です。電子証明書方式のお客様は「電子証明書ログイン」を押してください。";

    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    private readonly RunningServer _server = shared.Server;

    private static CancellationToken Limit => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    [Fact]
    public async Task Login_WithIdAndPassword_OpensTheSameScreensOnThePublicOrigin()
    {
        var client = _server.PublicClient();
        using var login = await RunningServer.PostPublicLoginAsync(client, " ０５０１ｄ００９００ｍ ");
        Assert.Equal(HttpStatusCode.SeeOther, login.StatusCode);
        Assert.Equal("/", login.Headers.Location?.ToString());
        var cookie = Assert.Single(
            login.Headers.GetValues("Set-Cookie"), c => c.StartsWith("__Host-densai-public=", StringComparison.Ordinal));
        foreach (var part in new[] { "; secure", "; httponly", "; samesite=strict", "; path=/" })
        {
            Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase);
        }

        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
        var session = cookie.Split(';')[0];
        var home = await ReadAsync(client, "/", session);
        Assert.Contains("data-screen=\"BTOP001\"", home, StringComparison.Ordinal);
        Assert.Contains("でんさい00900マスタ", home, StringComparison.Ordinal);
        // No certificate, so no card of one, for oneself or for the company.
        Assert.DoesNotContain("id=\"h-mine\"", home, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"h-co\"", home, StringComparison.Ordinal);
        foreach (var (path, screen) in new[]
        {
            ("/management", "BSSK001"), ("/management/users", "BRSK001"), ("/management/users/revocation", "BRSK018"),
            ("/logins", "BTOP002"), ("/notices", "BNTC001"),
        })
        {
            Assert.Contains($"data-screen=\"{screen}\"", await ReadAsync(client, path, session), StringComparison.Ordinal);
        }

        using var again = await RunningServer.GetAsync(client, "/login", session);
        Assert.Equal((HttpStatusCode.SeeOther, "/"), (again.StatusCode, again.Headers.Location?.ToString()));
    }

    [Theory]
    [InlineData(Master, "wrong")]
    [InlineData("nobody-has-this", RunningServer.LoginPassword)]
    [InlineData("0501D00601M", RunningServer.LoginPassword)]
    [InlineData("counter1", RunningServer.LoginPassword)]
    [InlineData("<script>", "x")]
    public async Task Login_Refused_SaysOneSentenceForEveryCause(string loginId, string password)
    {
        await using var server = await RunningServer.StartAsync();
        using var answer = await RunningServer.PostPublicLoginAsync(server.PublicClient(), loginId, password);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Null(RunningServer.CookieOf(answer, "__Host-densai-public"));
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, WebUtility.HtmlDecode(html).Split(Refusal).Length - 1);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain($"value=\"{password}\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "ログインIDを入力してください。", "ログインパスワードを入力してください。")]
    [InlineData(Master, "", "ログインパスワードを入力してください。", "ログインパスワードを入力してください。")]
    public async Task Login_WithEmptyFields_NamesThem(string loginId, string password, string first, string second)
    {
        using var answer = await RunningServer.PostPublicLoginAsync(_server.PublicClient(), loginId, password);
        var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains(first, html, StringComparison.Ordinal);
        Assert.Contains(second, html, StringComparison.Ordinal);
        Assert.Contains($"value=\"{loginId}\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?ReturnUrl=%2Fmanagement%2Fusers", "/management/users")]
    [InlineData("?ReturnUrl=%2F%2Fevil.test", "/")]
    public async Task Login_WithAReturnAddress_StaysOnThisOrigin(string query, string location)
    {
        var client = _server.PublicClient();
        using var form = await RunningServer.GetAsync(client, "/login" + query);
        var html = await form.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(location != "/", html.Contains("action=\"/login?ReturnUrl=", StringComparison.Ordinal));
        using var login = await RunningServer.PostPublicLoginAsync(client, Master, query: query);
        Assert.Equal(location, login.Headers.Location?.ToString());
    }

    [Fact]
    public async Task Page_WithoutASession_LeadsToTheEntrance_AndBack()
    {
        using var page = await RunningServer.GetAsync(_server.PublicClient(), "/management/users");
        Assert.Equal(
            (HttpStatusCode.SeeOther, "/login?ReturnUrl=%2Fmanagement%2Fusers"), (page.StatusCode, page.Headers.Location?.ToString()));
        using var home = await RunningServer.GetAsync(_server.PublicClient(), "/");
        Assert.Equal((HttpStatusCode.SeeOther, "/login"), (home.StatusCode, home.Headers.Location?.ToString()));
        using var circuit = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        using var refused = await _server.PublicClient().SendAsync(circuit, Limit);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Session_BroughtToTheCertificateOrigin_IsRefused_AndEnds()
    {
        await using var server = await RunningServer.StartAsync();
        var owner = server.PublicClient();
        var session = await RunningServer.LogInPubliclyAsync(owner, Master);
        var token = session.Split('=')[1];
        foreach (var certificate in new[] { null, server.DemoCertificate("0501D00601U") })
        {
            // Under its own name it is not looked at there.
            using var ignored = await RunningServer.GetAsync(server.Client(certificate), "/", session);
            Assert.Equal(HttpStatusCode.SeeOther, ignored.StatusCode);
        }

        Assert.Contains("BTOP001", await ReadAsync(owner, "/", session), StringComparison.Ordinal);
        using var stolen = await RunningServer.GetWithSessionAsync(server.Client(server.DemoCertificate("0501D00601U")), "/", token);
        Assert.Equal(HttpStatusCode.SeeOther, stolen.StatusCode);
        Assert.Contains(server.Log.Lines, line => line.Level == LogLevel.Warning && line.Text.Contains("ALARM", StringComparison.Ordinal));
        Assert.Contains(server.History(), r => r is { Operation: HistoryOperation.SessionEnd, Detail: "other-origin", LoginId: Master });

        using var told = await RunningServer.GetAsync(owner, "/login", session);
        Assert.Equal(HttpStatusCode.Forbidden, told.StatusCode);
        Assert.Contains("E-1405", await told.Content.ReadAsStringAsync(Limit), StringComparison.Ordinal);
        Assert.Equal("", RunningServer.CookieOf(told, "__Host-densai-public"));
    }

    [Fact]
    public async Task CertificateSession_BroughtToThePublicOrigin_IsRefused_AndEnds()
    {
        var owner = _server.Client(_server.DemoCertificate("0501D00601R"));
        var token = await _server.LogInAsync(owner);
        using var stolen = await RunningServer.GetAsync(_server.PublicClient(), "/", "__Host-densai-public=" + token);
        Assert.Equal(HttpStatusCode.SeeOther, stolen.StatusCode);
        using var home = await RunningServer.GetWithSessionAsync(owner, "/", token);
        Assert.Equal(HttpStatusCode.SeeOther, home.StatusCode);
        Assert.Contains(
            _server.History(), r => r is { Operation: HistoryOperation.SessionEnd, Detail: "other-origin", LoginId: "0501D00601R" });
    }

    [Fact]
    public async Task Suspension_CutsTheCircuitWithinASecond_AndIsTold()
    {
        var (client, session) = await NewUserAsync("suspended");
        using var circuit = await OpenCircuitAsync(session);

        var watch = Stopwatch.StartNew();
        var suspendedAt = "";
        await _server.Services.GetRequiredService<StoreWriter>().PerformAsync(
            work =>
            {
                var user = work.Db.Users.Single(u => u.CanonicalLoginId == "SUSPENDED");
                user.Suspend(work.Now);
                suspendedAt = JapanTime.Format(work.Now);
                return _server.Sessions.EndAll(work, user.Id, SessionEndReason.UserSuspended);
            },
            Limit);
        await ReadToEndAsync(circuit);

        Assert.True(watch.Elapsed < AtOnce, $"Cut after {watch.Elapsed}");
        using var told = await RunningServer.GetAsync(client, "/login", session);
        Assert.Equal(HttpStatusCode.Forbidden, told.StatusCode);
        var html = WebUtility.HtmlDecode(await told.Content.ReadAsStringAsync(Limit));
        Assert.Contains("data-screen=\"BLGI003\"", html, StringComparison.Ordinal);
        Assert.Contains("ご利用が停止されています", html, StringComparison.Ordinal);
        Assert.Contains("ログインの終了", html, StringComparison.Ordinal);
        Assert.DoesNotContain("別の電子証明書", html, StringComparison.Ordinal);
        // Behind the right password the true cause is told (R27).
        using var refused = await RunningServer.PostPublicLoginAsync(client, "suspended");
        var cause = WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync(Limit));
        Assert.Contains($"<p>{suspendedAt}に利用が停止されたため、ログインできません。</p>", cause, StringComparison.Ordinal);
        Assert.Contains("<b>マスターユーザに確認する</b>", cause, StringComparison.Ordinal);
        Assert.Contains("<p>マスターユーザにお問い合わせください。", cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Circuit_FromAnotherSiteOrTheOtherOrigin_IsNotOpened()
    {
        var (_, session) = await NewUserAsync("circuit");
        foreach (var origin in new[] { "https://evil.test", "https://certificate.test" })
        {
            var foreign = await Assert.ThrowsAsync<WebSocketException>(() => OpenCircuitAsync(session, origin));
            Assert.Contains("403", foreign.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Logout_EndsTheSession_AndForgetsItsCookie()
    {
        var (client, session) = await NewUserAsync("leaver");
        using var logout = await RunningServer.PostFormAsync(client, "/", "/logout", new(StringComparer.Ordinal), session);
        Assert.Equal(HttpStatusCode.SeeOther, logout.StatusCode);
        Assert.Equal("https://public.test/login", logout.Headers.Location?.ToString());
        Assert.Equal("", RunningServer.CookieOf(logout, "__Host-densai-public"));
        using var home = await RunningServer.GetAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.SeeOther, home.StatusCode);
        using var entrance = await RunningServer.GetAsync(client, "/login", session);
        Assert.Contains("data-screen=\"BLGI001\"", await entrance.Content.ReadAsStringAsync(Limit), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Posts_OfAnotherSite_AreForbidden()
    {
        var (client, session) = await NewUserAsync("posted");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/logout") { Content = new FormUrlEncodedContent([]) };
        request.Headers.Add("Cookie", session);
        request.Headers.Add("Origin", "https://certificate.test");
        using var answer = await client.SendAsync(request, Limit);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("BTOP001", await ReadAsync(client, "/", session), StringComparison.Ordinal);
    }

    private static async Task<string> ReadAsync(HttpClient client, string path, string session)
    {
        using var answer = await RunningServer.GetAsync(client, path, session);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Limit));
    }

    /// <summary>A user of the demo bank's company of the method, logged in: what a test ends, no other test needs.</summary>
    private async Task<(HttpClient Client, string Session)> NewUserAsync(string loginId)
    {
        await _server.Services.GetRequiredService<StoreWriter>().PerformAsync(work =>
        {
            var company = work.Db.Companies.Single(
                c => c.AuthenticationMethod == AuthenticationMethod.IdAndPassword && c.Number == "0501D00900");
            var master = work.Db.Users.AsNoTracking().Single(u => u.LoginId == Master);
            work.Db.Users.Add(
                new User(company, loginId, loginId, "", UserRole.General, master.LoginPassword, master.ConfirmationPassword, work.Now));
            return true;
        });
        var client = _server.PublicClient();
        return (client, await RunningServer.LogInPubliclyAsync(client, loginId));
    }

    /// <summary>The transport of a circuit, up to SignalR's handshake: enough to be held and to be cut.</summary>
    private async Task<ClientWebSocket> OpenCircuitAsync(string session, string origin = "https://public.test")
    {
        var circuit = new ClientWebSocket();
        try
        {
            circuit.Options.SetRequestHeader("Origin", origin);
            circuit.Options.SetRequestHeader("Cookie", session);
            await circuit.ConnectAsync(
                new Uri("wss://public.test/_blazor"), new HttpMessageInvoker(_server.Handler(certificate: null)), Limit);
            await circuit.SendAsync(
                Encoding.UTF8.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"), WebSocketMessageType.Text, endOfMessage: true,
                Limit);
            await circuit.ReceiveAsync(new byte[1024].AsMemory(), Limit);
            return circuit;
        }
        catch
        {
            circuit.Dispose();
            throw;
        }
    }

    private static async Task ReadToEndAsync(ClientWebSocket circuit)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            while ((await circuit.ReceiveAsync(buffer.AsMemory(), Limit)).MessageType != WebSocketMessageType.Close)
            {
                // Blazor's own last words.
            }
        }
        catch (WebSocketException)
        {
            // Cut without a farewell is what an abort looks like.
        }
    }
}
