namespace DensaiAdmin.Core.Mail;

/// <summary>Tells whoever waits for it that an act owes mails, or queued some. Calls that come together wake once.</summary>
public sealed class OutboxSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _notified = NewSource();

    /// <summary>Wakes who waits. Called once the act is durable.</summary>
    public void Notify()
    {
        lock (_gate)
        {
            _notified.TrySetResult();
        }
    }

    /// <summary>Completes at the next call of <see cref="Notify"/>, or at once when one came since the last wait.</summary>
    internal async Task WaitAsync(CancellationToken cancellation)
    {
        Task notified;
        lock (_gate)
        {
            notified = _notified.Task;
        }

        await notified.WaitAsync(cancellation);
        lock (_gate)
        {
            _notified = NewSource();
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
