using System.Net;
using System.Net.Http.Headers;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Pki;

[Web]
public class PkiEndpointsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Certificates_AreFoundByNameAndByKeyIdentifierInEitherCase()
    {
        await using var server = await IssuingServer.StartAsync();
        var (current, root) = (server.Bank.Authorities.Current, server.Bank.Authorities.Root);

        foreach (var (path, ca) in new[]
        {
            ("/pki/ca.cer", current), ("/pki/root.cer", root), ($"/pki/ca/{current.SubjectKeyIdentifier}.cer", current),
            ($"/pki/ca/{root.SubjectKeyIdentifier.ToLowerInvariant()}.cer", root),
        })
        {
            using var answer = await server.Client.GetAsync(new Uri(server.Pki, path), Cancellation);
            Assert.Equal("application/pkix-cert", answer.Content.Headers.ContentType!.ToString());
            Assert.Equal(ca.Der.ToArray(), await answer.Content.ReadAsByteArrayAsync(Cancellation));
        }
    }

    [Fact]
    public async Task Crl_AsCertificatesPointToIt_IsThere()
    {
        await using var server = await IssuingServer.StartAsync();
        var issuer = server.Bank.Authorities.Current;
        var pointsTo = new Uri(TestAuthority.Addresses.Crl(issuer)).AbsolutePath;

        var byName = await server.Client.GetByteArrayAsync(new Uri(server.Pki, "/pki/ca.crl"), Cancellation);
        var byPointer = await server.Client.GetByteArrayAsync(new Uri(server.Pki, pointsTo), Cancellation);
        var ofRoot = await server.Client.GetByteArrayAsync(
            new Uri(server.Pki, $"/pki/crl/{server.Bank.Authorities.Root.SubjectKeyIdentifier}.crl"), Cancellation);

        Assert.Equal(server.Bank.Publisher.Current!.List.Der.ToArray(), byName);
        Assert.Equal(byName, byPointer);
        Assert.Equal(await server.Client.GetByteArrayAsync(new Uri(server.Pki, "/pki/root.crl"), Cancellation), ofRoot);
    }

    [Fact]
    public async Task Crl_WhoHasItAlready_IsToldSoUntilARevocation()
    {
        await using var server = await IssuingServer.StartAsync();
        var address = new Uri(server.Pki, "/pki/ca.crl");
        using var first = await server.Client.GetAsync(address, Cancellation);
        Assert.Equal("application/pkix-crl", first.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            (true, TimeSpan.Zero, true),
            (first.Headers.CacheControl!.Public, first.Headers.CacheControl.MaxAge, first.Headers.CacheControl.MustRevalidate));

        using var same = await GetAgainAsync(server.Client, address, first.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        await server.Bank.Issue();
        await server.Bank.Revoke(server.Bank.User);
        Assert.True(await server.Bank.Signal.WaitForAsync(server.Bank.Bank.Now, TimeSpan.FromSeconds(30), Cancellation));
        using var changed = await GetAgainAsync(server.Client, address, first.Headers.ETag!);

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(first.Headers.ETag, changed.Headers.ETag);
    }

    [Theory]
    [InlineData("HEAD", "/pki/ca.crl", HttpStatusCode.OK)]
    [InlineData("HEAD", "/pki/root.cer", HttpStatusCode.OK)]
    [InlineData("POST", "/pki/ca.crl", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/pki/ca.cer", HttpStatusCode.MethodNotAllowed)]
    [InlineData("PUT", "/pki/ocsp", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/pki/crl/00.crl", HttpStatusCode.NotFound)]
    [InlineData("GET", "/pki/ca/..%2f..%2froot.key.pem", HttpStatusCode.NotFound)]
    [InlineData("GET", "/pki/", HttpStatusCode.NotFound)]
    public async Task Request_OddOnes_AreAnsweredPlainly(string method, string path, HttpStatusCode expected)
    {
        await using var server = await IssuingServer.StartAsync();

        using var answer = await server.Client.SendAsync(
            new HttpRequestMessage(new HttpMethod(method), new Uri(server.Pki, path)), Cancellation);
        using var elsewhere = await server.Client.SendAsync(
            new HttpRequestMessage(new HttpMethod(method), new Uri(server.Public, path)), Cancellation);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Ocsp_UntilThereIsAResponder_SaysTryLater()
    {
        await using var server = await IssuingServer.StartAsync();
        using var files = new TemporaryDirectory();
        var issued = await server.Bank.Issue();
        var certificate = files.Write(
            "certificate.pem", System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", issued.Der.Span));
        var issuer = files.Write("issuer.pem", server.Bank.Authorities.Current.ToPem());

        var asked = await Tool.OpenSsl(
            "ocsp", "-issuer", issuer, "-cert", certificate, "-url", new Uri(server.Pki, "/pki/ocsp").ToString(), "-reqout",
            files.At("request"));
        Assert.Contains("trylater", asked.All);
        var encoded = Uri.EscapeDataString(Convert.ToBase64String(await File.ReadAllBytesAsync(files.At("request"), Cancellation)));
        using var got = await server.Client.GetAsync(new Uri(server.Pki, "/pki/ocsp/" + encoded), Cancellation);

        Assert.Equal("application/ocsp-response", got.Content.Headers.ContentType!.ToString());
        Assert.Equal("30030A0103", Convert.ToHexString(await got.Content.ReadAsByteArrayAsync(Cancellation)));
    }

    private static async Task<HttpResponseMessage> GetAgainAsync(HttpClient client, Uri address, EntityTagHeaderValue tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.IfNoneMatch.Add(tag);
        return await client.SendAsync(request, Cancellation);
    }
}
