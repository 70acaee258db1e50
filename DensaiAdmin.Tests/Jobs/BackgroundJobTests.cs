using DensaiAdmin.Core;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Jobs;

/// <summary>Whatever a job throws and wherever, the host lives, the fault is told and the job is run again.</summary>
public sealed class BackgroundJobTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 27, 0, 0, 0, TimeSpan.Zero));
    private readonly LogBook _log = new();
    private IHost? _host;

    /// <summary>Where in a job something is thrown.</summary>
    public enum Place
    {
        BeforeAnyWait,
        AfterAWait,
        InALaterRound,
        WhileAnotherTaskIsAwaited,
    }

    public static TheoryData<Place, string> Faults
    {
        get
        {
            var faults = new TheoryData<Place, string>();
            foreach (var place in Enum.GetValues<Place>())
            {
                foreach (var kind in new[] { nameof(InvalidOperationException), nameof(
                    OperationCanceledException), nameof(ObjectDisposedException), nameof(AggregateException) })
                {
                    faults.Add(place, kind);
                }
            }

            return faults;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Job_ThatThrows_LeavesTheHostRunning_TellsItsFault_AndIsRunAgain(Place place, string kind)
    {
        var job = new TrialJob(
            place, NewFault(kind), _clock, LoggerFactory.Create(logging => logging.AddProvider(_log)).CreateLogger<TrialJob>());
        var host = await StartAsync(job);

        await UntilAsync(() => job.Fault is { Failures: >= 3 });
        Assert.Equal(kind, job.Fault!.Cause.GetType().Name);
        Assert.InRange(job.Fault.Since, _clock.Start, _clock.GetUtcNow());
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        Assert.Single(_log.Lines, l => l.Level == LogLevel.Error);

        job.IsMended = true;
        await UntilAsync(() => job.IsDone);
        Assert.Null(job.Fault);
        Assert.Single(_log.Lines, l => l.Text.Contains("works again", StringComparison.Ordinal));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Waits_Double_UpToAMinute()
    {
        var job = new TrialJob(
            Place.BeforeAnyWait, new InvalidOperationException(), _clock, LoggerFactory.Create(_ => { }).CreateLogger<TrialJob>());
        await StartAsync(job);
        await UntilAsync(() => job.Runs == 1, advance: false);

        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            var runs = job.Runs;
            await UntilAsync(() => job.Fault?.Failures == runs, advance: false);
            // The job may not have begun to wait yet when the clock is moved; then it waits from there, never shorter.
            var moved = 0;
            await Waiting.UntilAsync(
                () => job.Runs > runs,
                () =>
                {
                    _clock.Advance(TimeSpan.FromSeconds(1));
                    moved++;
                });

            Assert.True(moved >= seconds, $"after {runs} failures it was run again within {moved} s");
        }
    }

    [Fact]
    public async Task Job_ThatTheClockStops_HasNoFault_IsNotInTheLog_AndGoesOnOnceItIsRight()
    {
        var refused = new ClockNotTrustedException(
            new(ClockStanding.Behind, _clock.Start, _clock.Start.AddHours(2), _clock.Start.AddHours(2)));
        var job = new TrialJob(
            Place.BeforeAnyWait, refused, _clock, LoggerFactory.Create(logging => logging.AddProvider(_log)).CreateLogger<TrialJob>());
        await StartAsync(job);
        await UntilAsync(() => job.Runs == 1, advance: false);
        var moved = 0;
        await Waiting.UntilAsync(
            () => job.Runs > 1,
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                moved++;
            });

        Assert.True(moved >= 60, $"it was run again within {moved} s");
        await UntilAsync(() => job.Runs >= 4);
        Assert.Null(job.Fault);
        job.IsMended = true;
        await UntilAsync(() => job.IsDone);
        Assert.Empty(_log.Lines);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }
    }

    private static Exception NewFault(string kind) => kind switch
    {
        nameof(OperationCanceledException) => new OperationCanceledException(),
        nameof(ObjectDisposedException) => new ObjectDisposedException("trial"),
        nameof(AggregateException) => new AggregateException(),
        _ => new InvalidOperationException(),
    };

    private async Task<IHost> StartAsync(TrialJob job)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<IHostedService>(job);
        _host = builder.Build();
        await _host.StartAsync(TestContext.Current.CancellationToken);
        return _host;
    }

    private Task UntilAsync(Func<bool> condition, bool advance = true) =>
        Waiting.UntilAsync(condition, advance ? () => _clock.Advance(TimeSpan.FromSeconds(1)) : null);

    private sealed class TrialJob(Place place, Exception fault, TimeProvider clock, ILogger log) : BackgroundJob(clock, log)
    {
        private int _runs;

        public int Runs => Volatile.Read(ref _runs);

        public bool IsMended { get; set; }

        public bool IsDone { get; private set; }

        public override JobTitle Title { get; } = new("試験", "trial");

        protected override async Task RunAsync(CancellationToken stopping)
        {
            Interlocked.Increment(ref _runs);
            Break(Place.BeforeAnyWait);
            await Task.Yield();
            Break(Place.AfterAWait);
            if (place == Place.WhileAnotherTaskIsAwaited && !IsMended)
            {
                await Task.WhenAll(Task.Delay(TimeSpan.FromSeconds(1), Clock, stopping), Task.FromException(fault));
            }

            if (place == Place.InALaterRound && !IsMended)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), Clock, stopping);
                throw fault;
            }

            NoteRound();
            IsDone = true;
            await Task.Delay(Timeout.Infinite, stopping);
        }

        private void Break(Place here)
        {
            if (here == place && !IsMended)
            {
                throw fault;
            }
        }
    }
}
