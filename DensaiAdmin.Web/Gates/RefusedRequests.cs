using DensaiAdmin.Core;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Diagnostics;

namespace DensaiAdmin.Web.Gates;

/// <summary>Requests that store or clock did not allow: a line in words, where the framework would log a fault of the program.</summary>
internal static partial class RefusedRequests
{
    /// <summary>Whether the log has its line, so that the framework need not write any.</summary>
    public static bool AreLogged(ExceptionHandlerSuppressDiagnosticsContext context)
    {
        if (StoreFaults.Find(context.Exception) is not { } fault || StoreUnavailableException.Unexplained(fault) is not null)
        {
            return false;
        }

        // Of the clock the alarm has told already, and nobody's try to log in is a fault of ours.
        if (fault is not ClockNotTrustedException)
        {
            var request = context.HttpContext;
            LogRefused(
                request.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(RefusedRequests)),
                request.Request.Method, ErrorCodes.Of(fault), StoreUnavailableException.CauseOf(fault));
        }

        return true;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A {Method} was refused with {Code}: {Cause}")]
    private static partial void LogRefused(ILogger logger, string method, ErrorCode code, string cause);
}
