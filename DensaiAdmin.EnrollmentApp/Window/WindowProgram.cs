using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Verbs;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>From a double click to the window, and until nobody needs it any more.</summary>
internal static class WindowProgram
{
    public static async Task<int> RunAsync(
        Parts parts,
        AppIdentity identity,
        AppFolder folder,
        WindowBrowsers browsers,
        DesktopNotice notice,
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

            await notice.SayAsync(terminal, Words.Of("Window_Running"), ErrorCodes.RunningSilent, parts.Time.GetUtcNow());
            return HeadlessVerbs.NotDone;
        }

        // What a program that was cut off left: its browser first, which would write on.
        if (instance.IsOnly)
        {
            browsers.EndForgotten();
            browsers.RemoveProfile();
        }

        notice.Forget();
        try
        {
            return await RunAsync(parts, identity, instance, browsers, notice, asked, terminal, cancellation);
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
        DesktopNotice notice,
        CommandLine asked,
        Terminal terminal,
        CancellationToken cancellation)
    {
        await using var app = WindowHost.Build(parts, identity, browsers);
        var desk = app.Services.GetRequiredService<Desk>();
        var presence = app.Services.GetRequiredService<Presence>();
        desk.Start = asked.Start;
        desk.Language = asked.English ? Words.English : Words.Japanese;
        await app.StartAsync(cancellation);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation, app.Lifetime.ApplicationStopping);
        // While the browser starts, the bank is asked already.
        _ = desk.SurveyAsync(anew: false);
        presence.Opening();
        // Before the browser is there: a second start meanwhile is heard, and has its window after the first.
        using var one = new SemaphoreSlim(1, 1);
        async Task<bool> BringAsync(StartArgument? start)
        {
            await one.WaitAsync(stopping.Token);
            try
            {
                if (start is not null)
                {
                    desk.Start = start;
                    presence.Tell("moved");
                    presence.Opening();
                }

                return await browsers.OpenAsync(WindowHost.NewAddress(app), stopping.Token);
            }
            finally
            {
                one.Release();
            }
        }

        var first = BringAsync(null);
        var listening = instance.ListenAsync(start => BringAsync(start), stopping.Token);
        if (!await first)
        {
            await stopping.CancelAsync();
            await app.StopAsync(CancellationToken.None);
            await listening;
            var (words, code) = browsers.NoWindow;
            await notice.SayAsync(terminal, words, code, parts.Time.GetUtcNow());
            return HeadlessVerbs.NotDone;
        }

        Task SayAsync() => notice.SayAsync(terminal, Words.Of("Window_NotShown"), ErrorCodes.WindowNotShown, parts.Time.GetUtcNow());
        var watching = WindowHost.WatchAsync(app, SayAsync, stopping.Token);
        try
        {
            await Task.Delay(Timeout.Infinite, stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // Closed, left alone, or told to end.
        }

        await app.StopAsync(CancellationToken.None);
        await Task.WhenAll(listening, watching);
        return presence.HasCome || cancellation.IsCancellationRequested ? HeadlessVerbs.Done : HeadlessVerbs.NotDone;
    }
}
