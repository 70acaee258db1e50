using System.Net.Sockets;
using System.Text;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Web.Verbs;

namespace DensaiAdmin.Tests.Verbs;

/// <summary>Verbs that find a running server on their data directory.</summary>
[Web]
public class ControlSocketTests
{
    [Fact]
    public async Task Verb_WithARunningServer_IsDoneByIt()
    {
        using var house = await VerbHouse.OpenAsync();
        await using var server = await house.StartServerAsync();
        var csr = await house.NewRequestAsync();

        Assert.Equal(0, (await house.RunAsync("revoke", "0501D00601U", "--reason", "keyCompromise", "--operator", "counter1")).ExitCode);
        var issued = await house.RunAsync("issue", "0501D00601U", "--csr", csr);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", issued.Output, StringComparison.Ordinal);
        var audit = await house.RunAsync("audit", "verify");
        Assert.True(audit.ExitCode == 0, audit.Error);
        Assert.Equal(0, (await house.RunAsync("ca", "show")).ExitCode);
        Assert.Equal(0, (await house.RunAsync("crl", "now")).ExitCode);
        VerbTests.CheckRefused(await house.RunAsync("revoke", "0501D00601N", "--reason", "superseded", "--operator", "counter1"));
        Assert.Equal(2, (await house.RunAsync("revoke")).ExitCode);
    }

    [Fact]
    public async Task Revoke_ThroughTheServer_EndsTheSessionThere()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client(server.DemoCertificate("0501D00601M"));
        await server.LogInAsync(client);
        var ended = new TaskCompletionSource<EndedSession>();
        server.Sessions.Ended += ended.SetResult;
        var request = new VerbRequest(["revoke", "0501D00601M", "--reason", "superseded", "--operator", "counter1"], "terminal:test");

        var answer = await ControlChannel.TryAskAsync(
            Path.GetDirectoryName(Path.GetDirectoryName(server.DemoFile("x")))!, request, TestContext.Current.CancellationToken);

        Assert.Equal(0, answer?.ExitCode);
        Assert.Equal(SessionEndReason.CertificateRevoked, (await ended.Task).Reason);
    }

    [Theory]
    [InlineData("migrate")]
    [InlineData("demo", "reset")]
    public async Task MigrateAndDemoReset_WithARunningServer_AreRefused(params string[] verb)
    {
        using var house = await VerbHouse.OpenAsync();
        await using var server = await house.StartServerAsync();

        VerbTests.CheckRefused(await house.RunAsync(verb));

        Assert.Equal(0, (await house.RunAsync("audit", "verify")).ExitCode);
    }

    [Fact]
    public async Task AuditVerify_ThroughTheServer_NamesTheFirstBadRecord()
    {
        using var house = await VerbHouse.OpenAsync();
        await using var server = await house.StartServerAsync();
        house.Tamper("UPDATE HistoryRecords SET LoginId = 'x' WHERE Sequence = 2");

        var said = await house.RunAsync("audit", "verify");

        VerbTests.CheckRefused(said);
        Assert.Contains("Record 2 ", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_IsForItsOwnerAlone_AndGoesWithTheServer()
    {
        using var house = await VerbHouse.OpenAsync();
        var file = ControlChannel.FileIn(house.DataDirectory);
        await using (await house.StartServerAsync())
        {
            Assert.True(File.Exists(file));
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }

        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Socket_LeftByAKilledServer_HindersNobody()
    {
        using var house = await VerbHouse.OpenAsync();
        var file = ControlChannel.FileIn(house.DataDirectory);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        ControlChannel.WithShortPath(file, path => socket.Bind(new UnixDomainSocketEndPoint(path)));
        // Closed by its handle, as the kernel does it for a killed process: the file stays.
        using (var handle = new SafeSocketHandle(socket.SafeHandle.DangerousGetHandle(), ownsHandle: false))
        {
            Assert.False(handle.IsInvalid);
        }

        socket.SafeHandle.Dispose();
        Assert.True(File.Exists(file));

        Assert.Equal(0, (await house.RunAsync("audit", "verify")).ExitCode);
        await using var server = await house.StartServerAsync();
        Assert.Equal(0, (await house.RunAsync("audit", "verify")).ExitCode);
    }

    [Fact]
    public async Task DataDirectory_WithAPathLongerThanASocketAddress_Works()
    {
        using var house = await VerbHouse.OpenAsync(below: Path.Combine(new string('長', 60), new string('d', 120), "data"));
        await using var server = await house.StartServerAsync();

        Assert.True(File.Exists(ControlChannel.FileIn(house.DataDirectory)));
        Assert.Equal(0, (await house.RunAsync("crl", "now")).ExitCode);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("null\n")]
    [InlineData("{}\n")]
    [InlineData("{\"Args\":[],\"Source\":\"\"}\n")]
    [InlineData("{\"Args\":[null],\"Source\":\"x\"}\n")]
    [InlineData("{\"Args\":[\"crl\",\"now\"],\"Source\":\"x\",\"Operators\":[null]}\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("no end of line")]
    public async Task Nonsense_IsAnsweredWithNothingOrARefusal_AndTheNextVerbWorks(string sent)
    {
        using var house = await VerbHouse.OpenAsync();
        await using var server = await house.StartServerAsync();
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            ControlChannel.WithShortPath(
                ControlChannel.FileIn(house.DataDirectory), path => socket.Connect(new UnixDomainSocketEndPoint(path)));
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(sent), TestContext.Current.CancellationToken);
            socket.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.Length == 0 || answer.Contains("\"ExitCode\":2", StringComparison.Ordinal), answer);
        }

        Assert.Equal(0, (await house.RunAsync("audit", "verify")).ExitCode);
    }

    [Fact]
    public async Task Client_ThatSaysItNeedsNoOperators_IsAskedAllTheSame()
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        await using var server = await house.StartServerAsync();
        VerbRequest request = new(
            ["revoke", "0501D60001M", "--reason", "superseded", "--operator", "counter1", "--environment=Development"], "terminal:test");

        var asked = await ControlChannel.TryAskAsync(house.DataDirectory, request, TestContext.Current.CancellationToken);
        var half = await ControlChannel.TryAskAsync(
            house.DataDirectory, request with { Operators = [new OperatorInput("counter1", "Densai-Demo-2026")] },
            TestContext.Current.CancellationToken);

        Assert.Equal(VerbQuestion.Operators, asked?.Question);
        Assert.Equal((1, null), (half?.ExitCode, half?.Question));
        Assert.DoesNotContain(house.History(), r => r is { Operation: HistoryOperation.Revocation, TargetLoginId: "0501D60001M" });
    }

    [Fact]
    public void Requests_PrintNoPassword() =>
        Assert.DoesNotContain("secret", new VerbRequest([], "s", null, [new OperatorInput(
            "a", "secret", "secret", "secret")]).ToString() + new OperatorInput("a", "secret"), StringComparison.Ordinal);
}
