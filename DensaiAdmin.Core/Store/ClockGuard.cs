namespace DensaiAdmin.Core.Store;

/// <summary>Whether the machine's clock is to be trusted (R26).</summary>
public enum ClockStanding
{
    /// <summary>It is, or stands so little behind the latest record that a time server explains it.</summary>
    Trusted,

    /// <summary>It stands before the latest recorded instant: it was ahead before, or was set back.</summary>
    Behind,

    /// <summary>It went forward by more than a day at once while the program ran.</summary>
    Ahead,
}

/// <summary>The clock at one moment.</summary>
/// <param name="Standing">Whether it is to be trusted.</param>
/// <param name="Wall">What the machine's clock says, UTC.</param>
/// <param name="Expected">
/// What it is held against, UTC: behind, the latest recorded instant; ahead, the last trusted instant and what has passed since.
/// Trusted, the same as <paramref name="Wall"/>.
/// </param>
/// <param name="Now">
/// The instant by which to evaluate, UTC: time goes on from <paramref name="Expected"/> while the clock is not to be trusted.
/// </param>
public sealed record ClockReading(ClockStanding Standing, DateTimeOffset Wall, DateTimeOffset Expected, DateTimeOffset Now)
{
    public bool IsTrusted => Standing == ClockStanding.Trusted;
}

/// <summary>
/// The clock is not to be trusted: nothing is signed, nobody is let in, nothing is changed (R26). Nothing of the act was done; it may be
/// tried again once the clock is right.
/// </summary>
public sealed class ClockNotTrustedException(ClockReading reading)
    : StoreUnavailableException(
        $"The clock is not to be trusted: {reading.Standing}, {reading.Wall:O} against {reading.Expected:O}.",
        isUncertain: false), IWaitedFor
{
    /// <summary>The one spelling of the refusal for programs: header <c>Densai-Reason</c>, history.</summary>
    public const string Code = "clock-not-trusted";

    public ClockReading Reading { get; } = reading;
}

/// <summary>
/// The application's clock, and the one place that knows whether it is to be trusted (R26). Whoever signs or lets somebody in asks
/// <see cref="Require"/>; the <see cref="StoreWriter"/> asks for every act that was not said to do without. As a
/// <see cref="TimeProvider"/> it tells the machine's time, and while that is not to be trusted the time that should be: sessions, locks and
/// periods of validity are judged by that. Timers and elapsed time are the machine's. Thread-safe.
/// </summary>
public sealed class ClockGuard : TimeProvider
{
    /// <summary>Behind by at most this, an act is dated as the latest record; a time server sets a clock back by less.</summary>
    public static readonly TimeSpan MaxBehind = TimeSpan.FromMinutes(2);

    /// <summary>Ahead by more than this at once, the clock is not followed.</summary>
    public static readonly TimeSpan MaxJump = TimeSpan.FromDays(1);

    private const int MaxLeaps = 16;

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly Func<TimeSpan>? _sinceBoot;

    // The latest recorded instant, and that of the last act, recorded or not.
    private DateTimeOffset _latest;
    private DateTimeOffset _given = DateTimeOffset.MinValue;

    // The last reading that was trusted, and when; null before there was one: a clock found behind at a start may be put right by any leap.
    private DateTimeOffset? _trusted;
    private TimeSpan _trustedSinceBoot;
    private bool _isAhead;

    // The stretches of time that it went over at once, the newest last.
    private readonly Queue<(DateTimeOffset From, DateTimeOffset To)> _leaps = new();

    // When the clock was first seen behind.
    private long? _behindSince;

    /// <param name="clock">The machine's clock, or a test's.</param>
    /// <param name="latest">The latest recorded instant, UTC; null when nothing was recorded.</param>
    public ClockGuard(TimeProvider clock, DateTimeOffset? latest = null)
    {
        _clock = clock;
        _latest = latest ?? DateTimeOffset.MinValue;
        _sinceBoot = BootClock.Of(clock);
        Read();
    }

    public override long TimestampFrequency => _clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => _clock.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => Read().Now;

    public override long GetTimestamp() => _clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _clock.CreateTimer(callback, state, dueTime, period);

    /// <summary>The latest recorded instant, UTC.</summary>
    internal DateTimeOffset Latest
    {
        get
        {
            lock (_gate)
            {
                return _latest;
            }
        }
    }

    /// <summary>The clock as it stands now.</summary>
    public ClockReading Read()
    {
        lock (_gate)
        {
            return ReadInGate();
        }
    }

    /// <summary>
    /// Whether an instant lies in time that never passed, because the clock was set forward over it while the program ran: what ended then
    /// for want of anything done was not idle.
    /// </summary>
    public bool LeaptOver(DateTimeOffset at)
    {
        lock (_gate)
        {
            return _leaps.Any(leap => leap.From < at && at <= leap.To);
        }
    }

    /// <summary>Asks for a clock that is to be trusted, before anything is signed or anybody let in.</summary>
    /// <param name="onRefusal">Records the refusal under this code, where it is not.</param>
    /// <exception cref="ClockNotTrustedException">It is not.</exception>
    public void Require(Action<string>? onRefusal = null)
    {
        if (Read() is { IsTrusted: false } reading)
        {
            onRefusal?.Invoke(ClockNotTrustedException.Code);
            throw new ClockNotTrustedException(reading);
        }
    }

    /// <summary>
    /// The date of an act that begins now, whole milliseconds: never before the act ahead of it, unless the clock that had dated that one
    /// was wrong and nothing was recorded by it.
    /// </summary>
    internal (DateTimeOffset At, ClockReading Reading) DateWork()
    {
        lock (_gate)
        {
            var reading = ReadInGate();
            var at = reading.Standing switch
            {
                ClockStanding.Behind => _latest,
                ClockStanding.Ahead => Later(reading.Expected.ToWholeMilliseconds(), _latest),
                _ => Later(reading.Wall.ToWholeMilliseconds(), _latest),
            };
            _given = _given > at && _given - at <= MaxBehind && reading.Standing != ClockStanding.Behind ? _given : at;
            return (_given, reading);
        }
    }

    /// <summary>Notes the date of the newest record, or of what was only anchored, once it is durable.</summary>
    internal void NoteRecorded(DateTimeOffset at)
    {
        lock (_gate)
        {
            _latest = at;
        }
    }

    /// <summary>Time goes on from what the machine's clock says now, which people have looked at.</summary>
    /// <returns>That instant, whole milliseconds.</returns>
    internal DateTimeOffset Accept()
    {
        lock (_gate)
        {
            var wall = _clock.GetUtcNow();
            Trust(wall);
            _latest = _given = wall.ToWholeMilliseconds();
            return _latest;
        }
    }

    private ClockReading ReadInGate()
    {
        var wall = _clock.GetUtcNow();
        if (_sinceBoot is not null && _trusted is { } trusted)
        {
            var expected = trusted + (_sinceBoot() - _trustedSinceBoot);
            _isAhead = wall - expected > MaxJump;
            if (_isAhead)
            {
                _behindSince = null;
                return new(ClockStanding.Ahead, wall, expected, expected);
            }

            // By less a time server sets it.
            if (wall - expected > MaxBehind)
            {
                _leaps.Enqueue((expected, wall));
                if (_leaps.Count > MaxLeaps)
                {
                    _leaps.Dequeue();
                }
            }
        }

        if (_latest - wall > MaxBehind)
        {
            // Not a reading to measure a leap by: the right time may lie more than a day ahead of it.
            _behindSince ??= _clock.GetTimestamp();
            return new(ClockStanding.Behind, wall, _latest, _latest + _clock.GetElapsedTime(_behindSince.Value));
        }

        _behindSince = null;
        Trust(wall);
        return new(ClockStanding.Trusted, wall, wall, wall);
    }

    private void Trust(DateTimeOffset wall)
    {
        _isAhead = false;
        _trusted = wall;
        _trustedSinceBoot = _sinceBoot?.Invoke() ?? TimeSpan.Zero;
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
