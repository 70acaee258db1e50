using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Web.Installation;

/// <summary>
/// Takes the root's key out of the data directory of a bank in Production. It has signed what it is there for by then: the issuing CA,
/// and a CRL of its own that is valid for as long as that one.
/// </summary>
internal static class RootKeyExports
{
    /// <summary>Exports and removes the key where it is still here; a second start finds nothing to do.</summary>
    /// <exception cref="StartRefusedException">It could not be exported, and is still here.</exception>
    public static async Task EnsureAsync(OpenInstallation installation, StoreWriter writer)
    {
        var settings = installation.Settings;
        var keys = installation.Authorities.Keys;
        if (!settings.IsProduction || keys.RootKey.Place != RootKeyPlace.InDirectory)
        {
            return;
        }

        // Before, not after: killed in between, the key is here, the next start does it again, and the history has one record too many
        // rather than one too few.
        await writer.PerformAnyTimeAsync(work => Record(work, HistoryResult.Done, "root-key-export"));
        var outcome = keys.ExportRootAndRemove(
            installation.Passphrase, settings.RootKeyExport, installation.Passphrase, installation.Clock.GetUtcNow());
        if (outcome is not (RootExportOutcome.Exported or RootExportOutcome.NotHere))
        {
            await writer.PerformAnyTimeAsync(work => Record(work, HistoryResult.Refused, "root-key-not-exported"));
            throw new StartRefusedException([RootKeyExportFaults.Words(outcome, settings.RootKeyExport)]);
        }
    }

    private static bool Record(UnitOfWork work, HistoryResult result, string detail)
    {
        work.Record(new HistoryEntry { Operation = HistoryOperation.Operation, Result = result, Source = "local", Detail = detail });
        return true;
    }
}
