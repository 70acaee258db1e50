using DensaiAdmin.Web.Layout;
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
    public void PathOfThisOrigin_IsLocal(string url) => Assert.True(LanguageEndpoint.IsLocal(url));

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
    public void AnythingElse_IsNotLocal(string? url) => Assert.False(LanguageEndpoint.IsLocal(url));

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
        Assert.StartsWith($".AspNetCore.Culture=c%3D{culture}%7Cuic%3D{culture};", cookie, StringComparison.Ordinal);
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
