using DensaiAdmin.EnrollmentApp.Window;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>When the program ends by itself.</summary>
public sealed class PresenceTests
{
    private readonly FakeTimeProvider _time = new(OpenWindow.Noon);
    private readonly Presence _presence;

    public PresenceTests() => _presence = new Presence(_time);

    [Fact]
    public void NoWindowEver_EndsAfterTwoMinutes()
    {
        _presence.Opening();
        _time.Advance(Presence.FirstPageLimit - TimeSpan.FromSeconds(1));
        Assert.False(_presence.IsOver());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_presence.IsOver());
    }

    [Fact]
    public void WindowWithoutScripts_LivesByItsForms()
    {
        _presence.Opening();
        _presence.RecordActivity();
        _time.Advance(Presence.FirstPageLimit);
        Assert.False(_presence.IsOver());
        Assert.False(_presence.IsOverdue());
        _time.Advance(Presence.IdleLimit);
        Assert.True(_presence.IsOver());
    }

    [Fact]
    public async Task WindowGone_EndsAfterThirtySeconds_ButNotFromPageToPage()
    {
        await ListenAndLeaveAsync();
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(_presence.IsOver());

        await ListenAndLeaveAsync();
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(_presence.IsOver());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_presence.IsOver());
    }

    [Fact]
    public async Task WindowOpen_EndsOnlyAfterFifteenMinutesWithoutAnAct()
    {
        await using var page = _presence.ListenAsync(TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await page.MoveNextAsync());
        _presence.RecordActivity();
        _time.Advance(TimeSpan.FromMinutes(14));
        Assert.False(_presence.IsOver());
        _presence.RecordActivity();
        _time.Advance(TimeSpan.FromMinutes(14));
        Assert.False(_presence.IsOver());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_presence.IsOver());
    }

    [Fact]
    public void Work_KeepsTheProgramAlive_WhateverBecameOfTheWindow()
    {
        var work = _presence.KeepAlive();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(_presence.IsOver());

        work.Dispose();
        work.Dispose();
        Assert.False(_presence.IsOver());
        _time.Advance(Presence.FirstPageLimit);
        Assert.True(_presence.IsOver());
    }

    [Fact]
    public void Close_EndsAsSoonAsTheLastPageStands()
    {
        _presence.End();
        Assert.False(_presence.IsOver());
        _time.Advance(Presence.LastPageLimit);
        Assert.True(_presence.IsOver());
    }

    [Fact]
    public async Task Happenings_ReachEveryPage_BetweenBeats()
    {
        await using var page = _presence.ListenAsync(TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await page.MoveNextAsync());
        Assert.Equal("beat", page.Current);

        var next = page.MoveNextAsync();
        _presence.Notify("progress");
        Assert.True(await next);
        Assert.Equal("progress", page.Current);

        next = page.MoveNextAsync();
        _time.Advance(Presence.Heartbeat);
        Assert.True(await next);
        Assert.Equal("beat", page.Current);
    }

    private async Task ListenAndLeaveAsync()
    {
        await using var page = _presence.ListenAsync(TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await page.MoveNextAsync());
    }
}
