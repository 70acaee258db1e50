using System.Globalization;
using System.Net;
using DensaiAdmin.EnrollmentApp.Screens;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>The pages, on a port of 127.0.0.1 that the system chooses. Nothing of it is configured from outside and nothing is logged.</summary>
internal static class WindowHost
{
    // Forms hold an ID and a password; nothing here is larger.
    private const int LargestBody = 64 * 1024;

    public static WebApplication Build(Parts parts, AppIdentity identity, WindowBrowsers browsers, ReceiptFolder? receipts = null)
    {
        // Empty: no settings file, no environment variable and no argument may open another door.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.AddSingleton(parts);
        builder.Services.AddSingleton(parts.Time);
        builder.Services.AddSingleton(identity);
        builder.Services.AddSingleton(browsers);
        builder.Services.AddSingleton(receipts ?? ReceiptFolder.OfThisPerson());
        builder.Services.AddSingleton<WindowKeys>();
        builder.Services.AddSingleton<Presence>();
        builder.Services.AddSingleton<Desk>();

        var app = builder.Build();
        app.Use(SpeakAsync);
        app.UseMiddleware<Gate>();
        app.UseRouting();
        app.MapScreens();
        return app;
    }

    /// <summary>The address a window is opened with; good once.</summary>
    public static Uri NewAddress(WebApplication app)
    {
        var origin = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new Uri(new Uri(origin), $"{Gate.Opening}?t={app.Services.GetRequiredService<WindowKeys>().NewTicket()}");
    }

    /// <summary>Ends the program once nobody needs it any more.</summary>
    /// <param name="app">The pages.</param>
    /// <param name="overdue">What is done, once, where a browser was started but its page does not come.</param>
    /// <param name="cancellation">It ends for another reason.</param>
    public static async Task WatchAsync(WebApplication app, Func<Task> overdue, CancellationToken cancellation)
    {
        Task? told = null;
        var presence = app.Services.GetRequiredService<Presence>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), app.Services.GetRequiredService<TimeProvider>());
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                if (presence.IsOverdue())
                {
                    // A box on the screen waits for its reader.
                    told ??= Task.Run(overdue, CancellationToken.None);
                }

                if (presence.IsOver())
                {
                    app.Lifetime.StopApplication();
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It ends for another reason.
        }
    }

    private static async Task SpeakAsync(HttpContext context, RequestDelegate next)
    {
        CultureInfo.CurrentUICulture = context.RequestServices.GetRequiredService<Desk>().Language;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The page went away.
        }
        catch (BadHttpRequestException unreadable) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = unreadable.StatusCode;
            await ScreenEndpoints.ShowAsync<Broken>(context, new() { [nameof(Broken.Unreadable)] = true });
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            // Its kind and place only: a message might quote what was typed.
            await Console.Error.WriteLineAsync($"{fault.GetType().FullName}\n{fault.StackTrace}");
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await ScreenEndpoints.ShowAsync<Broken>(context, []);
        }
    }
}
