using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Tests.Support;

/// <summary>
/// This machine, with a wall clock that can be set: time goes on by itself, timers and the time since boot are the real ones, as for a
/// server whose clock somebody sets.
/// </summary>
internal sealed class LiveMachine : TimeProvider, ISinceBoot
{
    private readonly long _boot = System.GetTimestamp();
    private long _ahead;

    public TimeSpan SinceBoot => System.GetElapsedTime(_boot);

    /// <summary>Whether the wall clock goes wrong.</summary>
    public bool IsSet => Volatile.Read(ref _ahead) != 0;

    public override long TimestampFrequency => System.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _ahead));

    public override long GetTimestamp() => System.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime, period);

    /// <summary>Sets the wall clock.</summary>
    /// <param name="ahead">Of the right time; negative: behind it.</param>
    public void Set(TimeSpan ahead) => Volatile.Write(ref _ahead, ahead.Ticks);
}
