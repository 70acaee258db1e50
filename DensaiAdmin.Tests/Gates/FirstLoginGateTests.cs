using System.Net;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Gates;

/// <summary>
/// A login by an initial password opens nothing but BRSK002. The routes are found, so that a new one cannot be forgotten.
/// </summary>
[Web]
public sealed class FirstLoginGateTests
{
    private const string LoginId = "0501D00601M";

    [Fact]
    public async Task EveryRoute_LeadsToThePassword_UntilItIsReplaced()
    {
        await using var server = await RunningServer.StartAsync();
        var client = server.Client(server.DemoCertificate(LoginId));
        await SetInitialAsync(server, DateTimeOffset.UtcNow.AddDays(14));
        var session = await server.LogInAsync(client);

        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is null && e.Metadata.GetMetadata<OpenAtFirstLoginAttribute>() is null)
            .Where(e => (e.Metadata.GetMetadata<OriginAttribute>()?.Origins ?? [Origin.Certificate]).Contains(Origin.Certificate))
            .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is not { } methods || methods.Contains("GET"))
            .Select(e => "/" + string.Join('/', e.RoutePattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p switch
            {
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "Service" } => "densai",
                _ => "1",
            })))))
            // "/1" stands for the files of Development as they lie in the source: there is none of that name, and so no route.
            .Where(path => path != "/1"
                && !path.StartsWith("/_", StringComparison.Ordinal)
                && !path.StartsWith("/.well-known", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal).ToList();
        Assert.Contains("/management/users/revocation", routes);
        Assert.Contains("/management/users/accounts.csv", routes);
        foreach (var route in routes)
        {
            using var answer = await RunningServer.GetWithSessionAsync(client, route, session);
            Assert.True(
                answer.StatusCode == HttpStatusCode.SeeOther && answer.Headers.Location?.ToString() == "/management/users/password",
                $"{route}: {answer.StatusCode} {answer.Headers.Location}");
        }

        using var password = await RunningServer.GetWithSessionAsync(client, "/management/users/password", session);
        Assert.Equal(HttpStatusCode.OK, password.StatusCode);
        Assert.Contains(
            "data-screen=\"BRSK002\"", await password.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);

        await SetInitialAsync(server, null);
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
    }

    private static Task SetInitialAsync(RunningServer server, DateTimeOffset? expiresAt) =>
        server.Services.GetRequiredService<StoreWriter>().PerformAsync(
            work =>
            {
                var user = work.Db.Users.Single(u => u.LoginId == LoginId);
                if (expiresAt is { } until)
                {
                    user.SetOneTimePassword(user.LoginPassword, until);
                }
                else
                {
                    user.SetPasswords(user.LoginPassword, user.ConfirmationPassword);
                }

                return true;
            },
            TestContext.Current.CancellationToken);
}
