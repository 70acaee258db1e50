using System.Net;
using System.Text;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;

namespace DensaiAdmin.Tests.Enrollment;

/// <summary>
/// Whatever is asked under EST's path, on whatever origin and by whatever method, a program gets a reason and a person one line.
/// </summary>
[Web]
public sealed class EstAddressTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly Uri[] Origins = [RunningServer.Public, RunningServer.Certificate, RunningServer.Pki];

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"];

    // What is offered, and where: everything else is a wrong address.
    private static readonly Dictionary<string, (string Method, Uri[] Origins)> Offered = new(StringComparer.OrdinalIgnoreCase)
    {
        ["cacerts"] = ("GET", [RunningServer.Public, RunningServer.Certificate]),
        ["csrattrs"] = ("GET", [RunningServer.Public, RunningServer.Certificate]),
        ["simpleenroll"] = ("POST", [RunningServer.Public]),
        ["simplereenroll"] = ("POST", [RunningServer.Certificate]),
    };

    private static readonly string[] Paths =
    [
        "", "/", "/cacerts", "/csrattrs", "/simpleenroll", "/simplereenroll", "/serverkeygen", "/fullcmc", "/unknown", "/CACERTS",
        "/simpleenroll/",
        "/label/cacerts", "/label/csrattrs", "/label/simpleenroll", "/label/simplereenroll", "/label/serverkeygen", "/label/fullcmc",
        "/a/b/c/simpleenroll",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Asked() => [.. Origins.SelectMany(origin => Methods.Select(method => (origin.Host, method)))];

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task EveryPath_OnEveryOriginByEveryMethod_AnswersAsOffersOrInOneLineWithAReason(string host, string method)
    {
        var origin = Origins.Single(o => o.Host == host);
        var client = shared.Server.Client(version: 1);
        foreach (var path in Paths)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(origin, "/.well-known/est" + path));
            if (method is "POST" or "PUT" or "PATCH")
            {
                request.Content = new StringContent("MAA=", Encoding.ASCII, "application/pkcs10");
            }

            using var answer = await client.SendAsync(request, Cancellation);

            var offer = Offered.TryGetValue(path.Trim('/'), out var found) && found.Origins.Contains(origin) ? found : default;
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                Assert.True(offer.Method == method || (offer.Method == "GET" && method == "HEAD"), $"{method} {path} on {host}");
                continue;
            }

            Assert.Equal("text/plain; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
            Assert.Matches("^E-[0-9]{4}$", answer.Headers.GetValues("Densai-Code").Single());
            var reason = answer.Headers.GetValues("Densai-Reason").Single();
            // What no gate let through before the path was looked at is a wrong method; the rest depends on the offer.
            Assert.Equal(method is "GET" or "HEAD" or "POST" && offer.Method is null ? "wrong-address" : "bad-request", reason);
            if (reason == "wrong-address")
            {
                Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            }

            var said = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.True(
                method == "HEAD" || (said.EndsWith("。\n", StringComparison.Ordinal) && said.Count(c => c == '\n') == 1),
                $"{method} {path} on {host}: {said}");
        }
    }

    [Theory]
    [InlineData("https://public.test/.well-known/est/simplereenroll", "https://certificate.test/.well-known/est/simplereenroll")]
    [InlineData("https://certificate.test/.well-known/est/simpleenroll", "https://public.test/.well-known/est/simpleenroll")]
    [InlineData("https://public.test/.well-known/est/label/simpleenroll", "https://public.test/.well-known/est/simpleenroll")]
    [InlineData("https://certificate.test/.well-known/est/label/cacerts", "https://certificate.test/.well-known/est/cacerts")]
    [InlineData("http://pki.test/.well-known/est/cacerts", "https://public.test/.well-known/est/cacerts")]
    public async Task Operation_AtAWrongAddress_NamesTheRightOne(string asked, string right)
    {
        using var answer = await shared.Server.Client(version: 1).GetAsync(new Uri(asked), Cancellation);

        Assert.Contains($" {right} ", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }
}
