using System.Net;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Gates;

/// <summary>R7, R8 against the running server: what a login inside the window may open before and after its answer.</summary>
[Web]
public sealed class RenewalGateTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Cookie = "__Host-densai-cert";

    private readonly RunningServer _server = shared.Server;

    [Fact]
    public async Task Login_InTheWindow_LeadsToTheChoice_AndNothingElseOpensBeforeTheAnswer()
    {
        var client = _server.Client(_server.DemoCertificate("0501D47701M"));
        var session = await LogInUnansweredAsync(client);

        foreach (var path in new[]
        {
            "/", "/management", "/management/users/revocation?state=soon", "/notices", "/logins", "/renewal/app",
            "/management/users/revocation.csv",
        })
        {
            using var shut = await RunningServer.GetWithSessionAsync(client, path, session);
            Assert.Equal(HttpStatusCode.SeeOther, shut.StatusCode);
            Assert.Equal(path == "/" ? "/renewal" : "/renewal?ReturnUrl=" + Uri.EscapeDataString(path), shut.Headers.Location?.ToString());
        }

        using var circuit = await RunningServer.GetWithSessionAsync(client, "/_blazor?id=x", session);
        Assert.Equal(HttpStatusCode.Forbidden, circuit.StatusCode);
        using var negotiation = await RunningServer.PostAsync(
            client, "/_blazor/negotiate?negotiateVersion=1", ("", null), [], $"{Cookie}={session}");
        Assert.Equal(HttpStatusCode.Forbidden, negotiation.StatusCode);
        using var login = await RunningServer.GetWithSessionAsync(client, "/login", session);
        Assert.Equal("/", login.Headers.Location?.ToString());
        // Words that need no login stay readable, and nobody is held in.
        using var help = await RunningServer.GetWithSessionAsync(client, "/accessibility", session);
        Assert.Equal(HttpStatusCode.OK, help.StatusCode);

        using var answered = await RunningServer.PostRenewalAsync(client, session, "no");
        Assert.Equal("/", answered.Headers.Location?.ToString());
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        Assert.Contains(
            _server.History(),
            r => r is
            {
                Operation: HistoryOperation.Renewal,
                Detail: "renewal-declined",
                LoginId: "0501D47701M",
                Result: HistoryResult.Done,
            });

        // R8: the next login asks again.
        await LogInUnansweredAsync(client);
    }

    [Fact]
    public async Task Answer_LeadsOnToThePageThatWasAskedFor()
    {
        var client = _server.Client(_server.DemoCertificate("0501D60001T"));
        using var login = await RunningServer.PostLoginAsync(client, RunningServer.LoginPassword, "?ReturnUrl=%2Fnotices");
        Assert.Equal("/renewal?ReturnUrl=%2Fnotices", login.Headers.Location?.ToString());

        using var answered = await RunningServer.PostRenewalAsync(
            client, RunningServer.CookieOf(login, Cookie)!, "no", "?ReturnUrl=%2Fnotices");

        Assert.Equal("/notices", answered.Headers.Location?.ToString());
    }

    [Theory]
    [InlineData("?ReturnUrl=%2F%2Fevil.test")]
    [InlineData("?ReturnUrl=https%3A%2F%2Fevil.test")]
    [InlineData("?ReturnUrl=%2Frenewal")]
    [InlineData("?ReturnUrl=%2Frenewal%2Fapp")]
    public async Task Answer_NeverLeadsAway_OrInACircle(string query)
    {
        var client = _server.Client(_server.DemoCertificate("0501D60001T"));
        var session = await LogInUnansweredAsync(client);

        using var answered = await RunningServer.PostRenewalAsync(client, session, "no", query);

        Assert.Equal("/", answered.Headers.Location?.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("maybe")]
    public async Task Answer_ThatIsNone_SaysSo_AndKeepsTheDoorShut(string? choice)
    {
        var client = _server.Client(_server.DemoCertificate("0501D60001T"));
        var session = await LogInUnansweredAsync(client);

        using var answer = await RunningServer.PostRenewalAsync(client, session, choice);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("「更新する」または「更新しない」を選択してから、「実行」ボタンを押してください。", html, StringComparison.Ordinal);
        Assert.Contains("エラー: ", html, StringComparison.Ordinal);
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.SeeOther, home.StatusCode);
    }

    [Fact]
    public async Task Renewing_LeadsToTheApp_WithThisCertificate_AndHomeIsOpen()
    {
        var client = _server.Client(_server.DemoCertificate("0501D60001T"));
        var session = await LogInUnansweredAsync(client);

        using var answered = await RunningServer.PostRenewalAsync(client, session, "yes");
        Assert.Equal("/renewal/app", answered.Headers.Location?.ToString());
        using var app = await RunningServer.GetWithSessionAsync(client, "/renewal/app", session);
        var html = await app.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Contains(
            $"href=\"densai-enrollment:renew?serial={_server.DemoCertificate("0501D60001T").SerialNumber}\"", html,
            StringComparison.Ordinal);
        Assert.Contains($"href=\"{RunningServer.Public}certificate\"", html, StringComparison.Ordinal);
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        Assert.Contains(
            _server.History(), r => r is { Operation: HistoryOperation.Renewal, Detail: "renewal-chosen", LoginId: "0501D60001T" });
    }

    [Fact]
    public async Task Logout_IsOpenBeforeTheAnswer()
    {
        var client = _server.Client(_server.DemoCertificate("0501D60001T"));
        var session = await LogInUnansweredAsync(client);
        var form = await RunningServer.ShowFormAsync(client, "/renewal", $"{Cookie}={session}");

        using var answer = await RunningServer.PostAsync(client, "/logout", form, [], $"{Cookie}={session}");

        Assert.Equal(RunningServer.Public + "login", answer.Headers.Location?.ToString());
    }

    [Fact]
    public async Task Login_OutsideTheWindow_IsNotAsked_AndTheScreenLeadsHome()
    {
        var client = _server.Client(_server.DemoCertificate("0501D60001M"));
        using var login = await RunningServer.PostLoginAsync(client, RunningServer.LoginPassword);
        Assert.Equal("/", login.Headers.Location?.ToString());

        foreach (var path in new[] { "/renewal", "/renewal/app" })
        {
            using var renewal = await RunningServer.GetWithSessionAsync(client, path, RunningServer.CookieOf(login, Cookie)!);
            Assert.Equal((HttpStatusCode.SeeOther, "/"), (renewal.StatusCode, renewal.Headers.Location?.ToString()));
        }
    }

    [Fact]
    public async Task Renewed_ButNotUsedYet_SaysSoInsteadOfAsking()
    {
        var client = _server.Client(_server.DemoCertificate("0501D00601R"));
        var notAfter = DateTimeOffset.UtcNow.AddDays(365).ToWholeMilliseconds();
        await RenewAsync("0501D00601R", notAfter);
        var session = await LogInUnansweredAsync(client);

        using var screen = await RunningServer.GetWithSessionAsync(client, "/renewal", session);
        var html = await screen.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("電子証明書は更新済みです", html, StringComparison.Ordinal);
        Assert.Contains(JapanTime.Format(notAfter), html, StringComparison.Ordinal);
        Assert.DoesNotContain("更新しない", html, StringComparison.Ordinal);
        Assert.DoesNotContain("type=\"radio\"", html, StringComparison.Ordinal);

        using var on = await RunningServer.PostRenewalAsync(client, session, "yes");
        Assert.Equal("/", on.Headers.Location?.ToString());
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        var own = await home.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains(JapanTime.Format(notAfter), own, StringComparison.Ordinal);
        Assert.DoesNotContain("densai-enrollment:", own, StringComparison.Ordinal);
        using var app = await RunningServer.GetWithSessionAsync(client, "/renewal/app", session);
        Assert.Equal("/renewal", app.Headers.Location?.ToString());
    }

    [Fact]
    public async Task LastDay_SaysTheHour_UntilTheLastSecond()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await RunningServer.StartAsync(clock: clock);
        using var certificate = server.DemoCertificate("0501D47701M");
        var notAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        clock.Advance(notAfter - clock.GetUtcNow() - TimeSpan.FromHours(8));
        var client = server.Client(certificate);
        using var login = await RunningServer.PostLoginAsync(client, RunningServer.LoginPassword);
        var session = RunningServer.CookieOf(login, Cookie)!;

        using var screen = await RunningServer.GetWithSessionAsync(client, "/renewal", session);
        var html = await screen.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Contains("本日8時59分59秒に有効期限を迎えます", html, StringComparison.Ordinal);
        Assert.Contains("本日 8時59分59秒 まで", html, StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromHours(8));
        using var last = await RunningServer.PostLoginAsync(server.Client(certificate), RunningServer.LoginPassword);
        Assert.Equal("/renewal", last.Headers.Location?.ToString());
        clock.Advance(TimeSpan.FromSeconds(1));
        using var over = await RunningServer.GetWithSessionAsync(client, "/login", "x");
        Assert.Equal(HttpStatusCode.Forbidden, over.StatusCode);
    }

    private async Task<string> LogInUnansweredAsync(HttpClient client)
    {
        using var login = await RunningServer.PostLoginAsync(client, RunningServer.LoginPassword);
        Assert.Equal((HttpStatusCode.SeeOther, "/renewal"), (login.StatusCode, login.Headers.Location?.ToString()));
        var session = RunningServer.CookieOf(login, Cookie)!;
        using var screen = await RunningServer.GetWithSessionAsync(client, "/renewal", session);
        Assert.Equal(HttpStatusCode.OK, screen.StatusCode);
        Assert.Contains(
            "data-screen=\"BLGI004\"", await screen.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        return session;
    }

    private Task<bool> RenewAsync(string loginId, DateTimeOffset notAfter) =>
        _server.Services.GetRequiredService<Core.Store.StoreWriter>().PerformAsync(work =>
        {
            var user = work.Db.Users.Include(u => u.CurrentCertificate).Single(u => u.LoginId == loginId);
            var serial = SerialNumber.New();
            var certificate = new Certificate(
                user, "00", serial, serial.ToBytes(), Sha256Hash.Of(serial.ToBytes()), Sha256Hash.Of(serial.ToBytes()), work.Now, notAfter,
                work.Now);
            work.Db.Certificates.Add(certificate);
            user.Hold(certificate);
            return true;
        });
}
