using System.Collections.Concurrent;
using System.Globalization;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.Hosting;

/// <summary>
/// Data directories as a first start leaves them, made once for each instant and copied from then on: making one costs seconds, and only
/// tests of the start itself need it made.
/// </summary>
internal static class DemoDirectory
{
    private static readonly TemporaryDirectory Kept = KeptUntilTheEnd();
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Made = new(StringComparer.Ordinal);

    /// <summary>Copies one to where there is none yet.</summary>
    /// <param name="target">The directory to be.</param>
    /// <param name="make">The settings of the server, for a data directory.</param>
    /// <param name="clock">The machine's clock; null: the real one.</param>
    public static async Task CopyToAsync(string target, Func<string, WebApplicationBuilder> make, TimeProvider? clock)
    {
        // Of clocks that run, one is as good as the other: the bank is a little older then, as every bank is that was not made just now.
        var key = clock is null or LiveMachine { IsSet: false }
            ? "now"
            : clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        DataDirectory.Copy(await Made.GetOrAdd(key, _ => new(() => MakeAsync(Kept.At(key), make, clock))).Value, target);
    }

    private static async Task<string> MakeAsync(string directory, Func<string, WebApplicationBuilder> make, TimeProvider? clock)
    {
        var builder = make(directory);
        builder.Logging.ClearProviders();
        var settings = ServerSettings.Read(builder.Configuration, builder.Environment);
        using (var installation = OpenInstallation.Open(settings, builder.Configuration, clock))
        {
            await using var app = await Server.BuildAsync(builder, installation);
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        DataDirectory.SealCheaply(directory, OpenInstallation.PassphraseOf(settings));
        return directory;
    }

    private static TemporaryDirectory KeptUntilTheEnd()
    {
        var directory = new TemporaryDirectory();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => directory.Dispose();
        return directory;
    }
}
