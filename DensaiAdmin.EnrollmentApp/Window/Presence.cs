using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// Whether somebody still has the window open. Every page keeps one response open, which tells it about changes and serves as the
/// heartbeat. A timer in the page would not do, because browsers slow down the timers of a covered window to one per minute.
/// </summary>
internal sealed class Presence(TimeProvider time)
{
    /// <summary>How long the program lives without a window: long enough to change from page to page.</summary>
    public static readonly TimeSpan NoWindowLimit = TimeSpan.FromSeconds(30);

    /// <summary>How long it lives while nobody does anything.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(15);

    /// <summary>How long a browser may take to show the first page.</summary>
    public static readonly TimeSpan FirstPageLimit = TimeSpan.FromMinutes(2);

    /// <summary>After how long without a page the person is told that something blocks it.</summary>
    public static readonly TimeSpan Overdue = TimeSpan.FromSeconds(40);

    /// <summary>How long the last page may take to fetch its style sheet.</summary>
    public static readonly TimeSpan LastPageLimit = TimeSpan.FromSeconds(2);

    /// <summary>How often something is written to the open response, so that a window that crashed is noticed.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly List<Channel<string>> _windows = [];
    private DateTimeOffset _lastWindow = time.GetUtcNow();
    private DateTimeOffset _lastActivity = time.GetUtcNow();
    private bool _seen;
    private bool _wasActive;
    private DateTimeOffset? _end;
    private int _tasks;

    /// <summary>Whether a page was requested since the last window was opened.</summary>
    public bool HasCome
    {
        get
        {
            lock (_gate)
            {
                return _seen || _wasActive;
            }
        }
    }

    /// <summary>Whether the page of an opened window should have been requested long ago.</summary>
    public bool IsOverdue()
    {
        lock (_gate)
        {
            return !_seen && !_wasActive && time.GetUtcNow() - _lastWindow >= Overdue;
        }
    }

    /// <summary>The person did something: opened a page, sent a form.</summary>
    public void RecordActivity()
    {
        lock (_gate)
        {
            (_wasActive, _lastActivity) = (true, time.GetUtcNow());
        }
    }

    /// <summary>A window is being opened, and its time for the first page starts.</summary>
    public void Opening()
    {
        lock (_gate)
        {
            (_seen, _wasActive, _end) = (false, false, null);
            _lastWindow = _lastActivity = time.GetUtcNow();
        }
    }

    /// <summary>Keeps the program alive while a certificate is requested and stored, whatever happens to the window.</summary>
    public IDisposable KeepAlive()
    {
        lock (_gate)
        {
            _tasks++;
        }

        return new RunningTask(this);
    }

    /// <summary>閉じる was pressed: the program ends as soon as its last page is shown.</summary>
    public void End()
    {
        lock (_gate)
        {
            _end = time.GetUtcNow() + LastPageLimit;
        }
    }

    /// <summary>Whether the program should end now.</summary>
    public bool IsOver()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_tasks > 0)
            {
                return false;
            }

            if (_windows.Count > 0)
            {
                _lastWindow = now;
            }

            // Where scripts are disabled, forms are the only sign of a window.
            var limit = _seen ? NoWindowLimit : _wasActive ? IdleLimit : FirstPageLimit;
            return now >= _end || now - _lastWindow >= limit || now - _lastActivity >= IdleLimit;
        }
    }

    /// <summary>Notifies every open page: <c>progress</c> that it may have changed, <c>moved</c> that another window took over.</summary>
    public void Notify(string name)
    {
        lock (_gate)
        {
            foreach (var window in _windows)
            {
                window.Writer.TryWrite(name);
            }
        }
    }

    /// <summary>The events for one page, with heartbeats in between, for as long as it listens.</summary>
    public async IAsyncEnumerable<string> ListenAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<string>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate)
        {
            _windows.Add(channel);
            _seen = true;
        }

        using var beat = new PeriodicTimer(Heartbeat, time);
        try
        {
            yield return "beat";
            Task<bool>? more = null, tick = null;
            while (true)
            {
                more ??= channel.Reader.WaitToReadAsync(cancellation).AsTask();
                tick ??= beat.WaitForNextTickAsync(cancellation).AsTask();
                await Task.WhenAny(more, tick);
                cancellation.ThrowIfCancellationRequested();
                if (more.IsCompleted)
                {
                    more = null;
                    while (channel.Reader.TryRead(out var name))
                    {
                        yield return name;
                    }
                }

                if (tick is { IsCompleted: true })
                {
                    tick = null;
                    yield return "beat";
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _windows.Remove(channel);
                _lastWindow = time.GetUtcNow();
            }
        }
    }

    private void TaskEnded()
    {
        lock (_gate)
        {
            _tasks--;
            _lastWindow = _lastActivity = time.GetUtcNow();
        }
    }

    private sealed class RunningTask(Presence presence) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                presence.TaskEnded();
            }
        }
    }
}
