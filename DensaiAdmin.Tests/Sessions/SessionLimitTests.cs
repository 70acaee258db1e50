using System.Net;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Sessions;

/// <summary>A server on a clock that only its tests move, and only forward.</summary>
public sealed class ServerOnAHandMovedClock : IAsyncLifetime
{
    public FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

    public RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RunningServer.StartAsync(clock: Clock);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>Limits of a session. Each test has a user of its own.</summary>
[Web]
public sealed class SessionLimitTests(ServerOnAHandMovedClock shared) : IClassFixture<ServerOnAHandMovedClock>
{
    private readonly FakeTimeProvider _clock = shared.Clock;
    private readonly RunningServer _server = shared.Server;

    [Fact]
    public async Task Session_WithoutActivity_EndsAfterTheIdleLimit_AndSaysWhen()
    {
        var client = _server.Client(_server.DemoCertificate("0501D00601U"));
        var session = await _server.LogInAsync(client);
        await MoveAsync(client, session, TimeSpan.FromMinutes(14), HttpStatusCode.OK);
        await MoveAsync(client, session, TimeSpan.FromMinutes(14), HttpStatusCode.OK);
        var endsAt = _clock.GetUtcNow() + TimeSpan.FromMinutes(15);
        await MoveAsync(client, session, TimeSpan.FromMinutes(16), HttpStatusCode.SeeOther);

        using var told = await RunningServer.GetWithSessionAsync(client, "/login", session);
        Assert.Equal(HttpStatusCode.Forbidden, told.StatusCode);
        var html = await told.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("E-1401", html, StringComparison.Ordinal);
        Assert.Contains(Core.JapanTime.Format(endsAt)[..16], html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_OnAnAsset_IsNotKeptAlive()
    {
        var client = _server.Client(_server.DemoCertificate("0501D00601R"));
        var session = await _server.LogInAsync(client);
        for (var minute = 0; minute < 16; minute++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            using var asset = await RunningServer.GetWithSessionAsync(client, "/densai.css", session);
            Assert.Equal(HttpStatusCode.OK, asset.StatusCode);
        }

        await MoveAsync(client, session, TimeSpan.Zero, HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task Session_WithActivityAllDay_EndsAtTheAbsoluteLimit()
    {
        var client = _server.Client(_server.DemoCertificate("0501D60001T"));
        var session = await _server.LogInAsync(client);
        for (var hours = 0.0; hours < 11.7; hours += 0.2)
        {
            await MoveAsync(client, session, TimeSpan.FromHours(0.2), HttpStatusCode.OK);
        }

        await MoveAsync(client, session, TimeSpan.FromHours(0.2), HttpStatusCode.SeeOther);
        using var told = await RunningServer.GetWithSessionAsync(client, "/login", session);
        Assert.Contains("E-1402", await told.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_NobodyComesBackTo_IsSweptAndRecorded()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _server.LogInAsync(_server.Client(_server.DemoCertificate("0501D47701T")));
        var userId = _server.History().Last(r => r is { Operation: HistoryOperation.Login, LoginId: "0501D47701T" }).UserId;
        _server.Sessions.Ended += session =>
        {
            if (session.UserId == userId)
            {
                ended.TrySetResult();
            }
        };
        _clock.Advance(TimeSpan.FromMinutes(15));
        _clock.Advance(TimeSpan.FromMinutes(1));
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Contains(_server.History(), r => r is { Operation: HistoryOperation.SessionEnd, Detail: "idle", LoginId: "0501D47701T" });
    }

    private async Task MoveAsync(HttpClient client, string session, TimeSpan time, HttpStatusCode expected)
    {
        _clock.Advance(time);
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(expected, home.StatusCode);
    }
}
