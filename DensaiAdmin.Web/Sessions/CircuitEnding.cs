using DensaiAdmin.Core.Sessions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace DensaiAdmin.Web.Sessions;

/// <summary>
/// Ends circuits. The framework lets them be ended in one way only, the request that a page sends as it leaves; it is asked the same way
/// from here, and from outside only by who owns the circuit.
/// </summary>
internal sealed class CircuitEnding(OpenPages pages, IServiceScopeFactory scopes)
{
    private const string Field = "circuitId";

    private RequestDelegate? _disconnect;

    /// <summary>Takes the framework's endpoint into charge.</summary>
    public void Take(RouteEndpointBuilder endpoint)
    {
        _disconnect = endpoint.RequestDelegate;
        endpoint.RequestDelegate = LeaveAsync;
    }

    /// <summary>Ends the circuit of a page now, with all that it holds.</summary>
    public async Task EndAsync(OpenPage page)
    {
        if (pages.Owners.SecretOf(page) is not { } secret || _disconnect is not { } disconnect)
        {
            return;
        }

        await using var scope = scopes.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Request.Method = HttpMethods.Post;
        context.Features.Set<IFormFeature>(new FormFeature(new FormCollection(new(StringComparer.Ordinal) { [Field] = secret })));
        await disconnect(context);
    }

    // A page says so as it leaves, when its session may be over already: that end took its circuit with it, and nothing is left to do.
    private async Task LeaveAsync(HttpContext context)
    {
        if (context.Features.Get<LiveSession>() is { } live && context.Request.HasFormContentType
            && await SecretAsync(context) is { } secret && pages.Owners.Of(secret)?.SessionId == live.Session.Id)
        {
            await _disconnect!(context);
        }
    }

    private static async Task<string?> SecretAsync(HttpContext context)
    {
        try
        {
            return (await context.Request.ReadFormAsync(context.RequestAborted)).TryGetValue(Field, out StringValues named)
                ? named.ToString()
                : null;
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or IOException)
        {
            return null;
        }
    }
}
