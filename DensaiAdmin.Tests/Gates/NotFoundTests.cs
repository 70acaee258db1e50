using System.Net;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Gates;

/// <summary>What is not there, and what is not for who asks, is said in words; who is signed in keeps the tabs.</summary>
[Web]
public sealed class NotFoundTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Tabs = "class=\"tabs\"";

    private readonly RunningServer _server = shared.Server;

    [Theory]
    [InlineData("0501D00601M")]
    [InlineData("0501D00601U")]
    [InlineData("0501D00900M")]
    [InlineData("counter1")]
    public async Task Address_ThatNamesNothing_IsSaidToWhoIsSignedIn_WithTheTabs(string loginId)
    {
        var (client, cookie) = await LogInAsync(loginId);
        foreach (var address in new[]
        {
            "/no-such-page", "/management/nothing", "/notices/99999", "/notices/x",
            "/own-certificate/77777777777777777777777777777777", "/logins/9999", "/services/elsewhere",
        })
        {
            using var answer = await RunningServer.GetAsync(client, address, cookie);
            var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{address}: {answer.StatusCode} {answer.Headers.Location}");
            Assert.Contains("data-screen=\"BERR001\"", html, StringComparison.Ordinal);
            Assert.Contains(Tabs, html, StringComparison.Ordinal);
            // The way to the other language keeps the address that was asked for.
            Assert.Contains("returnUrl=" + Uri.EscapeDataString(address), html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Screens_OfMasters_SaySoToAGeneralUser_WhateverTheyName()
    {
        var (client, cookie) = await LogInAsync("0501D00601U");
        var screens = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<ComponentTypeMetadata>() is not null
                && e.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(data => data.Roles == nameof(UserRole.Master)))
            .Select(e => "/" + string.Join('/', e.RoutePattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p =>
                p is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : "1")))))
            .Distinct(StringComparer.Ordinal).ToList();
        Assert.Contains("/management/users/revocation", screens);
        var said = new HashSet<string>(StringComparer.Ordinal);
        foreach (var screen in screens)
        {
            using var answer = await RunningServer.GetAsync(client, screen, cookie);
            var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Contains("data-screen=\"BERR004\"", html, StringComparison.Ordinal);
            Assert.Contains("マスターユーザだけがご利用になれる画面です", html, StringComparison.Ordinal);
            Assert.Contains(Tabs, html, StringComparison.Ordinal);
            said.Add(html[html.IndexOf("<main", StringComparison.Ordinal)..html.IndexOf("</main>", StringComparison.Ordinal)]);
        }

        Assert.Single(said);
    }

    [Fact]
    public async Task Address_ThatNamesNothing_LeadsWhoIsNotSignedInToLogin()
    {
        using var answer = await RunningServer.GetAsync(_server.Client(_server.DemoCertificate("0501D60001T")), "/no-such-page");
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.StartsWith("/login", answer.Headers.Location?.OriginalString, StringComparison.Ordinal);
    }

    private async Task<(HttpClient Client, string Cookie)> LogInAsync(string loginId)
    {
        if (loginId == "0501D00900M")
        {
            var open = _server.PublicClient();
            return (open, await RunningServer.LogInPubliclyAsync(open, loginId));
        }

        var client = _server.Client(_server.DemoCertificate(loginId));
        return (client, "__Host-densai-cert=" + await _server.LogInAsync(client));
    }
}
