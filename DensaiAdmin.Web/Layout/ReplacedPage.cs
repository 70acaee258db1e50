using Microsoft.AspNetCore.Diagnostics;

namespace DensaiAdmin.Web.Layout;

/// <summary>"Not found" and "fault" are shown in place of another page and stand under that one's address.</summary>
internal static class ReplacedPage
{
    /// <summary>Path and query that were asked for, or null where the page stands for itself.</summary>
    public static string? PathOf(HttpContext? context) => context?.Features.Get<IStatusCodeReExecuteFeature>() is { } replaced
        ? replaced.OriginalPath + replaced.OriginalQueryString
        : context?.Features.Get<IExceptionHandlerPathFeature>()?.Path;
}
