using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core;

/// <summary>What a job does, in the words in which whoever runs the server is told that it broke; no sentence, no full stop.</summary>
public sealed record JobTitle(string Japanese, string English);

/// <summary>Marks an exception that is no fault of the job that meets it: others tell of it, and the job waits until it is over.</summary>
public interface IWaitedFor;

/// <summary>A fault that a job has not got over yet.</summary>
/// <param name="Since">When it first broke, UTC.</param>
/// <param name="Failures">How often in a row.</param>
/// <param name="Cause">The last time.</param>
public sealed record JobFault(DateTimeOffset Since, int Failures, Exception Cause);

/// <summary>
/// What the server does on its own time. Whatever a job throws, the server lives on: the job is run again, ever more seldom up to a minute,
/// its fault stands in <see cref="Fault"/> until a round succeeds, and the log says so once when it breaks and once when it is over it.
/// </summary>
/// <param name="clock">Counts the wait before the job is run again.</param>
/// <param name="log">Of the job.</param>
public abstract partial class BackgroundJob(TimeProvider clock, ILogger log) : BackgroundService
{
    /// <summary>The wait after the first failure; it doubles with each further one.</summary>
    public static readonly TimeSpan MinRetry = TimeSpan.FromSeconds(1);

    /// <summary>No wait is longer.</summary>
    public static readonly TimeSpan MaxRetry = TimeSpan.FromMinutes(1);

    private volatile JobFault? _fault;

    /// <summary>The application clock.</summary>
    protected TimeProvider Clock { get; } = clock;

    protected ILogger Log { get; } = log;

    /// <summary>What it does.</summary>
    public abstract JobTitle Title { get; }

    /// <summary>Null while it works.</summary>
    public JobFault? Fault => _fault;

    /// <summary>
    /// The job: until the server stops, or until it is done for good. It may throw anything at any point, and is then run again from here.
    /// A job that goes round tells of each good round by <see cref="NoteRound"/>.
    /// </summary>
    protected abstract Task RunAsync(CancellationToken stopping);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                await RunAsync(stoppingToken);
                NoteRound();
                return;
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // A cancellation that is not the server's stop is a fault as any other.
                NoteFault(fault);
                wait = fault is IWaitedFor ? MaxRetry : RetryAfter(_fault?.Failures ?? 1);
            }
            catch (Exception fault)
            {
                NoteStopped(fault);
                return;
            }

            await Task.Delay(wait, Clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A round went well: a fault before it is over.</summary>
    protected void NoteRound()
    {
        if (_fault is { } before)
        {
            // Told before it shows: whoever sees that it works again finds that in the log.
            LogRecovered(Log, Title.English, before.Failures);
            _fault = null;
        }
    }

    /// <summary>A round failed and the job itself sees to the next one.</summary>
    protected void NoteFault(Exception fault)
    {
        if (fault is IWaitedFor)
        {
            // Not the job's fault: the alarm and health tell of the clock, and the job waits for it (R26).
            return;
        }

        var before = _fault;
        if (before?.Cause.GetType() != fault.GetType())
        {
            LogFailed(Log, Title.English, fault);
        }

        _fault = new(before?.Since ?? Clock.GetUtcNow(), (before?.Failures ?? 0) + 1, fault);
    }

    private static TimeSpan RetryAfter(int failures)
    {
        var wait = MinRetry * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        return wait < MaxRetry ? wait : MaxRetry;
    }

    private void NoteStopped(Exception fault)
    {
        if (fault is not OperationCanceledException)
        {
            LogFailed(Log, Title.English, fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The job \"{Job}\" failed; it is run again, and health shows it until it works.")]
    private static partial void LogFailed(ILogger logger, string job, Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "The job \"{Job}\" works again after {Failures} failures.")]
    private static partial void LogRecovered(ILogger logger, string job, int failures);
}
