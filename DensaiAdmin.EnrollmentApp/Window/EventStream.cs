namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>The answer that every page holds open (<see cref="Presence"/>), as server-sent events.</summary>
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
            await foreach (var happening in presence.ListenAsync(until.Token))
            {
                await context.Response.WriteAsync($"event: {happening}\ndata: \n\n", until.Token);
                await context.Response.Body.FlushAsync(until.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page is gone, or the program ends.
        }
    }
}
