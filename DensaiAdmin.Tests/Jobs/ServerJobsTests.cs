using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using DensaiAdmin.Core;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Verbs;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Jobs;

/// <summary>
/// Every job of the server, found by reflection: none ends the host, each shows in health what befell it, and each recovers.
/// </summary>
[Web]
public sealed partial class ServerJobsTests
{
    /// <summary>What needs no table: each has a trial of its own, or nothing outside it can break it.</summary>
    private static readonly Dictionary<string, string> WithoutTables = new(StringComparer.Ordinal)
    {
        ["ControlSocket"] = nameof(ControlSocket_WhoseListenerDies_ListensAgain),
        ["AppPackages"] = "looks once, and what it finds is a warning of its own check",
        ["ConnectionWatch"] = "looks at connections in memory; has tests of its own",
        ["ClockJob"] = "looks at the clock; writes only where that is not to be trusted",
        ["HealthWatch"] = "asks the checks, of which each answers whatever happens",
        ["OwedMailJob"] = "wakes where an act recorded something; has a trial of its own",
        ["RevocationWarmUp"] = "runs once, before the trial",
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void EveryHostedService_IsABackgroundJob_WithATitleInBothLanguages()
    {
        var services = new[] { typeof(BackgroundJob).Assembly, typeof(Server).Assembly }
            .SelectMany(a => a.GetTypes())
            .Where(t => t.IsAssignableTo(typeof(IHostedService)) && !t.IsAbstract)
            .ToList();

        Assert.True(services.Count >= 11, string.Join(", ", services.Select(t => t.Name)));
        Assert.All(services, type => Assert.True(
            type.IsAssignableTo(typeof(BackgroundJob)), $"{type.Name} is run by the host; derive it from BackgroundJob."));
    }

    /// <summary>
    /// What runs beside the host and the requests can end the process, or die without a word; each place is known and has its reason.
    /// </summary>
    [Fact]
    public void NothingElse_RunsOnItsOwn()
    {
        Dictionary<string, string> known = new(StringComparer.Ordinal)
        {
            ["StoreWriter.cs"] = "the writer's thread; a batch that throws is refused and the thread goes on",
            ["SessionEndings.cs"] = "carries one end of a session; catches everything",
            ["HomePage.razor.cs"] = "reads the parts of a page side by side; the page awaits them all, and what they throw",
            ["PasswordCheck.cs"] = "gives an attempt back once the store is there again; catches what the store throws",
            ["PasswordHasher.cs"] = "hashes on threads of their own; whoever asked awaits them, and what they throw",
            ["SessionActivity.cs"] = "stores one instant; catches everything",
            ["SessionGuard.razor.cs"] = "a timer of one page, on the page's own dispatcher",
        };
        var found = Sources()
            .Where(file => RunsOnItsOwn().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetFileName(file))
            .Except(["ClockGuard.cs", "ShiftedTimeProvider.cs", "FaultCheck.cs"], StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

        Assert.Equal(known.Keys.Order(StringComparer.Ordinal), found);
    }

    [Fact]
    public async Task StoreThatThrows_EndsNoHost_EveryJobShowsInHealth_AndRecovers()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await RunningServer.StartAsync(clock: clock);
        var jobs = server.Services.GetServices<IHostedService>().OfType<BackgroundJob>().ToList();
        var stopping = server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var counter = server.Services.GetRequiredService<RefusalCounter>();
        List<string> expected = [.. jobs.Select(j => j.GetType().Name).Except(
            WithoutTables.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Assert.True(expected.Count >= 7, string.Join(", ", expected));

        RenameTables(server, "", "_away");
        var broken = new HashSet<string>(StringComparer.Ordinal);
        await Waiting.UntilAsync(() =>
        {
            counter.Count(new HistoryEntry
            {
                Operation = HistoryOperation.Login,
                Result = HistoryResult.Refused,
                Source = "192.0.2.1",
                Detail = "trial",
            });
            clock.Advance(TimeSpan.FromMinutes(10));
            broken.UnionWith(jobs.Where(j => j.Fault is not null).Select(j => j.GetType().Name));
            return expected.TrueForAll(broken.Contains);
        }, why: () => "never broke: " + string.Join(", ", expected.Except(broken, StringComparer.Ordinal)));

        Assert.False(stopping.IsCancellationRequested);
        List<BackgroundJob> failing = [.. jobs.Where(j => expected.Contains(j.GetType().Name) && j.Fault is not null)];
        Assert.NotEmpty(failing);
        // An answer stands for a second.
        var told = "";
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!failing.TrueForAll(
            j => told.Contains(j.Title.Japanese, StringComparison.Ordinal) && told.Contains(j.Title.English, StringComparison.Ordinal)))
        {
            Assert.False(limit.IsCancellationRequested, told);
            told = await VerboseAsync(server);
        }

        RenameTables(server, "_away", "");
        await Waiting.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            return jobs.TrueForAll(j => j.Fault is null);
        }, why: () => "never recovered: " + string.Join(
            ", ", jobs.Where(j => j.Fault is not null).Select(j => $"{j.GetType().Name} {j.Fault!.Cause}")));
        Assert.False(stopping.IsCancellationRequested);
        using var page = await RunningServer.GetAsync(server.PublicClient(), "/login");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task ControlSocket_WhoseListenerDies_ListensAgain()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await RunningServer.StartAsync(clock: clock);
        var job = server.Services.GetServices<IHostedService>().OfType<ControlSocket>().Single();
        var listener = typeof(ControlSocket).GetField("_listener", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var before = (System.Net.Sockets.Socket)listener.GetValue(job)!;

        before.Dispose();
        await Waiting.UntilAsync(() => job.Fault is not null, why: () => "the dead listener was not noticed");
        await Waiting.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return job.Fault is null;
        }, why: () => "it does not listen again");

        Assert.NotNull(await ControlChannel.TryAskAsync(server.DataFile(""), new VerbRequest(["ca", "show"], "test"), Cancellation));
    }

    private static async Task<string> VerboseAsync(RunningServer server)
    {
        using var answer = await RunningServer.GetAsync(
            server.Client(version: 1), new Uri(RunningServer.Pki, "/health/ready?verbose").ToString());
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }

    private static void RenameTables(RunningServer server, string from, string to)
    {
        using var connection = new SqliteConnection($"Data Source={server.DataFile("densai.db")};Pooling=False");
        connection.Open();
        // Of triggers and references the old names stay as they are.
        Execute("PRAGMA busy_timeout = 30000; PRAGMA legacy_alter_table = ON; PRAGMA foreign_keys = OFF");
        var tables = new List<string>();
        using (var command = connection.CreateCommand())
        {
            command.CommandText =
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'";
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                tables.Add(reader.GetString(0));
            }
        }

        foreach (var table in tables.Where(t => t.EndsWith(from, StringComparison.Ordinal)))
        {
            Execute($"ALTER TABLE \"{table}\" RENAME TO \"{table[..^from.Length]}{to}\"");
        }

        void Execute(string sql)
        {
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The names are the schema's own.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
    }

    private static IEnumerable<string> Sources() =>
        ((string[])["DensaiAdmin.Core", "DensaiAdmin.Web"]).SelectMany(project => Repository.Files(project, ".cs"))
            .Where(file => !file.Contains("/DemoBank/", StringComparison.Ordinal));

    [GeneratedRegex(
        @"new Thread\(|new Timer\(|CreateTimer\(|async void|QueueUserWorkItem\(|Task\.Run\(|Task\.Factory|ContinueWith\("
            + @"|\b_ = \w+Async\(",
        RegexOptions.NonBacktracking)]
    private static partial Regex RunsOnItsOwn();
}
