using System.Net;
using System.Text;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Tls;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Gates;

/// <summary>
/// A body that is too long, too slow or broken: who sent it reads why it was refused, wherever he sent it, and the server reads no more
/// than its bounds.
/// </summary>
[Web]
public sealed class RequestBodyTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const int TenMegabytes = 10 * 1024 * 1024;

    private readonly RunningServer _server = shared.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task Body_OfTenMegabytes_IsAnsweredWhereverItIsSent(int version, bool chunked)
    {
        var failures = new List<string>();
        foreach (var (origin, path, type, expected) in Doors(chunked))
        {
            using var client = _server.Client(_server.DemoCertificate("0501D00601M"), origin == RunningServer.Pki ? 1 : version);
            using var content = new ByteArrayContent(new byte[TenMegabytes]);
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(origin, path))
            {
                Content = content,
                Version = client.DefaultRequestVersion,
                VersionPolicy = client.DefaultVersionPolicy,
            };
            request.Headers.TransferEncodingChunked = chunked;
            try
            {
                using var answer = await client.SendAsync(request, Cancellation);
                var text = await answer.Content.ReadAsStringAsync(Cancellation);
                if (answer.StatusCode != expected
                    || (expected == HttpStatusCode.RequestEntityTooLarge && !text.Contains("大きすぎ", StringComparison.Ordinal)))
                {
                    failures.Add($"{request.RequestUri}: {answer.StatusCode} {text[..Math.Min(text.Length, 200)]}");
                }
            }
            catch (HttpRequestException broken)
            {
                failures.Add($"{request.RequestUri}: {broken.Message} {broken.InnerException?.Message}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Fact]
    public async Task Form_ThatComesTooSlowly_IsToldSo_AndNotThatItsPageIsOld()
    {
        var answers = await Task.WhenAll(
            AskAsync(RunningServer.Public, "/login", "Content-Length: 100", "_handler=sign-in&"),
            AskAsync(RunningServer.Certificate, "/login", "Transfer-Encoding: chunked", "10\r\n_handler=sign-in\r\n"),
            AskAsync(RunningServer.Public, "/login-id", "Content-Length: 100", ""),
            AskAsync(RunningServer.Public, "/login", "Content-Length: 300000", "_handler=sign-in&"));
        Assert.Contains("大きすぎ", WebUtility.HtmlDecode(answers[^1]), StringComparison.Ordinal);
        Assert.All(answers[..^1], answer =>
        {
            Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
            Assert.Contains("時間内に届かなかった", WebUtility.HtmlDecode(answer), StringComparison.Ordinal);
            Assert.DoesNotContain("別のタブ", WebUtility.HtmlDecode(answer), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Form_ThatCannotBeRead_IsToldSo()
    {
        var answer = await AskAsync(RunningServer.Public, "/login", "Transfer-Encoding: chunked", "no chunk\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("形式が正しくない", WebUtility.HtmlDecode(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Drain_EndsWithItsTime_HoweverTheBodyComes(int secondsBetween)
    {
        var time = new FakeTimeProvider();
        using var body = new Dripping(time, TimeSpan.FromSeconds(secondsBetween));

        await RequestBodies.DrainAsync(body, time, Cancellation);

        Assert.InRange(body.Octets, 1, Listeners.MaxBodyOctets);
    }

    [Fact]
    public async Task Drain_EndsWhereNothingComesAnyMore()
    {
        var time = new FakeTimeProvider();
        var draining = RequestBodies.DrainAsync(new System.IO.Pipelines.Pipe().Reader.AsStream(), time, Cancellation);
        Assert.False(draining.IsCompleted);
        time.Advance(RequestBodies.LongestSilence);
        await draining.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
        Assert.True(RequestBodies.LongestSilence < RequestBodies.LongestDrain);
    }

    private static IEnumerable<(Uri Origin, string Path, string Type, HttpStatusCode Expected)> Doors(bool chunked)
    {
        const string Form = "application/x-www-form-urlencoded";
        yield return (RunningServer.Public, "/login", Form, HttpStatusCode.RequestEntityTooLarge);
        yield return (RunningServer.Certificate, "/login", Form, HttpStatusCode.RequestEntityTooLarge);
        yield return (RunningServer.Public, "/login-id", Form, HttpStatusCode.RequestEntityTooLarge);
        // Octets that are no form are found out before there are too many, where nothing said how many come.
        yield return (
            RunningServer.Public, "/login", "multipart/form-data; boundary=x",
            chunked ? HttpStatusCode.BadRequest : HttpStatusCode.RequestEntityTooLarge);
        yield return (RunningServer.Public, "/.well-known/est/simpleenroll", "application/pkcs10", HttpStatusCode.RequestEntityTooLarge);
        yield return (
            RunningServer.Certificate, "/.well-known/est/simplereenroll", "application/pkcs10", HttpStatusCode.RequestEntityTooLarge);
        yield return (RunningServer.Public, "/.well-known/est/cacerts", "application/pkcs10", HttpStatusCode.MethodNotAllowed);
        yield return (RunningServer.Certificate, "/logout", Form, HttpStatusCode.SeeOther);
        yield return (RunningServer.Certificate, "/users", Form, HttpStatusCode.SeeOther);
        yield return (RunningServer.Public, "/nothing-here", Form, HttpStatusCode.SeeOther);
        yield return (RunningServer.Pki, "/pki/ocsp", "application/ocsp-request", HttpStatusCode.OK);
        yield return (RunningServer.Pki, "/pki/ca.crl", "application/ocsp-request", HttpStatusCode.MethodNotAllowed);
    }

    /// <summary>What is answered to a form of which only this comes.</summary>
    private async Task<string> AskAsync(Uri origin, string path, string length, string sent)
    {
        await using var connection = await RawRequest.ConnectAsync(_server, origin, _server.DemoCertificate("0501D00601M"));
        await connection.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: {origin.Host}\r\nConnection: close\r\n"
                + $"Content-Type: application/x-www-form-urlencoded\r\n{length}\r\n\r\n{sent}"),
            Cancellation);
        using var reader = new StreamReader(connection);
        return await reader.ReadToEndAsync(Cancellation);
    }

    /// <summary>A body without end, of which a kilobyte comes at a time.</summary>
    private sealed class Dripping(FakeTimeProvider time, TimeSpan between) : MemoryStream
    {
        public long Octets { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            time.Advance(between);
            cancellationToken.ThrowIfCancellationRequested();
            Octets += 1024;
            return ValueTask.FromResult(1024);
        }
    }
}
