using System.Net;
using DensaiAdmin.EnrollmentApp.Window;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>Who may speak to the app's pages: its own window, and nobody else on this PC or behind a name that leads here.</summary>
[Web]
public sealed class GateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ticket_IsSwappedForACookieOnce_AndLeavesTheAddress()
    {
        await using var window = await OpenWindow.StartAsync(opened: false);
        using var first = await window.Browser.GetAsync(window.Address, Cancellation);

        Assert.Equal(HttpStatusCode.SeeOther, first.StatusCode);
        Assert.Equal("/", first.Headers.Location!.ToString());
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith($"densai-enrollment-{window.Port}=", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("expires", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(64, window.Address.Query.Length - "?t=".Length);

        using var thief = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var second = await thief.GetAsync(window.Address, Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, second.StatusCode);
        Assert.False(second.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Ticket_ThatComesByWayOfAFile_IsSwappedOnAPageOfOurs()
    {
        // For a browser the file is a foreign site: a redirect from there would not carry the cookie.
        await using var window = await OpenWindow.StartAsync(opened: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, window.Address);
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var answer = await window.Browser.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("content=\"0;url=/\"", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains("CCHK001", await window.GetAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ticket_ThatNobodyUsedForTwoMinutes_IsWorthNothing()
    {
        await using var window = await OpenWindow.StartAsync(opened: false);
        window.Time.Advance(WindowKeys.TicketLife);

        using var answer = await window.Browser.GetAsync(window.Address, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/authenticate")]
    [InlineData("/events")]
    [InlineData("/app.css")]
    [InlineData("/nothing-there")]
    public async Task Page_WithoutTheCookie_IsRefused(string path)
    {
        await using var window = await OpenWindow.StartAsync(opened: false);

        using var answer = await window.Browser.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1")]
    public async Task Host_OtherThanTheExactAddress_IsMisdirected(string host)
    {
        await using var window = await OpenWindow.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        // Names that were bent to 127.0.0.1 keep their own port.
        request.Headers.Host = host == "127.0.0.1" ? host : $"{host}:{window.Port}";

        using var answer = await window.Browser.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example", true)]
    [InlineData("null", true)]
    [InlineData(null, true)]
    [InlineData("own", false)]
    public async Task Form_FromElsewhere_OrWithoutItsKey_ChangesNothing(string? origin, bool withKey)
    {
        await using var window = await OpenWindow.StartAsync();
        var key = withKey ? window.Services.GetRequiredService<WindowKeys>().FormKey : new string('0', 64);
        using var request =
            new HttpRequestMessage(HttpMethod.Post, "/close") { Content = new FormUrlEncodedContent([new(Gate.FormField, key)]) };
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin == "own" ? window.Origin : origin);
        }

        using var answer = await window.Browser.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        window.Time.Advance(Presence.LastPageLimit);
        Assert.False(window.Presence.IsOver());
    }

    [Fact]
    public async Task Read_FromAForeignPage_IsRefused_AndNoOriginIsEverAllowed()
    {
        await using var window = await OpenWindow.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Origin", "https://evil.example");

        using var answer = await window.Browser.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("OPTIONS")]
    [InlineData("DELETE")]
    public async Task Method_ThatNoPageUses_IsRefused(string method)
    {
        await using var window = await OpenWindow.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");

        using var answer = await window.Browser.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task Page_MayLoadFromItselfAlone_AndIsNeverKept()
    {
        await using var window = await OpenWindow.StartAsync();

        using var answer = await window.Browser.GetAsync("/authenticate", Cancellation);

        Assert.Equal(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'",
            Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Listener_IsOn127001Alone()
    {
        await using var window = await OpenWindow.StartAsync();

        Assert.Equal("127.0.0.1", window.Browser.BaseAddress!.Host);
        var listening = System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
            .Where(end => end.Port == window.Browser.BaseAddress.Port);
        Assert.All(listening, end => Assert.Equal(IPAddress.Loopback, end.Address));
    }

    [Theory]
    [InlineData("/authenticate", 3000, HttpStatusCode.BadRequest)]
    [InlineData("/proxy", 3000, HttpStatusCode.BadRequest)]
    [InlineData("/language", 3000, HttpStatusCode.BadRequest)]
    [InlineData("/authenticate", 9000, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Form_WithMoreThanAnyOfOurs_IsRefusedInWords(string path, int fields, HttpStatusCode status)
    {
        await using var window = await OpenWindow.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(
                string.Join('&', Enumerable.Range(0, fields).Select(number => $"k{number}=v")), null, "application/x-www-form-urlencoded"),
        };
        request.Headers.Add("Origin", window.Origin);

        using var answer = await window.Browser.SendAsync(request, Cancellation);

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(
            "大きすぎるか、読み取れません", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancellation)), StringComparison.Ordinal);
        Assert.True(answer.Headers.Contains("Content-Security-Policy"));
    }

    [Fact]
    public async Task Form_ThatIsNone_IsRefusedInWords()
    {
        await using var window = await OpenWindow.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/authenticate") { Content = new StringContent("nothing of the kind") };
        request.Content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        request.Headers.Add("Origin", window.Origin);

        using var answer = await window.Browser.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("CCHK012", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EmptyBody_AndLargeBody_AreRefusedWithoutHarm()
    {
        await using var window = await OpenWindow.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/authenticate") { Content = new ByteArrayContent(new byte[100_000]) };
        request.Headers.Add("Origin", window.Origin);

        using var answer = await window.Browser.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("CCHK001", await window.GetAsync("/"), StringComparison.Ordinal);
    }
}
