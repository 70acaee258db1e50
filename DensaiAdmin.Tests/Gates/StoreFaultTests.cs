using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Verbs;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DensaiAdmin.Tests.Gates;

/// <summary>What goes wrong with the store under a running server, as it is seen from outside: over TLS, at EST and by the verbs.</summary>
[Web]
public sealed class StoreFaultTests : IAsyncLifetime
{
    private const string Renewer = "0501D00601R";

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private RunningServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("BEGIN IMMEDIATE")]
    [InlineData("BEGIN EXCLUSIVE")]
    public async Task WriteLock_OfAnotherProcess_IsAnsweredInWordsWithinFiveSeconds_AndAllWorksAfterIt(string begin)
    {
        var master = _server.Client(_server.DemoCertificate("0501D00601M"));
        var form = await RunningServer.ShowFormAsync(master, "/login");
        var publicClient = _server.PublicClient();
        var publicForm = await RunningServer.ShowFormAsync(publicClient, "/login");
        await AskAllAsync(form, publicForm, master, publicClient);
        var records = _server.History().Count;
        await using (var other = await OpenAsync())
        {
            await ExecuteAsync(other, begin);
            await AskAllAsync(form, publicForm, master, publicClient, refused: "E-9002");
            await ExecuteAsync(other, "ROLLBACK");
        }

        await UntilReadyAsync(HttpStatusCode.OK);
        Assert.Equal(0, _server.History().Skip(records).Count(r => r.Result == HistoryResult.Done
            && r.Operation is HistoryOperation.Login or HistoryOperation.Issue or HistoryOperation.Renewal));
        await AskAllAsync(form, publicForm, master, publicClient);
        CheckLog("E-9002");
    }

    [Fact]
    public async Task OlderDatabase_PutUnderARunningServer_IsRefusedEverywhere_AndTheRightOneWorksAgain()
    {
        using var directory = new TemporaryDirectory();
        await KeepAsync(directory.At("older.db"));
        var holder = _server.Client(_server.DemoCertificate("0501D00601U"));
        var session = await _server.LogInAsync(holder);
        var request = new VerbRequest(["revoke", "0501D00601U", "--reason", "superseded", "--operator", "counter1"], "terminal:test");
        Assert.Equal(0, (await AskServerAsync(request))!.ExitCode);
        var crls = _server.Services.GetRequiredService<CrlPublisher>();
        await crls.PublishNowAsync("test", cancellation: Cancellation);
        await KeepAsync(directory.At("right.db"));
        var number = crls.Current!.List.Number;
        var entries = crls.Current.List.Entries.Count;
        var anchored = _server.Services.GetRequiredService<HistoryAnchor>().Last()!.Sequence;
        var master = _server.Client(_server.DemoCertificate("0501D00601M"));
        var form = await RunningServer.ShowFormAsync(master, "/login");

        PutInPlace(directory.At("older.db"));

        await AssertFaultAsync(RunningServer.PostAsync(master, "/login", form, LoginForm()), "E-3103");
        // What the older database says of his session and his certificate counts for nothing.
        await AssertFaultAsync(RunningServer.GetWithSessionAsync(holder, "/", session), "E-3103");
        await AssertFaultAsync(EnrollAsync("0501D00601U"), "E-3103");
        await AssertFaultAsync(RenewAsync(), "E-3103");
        Assert.Contains("reconcile", (await AskServerAsync(request))!.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, (await AskServerAsync(new VerbRequest(["crl", "now"], "terminal:test")))!.ExitCode);
        var (_, health) = await UntilReadyAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Contains("データベースが、最後に書き込んだものではありません。", health, StringComparison.Ordinal);
        Assert.Equal((number, entries), (crls.Current!.List.Number, crls.Current.List.Entries.Count));
        Assert.Equal(anchored, _server.Services.GetRequiredService<HistoryAnchor>().Last()!.Sequence);
        Assert.Single(_server.Log.Lines, l => l.Text.Contains("ALARM StoreDisagreement: store-replaced", StringComparison.Ordinal));

        PutInPlace(directory.At("right.db"));

        await UntilReadyAsync(HttpStatusCode.OK);
        await Watch.LookAsync(Cancellation);
        Assert.Contains(_server.History(), r => r.Operation == HistoryOperation.Alarm && r.Value == StoreDisagreementJob.Replaced);
        await _server.LogInAsync(master);
        using var refused = await RunningServer.GetAsync(holder, "/login");
        Assert.Contains("E-1204", await refused.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.True((await _server.Services.GetRequiredService<VerifyHistory>().RunAsync(Cancellation)).IsIntact);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RowThatWasUnrevoked_LetsNobodyIn_NeitherASessionNorALoginNorARenewal(bool offline)
    {
        var certificate = _server.DemoCertificate(Renewer);
        var holder = _server.Client(certificate);
        var session = await _server.LogInAsync(holder);
        Assert.Equal(0, (await AskServerAsync(
            new VerbRequest(["revoke", Renewer, "--reason", "superseded", "--operator", "counter1"], "terminal:test")))!.ExitCode);
        var crls = _server.Services.GetRequiredService<CrlPublisher>();
        await crls.PublishNowAsync("test", cancellation: Cancellation);
        var entries = crls.Current!.List.Entries.Count;
        void Unrevoke()
        {
            using var other = new SqliteConnection($"Data Source={_server.DataFile("densai.db")};Pooling=False");
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = $"""
                UPDATE Certificates SET RevokedAt = NULL, RevokedBy = NULL, Reason = NULL, RevokedSequence = NULL
                    WHERE SerialNumber = '{certificate.SerialNumber}';
                UPDATE Users SET CertificateRevokedAt = NULL WHERE LoginId = '{Renewer}';
                UPDATE Sessions SET EndedAt = NULL, EndReason = NULL WHERE UserId = (SELECT Id FROM Users WHERE LoginId = '{Renewer}');
                """;
            Assert.True(command.ExecuteNonQuery() >= 3);
        }

        if (offline)
        {
            await _server.RestartAsync(Unrevoke);
            holder = _server.Client(certificate);
            crls = _server.Services.GetRequiredService<CrlPublisher>();
        }
        else
        {
            Unrevoke();
        }

        using var page = await RunningServer.GetWithSessionAsync(holder, "/", session);
        Assert.Equal(HttpStatusCode.SeeOther, page.StatusCode);
        using var login = await RunningServer.GetAsync(holder, "/login");
        Assert.Equal(HttpStatusCode.Forbidden, login.StatusCode);
        Assert.Contains("E-1204", await login.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        using var renewal = await RenewAsync();
        Assert.Equal(
            (HttpStatusCode.Conflict, "certificate-revoked"), (renewal.StatusCode, renewal.Headers.GetValues("Densai-Reason").Single()));

        await Watch.LookAsync(Cancellation);
        Assert.Equal(entries, crls.Current!.List.Entries.Count);
        Assert.Contains(crls.Disagreements, d => d.SerialNumber == certificate.SerialNumber);
        Assert.Contains(_server.History(), r => r.Operation == HistoryOperation.Alarm && r.SerialNumber == certificate.SerialNumber);
        var (_, health) = await UntilReadyAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Contains("失効の記録が食い違っています。", health, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flushes_ThatFailForGood_AreSeenInHealthWithinTenSeconds_AndItTurnsBack()
    {
        await UntilReadyAsync(HttpStatusCode.OK);
        var form = await RunningServer.ShowFormAsync(_server.PublicClient(), "/login");
        using (await FailingDisk.AttachAsync(_server.Services.GetRequiredService<StoreWriter>(), "1+"))
        {
            var since = Stopwatch.GetTimestamp();
            var (_, health) = await UntilReadyAsync(HttpStatusCode.ServiceUnavailable);
            Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(10));
            Assert.Contains("データベースに書き込めません。", health, StringComparison.Ordinal);
            var master = _server.Client(_server.DemoCertificate("0501D00601M"));
            using var login = await RunningServer.PostLoginAsync(master, RunningServer.LoginPassword);
            Assert.Matches("E-900[23]", await login.Content.ReadAsStringAsync(Cancellation));
        }

        CheckLog("E-900");

        await UntilReadyAsync(HttpStatusCode.OK);
        await _server.LogInAsync(_server.Client(_server.DemoCertificate("0501D00601M")));
    }

    [Fact]
    public async Task DiskThatIsFull_IsLoggedInALineForEachRefusal()
    {
        var master = _server.Client(_server.DemoCertificate("0501D00601M"));
        var form = await RunningServer.ShowFormAsync(master, "/login");
        var writer = _server.Services.GetRequiredService<StoreWriter>();
        await writer.PerformAnyTimeAsync(work => work.Db.Database.ExecuteSqlRaw("PRAGMA max_page_count = 1"), Cancellation);
        string text;
        do
        {
            using var login = await RunningServer.PostAsync(master, "/login", form, LoginForm());
            text = await login.Content.ReadAsStringAsync(Cancellation);
        }
        while (!text.Contains("E-9002", StringComparison.Ordinal));
        Assert.Contains(_server.Log.Lines, line => line.Text.Contains("database or disk is full", StringComparison.Ordinal));
        CheckLog("E-9002");
    }

    [Fact]
    public async Task AnchorThatIsGone_IsLoggedInALineForEachRefusal()
    {
        var master = _server.Client(_server.DemoCertificate("0501D00601M"));
        var form = await RunningServer.ShowFormAsync(master, "/login");
        File.Delete(_server.Services.GetRequiredService<ServerSettings>().AnchorFile);
        await AssertFaultAsync(RunningServer.PostAsync(master, "/login", form, LoginForm()), "E-9002");
        CheckLog("E-9002");
    }

    [Fact]
    public void AnyOtherFault_IsLeftToTheFrameworksLog()
    {
        var bug = new InvalidOperationException();
        using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        Assert.All(
            new Exception[] { bug, new StoreUnavailableException("An act.", isUncertain: false, bug) },
            fault => Assert.False(RefusedRequests.AreLogged(new()
            {
                HttpContext = new DefaultHttpContext { RequestServices = services },
                Exception = fault,
                ExceptionHandledBy = ExceptionHandledType.ExceptionHandlerDelegate,
            })));
    }

    /// <summary>Each refusal is a line of ours; no stack tells of what disk or lock explain, but where a job broke at first.</summary>
    private void CheckLog(string code)
    {
        Assert.Contains(_server.Log.Lines, line => line.Text.Contains($"was refused with {code}", StringComparison.Ordinal));
        var stacks = _server.Log.Lines.Select(line => line.Text)
            .Where(text => text.Contains("\n   at ", StringComparison.Ordinal) && !text.Contains("The job \"", StringComparison.Ordinal));
        Assert.Equal("", string.Join('\n', stacks));
    }

    private StoreDisagreementJob Watch => _server.Services.GetServices<IHostedService>().OfType<StoreDisagreementJob>().Single();

    private static Dictionary<string, string> LoginForm() =>
        new(StringComparer.Ordinal) { ["_handler"] = "sign-in", ["password"] = RunningServer.LoginPassword };

    /// <summary>Every door: both logins, both requests for certificates, a verb. Refused, each says so in words and in time.</summary>
    private async Task AskAllAsync(
        (string, string?) form, (string, string?) publicForm, HttpClient master, HttpClient publicClient, string? refused = null)
    {
        var publicFields = LoginForm();
        publicFields["loginId"] = "0501D00900M";
        Func<Task<HttpResponseMessage>>[] doors =
        [
            () => RunningServer.PostAsync(master, "/login", form, LoginForm()),
            () => RunningServer.PostAsync(publicClient, "/login", publicForm, publicFields),
            () => EnrollAsync("0501D00601N"),
            () => RenewAsync(),
        ];
        if (refused is null)
        {
            foreach (var door in doors)
            {
                using var answer = await door();
                Assert.True((int)answer.StatusCode < 500, $"{answer}");
            }

            Assert.Equal(0, (await AskServerAsync(new VerbRequest(["crl", "now"], "terminal:test")))!.ExitCode);
            return;
        }

        await Task.WhenAll(doors.Select(door => AssertFaultAsync(door(), refused)));
        var since = Stopwatch.GetTimestamp();
        var verb = (await AskServerAsync(new VerbRequest(["crl", "now"], "terminal:test")))!;
        Assert.Equal((1, VerbText.StoreUnavailable), (verb.ExitCode, verb.Error));
        Assert.True(Stopwatch.GetElapsedTime(since) < Longest);
    }

    private static async Task AssertFaultAsync(Task<HttpResponseMessage> asked, string code)
    {
        var since = Stopwatch.GetTimestamp();
        using var answer = await asked;
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(Stopwatch.GetElapsedTime(since) < Longest, $"{Stopwatch.GetElapsedTime(since)} {answer.RequestMessage?.RequestUri}");
        var told = answer.Headers.TryGetValues("Densai-Code", out var codes) ? string.Concat(codes) : "";
        Assert.True((text + told).Contains(code, StringComparison.Ordinal), $"{answer}\n{text}");
        Assert.Matches(@"\p{IsHiragana}.*。", text);
    }

    private Task<HttpResponseMessage> EnrollAsync(string loginId) => PostRequestAsync(_server.PublicClient(), "simpleenroll", loginId);

    private Task<HttpResponseMessage> RenewAsync() =>
        PostRequestAsync(_server.Client(_server.DemoCertificate(Renewer)), "simplereenroll", Renewer);

    private static async Task<HttpResponseMessage> PostRequestAsync(HttpClient client, string operation, string loginId)
    {
        var body = new StringContent(Convert.ToBase64String(IssuingBank.NewRequest()));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri("/.well-known/est/" + operation, UriKind.Relative))
        { Content = body };
        request.Headers.Authorization = new(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{loginId}:{RunningServer.LoginPassword}")));
        return await client.SendAsync(request, Cancellation);
    }

    private Task<VerbAnswer?> AskServerAsync(VerbRequest request) =>
        ControlChannel.TryAskAsync(Path.GetDirectoryName(_server.DataFile("x"))!, request, Cancellation);

    // An answer stands for a second.
    private async Task<(HttpStatusCode Status, string Text)> UntilReadyAsync(HttpStatusCode status)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var client = _server.Client(version: 1);
        while (true)
        {
            using var answer = await RunningServer.GetAsync(client, new Uri(RunningServer.Pki, "/health/ready").ToString());
            if (answer.StatusCode == status || limit.IsCancellationRequested)
            {
                var text = await answer.Content.ReadAsStringAsync(Cancellation);
                Assert.True(answer.StatusCode == status, text);
                return (answer.StatusCode, text);
            }
        }
    }

    private async Task KeepAsync(string copy)
    {
        await using var from = await OpenAsync();
        await using var to = new SqliteConnection($"Data Source={copy};Pooling=False");
        await to.OpenAsync(Cancellation);
        from.BackupDatabase(to);
        await ExecuteAsync(to, "PRAGMA journal_mode=DELETE");
    }

    private void PutInPlace(string copy)
    {
        var file = _server.DataFile("densai.db");
        File.Copy(copy, copy + ".copy");
        File.Move(copy + ".copy", file, overwrite: true);
        File.Delete(file + "-wal");
        File.Delete(file + "-shm");
    }

    private async Task<SqliteConnection> OpenAsync()
    {
        var connection = new SqliteConnection($"Data Source={_server.DataFile("densai.db")};Pooling=False");
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
