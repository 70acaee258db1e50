using System.Globalization;
using System.Net;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Window;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>
/// Serves the pages on a port of 127.0.0.1 that the operating system chooses. Nothing is configured from outside and nothing is logged.
/// </summary>
internal static class WindowHost
{
    // Forms contain an ID and a password; nothing here is larger.
    private const int MaxBodyBytes = 64 * 1024;

    public static WebApplication Build(Parts parts, AppIdentity identity, WindowBrowsers browsers, ReceiptFolder? receipts = null)
    {
        // The empty builder, so that no settings file, environment variable or argument can open another port.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
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
        builder.Services.AddSingleton<WindowSession>();

        var app = builder.Build();
        app.Use(SetLanguageAsync);
        app.UseMiddleware<Gate>();
        app.UseRouting();
        app.MapScreens();
        return app;
    }

    /// <summary>The address with which a window is opened, valid once.</summary>
    public static Uri NewAddress(WebApplication app)
    {
        var origin = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new Uri(new Uri(origin), $"{Gate.Opening}?t={app.Services.GetRequiredService<WindowKeys>().NewTicket()}");
    }

    /// <summary>Ends the program once nobody needs it any more.</summary>
    /// <param name="app">The pages.</param>
    /// <param name="overdue">Called once where a browser was started but did not request its page.</param>
    /// <param name="cancellation">The program ends for another reason.</param>
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
                    // Not awaited, because a message box waits for its reader.
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
            // The program ends for another reason.
        }
    }

    private static async Task SetLanguageAsync(HttpContext context, RequestDelegate next)
    {
        CultureInfo.CurrentUICulture = context.RequestServices.GetRequiredService<WindowSession>().Language;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The page was closed.
        }
        catch (BadHttpRequestException unreadable) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = unreadable.StatusCode;
            await ScreenEndpoints.ShowAsync<Broken>(context, new() { [nameof(Broken.Unreadable)] = true });
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            // Only type and stack trace, because a message might quote what was typed.
            await Console.Error.WriteLineAsync($"{fault.GetType().FullName}\n{fault.StackTrace}");
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await ScreenEndpoints.ShowAsync<Broken>(context, []);
        }
    }
}
