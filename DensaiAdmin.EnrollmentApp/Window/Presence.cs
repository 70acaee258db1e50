using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// Whether somebody still looks at the window. Every page holds one answer open and hears of changes there; the heartbeat is that it stays
/// open. A timer in the page would not do: browsers slow the timers of a covered window to one a minute.
/// </summary>
internal sealed class Presence(TimeProvider time)
{
    /// <summary>How long the program lives without a window: long enough to go from page to page.</summary>
    public static readonly TimeSpan WithoutWindow = TimeSpan.FromSeconds(30);

    /// <summary>How long it lives though nobody does anything.</summary>
    public static readonly TimeSpan WithoutAct = TimeSpan.FromMinutes(15);

    /// <summary>How long an opened browser may take to show the first page.</summary>
    public static readonly TimeSpan BeforeFirst = TimeSpan.FromMinutes(2);

    /// <summary>After how long without a page the person is told that something keeps it away.</summary>
    public static readonly TimeSpan Overdue = TimeSpan.FromSeconds(40);

    /// <summary>What the page that says goodbye may take to fetch its style sheet.</summary>
    public static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>How often the open answer says something, so that a window that died without a word is noticed.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly List<Channel<string>> _windows = [];
    private DateTimeOffset _lastWindow = time.GetUtcNow();
    private DateTimeOffset _lastAct = time.GetUtcNow();
    private bool _seen;
    private bool _acted;
    private DateTimeOffset? _end;
    private int _working;

    /// <summary>Whether a page has come since the last window was opened.</summary>
    public bool HasCome
    {
        get
        {
            lock (_gate)
            {
                return _seen || _acted;
            }
        }
    }

    /// <summary>Whether the page of a window that was opened should have come long ago.</summary>
    public bool IsOverdue()
    {
        lock (_gate)
        {
            return !_seen && !_acted && time.GetUtcNow() - _lastWindow >= Overdue;
        }
    }

    /// <summary>A person did something: opened a page, sent a form.</summary>
    public void Act()
    {
        lock (_gate)
        {
            (_acted, _lastAct) = (true, time.GetUtcNow());
        }
    }

    /// <summary>A window is being opened: it has its time to come.</summary>
    public void Opening()
    {
        lock (_gate)
        {
            (_seen, _acted, _end) = (false, false, null);
            _lastWindow = _lastAct = time.GetUtcNow();
        }
    }

    /// <summary>Keeps the program alive while a certificate is being fetched and stored, whatever becomes of the window.</summary>
    public IDisposable Working()
    {
        lock (_gate)
        {
            _working++;
        }

        return new Work(this);
    }

    /// <summary>閉じる was pressed: the program ends as soon as its last page stands.</summary>
    public void End()
    {
        lock (_gate)
        {
            _end = time.GetUtcNow() + Farewell;
        }
    }

    /// <summary>Whether the program should end now.</summary>
    public bool IsOver()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_working > 0)
            {
                return false;
            }

            if (_windows.Count > 0)
            {
                _lastWindow = now;
            }

            // Where scripts are switched off the forms are all that is heard of a window.
            var withoutWindow = _seen ? WithoutWindow : _acted ? WithoutAct : BeforeFirst;
            return now >= _end || now - _lastWindow >= withoutWindow || now - _lastAct >= WithoutAct;
        }
    }

    /// <summary>Tells every open page: <c>progress</c> that it may have changed, <c>moved</c> that another window took over.</summary>
    public void Tell(string happening)
    {
        lock (_gate)
        {
            foreach (var window in _windows)
            {
                window.Writer.TryWrite(happening);
            }
        }
    }

    /// <summary>One page's happenings, with a beat between them, for as long as it listens.</summary>
    public async IAsyncEnumerable<string> ListenAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<string>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate)
        {
            _windows.Add(channel);
            _seen = true;
        }

        using var beat = new PeriodicTimer(Beat, time);
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
                    while (channel.Reader.TryRead(out var happening))
                    {
                        yield return happening;
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

    private void Worked()
    {
        lock (_gate)
        {
            _working--;
            _lastWindow = _lastAct = time.GetUtcNow();
        }
    }

    private sealed class Work(Presence presence) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                presence.Worked();
            }
        }
    }
}
