using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Sessions;
using DensaiAdmin.Tests.Tls;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Gates;

/// <summary>
/// One address can be spelled in many ways. Whatever stands before an endpoint evaluates every spelling alike, or the spelling names
/// nothing.
/// </summary>
[Web]
public sealed class GateSpellingTests(SharedServer shared) : IClassFixture<SharedServer>
{
    /// <summary>An endpoint of each kind that a gate tells apart.</summary>
    private static readonly string[] Addresses =
    [
        "/_blazor", "/_blazor/negotiate", "/_blazor/disconnect", "/_blazor/initializers", "/", "/management/users",
        "/management/users/password", "/management/users/accounts.csv",
        "/login", "/logout", "/renewal", "/language", "/contact", "/densai.css", "/not-found", "/fault", "/too-many-pages", "/dev/calendar",
        "/.well-known/est/simpleenroll", "/.well-known/est/simplereenroll", "/enrollment.json", "/pki/ca.crl", "/health/ready",
        "/login-id/user",
    ];

    private readonly RunningServer _server = shared.Server;

    [Fact]
    public async Task Address_SpelledOddly_MeetsTheSameGatesAsSpelledPlainly_OrDoesNotExist()
    {
        var failures = new List<string>();
        foreach (var situation in await SituationsAsync())
        {
            var nothing = await EvaluationAsync(situation, "/no-such-page");
            // A file that is everybody's may be refused under another spelling, never the other way round.
            // In Development files as they lie in the source have a route of their own, behind login.
            var noFile = await EvaluationAsync(situation, "/no-such/file.css");
            // With two slashes it is that route's, which names no file and so asks for a login as every page does.
            var behindLogin = await EvaluationAsync(situation, "/management/users");
            foreach (var address in Addresses)
            {
                var plain = await EvaluationAsync(situation, address);
                foreach (var odd in Spellings(address))
                {
                    var evaluation = await EvaluationAsync(situation, odd);
                    if (evaluation != plain && evaluation != nothing && evaluation != noFile && evaluation.Status is not (400 or 404)
                        && !(odd == "//densai.css" && evaluation == behindLogin))
                    {
                        failures.Add($"{situation.Name}: {odd} -> {evaluation}, {address} -> {plain}");
                    }
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Fact]
    public async Task Circuit_OnAnAddressSpelledOddly_IsCountedAndCutLikeAnyOther()
    {
        var certificate = _server.DemoCertificate("0501D60001M");
        var client = _server.Client(certificate);
        var cookie = "__Host-densai-cert=" + await _server.LogInAsync(client);
        await using var circuit = await CircuitClient.ConnectAsync(_server, client, certificate, cookie, "/_BLAZOR");
        await circuit.StartAsync("/management", "BSSK001");
        await _server.Services.GetRequiredService<StoreWriter>().PerformAsync(work =>
            _server.Sessions.EndAll(
                work, work.Db.Users.Single(u => u.LoginId == "0501D60001M").Id,
                SessionEndReason.SecondLogin), TestContext.Current.CancellationToken);

        await circuit.Ended;
    }

    private static IEnumerable<string> Spellings(string address)
    {
        yield return address.ToUpperInvariant();
        yield return "/" + address;
        yield return address + "/";
        yield return address + "//";
        yield return address + ";x=1";
        yield return "/." + address;
        yield return "/x/.." + address;
        yield return "/%2e" + address;
        yield return "/%2F" + address.TrimStart('/');
        foreach (var at in Enumerable.Range(1, Math.Max(address.Length - 1, 0)).Where(i => address[i] != '/').Take(3))
        {
            yield return $"{address[..at]}%{(int)address[at]:x2}{address[(at + 1)..]}";
            yield return $"{address[..at]}%{(int)char.ToUpperInvariant(address[at]):X2}{address[(at + 1)..]}";
        }
    }

    private async Task<IReadOnlyList<Situation>> SituationsAsync()
    {
        var certificate = _server.DemoCertificate("0501D00601M");
        var client = _server.Client(certificate);
        var session = ("Cookie", "__Host-densai-cert=" + await _server.LogInAsync(client));
        var oncePerson = _server.DemoCertificate("0501D00601U");
        var ended = ("Cookie", "__Host-densai-cert=" + await _server.LogInAsync(_server.Client(oncePerson)));
        var first = ("Cookie", "__Host-densai-cert=" + await FirstLoginAsync("0501D60001K"));
        var owing = _server.DemoCertificate("0501D00601R");
        using var login = await RunningServer.PostLoginAsync(_server.Client(owing), RunningServer.LoginPassword);
        var owes = ("Cookie", "__Host-densai-cert=" + RunningServer.CookieOf(login, "__Host-densai-cert"));
        await _server.Services.GetRequiredService<StoreWriter>().PerformAsync(work =>
            _server.Sessions.EndAll(work, work.Db.Users.Single(u => u.LoginId == "0501D00601U").Id, SessionEndReason.LoggedOut));
        var evil = ("Origin", "https://evil.test");
        var site = ("Sec-Fetch-Site", "cross-site");
        var (nobody, other, firstPerson, answering) = (_server.Client(), _server.Client(oncePerson), _server.Client(
            _server.DemoCertificate("0501D60001K")), _server.Client(owing));
        return
        [
            new("nobody", RunningServer.Certificate, nobody, "GET", []),
            new("nobody on the public origin", RunningServer.Public, nobody, "GET", []),
            new("posted by nobody", RunningServer.Certificate, nobody, "POST", []),
            new("signed in", RunningServer.Certificate, client, "GET", [session]),
            new("posted by who is signed in", RunningServer.Certificate, client, "POST", [session]),
            new("made by another site", RunningServer.Certificate, client, "GET", [session, evil]),
            new("posted by another site", RunningServer.Certificate, client, "POST", [session, site]),
            new("put", RunningServer.Certificate, client, "PUT", [session]),
            new("ended", RunningServer.Certificate, other, "GET", [ended]),
            new("first login", RunningServer.Certificate, firstPerson, "GET", [first]),
            new("owes an answer", RunningServer.Certificate, answering, "GET", [owes]),
        ];
    }

    private async Task<string> FirstLoginAsync(string loginId)
    {
        await _server.Services.GetRequiredService<StoreWriter>().PerformAsync(work =>
        {
            var user = work.Db.Users.Single(u => u.LoginId == loginId);
            user.SetOneTimePassword(user.LoginPassword, work.Now.AddDays(14));
            return true;
        });
        return await _server.LogInAsync(_server.Client(_server.DemoCertificate(loginId)));
    }

    /// <summary>Status, and where one is led without what was asked for.</summary>
    private async Task<(int Status, string? Location)> EvaluationAsync(Situation situation, string address)
    {
        using var answer = await RawRequest.SendAsync(
            situation.Client, new(situation.Method), situation.Origin, address, situation.Headers);
        return ((int)answer.StatusCode, answer.Headers.Location?.OriginalString.Split('?')[0]);
    }

    private sealed record Situation(
        string Name, Uri Origin, HttpClient Client, string Method, IReadOnlyList<(string Name, string Value)> Headers);
}
