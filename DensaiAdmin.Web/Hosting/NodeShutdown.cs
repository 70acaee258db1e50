using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Web.Hosting;

/// <summary>
/// The end of a node: not ready for <c>Node:DrainSeconds</c> while it serves all the same, then its open pages are let go, which say so
/// themselves and come back where a server answers, and within three seconds everything has stopped. Acts that were taken are finished.
/// </summary>
internal static partial class NodeShutdown
{
    /// <summary>What runs longer is cut.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public static void Prepare(WebApplication app)
    {
        var host = app.Lifetime;
        var (settings, pages) = (app.Services.GetRequiredService<ServerSettings>(), app.Services.GetRequiredService<OpenPages>());
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(NodeShutdown));
        // Registered once everything else has: what is registered last is called first, and SignalR waits five seconds for its own.
        host.ApplicationStarted.Register(() => host.ApplicationStopping.Register(() => LetGo(settings.Drain, pages, log)));
    }

    private static void LetGo(TimeSpan drain, OpenPages pages, ILogger log)
    {
        if (drain > TimeSpan.Zero)
        {
            LogDraining(log, (int)drain.TotalSeconds);
            // The signal's own thread, which has nothing else to do; requests are served meanwhile.
            Task.Delay(drain).GetAwaiter().GetResult();
        }

        foreach (var carrier in pages.Carriers())
        {
            carrier.Abort();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The server stops in {Seconds} s; it is not ready any more.")]
    private static partial void LogDraining(ILogger logger, int seconds);
}
