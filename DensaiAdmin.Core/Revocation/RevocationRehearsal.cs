using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Revocation;

/// <summary>
/// Rehearses a revocation once the server answers. Without it the first one after a start waited ten times as long as the next for its
/// own code to be compiled, while the revoked certificate was still let in (R20).
/// </summary>
internal sealed partial class RevocationRehearsal(RevokeCertificate revoke, IHostApplicationLifetime host, ILogger<RevocationRehearsal> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var starting = host.ApplicationStarted.Register(started.SetResult);
        try
        {
            await started.Task.WaitAsync(stoppingToken);
            await revoke.RehearseAsync(stoppingToken);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            LogFailed(log, fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rehearsal of a revocation failed; nothing changed.")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
