using System.Reflection;
using System.Text;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Sessions;
using DensaiAdmin.Tests.Tls;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DensaiAdmin.Tests.Gates;

/// <summary>
/// Whatever stands in an address or a form, every page and endpoint answers, no circuit ends of it, and the log keeps to one line an event.
/// Pages and parameters are found, so that a new one cannot be forgotten.
/// </summary>
[Web]
public sealed class ParameterTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string LoginId = "0501D00601M";

    private static readonly string[] Values =
    [
        "x", "", "-1", "0", "007", "2147483647", "99999999999999999999", "1e9", "%EF%BC%91", "true", "%00", "a%00b",
        "%0D%0A%0D%0Aforged%3A%20line", "%1B%5B31m", "%E2%80%A8", "%E2%80%AE",
        "%FF", "%ED%A0%80", "%C3", "%25", "..%2f..%2fetc", "%27%20or%201%3D1--", "%25%5F%5C", "%3Cscript%3E", "%F0%9F%98%80", "9999-12-31",
        "0001-01-01", "2026-02-30",
        new string('9', 4000), string.Concat(Enumerable.Repeat("%E3%81%82", 700)),
    ];

    /// <summary>What converting, decoding or writing trips over: enough where each costs the drawing of a page.</summary>
    private static readonly string[] Hard =
        ["x", "-1", "99999999999999999999", "%00", "a%00b", "%0D%0A%0D%0Aforged%3A%20line", "%FF", "%ED%A0%80", "%25"];

    private readonly RunningServer _server = shared.Server;

    private static IEnumerable<Type> Pages =>
        typeof(SessionGuard).Assembly.GetTypes().Where(type => type.IsDefined(typeof(RouteAttribute)));

    [Fact]
    public void Parameters_OfPages_AreText()
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var typed = Pages.SelectMany(page => page.GetProperties(All))
            .Where(property => property.IsDefined(typeof(SupplyParameterFromQueryAttribute))
                || property.IsDefined(typeof(SupplyParameterFromFormAttribute)))
            .Where(property => property.PropertyType != typeof(string))
            .Select(property => $"{property.DeclaringType!.Name}.{property.Name}");
        Assert.Empty(typed);

        // A parameter of the path that is no text is held to it by its route, which does not know the address otherwise.
        var ofPath = Pages.SelectMany(page => page.GetCustomAttributes<RouteAttribute>().SelectMany(route => page.GetProperties(All)
                .Where(property => property.IsDefined(typeof(ParameterAttribute)) && property.PropertyType != typeof(string)
                    && route.Template.Contains("{" + property.Name, StringComparison.Ordinal)
                    && !route.Template.Contains("{" + property.Name + ":", StringComparison.Ordinal))))
            .Select(property => $"{property.DeclaringType!.Name}.{property.Name}");
        Assert.Empty(ofPath);
    }

    [Fact]
    public void Parameters_OfEndpoints_AreText()
    {
        var typed = Endpoints().SelectMany(endpoint => Named(endpoint).Where(parameter => parameter.ParameterType != typeof(string)).Select(
            parameter => $"{endpoint.RoutePattern.RawText} {parameter.Name}"));
        Assert.Empty(typed);
        Assert.Contains(Endpoints(), endpoint => Named(endpoint).Any());
    }

    [Fact]
    public async Task Address_WithAnythingInIt_IsAnswered()
    {
        var certificate = _server.DemoCertificate(LoginId);
        var client = _server.Client(certificate);
        var cookie = "__Host-densai-cert=" + await _server.LogInAsync(client);
        var failures = new List<string>();
        foreach (var (origin, address, _) in Addresses())
        {
            using var answer = await RawRequest.SendAsync(client, HttpMethod.Get, origin, address, [("Cookie", cookie)]);
            if ((int)answer.StatusCode >= 500)
            {
                failures.Add($"{answer.StatusCode} {origin.Host} {(address.Length > 120 ? address[..120] : address)}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures) + Faults());
    }

    [Fact]
    public async Task Address_WithAnythingInIt_DoesNotEndACircuit()
    {
        var certificate = _server.DemoCertificate("0501D60001M");
        var client = _server.Client(certificate);
        var cookie = "__Host-densai-cert=" + await _server.LogInAsync(client);
        await using var circuit = await CircuitClient.ConnectAsync(_server, client, certificate, cookie);
        await circuit.StartAsync("/management", "BSSK001");
        var last = "";
        try
        {
            foreach (var (_, address, _) in Addresses().Where(a => a.IsInteractive && Hard.Any(value => a.Address.EndsWith(
                "=" + value, StringComparison.Ordinal) || a.Address.EndsWith("/" + value, StringComparison.Ordinal))))
            {
                last = address;
                await circuit.CallAsync("OnLocationChanged", "https://certificate.test" + address, null, true);
            }

            // One that is still alive draws what comes last.
            await circuit.CallAsync("OnLocationChanged", "https://certificate.test/management/company", null, true);
            await circuit.DrawnAsync("BCMP001");
        }
        catch (Exception ended) when (ended is System.Net.WebSockets.WebSocketException or TimeoutException)
        {
            Assert.Fail($"The circuit ended at {last[..Math.Min(last.Length, 120)]} or before.{Faults()}");
        }

        Assert.Equal("", Faults());
    }

    [Theory]
    [InlineData("?ReturnUrl=%2Fmanagement%2Fusers%2Frevocation%3Fq%3D%E3%81%82", "/management/users/revocation?q=%E3%81%82")]
    [InlineData("?ReturnUrl=/%E3%81%82", "/%E3%81%82")]
    [InlineData("?ReturnUrl=/%F0%9F%98%80%20%22", "/%F0%9F%98%80%20%22")]
    [InlineData("?ReturnUrl=%2F%ED%A0%80", null)]
    [InlineData("?ReturnUrl=%00", "/")]
    public async Task ReturnAddress_ThatIsNotAscii_IsLedToEncoded(string query, string? location)
    {
        var client = _server.Client(_server.DemoCertificate("0501D47701T"));
        using var login = await RunningServer.PostLoginAsync(client, RunningServer.LoginPassword, query);
        Assert.Equal(System.Net.HttpStatusCode.SeeOther, login.StatusCode);
        Assert.NotNull(RunningServer.CookieOf(login, "__Host-densai-cert"));
        Assert.StartsWith("/", login.Headers.Location!.OriginalString, StringComparison.Ordinal);
        if (location is not null)
        {
            Assert.Equal(location, login.Headers.Location.OriginalString);
        }

        using var renewal = await RunningServer.GetAsync(client, "/language?culture=ja&returnUrl=" + query["?ReturnUrl=".Length..]);
        Assert.Equal(System.Net.HttpStatusCode.Found, renewal.StatusCode);
        Assert.True(location is null || renewal.Headers.Location!.OriginalString == location);
    }

    [Fact]
    public void Log_OnTheConsole_HasOneLineForAnEvent()
    {
        using var written = new StringWriter();
        var hostile = "a\r\nfail: forged\u0085b\u2028c\u2029d\u001b[31me\u202ef\0";
        new OneLineConsole().Write(
            new LogEntry<string>(
                LogLevel.Warning, "Some.Category", default, hostile, new InvalidOperationException("first\nsecond"),
                (state, _) => state), null, written);

        var text = written.ToString();
        Assert.EndsWith(Environment.NewLine, text, StringComparison.Ordinal);
        var line = text[..^Environment.NewLine.Length];
        Assert.StartsWith("warn: Some.Category: a", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202e');
        Assert.Contains("second", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_InProductionAndElsewhere_IsWrittenByAFormatterThatEscapes()
    {
        foreach (var environment in new[] { "Development", "Testing", "Production" })
        {
            using var services = ServerBuilder.Create([], environment).Services.BuildServiceProvider();
            var formatter = services.GetRequiredService<Microsoft.Extensions.Options.IOptionsMonitor<ConsoleLoggerOptions>>()
                .CurrentValue.FormatterName;
            // Production's JSON is chosen when the server is put together.
            Assert.Equal(OneLineConsole.FormatterName, formatter);
        }
    }

    private static IEnumerable<ParameterInfo> Named(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<MethodInfo>() is not { } method ? []
        : method.GetParameters().Where(parameter => parameter.ParameterType.IsValueType
        && parameter.ParameterType != typeof(CancellationToken)
        || parameter.ParameterType == typeof(string));

    /// <summary>What the server logged as its own faults.</summary>
    private string Faults() =>
        string.Concat(_server.Log.Lines.Where(line => line.Level >= LogLevel.Error).Take(3).Select(line => "\n" + line.Text));

    private IEnumerable<RouteEndpoint> Endpoints() => _server.Services.GetRequiredService<EndpointDataSource>()
        .Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null
            && endpoint.RoutePattern.RawText?.Contains("_blazor", StringComparison.Ordinal) != true
            && endpoint.RoutePattern.RawText?.Contains("_framework", StringComparison.Ordinal) != true);

    /// <summary>Every address with each of its parameters set to each value, the others to something that is right.</summary>
    private IEnumerable<(Uri Origin, string Address, bool IsInteractive)> Addresses()
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        foreach (var endpoint in Endpoints().Where(
            e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is not { } methods || methods.Contains("GET")))
        {
            var origins = endpoint.Metadata.GetMetadata<OriginAttribute>()?.Origins ?? [Origin.Certificate];
            var origin = origins.Contains(Origin.Certificate)
                ? RunningServer.Certificate
                : origins.Contains(Origin.Public)
                ? RunningServer.Public
                : null;
            if (origin is null)
            {
                continue;
            }

            var page = Pages.FirstOrDefault(type => type.GetCustomAttributes<RouteAttribute>().Any(
                route => route.Template.Trim('/') == endpoint.RoutePattern.RawText!.Trim('/')));
            var names = page is null
                ? Named(endpoint).Select(parameter => parameter.Name!)
                : page.GetProperties(All).Select(
                    property => (property.Name, Attribute: property.GetCustomAttribute<SupplyParameterFromQueryAttribute>()))
                    .Where(property => property.Attribute is not null).Select(property => property.Attribute!.Name ?? property.Name);
            var path = Path(endpoint, "1");
            var isInteractive = page?.IsDefined(typeof(ExcludeFromInteractiveRoutingAttribute)) == false;
            foreach (var name in names.Append("unknown"))
            {
                foreach (var value in Values)
                {
                    yield return (origin, $"{path}?{name}={value}", isInteractive);
                }

                yield return (origin, $"{path}?{name}=1&{name}=x", isInteractive);
            }

            if (endpoint.RoutePattern.Parameters.Count > 0)
            {
                foreach (var value in Values.Where(value => value.Length > 0))
                {
                    yield return (origin, Path(endpoint, value), isInteractive);
                }
            }
        }
    }

    private static string Path(RouteEndpoint endpoint, string value)
    {
        var path = new StringBuilder();
        foreach (var segment in endpoint.RoutePattern.PathSegments)
        {
            path.Append('/');
            foreach (var part in segment.Parts)
            {
                path.Append(part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : value);
            }
        }

        return path.Length == 0 ? "/" : path.ToString();
    }
}
