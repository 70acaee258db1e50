using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.EnrollmentApp.Verbs;

/// <summary>The program with a window, from its start until the window is closed or left alone.</summary>
internal static class WindowProgram
{
    public static async Task<int> RunAsync(
        Parts parts,
        AppIdentity identity,
        AppFolder folder,
        WindowBrowsers browsers,
        DesktopAlert alert,
        CommandLine asked,
        Terminal terminal,
        CancellationToken cancellation)
    {
        using var instance = SingleInstance.TryBecome(folder);
        if (instance is null)
        {
            if (await SingleInstance.HandOverAsync(folder, asked.Start, cancellation))
            {
                return HeadlessVerbs.Done;
            }

            await alert.ShowAsync(terminal, Words.Of("Window_Running"), ErrorCodes.RunningSilent, parts.Time.GetUtcNow());
            return HeadlessVerbs.NotDone;
        }

        // Cleans up after an instance that was killed: first its browser, which would go on writing.
        if (instance.IsOnly)
        {
            browsers.EndOrphans();
            browsers.RemoveProfile();
        }

        alert.Clear();
        try
        {
            return await RunAsync(parts, identity, instance, browsers, alert, asked, terminal, cancellation);
        }
        finally
        {
            browsers.CloseWindow();
            browsers.RemoveProfile();
        }
    }

    private static async Task<int> RunAsync(
        Parts parts,
        AppIdentity identity,
        SingleInstance instance,
        WindowBrowsers browsers,
        DesktopAlert alert,
        CommandLine asked,
        Terminal terminal,
        CancellationToken cancellation)
    {
        await using var app = WindowHost.Build(parts, identity, browsers);
        var session = app.Services.GetRequiredService<WindowSession>();
        var presence = app.Services.GetRequiredService<Presence>();
        session.Start = asked.Start;
        session.Language = asked.English ? Words.English : Words.Japanese;
        await app.StartAsync(cancellation);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation, app.Lifetime.ApplicationStopping);
        // The survey starts while the browser is starting.
        _ = session.SurveyAsync(afresh: false);
        presence.Opening();
        // Accepts a second start before the browser is ready, and opens its window after the first.
        using var oneAtATime = new SemaphoreSlim(1, 1);
        async Task<bool> OpenAsync(StartArgument? start)
        {
            await oneAtATime.WaitAsync(stopping.Token);
            try
            {
                if (start is not null)
                {
                    session.Start = start;
                    presence.Notify("moved");
                    presence.Opening();
                }

                return await browsers.OpenAsync(WindowHost.NewAddress(app), stopping.Token);
            }
            finally
            {
                oneAtATime.Release();
            }
        }

        var first = OpenAsync(null);
        var listening = instance.ListenAsync(start => OpenAsync(start), stopping.Token);
        if (!await first)
        {
            await stopping.CancelAsync();
            await app.StopAsync(CancellationToken.None);
            await listening;
            var (words, code) = browsers.HasDisplay
                ? ("Window_None", ErrorCodes.NoWindowBrowser)
                : ("Window_NoScreen", ErrorCodes.NoScreen);
            await alert.ShowAsync(terminal, Words.Of(words), code, parts.Time.GetUtcNow());
            return HeadlessVerbs.NotDone;
        }

        Task WarnAsync() => alert.ShowAsync(terminal, Words.Of("Window_NotShown"), ErrorCodes.WindowNotShown, parts.Time.GetUtcNow());
        var watching = WindowHost.WatchAsync(app, WarnAsync, stopping.Token);
        try
        {
            await Task.Delay(Timeout.Infinite, stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // Closed, left alone, or ended by a signal.
        }

        await app.StopAsync(CancellationToken.None);
        await Task.WhenAll(listening, watching);
        return presence.HasCome || cancellation.IsCancellationRequested ? HeadlessVerbs.Done : HeadlessVerbs.NotDone;
    }
}
