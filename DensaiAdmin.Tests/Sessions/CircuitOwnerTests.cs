using System.Net;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;
using DensaiAdmin.Web.Sessions;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.Sessions;

/// <summary>
/// A circuit belongs to the session that opened it (R20): over the real hub, whatever a client calls on it. What the owner's page drew
/// must never come to anybody else.
/// </summary>
[Web]
public sealed class CircuitOwnerTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Page = "/management/users";
    private const string Drawn = "BRSK001";

    private readonly RunningServer _server = shared.Server;

    [Fact]
    public void Calls_ThatTheHubKnows_AreAllEvaluated()
    {
        var hub = typeof(CircuitOptions).Assembly.GetType("Microsoft.AspNetCore.Components.Server.ComponentHub", throwOnError: true)!;
        var calls = hub.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
            .Where(method => method is { IsVirtual: false, IsSpecialName: false }).Select(method => method.Name)
            .ToHashSet(StringComparer.Ordinal);
        string[] named =
        [
            CircuitGuard.Start, CircuitGuard.Connect, CircuitGuard.Resume, CircuitGuard.Pause,
            .. CircuitGuard.OnOwnCircuit, .. CircuitGuard.Answers,
        ];

        Assert.Equal(named.Order(StringComparer.Ordinal), calls.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("0501D47701M", true)]
    [InlineData("0501D47701M", false)]
    [InlineData("0501D00601U", true)]
    [InlineData("0501D00900M", true)]
    [InlineData("0501D00900M", false)]
    public async Task Circuit_NamedByAnotherSession_IsNotHandedOver_AndItsOwnerKeepsIt(string stranger, bool isKept)
    {
        var owner = await LogInAsync("0501D00601M");
        await using var page = await owner.ConnectAsync();
        await page.StartAsync(Page, Drawn);
        if (isKept)
        {
            await page.CutAsync();
            await UntilAsync(() => _server.Services.GetRequiredService<OpenPages>().OfSession(owner.SessionId) is [{ IsConnected: false }]);
        }

        var other = await LogInAsync(stranger);
        var before = Recorded(stranger);
        await using var foreign = await other.ConnectAsync();
        Assert.Equal(false, await foreign.CallAsync("ConnectCircuit", page.Secret));
        Assert.Null(await foreign.CallAsync(
            "ResumeCircuit", page.Secret, "https://certificate.test/", "https://certificate.test" + Page, "[]", ""));
        Assert.Equal(false, await foreign.CallAsync("PauseCircuit"));
        Assert.Equal("", foreign.Drawn);

        Assert.Equal(before + 2, Recorded(stranger));
        Assert.Single(_server.History(), r => r is { Operation: HistoryOperation.Alarm, Detail: "alarm-foreign-circuit" }
            && r.Value == $"session {owner.SessionId} by session {other.SessionId}");
        Assert.Contains(_server.Log.Lines, line => line.Text.Contains("ALARM", StringComparison.Ordinal)
            && line.Text.Contains($"session {owner.SessionId} by session {other.SessionId}", StringComparison.Ordinal));
        await using var back = await owner.ConnectAsync();
        Assert.Equal(true, await back.CallAsync("ConnectCircuit", page.Secret));
    }

    [Fact]
    public async Task Circuit_NamedByAnotherSession_IsNotEndedByIt()
    {
        var owner = await LogInAsync("0501D00601M");
        await using var page = await owner.ConnectAsync();
        await page.StartAsync(Page, Drawn);
        var other = await LogInAsync("0501D47701M");
        Assert.Equal(HttpStatusCode.OK, await other.LeaveAsync(page.Secret));
        Assert.Equal(HttpStatusCode.OK, await other.LeaveAsync("nonsense"));
        Assert.Single(_server.Services.GetRequiredService<OpenPages>().OfSession(owner.SessionId));

        Assert.Equal(HttpStatusCode.OK, await owner.LeaveAsync(page.Secret));
        await UntilAsync(() => _server.Services.GetRequiredService<OpenPages>().OfSession(owner.SessionId).Count == 0);
    }

    [Fact]
    public async Task Connection_OfAnotherSession_DoesNotExist()
    {
        var owner = await LogInAsync("0501D00601M");
        await using var page = await owner.ConnectAsync();
        var other = await LogInAsync("0501D47701M");
        var token = Uri.EscapeDataString(page.Connection);
        foreach (var (method, query) in new[] { HttpMethod.Get, HttpMethod.Post }.SelectMany(
            m => new[] { "id=" + token, "id=&id=" + token, "ID=" + token }.Select(q => (m, q))))
        {
            using var request = new HttpRequestMessage(method, new Uri("/_blazor?" + query, UriKind.Relative));
            request.Headers.Add("Cookie", other.Cookie);
            using var answer = await other.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        await page.StartAsync(Page, Drawn);
    }

    [Theory]
    [InlineData(SessionEndReason.LoggedOut, "0501D47701T", "0501D47701T")]
    [InlineData(SessionEndReason.SecondLogin, "0501D60001T", "0501D60001T")]
    [InlineData(SessionEndReason.CertificateRevoked, "0501D00601R", "0501D00601U")]
    [InlineData(SessionEndReason.UserSuspended, "0501D60001K", "0501D60001M")]
    public async Task Circuit_KeptWhenItsSessionEnds_IsDroppedAtOnce_AndComesToNobody(
        SessionEndReason reason, string loginId, string nextLoginId)
    {
        var owner = await LogInAsync(loginId);
        await using var page = await owner.ConnectAsync();
        await page.StartAsync(Page, Drawn);
        await page.CutAsync();
        await UntilAsync(() => _server.Services.GetRequiredService<OpenPages>().OfSession(owner.SessionId) is [{ IsConnected: false }]);

        // Still open when the session ends: what it calls then is too late already.
        await using var late = await owner.ConnectAsync();
        await EndAsync(owner, reason);
        var known = await LateAsync(late, page.Secret);
        Assert.NotEqual(true, known);
        await UntilAsync(() => _server.Services.GetRequiredService<OpenPages>().OfSession(owner.SessionId).Count == 0);

        var next = await LogInAsync(nextLoginId);
        await using var foreign = await next.ConnectAsync();
        Assert.Equal(false, await foreign.CallAsync("ConnectCircuit", page.Secret));
        Assert.Equal("", late.Drawn + foreign.Drawn);
        Assert.Contains(
            _server.History(),
            r => r is { Operation: HistoryOperation.ForeignAccess, Detail: "foreign-circuit" } && r.LoginId == nextLoginId);
        // The same user's own tab, left behind, calls for nobody: the log tells of it, no operator is mailed.
        var subject = $"session {owner.SessionId} by session {next.SessionId}";
        Assert.Equal(loginId != nextLoginId, _server.History().Any(r => r.Detail == "alarm-foreign-circuit" && r.Value == subject));
        Assert.Contains(
            _server.Log.Lines,
            line => line.Text.Contains("ALARM", StringComparison.Ordinal) && line.Text.Contains(subject, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Session_ThatEndsUnderAnOpenPage_SendsItAway_AndLogsNoFault()
    {
        var owner = await LogInAsync("0501D00601M");
        await using var page = await owner.ConnectAsync();
        await page.StartAsync(Page, Drawn);
        await EndAsync(owner, SessionEndReason.SecondLogin);

        Assert.Equal("/login", await page.Left);
        await page.Ended;
        await UntilAsync(() => _server.Services.GetRequiredService<OpenPages>().OfSession(owner.SessionId).Count == 0);
        Assert.DoesNotContain(
            _server.Log.Lines, line => line.Level >= LogLevel.Error && !line.Text.Contains("ALARM", StringComparison.Ordinal));
    }

    private int Recorded(string loginId) => _server.History()
        .Count(r => r is { Operation: HistoryOperation.ForeignAccess, Result: HistoryResult.Refused, Detail: "foreign-circuit" }
            && r.LoginId == loginId);

    /// <summary>What a call gets when its session has just ended: an answer, or the end of the connection.</summary>
    private static async Task<object?> LateAsync(CircuitClient client, string secret)
    {
        try
        {
            return await client.CallAsync("ConnectCircuit", secret);
        }
        catch (System.Net.WebSockets.WebSocketException)
        {
            return null;
        }
    }

    /// <summary>Waits for the server, which is asked something else meanwhile.</summary>
    private async Task UntilAsync(Func<bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        var client = _server.PublicClient();
        while (!condition())
        {
            using var answer = await client.GetAsync(new Uri("/contact", UriKind.Relative), limit.Token);
        }
    }

    private async Task EndAsync(Person person, SessionEndReason reason)
    {
        if (reason == SessionEndReason.SecondLogin)
        {
            await LogInAsync(person.LoginId);
            return;
        }

        await _server.Services.GetRequiredService<StoreWriter>().PerformAsync(work =>
        {
            var user = work.Db.Users.Include(u => u.CurrentCertificate).Single(u => u.LoginId == person.LoginId);
            if (reason == SessionEndReason.CertificateRevoked)
            {
                work.Revoke(user.CurrentCertificate!, "test", X509RevocationReason.KeyCompromise);
                user.NoteCurrentRevoked(work.Now);
            }

            _server.Sessions.EndAll(work, user.Id, reason);
            return true;
        });
    }

    private async Task<Person> LogInAsync(string loginId)
    {
        X509Certificate2? certificate = null;
        HttpClient http;
        string cookie;
        if (loginId == "0501D00900M")
        {
            http = _server.PublicClient();
            cookie = await RunningServer.LogInPubliclyAsync(http, loginId);
        }
        else
        {
            certificate = _server.DemoCertificate(loginId);
            http = _server.Client(certificate);
            cookie = "__Host-densai-cert=" + await _server.LogInAsync(http);
        }

        await using var db = await _server.Services.GetRequiredService<IDbContextFactory<DensaiDbContext>>().CreateDbContextAsync(
            TestContext.Current.CancellationToken);
        var session = await db.Sessions.Where(s => s.User.LoginId == loginId && s.EndedAt == null).Select(s => s.Id)
            .SingleAsync(TestContext.Current.CancellationToken);
        return new(_server, loginId, http, certificate, cookie, session);
    }

    private sealed record Person(
        RunningServer Server, string LoginId, HttpClient Http, X509Certificate2? Certificate, string Cookie, long SessionId)
    {
        public Task<CircuitClient> ConnectAsync() => CircuitClient.ConnectAsync(Server, Http, Certificate, Cookie);

        /// <summary>Says, as a page that leaves, that a circuit is no longer wanted.</summary>
        public async Task<HttpStatusCode> LeaveAsync(string secret)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/_blazor/disconnect", UriKind.Relative))
            {
                Content = new MultipartFormDataContent { { new StringContent(secret), "circuitId" } },
            };
            request.Headers.Add("Cookie", Cookie);
            using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }
}
