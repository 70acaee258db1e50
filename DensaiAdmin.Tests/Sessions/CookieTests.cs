using System.Text.RegularExpressions;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Tests.Tls;
using DensaiAdmin.Web.Settings;
using Microsoft.Extensions.Configuration;

namespace DensaiAdmin.Tests.Sessions;

/// <summary>Every cookie of the product is bound to its host, to TLS and to its own site (RFC 6265bis 4.1.3.2), whoever sets it.</summary>
[Web]
public sealed partial class CookieTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly RunningServer _server = shared.Server;

    [Fact]
    public async Task Cookies_SetByTheServer_AreBoundToTheirHost()
    {
        var cookies = new List<string>();
        void Keep(HttpResponseMessage answer)
        {
            if (answer.Headers.TryGetValues("Set-Cookie", out var set))
            {
                cookies.AddRange(set);
            }
        }

        var client = _server.Client(_server.DemoCertificate("0501D00601U"));
        var open = _server.PublicClient();
        foreach (var address in new[] { "/login", "/language?culture=en&returnUrl=%2F", "/login-id" })
        {
            using var answer = await RunningServer.GetAsync(open, address);
            Keep(answer);
        }

        using var login = await RunningServer.PostLoginAsync(client, RunningServer.LoginPassword);
        Keep(login);
        using var byPassword = await RunningServer.PostPublicLoginAsync(open, "0501D00900M");
        Keep(byPassword);
        var session = "__Host-densai-cert=" + RunningServer.CookieOf(login, "__Host-densai-cert");
        using var logout = await RunningServer.PostFormAsync(client, "/", "/logout", new(StringComparer.Ordinal), session);
        Keep(logout);

        Assert.All(cookies, AssertBound);
        foreach (var name in new[] { "__Host-densai-form", "__Host-densai-language", "__Host-densai-cert", "__Host-densai-public" })
        {
            Assert.Contains(cookies, cookie => cookie.StartsWith(name + "=", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Cookies_InTheSource_HaveNamesThatBindThem()
    {
        var sources = Repository.Files("DensaiAdmin.Web", ".cs", ".razor").Select(File.ReadAllText).ToList();
        // Where a cookie is made its name is a constant or comes from one; every constant of a cookie's name stands in a file that names
        // cookies.
        var names = sources.Where(source => source.Contains("Cookie", StringComparison.Ordinal))
            .SelectMany(source => Name().Matches(source).Select(match => match.Groups["name"].Value)).ToList();
        Assert.True(names.Count >= 6, string.Join(", ", names));
        Assert.All(names, name => Assert.StartsWith("__Host-", name, StringComparison.Ordinal));
        var scripts = Repository.Files("DensaiAdmin.Web/wwwroot", ".js")
            .SelectMany(file => Script().Matches(File.ReadAllText(file)).Select(match => match.Groups["cookie"].Value)).ToList();
        Assert.NotEmpty(scripts);
        Assert.All(scripts, AssertBound);
    }

    [Theory]
    [InlineData(null, "http://pki.test", false, false)]
    [InlineData("false", "http://pki.bank.test", false, false)]
    [InlineData("true", "http://pki.test", true, false)]
    [InlineData("true", "http://pki.bank.test", true, true)]
    [InlineData("true", "http://bank.test:8080", true, true)]
    [InlineData("yes", "http://pki.test", false, true)]
    public void Hsts_IncludesSubDomains_OnlyWhereTheSettingSaysSo_AndThePkiOriginIsNoneOfThem(
        string? value, string pki, bool includes, bool refused)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Endpoints:Public"] = "https://bank.test",
            ["Endpoints:Certificate"] = "https://certificate.test",
            ["Endpoints:Pki"] = pki,
            ["Endpoints:HstsIncludeSubDomains"] = value,
        }).Build();
        List<SettingFault> faults = [];
        var endpoints = EndpointOptions.Read(configuration, faults);
        Assert.Equal(refused, faults.Exists(fault => fault.Key == "Endpoints:HstsIncludeSubDomains"));
        if (!refused)
        {
            Assert.Equal(includes, endpoints!.HstsIncludeSubDomains);
        }
    }

    private static void AssertBound(string cookie)
    {
        Assert.StartsWith("__Host-", cookie, StringComparison.Ordinal);
        var parts = cookie.ToLowerInvariant().Split(';', StringSplitOptions.TrimEntries);
        Assert.Contains("secure", parts);
        Assert.Contains("path=/", parts);
        Assert.True(parts.Contains("samesite=strict") || parts.Contains("samesite=lax"), cookie);
        Assert.DoesNotContain(parts, part => part.StartsWith("domain", StringComparison.Ordinal));
    }

    [GeneratedRegex(
        "\"(?<name>[A-Za-z_.-]*densai-(form|language|cert|public|login-id|text-size|counter)[a-z-]*)\"",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();

    [GeneratedRegex("document\\.cookie = [`'\"](?<cookie>[^`'\"]*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Script();
}
