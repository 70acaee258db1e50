using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EndToEnd;

/// <summary>The cookies of somebody's browser in other hands, sent outside of that browser.</summary>
public sealed class StolenCookie : IDisposable
{
    private readonly HttpClient _client;
    private readonly string _cookies;
    private readonly AppUnderTest _app;
    private readonly X509Certificate2? _certificate;

    private StolenCookie(AppUnderTest app, string cookies, X509Certificate2? certificate)
    {
        _app = app;
        _cookies = cookies;
        _certificate = certificate;
        _client = app.NewHttpClient(certificate);
    }

    /// <param name="owner">A person who is logged in.</param>
    /// <param name="certificate">What the sender presents; disposed with the cookie.</param>
    public static async Task<StolenCookie> OfAsync(Person owner, X509Certificate2? certificate)
    {
        var cookies = await owner.Context.CookiesAsync([owner.App.Certificate.ToString()]);
        Assert.Contains(cookies, cookie => cookie.Name.StartsWith("__Host-densai-cert", StringComparison.Ordinal));
        return new StolenCookie(owner.App, string.Join("; ", cookies.Select(cookie => $"{cookie.Name}={cookie.Value}")), certificate);
    }

    public Task<HttpStatusCode> HomeAsync() => GetAsync("/");

    public async Task<HttpStatusCode> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_app.Certificate, path));
        request.Headers.Add("Cookie", _cookies);
        using var answer = await _client.SendAsync(request);
        return answer.StatusCode;
    }

    public void Dispose()
    {
        _client.Dispose();
        _certificate?.Dispose();
    }
}
