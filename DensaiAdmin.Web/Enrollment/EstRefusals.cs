namespace DensaiAdmin.Web.Enrollment;

/// <summary>
/// Who asks EST is a program that understands a reason and a line of text. What a gate refused before the endpoint was reached, bare of
/// words, gets them here.
/// </summary>
internal sealed class EstRefusals(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        var response = context.Response;
        if (response.StatusCode >= StatusCodes.Status400BadRequest
            && !response.HasStarted
            && !response.Headers.ContainsKey(EstEndpoints.ReasonHeader)
            && context.Request.Path.StartsWithSegments(EstEndpoints.Base, StringComparison.OrdinalIgnoreCase))
        {
            await EstEndpoints.AnswerForAsync(context);
        }
    }
}
