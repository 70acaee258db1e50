using System.Net;
using System.Text;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;
using DensaiAdmin.EnrollmentApp.Verbs;
using DensaiAdmin.EnrollmentApp.Window;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>The screens' addresses. A form changes the desk and leads on (303), so that reading a page again never sends anything twice.</summary>
internal static class ScreenEndpoints
{
    // Sent by a page's script.
    private const string Shown = "Densai-Shown";

    private static readonly string[] WaysBack = ["/", "/authenticate", "/progress", "/result", "/proxy", "/proxy/settings"];

    public static void MapScreens(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/", MenuAsync);
        endpoints.MapGet("/authenticate", AuthenticateAsync);
        endpoints.MapPost("/authenticate", SendCredentialsAsync);
        endpoints.MapGet("/progress", ProgressAsync);
        endpoints.MapPost("/again", Change(desk => desk.GoOn(), "/progress"));
        endpoints.MapPost("/back", Change(desk => desk.GiveUp(), "/"));
        endpoints.MapGet("/result", ResultAsync);
        endpoints.MapGet("/result/save", DownloadAsync);
        endpoints.MapPost("/result/save", SaveAsync);
        endpoints.MapPost("/receipt", SaveLaterAsync);
        endpoints.MapPost("/open/login", OpenLoginAsync);
        endpoints.MapPost("/open/download", (RequestDelegate)(context => OpenAsync(context, "/certificate", "/")));
        endpoints.MapPost("/open/folder", OpenFolderAsync);
        endpoints.MapPost("/result/remove", RemoveAsync);
        endpoints.MapGet("/proxy", ProxyAsync);
        endpoints.MapPost("/proxy", SendProxyCredentialsAsync);
        endpoints.MapGet("/proxy/settings", ProxySettingsAsync);
        endpoints.MapPost("/proxy/settings", SendProxySettingsAsync);
        endpoints.MapPost("/language", LanguageAsync);
        endpoints.MapPost("/close", CloseAsync);
        endpoints.MapGet("/moved", (RequestDelegate)(context => ShowAsync<Ended>(context, new() { [nameof(Ended.Moved)] = true })));
        endpoints.MapGet(EventStream.Path, EventStream.ServeAsync);
        endpoints.MapGet("/app.css", Asset("app.css", "text/css; charset=utf-8"));
        endpoints.MapGet("/app.js", Asset("app.js", "text/javascript; charset=utf-8"));
        endpoints.MapGet("/favicon.svg", Asset("favicon.svg", "image/svg+xml"));
        endpoints.MapFallback((RequestDelegate)(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return ShowAsync<Broken>(context, new() { [nameof(Broken.Missing)] = true });
        }));
    }

    public static async Task ShowAsync<TScreen>(HttpContext context, Dictionary<string, object?> parameters)
        where TScreen : IComponent
    {
        await using var renderer = new HtmlRenderer(context.RequestServices, context.RequestServices.GetRequiredService<ILoggerFactory>());
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<TScreen>(ParameterView.FromDictionary(parameters))).ToHtmlString());
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(html, context.RequestAborted);
    }

    private static bool IsScripts(HttpContext context) => context.Request.Headers.ContainsKey(Shown);

    private static Desk DeskOf(HttpContext context) => context.RequestServices.GetRequiredService<Desk>();

    private static Task Lead(HttpContext context, string to)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = to;
        return Task.CompletedTask;
    }

    private static RequestDelegate Change(Action<Desk> act, string to) => context =>
    {
        act(DeskOf(context));
        return Lead(context, to);
    };

    private static async Task MenuAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        if (desk.IsRunning)
        {
            // What is being done is what there is to see; what another start asked for meanwhile would come as a surprise after it.
            desk.Start = StartArgument.Menu;
            await Lead(context, "/progress");
            return;
        }

        var again = context.Request.Query.ContainsKey("again");
        // A page that reads itself anew wants what was found, and not that it be looked for again.
        var survey = await desk.SurveyAsync(anew: again || (desk.Errand is null && !IsScripts(context)));
        if (again)
        {
            await Lead(context, "/");
            return;
        }

        if (desk.IsOutdated)
        {
            await ShowAsync<Outdated>(context, []);
            return;
        }

        if (survey?.Fault is { Kind: ConnectionFaultKind.ProxyAsksCredentials or ConnectionFaultKind.ProxyRefusesCredentials })
        {
            await Lead(context, "/proxy");
            return;
        }

        if (survey is not null && desk.Start.Screen != StartAt.Menu)
        {
            // The check comes before the password: what a link or a button asked for waits for it, and ends here where it is in vain.
            var start = desk.Start;
            if (!survey.Stops)
            {
                var serial = start.Serial.Length > 0 ? start.Serial : Only(survey.Own)?.Serial;
                var renewed = start.Screen == StartAt.Renew ? desk.Renewable(serial) : null;
                if (renewed is not null || start.Screen == StartAt.Issue)
                {
                    // It is fulfilled where the page is gone to, and not where a script looks: somebody may be on the way here already.
                    await Lead(context, renewed is null ? "/authenticate" : "/authenticate?serial=" + renewed.Serial);
                    return;
                }

                desk.LinkMissed = start.Serial.Length > 0 && survey.Own?.Any(one => one.Serial == start.Serial) != true;
            }

            desk.Start = StartArgument.Menu;
        }

        var missed = desk.LinkMissed;
        desk.LinkMissed = false;
        await ShowAsync<Menu>(context, new() { [nameof(Menu.Survey)] = survey, [nameof(Menu.LinkMissed)] = missed });
        if (survey is not null)
        {
            desk.Saved = null;
        }
    }

    private static OwnCertificate? Only(IReadOnlyList<OwnCertificate>? own) =>
        own?.Where(one => one.Renewability == Renewability.Now).ToList() is [var only] ? only : null;

    private static async Task AuthenticateAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        if (desk.IsOutdated || desk.IsRunning)
        {
            await Lead(context, desk.IsRunning ? "/progress" : "/");
            return;
        }

        var serial = context.Request.Query["serial"].ToString();
        if (desk.Errand is null && (desk.LastSurvey is not { } survey || survey.Stops))
        {
            desk.Start = serial.Length == 0 ? new StartArgument(StartAt.Issue) : new StartArgument(StartAt.Renew, StartArgument.Normalise(serial) ?? "");
            await Lead(context, "/");
            return;
        }

        var renewed = desk.Renewable(serial);
        if (renewed is null && serial.Length > 0)
        {
            // Renewed, removed or expired since the list was shown.
            await Lead(context, "/");
            return;
        }

        if (!IsScripts(context))
        {
            desk.Start = StartArgument.Menu;
        }

        await ShowAsync<Authenticate>(context, new()
        {
            [nameof(Authenticate.Renewed)] = renewed,
            [nameof(Authenticate.LoginId)] = desk.CredentialsRefused ? desk.LastLoginId : renewed?.LoginId,
            [nameof(Authenticate.Error)] = desk.CredentialsRefused
                ? Refused(desk)
                : null,
        });
    }

    private static FormError Refused(Desk desk)
    {
        var sentence = desk.Outcome is ErrandOutcome.Refused refused ? Sentences.OfRefusal(refused) : null;
        return new(
            Words.Of("Auth_NotDone"), sentence?.Text ?? Words.Of("Refused_bad-credentials"), "login-id", sentence?.Code ?? ErrorCodes.CredentialsWrong);
    }

    private static async Task SendCredentialsAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        if (desk.IsOutdated)
        {
            await Lead(context, "/");
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var typed = form["login-id"].ToString();
        var password = form["password"].ToString();
        var serial = form["serial"].ToString();
        var renewed = desk.Renewable(serial);
        if (renewed is null && serial.Length > 0)
        {
            await Lead(context, "/");
            return;
        }

        var id = LoginId.Canonical(typed);
        var wrong = id is null ? ("login-id", "Auth_NoId") : password.Length == 0 ? ("password", "Auth_NoPassword") : password.Length > Credentials.LongestPassword ? ("password", "Auth_LongPassword") : default;
        if (wrong is { Item1: { } field, Item2: { } words })
        {
            await ShowAsync<Authenticate>(context, new()
            {
                [nameof(Authenticate.Renewed)] = renewed,
                [nameof(Authenticate.LoginId)] = typed,
                [nameof(Authenticate.Error)] = new FormError(Words.Of("Auth_NotDone"), Words.Of(words), field, ErrorCodes.CredentialsMissing),
            });
            return;
        }

        desk.Begin(id!, password, renewed);
        await Lead(context, "/progress");
    }

    private static Task ProgressAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        return desk switch
        {
            { Errand: null } => Lead(context, "/"),
            { Outcome: ErrandOutcome.Done } => Lead(context, "/result"),
            { ProxyFault: not null, IsRunning: false } => Lead(context, "/proxy"),
            { CredentialsRefused: true, IsRunning: false } => Lead(context, desk.Errand.Renewed is { } renewed ? "/authenticate?serial=" + StartArgument.Normalise(renewed.Certificate.SerialNumber) : "/authenticate"),
            _ => ShowAsync<Progress>(context, []),
        };
    }

    private static Task ResultAsync(HttpContext context)
    {
        if (DeskOf(context).Outcome is not ErrandOutcome.Done done)
        {
            return Lead(context, "/");
        }

        var browsers = context.RequestServices.GetRequiredService<WindowBrowsers>();
        return ShowAsync<Result>(context, new()
        {
            [nameof(Result.Done)] = done,
            [nameof(Result.Browsers)] = DeskOf(context).TickOff(RunningBrowsers.Among(RunningBrowsers.List(), browsers.Opened?.Id)),
            [nameof(Result.WindowIsOneOfThem)] = browsers.Opened is null,
        });
    }

    private static async Task SaveAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        if (desk is { Outcome: ErrandOutcome.Done done, Errand: { } errand })
        {
            desk.Saved = SavedReceipt.Write(context.RequestServices.GetRequiredService<ReceiptFolder>(), done.Certificate, errand.LoginId, desk.Parts.Store.DisplayName);
        }

        await Lead(context, "/result");
    }

    // The record again, long after the issue.
    private static async Task SaveLaterAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (desk.LastSurvey?.Own?.FirstOrDefault(own => own.Serial == StartArgument.Normalise(form["serial"].ToString())) is { } kept)
        {
            desk.Saved = SavedReceipt.Write(context.RequestServices.GetRequiredService<ReceiptFolder>(), kept.Stored, kept.LoginId, desk.Parts.Store.DisplayName);
        }

        await Lead(context, "/");
    }

    private static Task OpenLoginAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        var browsers = context.RequestServices.GetRequiredService<WindowBrowsers>();
        desk.LoginOpened = new(LoginBrowser.Open(browsers, desk.Parts.Bank.Server, desk.Parts.Store.Readers, desk.SeenOpen));
        return Lead(context, "/result#browsers");
    }

    private static Task OpenAsync(HttpContext context, string path, string back)
    {
        var browsers = context.RequestServices.GetRequiredService<WindowBrowsers>();
        LoginBrowser.Open(browsers, new Uri(DeskOf(context).Parts.Bank.Server, path), readers: null, used: []);
        return Lead(context, back);
    }

    private static async Task OpenFolderAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (DeskOf(context).Saved is { IsThere: true } saved)
        {
            LoginBrowser.OpenFolder(saved.Folder);
        }

        await Lead(context, form["back"] == "/result" ? "/result" : "/");
    }

    private static async Task DownloadAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        if (desk.Outcome is not ErrandOutcome.Done done)
        {
            await Lead(context, "/");
            return;
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.ContentDisposition =
            $"attachment; filename=\"certificate.txt\"; filename*=UTF-8''{Uri.EscapeDataString($"{Words.Of("Cert_File")}-{desk.Errand?.LoginId}.txt")}";
        // With the mark, because the editors of some office PCs guess another encoding without it.
        await context.Response.WriteAsync("\uFEFF" + Receipt.Of(done.Certificate, desk.Parts.Store.DisplayName).ReplaceLineEndings("\r\n"), Encoding.UTF8, context.RequestAborted);
    }

    private static async Task RemoveAsync(HttpContext context)
    {
        await DeskOf(context).RemoveReplacedAsync(context.RequestAborted);
        await Lead(context, "/result");
    }

    private static Task ProxyAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        if (desk.ProxyFault is not { } fault)
        {
            return Lead(context, "/");
        }

        var refused = fault.Kind == ConnectionFaultKind.ProxyRefusesCredentials;
        return ShowProxyAsync(context, desk.Parts.Proxy.UserName, refused ? new FormError(Words.Of("Auth_NotDone"), Words.Of("Proxy_Wrong"), "user", ErrorCodes.ProxyCredentialsWrong) : null);
    }

    private static Task ShowProxyAsync(HttpContext context, string? userName, FormError? error)
    {
        var desk = DeskOf(context);
        return ShowAsync<ProxyCredentials>(context, new()
        {
            [nameof(ProxyCredentials.Address)] = desk.ProxyFault is { Detail: { Length: > 0 } detail } ? detail : desk.Parts.Proxy.Address ?? "",
            [nameof(ProxyCredentials.UserName)] = userName,
            [nameof(ProxyCredentials.Error)] = error,
        });
    }

    private static async Task SendProxyCredentialsAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (user, password) = (form["user"].ToString(), form["proxy-password"].ToString());
        if (string.IsNullOrWhiteSpace(user))
        {
            await ShowProxyAsync(context, user, new FormError(Words.Of("Auth_NotDone"), Words.Of("Proxy_NoUser"), "user", ErrorCodes.ProxyUserMissing));
            return;
        }

        desk.Parts.Proxy.UseCredentials(user, password);
        await GoOnBehindProxyAsync(context, desk);
    }

    private static string WordOf(ProxyWay way) => way.ToString().ToLowerInvariant();

    private static Task ProxySettingsAsync(HttpContext context) => ShowAsync<ProxySettings>(context, new() { [nameof(ProxySettings.Way)] = WordOf(DeskOf(context).Parts.Proxy.Way) });

    private static async Task SendProxySettingsAsync(HttpContext context)
    {
        var desk = DeskOf(context);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (way, address) = (form["way"].ToString(), form["address"].ToString().Normalize(NormalizationForm.FormKC).Trim());
        if (way == "address" && !desk.Parts.Proxy.UseAddress(address))
        {
            await ShowAsync<ProxySettings>(context, new()
            {
                [nameof(ProxySettings.Way)] = way,
                [nameof(ProxySettings.Address)] = address,
                [nameof(ProxySettings.Error)] = new FormError(Words.Of("ProxySet_NotDone"), Words.Of("ProxySet_NoSuch"), "address", ErrorCodes.ProxyAddressNotUsable),
            });
            return;
        }

        if (way == "none")
        {
            desk.Parts.Proxy.UseNone();
        }
        else if (way == "system")
        {
            desk.Parts.Proxy.UseSystem();
        }

        await GoOnBehindProxyAsync(context, desk);
    }

    // Whoever was in the middle of an errand goes on with it, everybody else begins at CCHK001.
    private static Task GoOnBehindProxyAsync(HttpContext context, Desk desk)
    {
        desk.ProxyChanged();
        if (!desk.CanGoOn)
        {
            return Lead(context, "/");
        }

        desk.GoOn();
        return Lead(context, "/progress");
    }

    private static async Task LanguageAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        DeskOf(context).Language = form["to"] == "en" ? Words.English : Words.Japanese;
        var back = form["back"].ToString();
        await Lead(context, WaysBack.Contains(back.Split('?')[0]) && !back.Contains('\n', StringComparison.Ordinal) ? back : "/");
    }

    private static async Task CloseAsync(HttpContext context)
    {
        context.RequestServices.GetRequiredService<Presence>().End();
        await ShowAsync<Ended>(context, []);
    }

    private static RequestDelegate Asset(string name, string type)
    {
        using var stream = typeof(ScreenEndpoints).Assembly.GetManifestResourceStream("wwwroot/" + name) ?? throw new InvalidOperationException($"{name} is not in the program");
        var octets = new byte[stream.Length];
        stream.ReadExactly(octets);
        return async context =>
        {
            context.Response.ContentType = type;
            context.Response.ContentLength = octets.Length;
            await context.Response.Body.WriteAsync(octets, context.RequestAborted);
        };
    }
}
