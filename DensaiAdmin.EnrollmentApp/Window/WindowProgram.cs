using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Verbs;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>From a double click to the window, and until nobody needs it any more.</summary>
internal static class WindowProgram
{
    public static async Task<int> RunAsync(
        Parts parts, AppIdentity identity, AppFolder folder, WindowBrowsers browsers, CommandLine asked, Terminal terminal, CancellationToken cancellation)
    {
        using var instance = SingleInstance.TryBecome(folder);
        if (instance is null)
        {
            if (await SingleInstance.HandOverAsync(folder, asked.Start, cancellation))
            {
                return HeadlessVerbs.Done;
            }

            await terminal.Error.WriteLineAsync(Words.Of("Window_Running"));
            return HeadlessVerbs.NotDone;
        }

        browsers.RemoveProfile();
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
        if (!await browsers.OpenAsync(WindowHost.NewAddress(app), stopping.Token))
        {
            await terminal.Error.WriteLineAsync(Words.Of("Window_None"));
            await app.StopAsync(CancellationToken.None);
            return HeadlessVerbs.NotDone;
        }

        var listening = instance.ListenAsync(
            async start =>
            {
                desk.Start = start;
                presence.Tell("moved");
                presence.Opening();
                await browsers.OpenAsync(WindowHost.NewAddress(app), stopping.Token);
            },
            stopping.Token);
        var watching = WindowHost.WatchAsync(app, stopping.Token);
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
        browsers.CloseWindow();
        browsers.RemoveProfile();
        return HeadlessVerbs.Done;
    }
}
