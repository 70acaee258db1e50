namespace DensaiAdmin.Core.Mail;

/// <summary>Tells whoever waits for it that an act owes mails, or laid some down. Many rings that come together wake once.</summary>
public sealed class OutboxSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _rung = NewSource();

    /// <summary>Wakes who waits. Called once the act is durable.</summary>
    public void Notify()
    {
        lock (_gate)
        {
            _rung.TrySetResult();
        }
    }

    /// <summary>Completes at the next ring, or at once when one came since the last call.</summary>
    internal async Task WaitAsync(CancellationToken cancellation)
    {
        Task rung;
        lock (_gate)
        {
            rung = _rung.Task;
        }

        await rung.WaitAsync(cancellation);
        lock (_gate)
        {
            _rung = NewSource();
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
