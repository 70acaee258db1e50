using System.Text;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Window;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>
/// The addresses of the screens. A form changes the session and redirects (303), so that reloading a page never sends anything twice.
/// </summary>
internal static class ScreenEndpoints
{
    // A header that only the script of a page sends.
    private const string Shown = "Densai-Shown";

    private static readonly string[] PagesToReturnTo = ["/", "/authenticate", "/progress", "/result", "/proxy", "/proxy/settings"];

    public static void MapScreens(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/", MenuAsync);
        endpoints.MapGet("/authenticate", AuthenticateAsync);
        endpoints.MapPost("/authenticate", SendCredentialsAsync);
        endpoints.MapGet("/progress", ProgressAsync);
        endpoints.MapPost("/again", Change(session => session.Continue(), "/progress"));
        endpoints.MapPost("/back", Change(session => session.Cancel(), "/"));
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

    private static bool IsFromScript(HttpContext context) => context.Request.Headers.ContainsKey(Shown);

    private static WindowSession SessionOf(HttpContext context) => context.RequestServices.GetRequiredService<WindowSession>();

    private static WindowBrowsers BrowsersOf(HttpContext context) => context.RequestServices.GetRequiredService<WindowBrowsers>();

    private static Task Redirect(HttpContext context, string to)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = to;
        return Task.CompletedTask;
    }

    private static RequestDelegate Change(Action<WindowSession> change, string to) => context =>
    {
        change(SessionOf(context));
        return Redirect(context, to);
    };

    private static async Task MenuAsync(HttpContext context)
    {
        var session = SessionOf(context);
        if (session.IsRunning)
        {
            // A running job is shown. What another start asked for meanwhile is dropped, because afterwards it would come as a surprise.
            session.Start = StartArgument.Menu;
            await Redirect(context, "/progress");
            return;
        }

        var again = context.Request.Query.ContainsKey("again");
        // A page that its script reloads wants the last result and not another survey.
        var survey = await session.SurveyAsync(afresh: again || (session.Job is null && !IsFromScript(context)));
        if (again)
        {
            await Redirect(context, "/");
            return;
        }

        if (session.IsOutdated)
        {
            await ShowAsync<Outdated>(context, []);
            return;
        }

        if (survey?.Fault is { IsAboutProxyCredentials: true })
        {
            await Redirect(context, "/proxy");
            return;
        }

        if (survey is not null && session.Start.Screen != StartAt.Menu)
        {
            // The survey comes before the password: what a link or a button asked for waits for it, and ends here if it cannot be done.
            var start = session.Start;
            if (!survey.Stops)
            {
                var serial = start.Serial.Length > 0 ? start.Serial : Only(survey.Own)?.Serial;
                var renewed = start.Screen == StartAt.Renew ? session.Renewable(serial) : null;
                if (renewed is not null || start.Screen == StartAt.Issue)
                {
                    // It counts as done when the page is opened, and not when a script asks: the person may be on the way already.
                    await Redirect(context, renewed is null ? "/authenticate" : "/authenticate?serial=" + renewed.Serial);
                    return;
                }

                session.LinkMissed = start.Serial.Length > 0 && survey.Own?.Any(one => one.Serial == start.Serial) != true;
            }

            session.Start = StartArgument.Menu;
        }

        var missed = session.LinkMissed;
        session.LinkMissed = false;
        await ShowAsync<Menu>(context, new() { [nameof(Menu.Survey)] = survey, [nameof(Menu.LinkMissed)] = missed });
        if (survey is not null)
        {
            session.Saved = null;
        }
    }

    private static OwnCertificate? Only(IReadOnlyList<OwnCertificate>? own) =>
        own?.Where(one => one.Renewability == Renewability.Now).ToList() is [var only] ? only : null;

    private static async Task AuthenticateAsync(HttpContext context)
    {
        var session = SessionOf(context);
        if (session.IsOutdated || session.IsRunning)
        {
            await Redirect(context, session.IsRunning ? "/progress" : "/");
            return;
        }

        var serial = context.Request.Query["serial"].ToString();
        if (session.Job is null && (session.LastSurvey is not { } survey || survey.Stops))
        {
            session.Start = serial.Length == 0
                ? new StartArgument(StartAt.Issue)
                : new StartArgument(StartAt.Renew, SerialText.Normalize(serial) ?? "");
            await Redirect(context, "/");
            return;
        }

        var renewed = session.Renewable(serial);
        if (renewed is null && serial.Length > 0)
        {
            // It was renewed, removed or has expired since the list was shown.
            await Redirect(context, "/");
            return;
        }

        if (!IsFromScript(context))
        {
            session.Start = StartArgument.Menu;
        }

        await ShowAsync<Authenticate>(context, new()
        {
            [nameof(Authenticate.Renewed)] = renewed,
            [nameof(Authenticate.LoginId)] = session.CredentialsRefused ? session.LastLoginId : renewed?.LoginId,
            [nameof(Authenticate.Error)] = session.CredentialsRefused ? Refused(session) : null,
        });
    }

    private static FormError Refused(WindowSession session)
    {
        var sentence = session.Outcome is EnrollmentOutcome.Refused refused ? Sentences.OfRefusal(refused) : null;
        return new(
            Words.Of("Auth_NotDone"),
            sentence?.Text ?? Words.Of("Refused_bad-credentials"),
            "login-id",
            sentence?.Code ?? ErrorCodes.CredentialsWrong);
    }

    private static async Task SendCredentialsAsync(HttpContext context)
    {
        var session = SessionOf(context);
        if (session.IsOutdated)
        {
            await Redirect(context, "/");
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var typed = form["login-id"].ToString();
        var password = form["password"].ToString();
        var serial = form["serial"].ToString();
        var renewed = session.Renewable(serial);
        if (renewed is null && serial.Length > 0)
        {
            await Redirect(context, "/");
            return;
        }

        var id = LoginId.Canonical(typed);
        var (field, key) = id is null ? ("login-id", "Auth_NoId")
            : password.Length == 0 ? ("password", "Auth_NoPassword")
            : password.Length > Credentials.MaxPasswordLength ? ("password", "Auth_LongPassword")
            : default;
        if (key is not null)
        {
            var error = new FormError(Words.Of("Auth_NotDone"), Words.Of(key), field, ErrorCodes.CredentialsMissing);
            await ShowAsync<Authenticate>(context, new()
            {
                [nameof(Authenticate.Renewed)] = renewed,
                [nameof(Authenticate.LoginId)] = typed,
                [nameof(Authenticate.Error)] = error,
            });
            return;
        }

        session.Begin(id!, password, renewed);
        await Redirect(context, "/progress");
    }

    private static Task ProgressAsync(HttpContext context)
    {
        var session = SessionOf(context);
        return session switch
        {
            { Job: null } => Redirect(context, "/"),
            { Outcome: EnrollmentOutcome.Done } => Redirect(context, "/result"),
            { ProxyFault: not null, IsRunning: false } => Redirect(context, "/proxy"),
            { CredentialsRefused: true, IsRunning: false, Job.Renewed: { } renewed } =>
                Redirect(context, "/authenticate?serial=" + SerialText.Normalize(renewed.Certificate.SerialNumber)),
            { CredentialsRefused: true, IsRunning: false } => Redirect(context, "/authenticate"),
            _ => ShowAsync<Progress>(context, []),
        };
    }

    private static Task ResultAsync(HttpContext context)
    {
        if (SessionOf(context).Outcome is not EnrollmentOutcome.Done done)
        {
            return Redirect(context, "/");
        }

        var browsers = BrowsersOf(context);
        return ShowAsync<Result>(context, new()
        {
            [nameof(Result.Done)] = done,
            [nameof(Result.Browsers)] = SessionOf(context).OpenState(RunningBrowsers.Among(RunningBrowsers.List(), browsers.Opened?.Id)),
            [nameof(Result.WindowIsOneOfThem)] = browsers.Opened is null,
        });
    }

    private static async Task SaveAsync(HttpContext context)
    {
        var session = SessionOf(context);
        if (session is { Outcome: EnrollmentOutcome.Done done, Job: { } job })
        {
            Save(context, done.Certificate, job.LoginId);
        }

        await Redirect(context, "/result");
    }

    private static void Save(HttpContext context, StoredCertificate certificate, string loginId)
    {
        var (session, folder) = (SessionOf(context), context.RequestServices.GetRequiredService<ReceiptFolder>());
        session.Saved = SavedReceipt.Write(folder, certificate, loginId, session.Parts.Store.DisplayName);
    }

    // The certificate record again, possibly long after the issue.
    private static async Task SaveLaterAsync(HttpContext context)
    {
        var session = SessionOf(context);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (session.LastSurvey?.Own?.FirstOrDefault(own => own.Serial == SerialText.Normalize(form["serial"].ToString())) is { } kept)
        {
            Save(context, kept.Stored, kept.LoginId);
        }

        await Redirect(context, "/");
    }

    private static Task OpenLoginAsync(HttpContext context)
    {
        var session = SessionOf(context);
        var browsers = BrowsersOf(context);
        session.LoginOpened = new(LoginBrowser.Open(browsers, session.Parts.Bank.Server, session.Parts.Store.Readers, session.SeenOpen));
        return Redirect(context, "/result#browsers");
    }

    private static Task OpenAsync(HttpContext context, string path, string back)
    {
        var browsers = BrowsersOf(context);
        LoginBrowser.Open(browsers, new Uri(SessionOf(context).Parts.Bank.Server, path), readers: null, used: []);
        return Redirect(context, back);
    }

    private static async Task OpenFolderAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (SessionOf(context).Saved is { IsThere: true } saved)
        {
            LoginBrowser.OpenFolder(saved.Folder);
        }

        await Redirect(context, form["back"] == "/result" ? "/result" : "/");
    }

    private static async Task DownloadAsync(HttpContext context)
    {
        var session = SessionOf(context);
        if (session.Outcome is not EnrollmentOutcome.Done done)
        {
            await Redirect(context, "/");
            return;
        }

        var name = Uri.EscapeDataString($"{Words.Of("Cert_File")}-{session.Job?.LoginId}.txt");
        context.Response.ContentType = TextFile.ContentType;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"certificate.txt\"; filename*=UTF-8''{name}";
        var text = Receipt.Of(done.Certificate, session.Parts.Store.DisplayName);
        await context.Response.Body.WriteAsync(TextFile.Bytes(text), context.RequestAborted);
    }

    private static async Task RemoveAsync(HttpContext context)
    {
        await SessionOf(context).RemoveReplacedAsync(context.RequestAborted);
        await Redirect(context, "/result");
    }

    private static Task ProxyAsync(HttpContext context)
    {
        var session = SessionOf(context);
        if (session.ProxyFault is not { } fault)
        {
            return Redirect(context, "/");
        }

        var error = fault.Kind == ConnectionFaultKind.ProxyRefusesCredentials
            ? new FormError(Words.Of("Auth_NotDone"), Words.Of("Proxy_Wrong"), "user", ErrorCodes.ProxyCredentialsWrong)
            : null;
        return ShowProxyAsync(context, session.Parts.Proxy.UserName, error);
    }

    private static Task ShowProxyAsync(HttpContext context, string? userName, FormError? error)
    {
        var session = SessionOf(context);
        return ShowAsync<ProxyCredentials>(context, new()
        {
            [nameof(ProxyCredentials.Address)] =
                session.ProxyFault is { Detail: { Length: > 0 } detail } ? detail : session.Parts.Proxy.Address ?? "",
            [nameof(ProxyCredentials.UserName)] = userName,
            [nameof(ProxyCredentials.Error)] = error,
        });
    }

    private static async Task SendProxyCredentialsAsync(HttpContext context)
    {
        var session = SessionOf(context);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (user, password) = (form["user"].ToString(), form["proxy-password"].ToString());
        if (string.IsNullOrWhiteSpace(user))
        {
            var error = new FormError(Words.Of("Auth_NotDone"), Words.Of("Proxy_NoUser"), "user", ErrorCodes.ProxyUserMissing);
            await ShowProxyAsync(context, user, error);
            return;
        }

        session.Parts.Proxy.UseCredentials(user, password);
        await ContinueBehindProxyAsync(context, session);
    }

    private static string WordOf(ProxyWay way) => way.ToString().ToLowerInvariant();

    private static Task ProxySettingsAsync(HttpContext context) =>
        ShowAsync<ProxySettings>(context, new() { [nameof(ProxySettings.Way)] = WordOf(SessionOf(context).Parts.Proxy.Way) });

    private static async Task SendProxySettingsAsync(HttpContext context)
    {
        var session = SessionOf(context);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (way, address) = (form["way"].ToString(), form["address"].ToString().Normalize(NormalizationForm.FormKC).Trim());
        if (way == "address" && !session.Parts.Proxy.UseAddress(address))
        {
            var heading = Words.Of("ProxySet_NotDone");
            await ShowAsync<ProxySettings>(context, new()
            {
                [nameof(ProxySettings.Way)] = way,
                [nameof(ProxySettings.Address)] = address,
                [nameof(ProxySettings.Error)] =
                    new FormError(heading, Words.Of("ProxySet_NoSuch"), "address", ErrorCodes.ProxyAddressNotUsable),
            });
            return;
        }

        if (way == "none")
        {
            session.Parts.Proxy.UseNone();
        }
        else if (way == "system")
        {
            session.Parts.Proxy.UseSystem();
        }

        await ContinueBehindProxyAsync(context, session);
    }

    // A person in the middle of a job resumes it, everybody else starts at CCHK001.
    private static Task ContinueBehindProxyAsync(HttpContext context, WindowSession session)
    {
        session.ProxyChanged();
        if (!session.CanContinue)
        {
            return Redirect(context, "/");
        }

        session.Continue();
        return Redirect(context, "/progress");
    }

    private static async Task LanguageAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        SessionOf(context).Language = form["to"] == "en" ? Words.English : Words.Japanese;
        var back = form["back"].ToString();
        await Redirect(
            context, PagesToReturnTo.Contains(back.Split('?')[0]) && !back.Contains('\n', StringComparison.Ordinal) ? back : "/");
    }

    private static async Task CloseAsync(HttpContext context)
    {
        context.RequestServices.GetRequiredService<Presence>().End();
        await ShowAsync<Ended>(context, []);
    }

    private static RequestDelegate Asset(string name, string type)
    {
        using var stream = typeof(ScreenEndpoints).Assembly.GetManifestResourceStream("wwwroot/" + name)
            ?? throw new InvalidOperationException($"{name} is not in the program");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return async context =>
        {
            context.Response.ContentType = type;
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        };
    }
}
