using DensaiAdmin.Core.Store;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Support;

/// <summary>A machine whose wall clock can be set, and which knows all the same how long it has been running.</summary>
internal sealed class Machine(DateTimeOffset startAt) : TimeProvider, ISinceBoot
{
    private readonly FakeTimeProvider _time = new(startAt);
    private TimeSpan _set = TimeSpan.Zero;

    public DateTimeOffset Now => GetUtcNow();

    public TimeSpan SinceBoot => _time.GetUtcNow() - _time.Start;

    public override long TimestampFrequency => _time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow() + _set;

    public override long GetTimestamp() => _time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _time.CreateTimer(callback, state, dueTime, period);

    /// <summary>Lets time pass, on every clock.</summary>
    public void Pass(TimeSpan time) => _time.Advance(time);

    /// <summary>Sets the wall clock, as somebody with <c>date -s</c>, or a time server gone wrong.</summary>
    public void Set(DateTimeOffset wall) => _set = wall - _time.GetUtcNow();
}
