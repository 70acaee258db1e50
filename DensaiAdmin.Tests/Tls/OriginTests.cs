using System.Net;
using DensaiAdmin.Tests.Hosting;

namespace DensaiAdmin.Tests.Tls;

/// <summary>One server for the tests that leave nothing behind.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    public RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RunningServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

[Web]
public sealed class OriginTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly RunningServer _server = shared.Server;

    [Theory]
    [InlineData("https://public.test/", 303)]
    [InlineData("https://public.test/login", 200)]
    [InlineData("https://public.test/contact", 200)]
    [InlineData("https://public.test/management", 303)]
    [InlineData("https://public.test/.well-known/est/simplereenroll", 404)]
    [InlineData("https://public.test/health/live", 404)]
    [InlineData("https://public.test/no-such-page", 404)]
    [InlineData("https://certificate.test/", 303)]
    [InlineData("https://certificate.test/login", 403)]
    [InlineData("https://certificate.test/management", 303)]
    [InlineData("https://certificate.test/no-such-page", 303)]
    [InlineData("https://certificate.test/health/live", 404)]
    [InlineData("https://certificate.test/densai.css", 200)]
    [InlineData("https://public.test/densai.css", 200)]
    public async Task Address_OnEachOrigin_AnswersWhereItBelongs(string address, int status)
    {
        using var answer = await RunningServer.GetAsync(_server.Client(), address);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("/login", 404)]
    [InlineData("/", 404)]
    [InlineData("/health/live", 200)]
    [InlineData("/health/ready", 200)]
    public async Task Address_OnThePkiOrigin_AnswersWhereItBelongs(string path, int status)
    {
        using var answer = await RunningServer.GetAsync(_server.Client(version: 1), new Uri(RunningServer.Pki, path).ToString());
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("https://certificate.test/login", "public.test")]
    [InlineData("https://certificate.test/login", "certificate.test:8443")]
    [InlineData("https://certificate.test/login", "127.0.0.1")]
    [InlineData("https://public.test/login", "certificate.test")]
    [InlineData("https://public.test/login", "evil.test")]
    public async Task Host_OfAnotherOrigin_IsMisdirected(string address, string host)
    {
        foreach (var version in new[] { 1, 2 })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Host = host;
            using var answer = await _server.Client(version: version).SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("TRACE", 405)]
    [InlineData("PUT", 405)]
    [InlineData("OPTIONS", 405)]
    [InlineData("DELETE", 405)]
    [InlineData("SUMMON", 501)]
    public async Task Method_ThatNothingHere_Understands_IsRefused(string method, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(RunningServer.Public, "/login"));
        using var answer = await _server.Client().SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("https://public.test/login")]
    [InlineData("https://certificate.test/login")]
    [InlineData("https://certificate.test/")]
    [InlineData("https://public.test/no-such-page")]
    public async Task Page_OfAnyKind_CarriesTheSecurityHeaders(string address)
    {
        using var answer = await RunningServer.GetAsync(_server.Client(), address);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("form-action 'self' https://public.test https://certificate.test", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.True(answer.Headers.Contains("Permissions-Policy"));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Asset_SameForEverybody_MayBeCached()
    {
        using var answer = await RunningServer.GetAsync(_server.Client(), "https://public.test/densai.css");
        Assert.False(answer.Headers.CacheControl?.NoStore);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Theory]
    [InlineData("Origin", "https://evil.test")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "https://public.test")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Post_FromAnotherSite_IsForbidden(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(RunningServer.Certificate, "/login"));
        request.Headers.Add(header, value);
        using var answer = await _server.Client().SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Circuit_AskedForByAnotherSite_IsForbidden_AndAnonymouslyUnauthorized()
    {
        using var foreign = new HttpRequestMessage(HttpMethod.Get, new Uri(RunningServer.Certificate, "/_blazor?id=x"));
        foreign.Headers.Add("Origin", "https://evil.test");
        using var refused = await _server.Client().SendAsync(foreign, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        using var anonymous = new HttpRequestMessage(
            HttpMethod.Post, new Uri(RunningServer.Certificate, "/_blazor/negotiate?negotiateVersion=1"));
        using var unauthorized = await _server.Client().SendAsync(anonymous, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, unauthorized.StatusCode);
    }

    [Fact]
    public async Task Headers_LargerThanTheLimit_AreRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(RunningServer.Public, "/login"));
        request.Headers.Add("X-Padding", new string('x', 33 * 1024));
        using var answer = await _server.Client(version: 1).SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, answer.StatusCode);
    }
}
