namespace DensaiAdmin.Core;

/// <summary>
/// The application clock when <c>Clock:StartAt</c> is set: starts at that instant and runs on with the real one. Timers and
/// elapsed time are real. Development and Testing only.
/// </summary>
public sealed class ShiftedTimeProvider : TimeProvider
{
    private readonly TimeProvider _real;
    private readonly TimeSpan _offset;

    /// <param name="real">The machine's clock.</param>
    /// <param name="startAt">What the application clock says now.</param>
    public ShiftedTimeProvider(TimeProvider real, DateTimeOffset startAt)
    {
        _real = real;
        _offset = startAt - real.GetUtcNow();
    }

    public override long TimestampFrequency => _real.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _real.GetUtcNow() + _offset;

    public override long GetTimestamp() => _real.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _real.CreateTimer(callback, state, dueTime, period);
}
