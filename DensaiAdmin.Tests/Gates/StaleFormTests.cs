using System.IO.Pipelines;
using System.Net;
using System.Text.RegularExpressions;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;
using DensaiAdmin.Web.Gates;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.Gates;

/// <summary>
/// A form that its page sent too late: it leads on, or stands there again with words. Never what the framework says about it, never
/// nothing. The addresses that take forms are found.
/// </summary>
[Web]
public sealed partial class StaleFormTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Words = "送信できませんでした";

    private readonly RunningServer _server = shared.Server;

    [Fact]
    public async Task Form_OfAnyPage_ThatIsStale_LeadsOn_OrIsShownAgain()
    {
        var live = await PersonAsync("0501D00601M");
        var ended = await PersonAsync("0501D00601U");
        await _server.Services.GetRequiredService<StoreWriter>().PerformAsync(work =>
            _server.Sessions.EndAll(
                work, work.Db.Users.Single(u => u.LoginId == "0501D00601U").Id,
                SessionEndReason.Idle), TestContext.Current.CancellationToken);
        var (byPassword, passwordCookie) = (_server.PublicClient(), "");
        passwordCookie = await RunningServer.LogInPubliclyAsync(byPassword, "0501D00900M");
        (string Who, HttpClient Http, string Cookie)[] people =
        [
            ("nobody", _server.Client(), ""),
            ("nobody on the public origin", _server.PublicClient(), ""),
            ("a live session", live.Http, live.Cookie),
            ("an ended session", ended.Http, ended.Cookie),
            ("a session of ID・パスワード方式", byPassword, passwordCookie),
        ];
        // As from before the key ring was lost, from another session, or from another version's page.
        Dictionary<string, string>[] forms =
        [
            new(StringComparer.Ordinal),
            new(StringComparer.Ordinal) { ["_handler"] = "sign-in", ["__RequestVerificationToken"] = "CfDJ8NotOfThisKeyRing" },
            new(StringComparer.Ordinal) { ["_handler"] = "no-such-form", ["password"] = "typed-secret" },
        ];
        var (token, formCookie) = await RunningServer.ShowFormAsync(live.Http, "/", live.Cookie);
        var failures = new List<string>();
        foreach (var path in Posted())
        {
            foreach (var (who, http, cookie) in people)
            {
                foreach (var form in forms.Append(
                    new(StringComparer.Ordinal) { ["_handler"] = "no-such-form", ["__RequestVerificationToken"] = token }))
                {
                    using var request = new HttpRequestMessage(
                        HttpMethod.Post, new Uri(path, UriKind.Relative))
                    { Content = new FormUrlEncodedContent(form) };
                    request.Headers.Add("Cookie", $"__Host-densai-form={formCookie}; {cookie}");
                    using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
                    var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
                    var isGood = (int)answer.StatusCode switch
                    {
                        303 => answer.Headers.Location is not null,
                        400 => html.Contains(Words, StringComparison.Ordinal) && html.Contains("data-screen=", StringComparison.Ordinal),
                        // Another screen in words, or an address that is not on this origin.
                        200 or 403 or 429 => html.Contains("data-screen=", StringComparison.Ordinal),
                        404 => true,
                        _ => false,
                    };
                    if (!isGood
                        || html.Contains("antiforgery", StringComparison.OrdinalIgnoreCase)
                        || html.Contains("POST request", StringComparison.Ordinal)
                        || html.Contains("typed-secret", StringComparison.Ordinal))
                    {
                        failures.Add($"{path} by {who}: {(int)answer.StatusCode} {html[..Math.Min(html.Length, 120)]}");
                    }
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures) + string.Concat(
            _server.Log.Lines.Where(l => l.Level >= LogLevel.Error).Take(3).Select(l => "\n" + l.Text)));
    }

    [Theory]
    [InlineData("/login", "loginId", "0501D00900M", "BLGI001")]
    [InlineData("/login-id", "contract", "0501D00900", "BLID001")]
    public async Task Form_ShownAgain_KeepsWhatWasTyped_ButNoPassword(string path, string field, string typed, string screen)
    {
        var client = _server.PublicClient();
        using var answer = await RunningServer.PostAsync(
            client, path, ("no token of ours", null),
            new(StringComparer.Ordinal) { ["_handler"] = "sign-in", [field] = typed, ["password"] = "typed-secret" });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains(Words, html, StringComparison.Ordinal);
        Assert.Contains($"data-screen=\"{screen}\"", html, StringComparison.Ordinal);
        if (!html.Contains("data-screen=\"BLID001\"", StringComparison.Ordinal)
            || html.Contains($"name=\"{field}\"", StringComparison.Ordinal))
        {
            Assert.Contains($"value=\"{typed}\"", html, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("typed-secret", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_WhosePageStoodOpen_WorksOnTheNextTry()
    {
        var client = _server.Client(_server.DemoCertificate("0501D47701T"));
        var fields =
            new Dictionary<string, string>(StringComparer.Ordinal) { ["_handler"] = "sign-in", ["password"] = RunningServer.LoginPassword };
        using var stale = await RunningServer.PostAsync(client, "/login", ("no token of ours", null), fields);
        var html = await stale.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using var login = await RunningServer.PostAsync(
            client, "/login", (Token().Match(html).Groups["token"].Value, RunningServer.CookieOf(stale, "__Host-densai-form")), fields);
        Assert.Equal(HttpStatusCode.SeeOther, login.StatusCode);
        Assert.NotNull(RunningServer.CookieOf(login, "__Host-densai-cert"));
    }

    [Theory]
    [InlineData("same-origin", "https://public.test/login")]
    [InlineData(null, "/")]
    public async Task Logout_OfAStaleTab_IsCarriedOut_WhereTheBrowserSaysThatItWasClickedHere(string? site, string location)
    {
        var person = await PersonAsync("0501D60001T");
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri("/logout", UriKind.Relative))
        { Content = new FormUrlEncodedContent([]) };
        request.Headers.Add("Cookie", person.Cookie);
        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }

        using var answer = await person.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal(location, answer.Headers.Location?.ToString());
        using var home = await RunningServer.GetAsync(person.Http, "/", person.Cookie);
        Assert.Equal(site is null ? HttpStatusCode.OK : HttpStatusCode.SeeOther, home.StatusCode);
    }

    [Fact]
    public async Task Form_ThatIsSentSlowly_HoldsNoThread_AndEndsWithItsConnection()
    {
        using var gone = new CancellationTokenSource();
        var (context, pipe) = (Posting(), new Pipe());
        context.Request.ContentType = "application/x-www-form-urlencoded";
        context.Request.Body = pipe.Reader.AsStream();
        context.RequestAborted = gone.Token;

        var shown = Task.Run(() => new StaleForms(_ => Task.CompletedTask).InvokeAsync(context).IsCompleted, CancellationToken.None);
        Assert.False(await shown.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        await gone.CancelAsync();
    }

    [Fact]
    public async Task RequestThatBroke_IsNoStaleForm()
    {
        var context = Posting();
        context.Features.Set<IExceptionHandlerFeature>(new ExceptionHandlerFeature { Error = new InvalidOperationException() });
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;

        await new StaleForms(_ => Task.CompletedTask).InvokeAsync(context);

        Assert.Equal((HttpMethods.Post, StatusCodes.Status500InternalServerError), (context.Request.Method, context.Response.StatusCode));
    }

    private static DefaultHttpContext Posting()
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Post;
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new ComponentTypeMetadata(typeof(object))), "a page"));
        context.Features.Set<IAntiforgeryValidationFeature>(new Unjudged());
        return context;
    }

    private sealed class Unjudged : IAntiforgeryValidationFeature
    {
        public bool IsValid => false;

        public Exception? Error => null;
    }

    /// <summary>Every address of a page or of an endpoint that takes a form with a token.</summary>
    private IEnumerable<string> Posted() => _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is not { } methods || methods.Contains("POST"))
        .Where(e => e.Metadata.GetMetadata<ComponentTypeMetadata>() is not null
            || e.Metadata.GetMetadata<Microsoft.AspNetCore.Antiforgery.IAntiforgeryMetadata>() is { RequiresValidation: true })
        .Select(e => "/" + string.Join('/', e.RoutePattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "Service" } => "densai",
            _ => "1",
        })))))
        .Distinct(StringComparer.Ordinal);

    private async Task<(HttpClient Http, string Cookie)> PersonAsync(string loginId)
    {
        var client = _server.Client(_server.DemoCertificate(loginId));
        return (client, "__Host-densai-cert=" + await _server.LogInAsync(client));
    }

    [GeneratedRegex(
        "name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Token();
}
