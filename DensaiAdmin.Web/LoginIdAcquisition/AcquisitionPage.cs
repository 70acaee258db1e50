using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.LoginIdAcquisition;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.Tls;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.LoginIdAcquisition;

/// <summary>
/// One page of ログインID取得: static, a plain form, before any login. A cookie names the application; each page has its own address,
/// so that going back and reloading do what people expect.
/// </summary>
public abstract class AcquisitionPage : ComponentBase
{
    private const string CookieName = "__Host-densai-login-id";

    [Inject]
    public AcquireLoginId Acquisition { get; set; } = default!;

    [Inject]
    public AcquisitionHours Hours { get; set; } = default!;

    [Inject]
    public IStringLocalizer<LoginIdAcquisitionText> Text { get; set; } = default!;

    [Inject]
    public IStringLocalizer<SharedText> Shared { get; set; } = default!;

    [CascadingParameter]
    public HttpContext HttpContext { get; set; } = default!;

    /// <summary>What is shown; null until what was posted is evaluated.</summary>
    protected RenderFragment? Shown { get; set; }

    protected bool IsPost => HttpMethods.IsPost(HttpContext.Request.Method);

    protected Actor Visitor => HttpContext.Anonymous();

    protected string? Token => HttpContext.Request.Cookies[CookieName];

    protected IReadOnlyList<string> Steps => [Text["Step_Letter"], Text["Step_User"], Text["Step_Confirm"], Text["Step_Done"]];

    protected IReadOnlyList<Crumb> Crumbs => [new(Text["Crumb_Login"], Urls.Login), new(Text["Title"])];

    /// <summary>Runs what was posted. Where the store fails, nothing is lost: the form stands there as it was typed.</summary>
    protected async Task EvaluateAsync(Func<Task> evaluate, Func<ErrorReport, Task> again)
    {
        try
        {
            await evaluate();
        }
        catch (Exception broken) when (StoreFaults.Find(broken) is { } fault)
        {
            await again(new(
                Text["Failed_Heading"],
                [new(fault is ClockNotTrustedException ? StoreFaults.Of(fault, CultureInfo.CurrentUICulture) : Text["Store_Unavailable"])],
                ErrorCodes.Of(fault)));
        }
    }

    /// <summary>What was typed into a field of a form that could not be evaluated.</summary>
    protected string? Typed(string field) => StaleForm.Typed(HttpContext, field);

    protected void Keep(string token) => HttpContext.Response.Cookies.Append(CookieName, token, CookieOptions);

    protected void SeeOther(string location)
    {
        HttpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        HttpContext.Response.Headers.Location = location;
        Shown = _ => { };
    }

    private static CookieOptions CookieOptions => new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        IsEssential = true,
    };
}
