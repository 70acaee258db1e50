using System.Net;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Health;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Health;

[Web]
public sealed class HealthTests : IAsyncLifetime
{
    private RunningServer _server = null!;
    private HttpClient? _client;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public void EveryCheck_IsRegisteredOnceAndHasWordsInBothLanguages()
    {
        var registered = _server.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations
            .Select(r => (FaultCheck)r.Factory(_server.Services)).ToList();

        Assert.Equal(
            typeof(FaultCheck).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(IHealthCheck)) && !t.IsAbstract).Select(t => t.Name)
                .Order(StringComparer.Ordinal),
            registered.Select(c => c.GetType().Name).Order(StringComparer.Ordinal));
        Assert.All(registered, check =>
        {
            var fault = check.Unanswered;
            Assert.Matches(@"\p{IsHiragana}.*。$", fault.Cause);
            Assert.Matches(@"\p{IsHiragana}.*。$", fault.Remedy);
            Assert.Matches(@"^[\x20-\x7e]+\.$", fault.EnglishCause);
            Assert.Matches(@"^[\x20-\x7e]+\.$", fault.EnglishRemedy);
        });
    }

    [Fact]
    public async Task Check_ThatHangs_IsLookedAtOnce_UntilItComesBack()
    {
        var clock = new FakeTimeProvider();
        using var check = new HangingCheck(clock);
        var first = check.CheckHealthAsync(new(), Cancellation);
        await check.Began.WaitAsync(Cancellation);
        clock.Advance(FaultCheck.Patience);
        Assert.Equal(HealthStatus.Unhealthy, (await first).Status);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HealthStatus.Unhealthy, (await check.CheckHealthAsync(new(), Cancellation)).Status);
        }

        Assert.Equal(1, check.Looks);
        check.LetGo();
        // The look that hung comes to its end on a thread of its own.
        HealthCheckResult after;
        do
        {
            after = await check.CheckHealthAsync(new(), Cancellation);
        }
        while (after.Status is not HealthStatus.Healthy);
        Assert.Equal(2, check.Looks);
    }

    [Fact]
    public async Task Verbose_ListsEveryCheckWithStateSinceCauseAndRemedy()
    {
        // On a busy machine the first look, which compiles the checks, may take longer than their patience.
        await Until(HttpStatusCode.OK);
        var (status, text) = await ReadyAsync("?verbose");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("ready\nwriter: ok since ", text, StringComparison.Ordinal);
        Assert.Matches(@"\npackages: warning since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n  原因: 証明書発行アプリ.+\n  対処: .+\n", text);
        Assert.Matches(@"\n  cause: There are no packages.+\n  remedy: .+\n", text);
        foreach (var registration in _server.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations)
        {
            Assert.Matches($@"(?m)^{registration.Name}: (ok|warning|failing) since ", text);
        }
    }

    [Fact]
    public async Task OldMailAndDeadAddresses_AreWarnings_AndTheNodeStaysReady()
    {
        await ExecuteAsync(
            """
            INSERT INTO OutboxMails (Kind, RecipientId, Address, Key, MailNumber, Subject, Text, CreatedAt, NextAttemptAt, Attempts)
            VALUES ('UserChanged', 1, 'a@example.jp', 'k', 'n', 's', 't', 0, 4102444800000, 0)
            """,
            "INSERT INTO DeadAddresses (Address, Answer, RefusedAt) SELECT MailAddress, '550', 0 FROM Users WHERE LoginId = '0501D00601U'");

        await Until(HttpStatusCode.OK);
        var (status, text) = await ReadyAsync("?verbose");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Matches("(?m)^mail: warning ", text);
        Assert.Matches("(?m)^dead-addresses: warning ", text);
        Assert.Contains("warning: 1時間以上送信できていないメールがあります。", (await ReadyAsync("")).Text);
    }

    [Fact]
    public async Task LockedStore_IsNotReady_SaysSoOnceInTheLog_AndTurnsBack()
    {
        Assert.Equal(HttpStatusCode.OK, (await Until(HttpStatusCode.OK)).Status);
        await using (var other = await OpenAsync())
        await using (other.BeginTransaction(deferred: false))
        {
            await Until(HttpStatusCode.ServiceUnavailable);
            foreach (var _ in new[] { 1, 2 })
            {
                var (status, text) = await ReadyAsync("?verbose");
                Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
                Assert.StartsWith("not ready\nwriter: failing since ", text, StringComparison.Ordinal);
                Assert.Contains("  原因: データベースに書き込めません。\n", text);
                Assert.Contains("  remedy: See to the free space", text);
            }
        }

        Assert.Equal(HttpStatusCode.OK, (await Until(HttpStatusCode.OK)).Status);
        Assert.Single(
            _server.Log.Lines, l => l.Level == LogLevel.Error && l.Text.Contains("Health: writer is failing", StringComparison.Ordinal));
        Assert.Single(_server.Log.Lines, l => l.Text.Contains("Health: writer is in order again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?verbose")]
    public async Task Causes_AreToldToThisMachineOnly(string query)
    {
        var endpoint = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Single(e => e.RoutePattern.RawText == "/health/ready");
        await using var scope = _server.Services.CreateAsyncScope();
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Request.Method = "GET";
        context.Request.QueryString = new(query);
        context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
        context.Response.Body = body;

        await endpoint.RequestDelegate!(context);

        Assert.Equal("ready\n", System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }

    [Fact]
    public async Task CheckThatBreaksOrHangs_IsItsOwnFault_WithinItsPatience()
    {
        var broken = await new TrialCheck(_ => throw new InvalidOperationException()).CheckHealthAsync(
            new(), TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Unhealthy, broken.Status);

        var clock = new FakeTimeProvider();
        var reached = new TaskCompletionSource();
        var asked = new TrialCheck(
            async cancellation =>
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, cancellation);
                return [];
            },
            clock).CheckHealthAsync(new(), Cancellation);
        await reached.Task.WaitAsync(Cancellation);
        await Waiting.UntilAsync(() => asked.IsCompleted, () => clock.Advance(FaultCheck.Patience));

        Assert.Equal(HealthStatus.Unhealthy, (await asked).Status);
    }

    [Theory]
    [InlineData(31, null)]
    [InlineData(29, HealthWeight.Warning)]
    [InlineData(-1, HealthWeight.Failing)]
    internal void ServerCertificate_IsWarnedOfAheadAndFailsPastItsEnd(int daysLeft, HealthWeight? weight)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12(
            LocalTlsCertificateOf(_server, out var password), password);

        Assert.Equal(weight, ServerCertificateCheck.Evaluate(
            certificate, new DateTimeOffset(certificate.NotAfter.ToUniversalTime()).AddDays(-daysLeft))?.Weight);
    }

    [Theory]
    [InlineData(1, 500, null)]
    [InlineData(1, 440, HealthWeight.Warning)]
    [InlineData(2, 500, HealthWeight.Warning)]
    [InlineData(1, -1, HealthWeight.Failing)]
    internal void Authority_IsWarnedOfBeforeItWouldCutCertificatesShort(int years, int daysLeft, HealthWeight? weight)
    {
        var authority = _server.Services.GetRequiredService<Core.Authority.Authorities>().Current;

        Assert.Equal(weight, AuthorityExpiryCheck.Evaluate(authority, years, authority.NotAfter.AddDays(-daysLeft))?.Weight);
    }

    private static byte[] LocalTlsCertificateOf(RunningServer server, out string password)
    {
        password = File.ReadAllText(server.DataFile("dev-passphrase")).Trim();
        return File.ReadAllBytes(server.DataFile("tls/server.p12"));
    }

    private async Task<(HttpStatusCode Status, string Text)> ReadyAsync(string query)
    {
        // One connection: asked in a loop over new ones it would be the flood that the server sheds.
        _client ??= _server.Client(version: 1);
        using var answer = await RunningServer.GetAsync(_client, new Uri(RunningServer.Pki, "/health/ready" + query).ToString());
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    // An answer stands for a second.
    private async Task<(HttpStatusCode Status, string Text)> Until(HttpStatusCode status)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var seen = await ReadyAsync("");
            if (seen.Status == status || limit.IsCancellationRequested)
            {
                return seen;
            }
        }
    }

    private async Task ExecuteAsync(params string[] statements)
    {
        await using var connection = await OpenAsync();
        foreach (var statement in statements)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = statement;
            Assert.Equal(1, await command.ExecuteNonQueryAsync(Cancellation));
        }
    }

    private async Task<SqliteConnection> OpenAsync()
    {
        var connection = new SqliteConnection($"Data Source={_server.DataFile("densai.db")};Pooling=False");
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    private sealed class TrialCheck(Func<CancellationToken, Task<IReadOnlyList<HealthFault>>> find, TimeProvider? clock = null) : FaultCheck
    {
        public override HealthFault Unanswered { get; } = HealthFault.Failing("a", "b", "c", "d");

        protected override TimeProvider RealClock => clock ?? base.RealClock;

        protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) => find(cancellation);
    }

    /// <summary>A disk or a key that does not come back.</summary>
    private sealed class HangingCheck(TimeProvider clock) : FaultCheck, IDisposable
    {
        private readonly ManualResetEventSlim _letGo = new();
        private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _looks;

        public int Looks => Volatile.Read(ref _looks);

        public Task Began => _began.Task;

        public override HealthFault Unanswered { get; } = new(HealthWeight.Failing, "試験です。", "試験です。", "Trial.", "Trial.");

        protected override TimeProvider RealClock => clock;

        public void LetGo() => _letGo.Set();

        public void Dispose() => _letGo.Dispose();

        protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation)
        {
            Interlocked.Increment(ref _looks);
            _began.TrySetResult();
            _letGo.Wait(CancellationToken.None);
            return Task.FromResult<IReadOnlyList<HealthFault>>([]);
        }
    }
}
