namespace DensaiAdmin.Core.Passwords;

/// <summary>
/// How often something may be tried in a stretch of time, counted in memory: for what needs no memory beyond a restart, because guessing
/// is hopeless anyway. Bounded, whatever keys are invented.
/// </summary>
internal sealed class TryLimit(int max, TimeSpan window, TimeProvider clock)
{
    // Keys beyond this share one allowance until the oldest are over.
    private const int MaxKeys = 10_000;
    private const string Others = "*";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Window> _windows = new(StringComparer.Ordinal);

    /// <summary>Takes one try.</summary>
    /// <returns>False when none is left.</returns>
    public bool Take(string key)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            key = Known(key, now);
            if (!_windows.TryGetValue(key, out var counted) || IsOver(counted, now))
            {
                counted = _windows[key] = new Window { StartedAt = now };
            }

            return ++counted.Tries <= max;
        }
    }

    private string Known(string key, DateTimeOffset now)
    {
        if (_windows.ContainsKey(key) || _windows.Count < MaxKeys)
        {
            return key;
        }

        foreach (var (old, counted) in _windows)
        {
            if (IsOver(counted, now))
            {
                _windows.Remove(old);
            }
        }

        return _windows.Count < MaxKeys ? key : Others;
    }

    private bool IsOver(Window counted, DateTimeOffset now) => now - counted.StartedAt >= window || now < counted.StartedAt;

    private sealed class Window
    {
        public required DateTimeOffset StartedAt { get; init; }

        public int Tries { get; set; }
    }
}
