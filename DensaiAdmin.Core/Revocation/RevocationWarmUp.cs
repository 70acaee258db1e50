using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Revocation;

/// <summary>
/// Warms up a revocation once the server answers. Without it the first one after a start waited ten times as long as the next for its
/// own code to be compiled, while the revoked certificate was still let in (R20).
/// </summary>
internal sealed class RevocationWarmUp(
    RevokeCertificate revoke, IHostApplicationLifetime host, TimeProvider clock, ILogger<RevocationWarmUp> log)
    : BackgroundJob(clock, log)
{
    public override JobTitle Title { get; } = new("失効処理の準備", "warm-up of the revocation");

    protected override async Task RunAsync(CancellationToken stopping)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var starting = host.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stopping);
        await revoke.WarmUpAsync(stopping);
    }
}
