using DensaiAdmin.Web.Layout;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DensaiAdmin.Tests.Layout;

[Web]
public sealed class LanguageEndpointTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/management/users/revocation?state=expired&q=%E3%81%82")]
    [InlineData("/login?x=//evil.example")]
    public void PathOfThisOrigin_IsLocal(string url) => Assert.Equal(url, LocalAddress.Read(url));

    [Theory]
    [InlineData("/management/users/revocation?q=でんさい", "/management/users/revocation?q=%E3%81%A7%E3%82%93%E3%81%95%E3%81%84")]
    [InlineData("/é 😀\"<>\\x", "/%C3%A9%20%F0%9F%98%80%22%3C%3E%5Cx")]
    public void PathOfThisOrigin_IsWrittenAsAHeaderCanCarryIt(string url, string address) => Assert.Equal(address, LocalAddress.Read(url));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("\\\\evil.example")]
    [InlineData("/\t/evil.example")]
    [InlineData("/\n/evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("evil")]
    [InlineData("~/x")]
    [InlineData("/\ud800")]
    public void AnythingElse_IsNotLocal(string? url) => Assert.Null(LocalAddress.Read(url));

    [Theory]
    [InlineData("en", "/management", "/management")]
    [InlineData("ja", "//evil.example", "/")]
    [InlineData("en", null, "/")]
    public void Switch_SetsTheCookieAndReturns(string culture, string? returnUrl, string expected)
    {
        var context = new DefaultHttpContext();
        var result = Assert.IsType<RedirectHttpResult>(LanguageEndpoint.Switch(context, culture, returnUrl));

        Assert.Equal(expected, result.Url);
        Assert.True(result.AcceptLocalUrlOnly);
        var cookie = context.Response.Headers.SetCookie.ToString();
        Assert.StartsWith($"__Host-densai-language=c%3D{culture}%7Cuic%3D{culture};", cookie, StringComparison.Ordinal);
        Assert.Contains("secure", cookie, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fr")]
    [InlineData("en\r\nX: y")]
    [InlineData(null)]
    public void Switch_ToALanguageWeDoNotSpeak_ChangesNothing(string? culture)
    {
        var context = new DefaultHttpContext();
        LanguageEndpoint.Switch(context, culture, "/");

        Assert.Equal(0, context.Response.Headers.SetCookie.Count);
    }
}
