using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Sessions;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.Verbs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.Hosting;

/// <summary>
/// R26 on a whole running server: its clock is set wrong, while it runs or while it stands still, and right again, with a revocation each
/// time. Whatever the clock says, the server lives, a revocation is on the list, and no list goes back.
/// </summary>
[Web]
public sealed partial class ClockJumpTests
{
    private static readonly TimeSpan To1970 = DateTimeOffset.UnixEpoch - DateTimeOffset.UtcNow;

    // One after the other; each gets a new certificate next time, where the clock allows it.
    private static readonly string[] Revoked = ["0501D60001T", "0501D47701T", "0501D00601U"];

    /// <summary>Where the clock goes, and how the server stands then and once the clock is right again.</summary>
    public static TheoryData<string, bool, bool, ClockStanding, ClockStanding> Jumps => new()
    {
        // Behind the records that are there already: over as soon as the clock is right.
        { "-2h", false, false, ClockStanding.Behind, ClockStanding.Trusted },
        { "-2h", false, true, ClockStanding.Behind, ClockStanding.Trusted },
        { "-2h", true, false, ClockStanding.Behind, ClockStanding.Trusted },
        { "-2h", true, true, ClockStanding.Behind, ClockStanding.Trusted },
        { "1970", false, false, ClockStanding.Behind, ClockStanding.Trusted },
        { "1970", false, true, ClockStanding.Behind, ClockStanding.Trusted },
        { "1970", true, false, ClockStanding.Behind, ClockStanding.Trusted },
        { "1970", true, true, ClockStanding.Behind, ClockStanding.Trusted },

        // Less than a day is followed, and whatever a start finds: what was recorded then lies ahead of the right time.
        { "+2h", false, false, ClockStanding.Trusted, ClockStanding.Behind },
        { "+2h", false, true, ClockStanding.Trusted, ClockStanding.Behind },
        { "+2h", true, false, ClockStanding.Trusted, ClockStanding.Behind },
        { "+2h", true, true, ClockStanding.Trusted, ClockStanding.Behind },
        { "+20d", true, false, ClockStanding.Trusted, ClockStanding.Behind },
        { "+20d", true, true, ClockStanding.Trusted, ClockStanding.Behind },
        { "+330d", true, false, ClockStanding.Trusted, ClockStanding.Behind },
        { "+330d", true, true, ClockStanding.Trusted, ClockStanding.Behind },

        // More than a day at once is not followed: nothing is dated by it.
        { "+20d", false, false, ClockStanding.Ahead, ClockStanding.Trusted },
        { "+20d", false, true, ClockStanding.Ahead, ClockStanding.Trusted },
        { "+330d", false, false, ClockStanding.Ahead, ClockStanding.Trusted },
        { "+330d", false, true, ClockStanding.Ahead, ClockStanding.Trusted },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task ClockSetWrongAndRightAgain_EveryRevocationIsListed_AndOnlyTheRightClockLetsIn(
        string jump, bool atAStart, bool backAtAStart, ClockStanding wrong, ClockStanding right)
    {
        var machine = new LiveMachine();
        await using var server = await RunningServer.StartAsync(clock: machine);
        await CheckAsync(server, machine, ClockStanding.Trusted, "0501D60001M", "0501D00601N", Revoked[..1]);

        await SetAsync(server, machine, Jump(jump), atAStart);
        // At + 330 days his certificate has expired, and the clock is not the cause.
        await CheckAsync(
            server, machine, wrong, jump == "+330d" && wrong == ClockStanding.Trusted ? null : "0501D60001K", Revoked[0], Revoked[..2]);

        await SetAsync(server, machine, TimeSpan.Zero, backAtAStart);
        await CheckAsync(server, machine, right, "0501D60001K", Revoked[1], Revoked);
        Assert.Subset(Listed(await ListAsync(server)), (HashSet<string>)[.. Revoked.Select(loginId => SerialOf(server, loginId))]);

        await server.RestartAsync();
        await CheckReadyAsync(server, right);
        Assert.Subset(Listed(await ListAsync(server)), (HashSet<string>)[.. Revoked.Select(loginId => SerialOf(server, loginId))]);

        if (right == ClockStanding.Behind)
        {
            var ahead = await ListAsync(server);
            await server.RestartAsync(() => ReconcileAsync(server));
            var now = machine.GetUtcNow();
            await CheckReadyAsync(server, ClockStanding.Trusted);
            await server.LogInAsync(server.Client(server.DemoCertificate("0501D60001K")));
            var list = await ListAsync(server);
            Assert.True(list.Number > ahead.Number);
            Assert.InRange(list.ThisUpdate, now.AddMinutes(-2), now);
            Assert.Superset(Listed(ahead), Listed(list));
        }

        var audit = await Verb(server, "audit", "verify");
        Assert.True(audit.ExitCode == 0, audit.Error);
        Assert.DoesNotContain(
            server.Log.Lines.Where(line => line.Level >= LogLevel.Error).Select(line => line.Text), text => !ClockIsWrong().IsMatch(text));
    }

    /// <summary>Whoever must revoke, suspend or log out gets to the page for it.</summary>
    [Theory]
    [InlineData("-2h")]
    [InlineData("+20d")]
    public async Task ClockSetWrong_EveryPageOpensAllTheSame_AndLogoutWorks(string jump)
    {
        var machine = new LiveMachine();
        await using var server = await RunningServer.StartAsync(clock: machine);
        var certificate = server.DemoCertificate("0501D60001M");
        var client = server.Client(certificate);
        var session = "__Host-densai-cert=" + await server.LogInAsync(client);
        machine.Set(Jump(jump));

        foreach (var function in Functions.All)
        {
            await using var page = await CircuitClient.ConnectAsync(server, client, certificate, session);
            await page.StartAsync(function.Href, function.ScreenId);
        }

        using var logout = await RunningServer.PostFormAsync(client, "/", "/logout", new(StringComparer.Ordinal), session);
        Assert.Equal(HttpStatusCode.SeeOther, logout.StatusCode);
        Assert.Contains(server.History(), r => r is { Operation: HistoryOperation.Logout, Result: HistoryResult.Done });
        Assert.DoesNotContain(
            server.Log.Lines.Where(line => line.Level >= LogLevel.Error).Select(line => line.Text), text => !ClockIsWrong().IsMatch(text));
    }

    [Fact]
    public async Task ClockAhead_WhenNobodyActed_DatedAListAllTheSame_AndIsFoundOutOnceItIsRight()
    {
        var machine = new LiveMachine();
        await using var server = await RunningServer.StartAsync(clock: machine);
        await SetAsync(server, machine, TimeSpan.FromDays(20), atAStart: true);
        var ahead = await ListAsync(server);
        Assert.InRange(ahead.ThisUpdate, machine.GetUtcNow().AddMinutes(-2), machine.GetUtcNow());

        machine.Set(TimeSpan.Zero);
        await CheckReadyAsync(server, ClockStanding.Behind);
        await server.RestartAsync();
        await CheckReadyAsync(server, ClockStanding.Behind);
        await server.RestartAsync(() => ReconcileAsync(server));

        await CheckReadyAsync(server, ClockStanding.Trusted);
        Assert.InRange((await ListAsync(server)).ThisUpdate, machine.GetUtcNow().AddMinutes(-2), machine.GetUtcNow());
        var audit = await Verb(server, "audit", "verify");
        Assert.True(audit.ExitCode == 0, audit.Error);
    }

    /// <summary>
    /// By the clock that was ahead the certificate has expired; by the right one it is in force, and nobody knows yet which is right.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CertificateThatExpiredByAClockAhead_IsNotSaidToHaveExpired_OnceTheClockIsFoundWrong(bool behindAnEndedSession)
    {
        var machine = new LiveMachine();
        await using var server = await RunningServer.StartAsync(clock: machine);
        var certificate = server.DemoCertificate("0501D60001K");
        var session = behindAnEndedSession ? "__Host-densai-cert=" + await server.LogInAsync(server.Client(certificate)) : null;
        await SetAsync(server, machine, Jump("+330d"), atAStart: true);
        var client = server.Client(certificate);
        using var expired = await RunningServer.GetAsync(client, "/login", session);
        Assert.Equal(
            (HttpStatusCode.Forbidden, ErrorCodes.CertificateExpired.ToString()),
            (expired.StatusCode, expired.Headers.GetValues("Densai-Code").Single()));

        machine.Set(TimeSpan.Zero);
        await CheckReadyAsync(server, ClockStanding.Behind);

        using var told = await RunningServer.GetAsync(client, "/login", session);
        await CheckAnswerAsync(told, ClockStanding.Behind, HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("0501D60001M", true)]
    [InlineData("0501D00900M", false)]
    public async Task SessionThatAClockSetForwardEnded_IsNotSaidToHaveBeenIdle(string loginId, bool byCertificate)
    {
        var machine = new LiveMachine();
        await using var server = await RunningServer.StartAsync(clock: machine);
        var client = byCertificate ? server.Client(server.DemoCertificate(loginId)) : server.PublicClient();
        async Task<string> LogInAsync() =>
            byCertificate
                ? "__Host-densai-cert=" + await server.LogInAsync(client)
                : await RunningServer.LogInPubliclyAsync(client, loginId);
        var session = await LogInAsync();

        machine.Set(Jump("+2h"));
        using var leapt = await RunningServer.GetAsync(client, "/login", session);

        var text = WebUtility.HtmlDecode(await leapt.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(HttpStatusCode.Forbidden, leapt.StatusCode);
        Assert.Equal(ErrorCodes.SessionClockSet.ToString(), leapt.Headers.GetValues("Densai-Code").Single());
        Assert.Contains("サーバーの時刻の調整のため、ログアウトしました", text, StringComparison.Ordinal);
        Assert.DoesNotContain("操作がなかった", text, StringComparison.Ordinal);
    }

    /// <summary>How the server stands, and what works so: a login, an issue and a revocation.</summary>
    private static async Task CheckAsync(
        RunningServer server, LiveMachine machine, ClockStanding standing, string? loginId, string applicant, string[] revoked)
    {
        await CheckReadyAsync(server, standing);
        if (loginId is not null)
        {
            using var login = await RunningServer.PostLoginAsync(
                server.Client(server.DemoCertificate(loginId)), RunningServer.LoginPassword);
            await CheckAnswerAsync(login, standing, HttpStatusCode.SeeOther);
            Assert.Equal(standing == ClockStanding.Trusted, RunningServer.CookieOf(login, "__Host-densai-cert") is not null);
        }

        using var issue = await EnrollAsync(server, applicant);
        await CheckAnswerAsync(issue, standing, HttpStatusCode.OK);
        Assert.Equal(
            standing == ClockStanding.Trusted ? null : ClockNotTrustedException.Code,
            issue.Headers.TryGetValues("Densai-Reason", out var reason) ? reason.Single() : null);

        var before = await ListAsync(server);
        var latest = server.Services.GetRequiredService<StoreWriter>().Clock.Latest;
        var (from, wall) = (TimeProvider.System.GetUtcNow(), machine.GetUtcNow());
        var done = await Verb(server, "revoke", revoked[^1], "--reason", "keyCompromise", "--operator", "counter1");
        Assert.True(done.ExitCode == 0, done.Error);
        var list = await UntilListedAsync(server, SerialOf(server, revoked[^1]));
        var record = server.History().Last(r => r.Operation == HistoryOperation.Revocation);
        switch (standing)
        {
            case ClockStanding.Behind:
                Assert.Equal(latest, record.At);
                Assert.Equal(Later(wall, before.ThisUpdate), list.ThisUpdate, TimeSpan.FromMinutes(1));
                break;
            case ClockStanding.Ahead:
                Assert.InRange(record.At, from.AddSeconds(-1), TimeProvider.System.GetUtcNow());
                Assert.InRange(list.ThisUpdate, Later(from.AddSeconds(-1), before.ThisUpdate), TimeProvider.System.GetUtcNow());
                break;
            case ClockStanding.Trusted:
                Assert.InRange(record.At, wall.AddSeconds(-1), machine.GetUtcNow());
                Assert.InRange(list.ThisUpdate, wall.AddSeconds(-1), machine.GetUtcNow());
                break;
        }

        Assert.Equal(before.Number + 1, list.Number);
        Assert.Subset(Listed(list), (HashSet<string>)[.. revoked.Where(
            one => IsValidAt(server, one, list.ThisUpdate)).Append(revoked[^1]).Select(one => SerialOf(server, one))]);
    }

    private static async Task CheckAnswerAsync(HttpResponseMessage answer, ClockStanding standing, HttpStatusCode whenTrusted)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        if (standing == ClockStanding.Trusted)
        {
            Assert.True(answer.StatusCode == whenTrusted, $"{answer.StatusCode}: {text}");
            return;
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Matches(
            standing == ClockStanding.Behind ? "サーバーの時計（.+日.+秒）が最後の記録（.+日.+秒）より前" : "サーバーの時計が一度に .+日.+秒 まで進んだため（正しくは .+日.+秒 ごろ）",
            WebUtility.HtmlDecode(text));
    }

    private static async Task CheckReadyAsync(RunningServer server, ClockStanding standing)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var expected = standing == ClockStanding.Trusted ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable;
        // One connection: whoever opens many is cut.
        var client = server.Client(version: 1);
        while (true)
        {
            using var ready = await RunningServer.GetAsync(client, new Uri(RunningServer.Pki, "/health/ready?verbose").ToString());
            var text = await ready.Content.ReadAsStringAsync(Cancellation);
            if (ready.StatusCode != expected && !limit.IsCancellationRequested)
            {
                continue;
            }

            Assert.True(expected == ready.StatusCode, text);
            Assert.Matches(standing == ClockStanding.Trusted
                ? "(?m)^clock: ok "
                : @"(?m)^clock: failing .*\n  原因: .*\d日.*\d日.*\n  対処: .*\n  cause: .*\n  remedy: ", text);
            return;
        }
    }

    private static async Task SetAsync(RunningServer server, LiveMachine machine, TimeSpan ahead, bool atAStart)
    {
        if (atAStart)
        {
            await server.RestartAsync(() => machine.Set(ahead));
        }
        else
        {
            machine.Set(ahead);
        }
    }

    private static TimeSpan Jump(string jump) => jump switch
    {
        "1970" => To1970,
        [.., 'h'] => TimeSpan.FromHours(int.Parse(jump[..^1], CultureInfo.InvariantCulture)),
        _ => TimeSpan.FromDays(int.Parse(jump[..^1], CultureInfo.InvariantCulture)),
    };

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static async Task<HttpResponseMessage> EnrollAsync(RunningServer server, string loginId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/.well-known/est/simpleenroll", UriKind.Relative))
        {
            Content = new StringContent(Convert.ToBase64String(IssuingBank.NewRequest()), Encoding.ASCII, "application/pkcs10"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{loginId}:{RunningServer.LoginPassword}")));
        return await server.PublicClient(version: 1).SendAsync(request, Cancellation);
    }

    private static Task<CertificateRevocationList> ListAsync(RunningServer server) => ListAsync(server, server.Client(version: 1));

    private static async Task<CertificateRevocationList> ListAsync(RunningServer server, HttpClient client)
    {
        using var answer = await RunningServer.GetAsync(client, new Uri(RunningServer.Pki, "/pki/ca.crl").ToString());
        var list = CertificateRevocationList.Read(
            await answer.Content.ReadAsByteArrayAsync(Cancellation), server.Services.GetRequiredService<Authorities>().Current);
        Assert.NotNull(list);
        return list;
    }

    // The verb waits for the list, but not for ever.
    private static async Task<CertificateRevocationList> UntilListedAsync(RunningServer server, string serial)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var client = server.Client(version: 1);
        var list = await ListAsync(server, client);
        while (!Listed(list).Contains(serial) && !limit.IsCancellationRequested)
        {
            list = await ListAsync(server, client);
        }

        return list;
    }

    private static HashSet<string> Listed(CertificateRevocationList list) => [.. list.Entries.Select(entry => entry.Serial.ToString())];

    private static string SerialOf(RunningServer server, string loginId)
    {
        using var certificate = server.DemoCertificate(loginId);
        return certificate.SerialNumber;
    }

    private static bool IsValidAt(RunningServer server, string loginId, DateTimeOffset at) =>
        at <= new DateTimeOffset(server.DemoCertificate(loginId).NotAfter.ToUniversalTime());

    private static async Task<VerbAnswer> Verb(RunningServer server, params string[] args)
    {
        var answer = await ControlChannel.TryAskAsync(server.DataFile(""), new VerbRequest(args, "terminal:test"), Cancellation);
        Assert.NotNull(answer);
        return answer;
    }

    [GeneratedRegex(@": (?:Health: clock is failing|ALARM Clock: )", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClockIsWrong();

    private static async Task ReconcileAsync(RunningServer server)
    {
        var builder = ServerBuilder.Create(["--Data:Directory=" + server.DataFile("")], "Development");
        var terminal = new Verbs.ScriptedTerminal();
        var said = await new VerbRunner(terminal, builder.Configuration, builder.Environment).RunAsync(["reconcile", "--clock"]);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Assert.True(said == 0, terminal.Said(said).Error);
    }
}
