namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// Lets only the one browser window in that was opened with a ticket, and only our own pages. Pages of other origins can reach 127.0.0.1 as
/// well: a name that was made to resolve to it (DNS rebinding) fails at the Host check, a foreign form at Origin, cookie and form key.
/// </summary>
internal sealed class Gate(RequestDelegate next, WindowKeys keys, Presence presence)
{
    public const string Opening = "/open";
    public const string FormField = "key";

    private const string Policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'";

    // Cookies do not distinguish ports: the name keeps two instances on one machine apart.
    public static string CookieName(int port) => FormattableString.Invariant($"densai-enrollment-{port}");

    public async Task InvokeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.XFrameOptions = "DENY";
        response.Headers.CacheControl = "no-store";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // With no-referrer a browser would send "Origin: null" with our own forms.
        response.Headers["Referrer-Policy"] = "same-origin";

        var port = context.Connection.LocalPort;
        var host = FormattableString.Invariant($"127.0.0.1:{port}");
        if (!string.Equals(request.Headers.Host, host, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            return;
        }

        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (!reads && !HttpMethods.IsPost(request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        var origin = request.Headers.Origin;
        if ((origin.Count > 0 || !reads) && !string.Equals(origin, "http://" + host, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (reads && request.Path == Opening)
        {
            await OpenAsync(context, port);
            return;
        }

        if (!keys.IsCookie(request.Cookies[CookieName(port)]))
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (!reads && !(request.HasFormContentType && keys.IsFormKey((await ReadAsync(context))[FormField])))
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (request.Path != EventStream.Path)
        {
            presence.RecordActivity();
        }

        await next(context);
    }

    private static async Task<IFormCollection> ReadAsync(HttpContext context)
    {
        try
        {
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException
            || (unreadable is IOException and not BadHttpRequestException))
        {
            // More fields than any of our forms has, or not a form.
            throw new BadHttpRequestException("The form cannot be read", StatusCodes.Status400BadRequest, unreadable);
        }
    }

    private async Task OpenAsync(HttpContext context, int port)
    {
        if (!keys.Redeem(context.Request.Query["t"].ToString()))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        presence.RecordActivity();
        context.RequestServices.GetRequiredService<WindowBrowsers>().PageLoaded(context.Request.QueryString.ToString());
        context.Response.Cookies.Append(CookieName(port), keys.Cookie, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Path = "/",
            IsEssential = true,
        });
        if (context.Request.Headers["Sec-Fetch-Site"] == "cross-site")
        {
            // The request came from a file, which is a foreign site: after an HTTP redirect the browser would not send the cookie.
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync(OpeningPage.LeadingTo("/"), context.RequestAborted);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
    }
}
