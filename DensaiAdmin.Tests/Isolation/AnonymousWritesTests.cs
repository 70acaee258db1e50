using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Isolation;

/// <summary>
/// Whatever anybody can post without having logged in, posted again and again: it makes no durable write of its own. The addresses are
/// those that the running server has; a form that is not named here is posted without fields and must hold as well.
/// </summary>
[Web]
public sealed class AnonymousWritesTests : IAsyncLifetime
{
    private const int Posts = 120;

    // What a source may try a password in a minute, each try with a count of its own, and what is recorded once for each kind.
    private const int MaxWrites = 20 + 10;

    // Noon in Japan, and it stays so: everything happens within one minute.
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 25, 3, 0, 0, TimeSpan.Zero));
    private RunningServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(clock: _clock);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task EveryAnonymousPost_Flooded_LeavesRowsRecordsAndAnchorLinesBounded()
    {
        var routes = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>() is not { HttpMethods: { Count: > 0 } methods }
                || methods.Contains("POST", StringComparer.OrdinalIgnoreCase))
            .Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is not null || e.Metadata.GetMetadata<IAuthorizeData>() is null)
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        foreach (var known in new[] { "/login", "/login-id", "/login-id/user", "/login-id/confirm" })
        {
            Assert.Contains(known, routes);
        }

        Assert.Contains(routes, route => route.StartsWith("/.well-known/est/", StringComparison.Ordinal));
        var grew = new List<string>();
        foreach (var route in routes)
        {
            foreach (var client in new[] { _server.PublicClient(), _server.Client() })
            {
                // Another minute for each, or the first would use up what the source has.
                _clock.Advance(TimeSpan.FromMinutes(2));
                await FlushAsync();
                var before = Standing();
                await FloodAsync(client, route);
                await FlushAsync();
                var after = Standing();
                if (after.Rows - before.Rows > MaxWrites
                    || after.AnchorLines - before.AnchorLines > MaxWrites
                    || after.Records - before.Records > 10)
                {
                    grew.Add($"{client.BaseAddress} {route}: {before} -> {after}");
                }
            }
        }

        Assert.Empty(grew);
    }

    private async Task FloodAsync(HttpClient client, string route)
    {
        var path = route.Contains('{', StringComparison.Ordinal)
            ? route[..route.IndexOf('{', StringComparison.Ordinal)] + "simpleenroll"
            : route;
        var form = await RunningServer.ShowFormAsync(client, "/login");
        var inParallel = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation };
        await Parallel.ForEachAsync(Enumerable.Range(0, Posts), inParallel, async (n, cancellation) =>
        {
            if (path.StartsWith("/.well-known/", StringComparison.Ordinal) || path.StartsWith("/pki/", StringComparison.Ordinal))
            {
                using var request = new HttpRequestMessage(
                    HttpMethod.Post, new Uri(path, UriKind.Relative))
                { Content = new ByteArrayContent("AAAA"u8.ToArray()) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(
                    path.EndsWith("ocsp", StringComparison.Ordinal) ? "application/ocsp-request" : "application/pkcs10");
                request.Headers.Authorization = new AuthenticationHeaderValue(
                    "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{LoginId(n)}:wrong password {n}")));
                using var est = await client.SendAsync(request, cancellation);
                return;
            }

            using var answer = await RunningServer.PostAsync(client, path, form, Fields(path, n));
        });
    }

    // One known ID, and many that nobody has.
    private static string LoginId(int n) => n % 2 == 0 ? "0501D00900M" : string.Create(CultureInfo.InvariantCulture, $"invented{n}");

    private static Dictionary<string, string> Fields(string path, int n) => path switch
    {
        "/login" => new(StringComparer.Ordinal) { ["_handler"] = "sign-in", ["loginId"] = LoginId(n), ["password"] = "wrong password" },
        "/login-id" => new(StringComparer.Ordinal)
        {
            ["_handler"] = "letter",
            ["contract"] = n % 2 == 0 ? "0501D70001" : string.Create(CultureInfo.InvariantCulture, $"invented{n}"),
            ["branch"] = "101",
            ["account"] = "7000123",
            ["code"] = "ABCD-EFGH-JKLM-NPQR",
        },
        "/login-id/user" => new(StringComparer.Ordinal)
        {
            ["_handler"] = "applicant",
            ["loginId"] = LoginId(n),
            ["name"] = "x",
            ["mail"] = "x@example.jp",
            ["password"] = "a quite long password",
            ["passwordAgain"] = "a quite long password",
            ["confirmation"] = "another one",
            ["confirmationAgain"] = "another one",
        },
        "/login-id/confirm" => new(StringComparer.Ordinal) { ["_handler"] = "confirm" },
        _ => new(StringComparer.Ordinal),
    };

    private Task FlushAsync() => _server.Services.GetRequiredService<RefusalCounter>().FlushAsync(Cancellation);

    private (long Rows, long Records, long AnchorLines) Standing()
    {
        using var db = _server.Services.GetRequiredService<IDbContextFactory<DensaiDbContext>>().CreateDbContext();
        var rows = 0L;
        var tables = db.Database.SqlQuery<string>(
            $"""
            SELECT name AS Value FROM sqlite_master
            WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND sql NOT LIKE 'CREATE VIRTUAL%'
            """).ToList();
        foreach (var table in tables)
        {
            // A name out of the schema itself: no parameter can stand for a table.
            var count = $"SELECT COUNT(*) AS Value FROM \"{table}\"";
            rows += db.Database.SqlQueryRaw<long>(count).Single();
        }

        var data = _server.DataFile("").TrimEnd(Path.DirectorySeparatorChar);
        var anchors = Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(data)!, Path.GetFileName(data) + ".anchor*")
            .SelectMany(entry => Directory.Exists(entry) ? Directory.EnumerateFiles(entry, "*", SearchOption.AllDirectories) : [entry]);
        return (rows, db.HistoryRecords.LongCount(), anchors.Sum(file => File.ReadAllText(file).Count(c => c == '\n')));
    }
}
