using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Verbs;
using DensaiAdmin.EnrollmentApp.Window;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>Started from a menu, with nothing to show a window on or with: the person learns of it all the same.</summary>
public sealed class DesktopAlertTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _error = new();
    private readonly List<string> _shown = [];
    private readonly FakeTimeProvider _time = new(OpenWindow.Noon);

    private string File => _directory.At("downloads/証明書発行アプリからのお知らせ.txt");

    [Theory]
    [InlineData(null, "E-6205", "画面にログイン", "notify-send")]
    [InlineData(":0", "E-6206", "Chromium をインストール", "zenity")]
    public async Task NoWindow_IsSaidInAFile_OnTheDesktop_AndOnStandardError(string? display, string code, string words, string program)
    {
        Assert.Equal(HeadlessVerbs.NotDone, await RunAsync(display));

        Assert.Contains(code, Assert.Single(_error.ToString().Trim().Split('\n')), StringComparison.Ordinal);
        var kept = await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken);
        Assert.Contains(words, kept, StringComparison.Ordinal);
        Assert.Contains(code, kept, StringComparison.Ordinal);
        Assert.StartsWith(program, Assert.Single(_shown), StringComparison.Ordinal);
        Assert.Contains(words, _shown[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoTypedTheCommand_ReadsItThere()
    {
        await RunAsync(display: null, isInteractive: true);

        Assert.Contains("E-6205", _error.ToString(), StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
        Assert.Empty(_shown);
    }

    [Fact]
    public async Task WhatAnEarlierStartSaid_IsGone_OnceAWindowComes()
    {
        await RunAsync(display: null);
        Assert.True(System.IO.File.Exists(File));

        Notice(null).Clear();

        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task PageThatABrowserDoesNotOpen_IsSaidOnce_AndNotWhereOneCame()
    {
        await using var window = await OpenWindow.StartAsync(opened: false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var times = 0;
        window.Presence.Opening();
        var watching = WindowHost.WatchAsync(
            window.App,
            () =>
            {
                Interlocked.Increment(ref times);
                said.TrySetResult();
                return Task.CompletedTask;
            },
            ending.Token);

        while (!said.Task.IsCompleted && window.Time.GetUtcNow() < OpenWindow.Noon + Presence.FirstPageLimit)
        {
            window.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await said.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(window.Presence.HasCome);
        await window.GetAsync(window.Address.PathAndQuery);
        Assert.True(window.Presence.HasCome);
        Assert.False(window.Presence.IsOverdue());
        await ending.CancelAsync();
        await watching;
        Assert.Equal(1, times);
    }

    public void Dispose()
    {
        _error.Dispose();
        _directory.Dispose();
    }

    private DesktopAlert Notice(string? display) => new(
        new ReceiptFolder(_directory.At("downloads")),
        name => name == "DISPLAY" ? display : null,
        (program, arguments) =>
        {
            _shown.Add($"{program} {string.Join(' ', arguments)}");
            return true;
        });

    private async Task<int> RunAsync(string? display, bool isInteractive = false)
    {
        using var bank = new FakeBank(_time);
        var store = new FakeStore(_time);
        var folder = new AppFolder(_directory.At("app"));
        return await WindowProgram.RunAsync(
            new Parts(store, bank, bank, new FakeProxy(), _time),
            new AppIdentity("", new Version(1, 0, 0)),
            folder,
            new WindowBrowsers(folder, name => name == "DISPLAY" ? display : null, _ => false),
            Notice(display),
            CommandLine.Parse([], out _)!,
            new Terminal(TextReader.Null, TextWriter.Null, _error, isInteractive),
            TestContext.Current.CancellationToken);
    }
}
