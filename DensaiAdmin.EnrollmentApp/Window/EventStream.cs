namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>The response that every page keeps open (<see cref="Presence"/>), as server-sent events.</summary>
internal static class EventStream
{
    public const string Path = "/events";

    public static async Task ServeAsync(HttpContext context)
    {
        var presence = context.RequestServices.GetRequiredService<Presence>();
        var ending = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var until = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
        context.Response.ContentType = "text/event-stream";
        try
        {
            await foreach (var name in presence.ListenAsync(until.Token))
            {
                await context.Response.WriteAsync($"event: {name}\ndata: \n\n", until.Token);
                await context.Response.Body.FlushAsync(until.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page is gone, or the program ends.
        }
    }
}
