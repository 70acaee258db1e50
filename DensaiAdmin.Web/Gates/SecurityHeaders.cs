using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.StaticAssets;

namespace DensaiAdmin.Web.Gates;

/// <summary>What every answer says to the browser about itself.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, EndpointOptions endpoints, IHostEnvironment environment)
{
    // MudBlazor writes style attributes, hence unsafe-inline for styles; scripts come from files only. A login or logout form
    // may lead over to the other origin.
    private readonly string _policy = string.Join(
        "; ",
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
        $"form-action 'self' {EndpointOptions.Authority(endpoints.Public)} {EndpointOptions.Authority(endpoints.Certificate)}");

    private readonly string? _strictTransport = environment.IsDevelopment() ? null
        : endpoints.HstsIncludeSubDomains ? "max-age=31536000; includeSubDomains" : "max-age=31536000";

    public Task InvokeAsync(HttpContext context)
    {
        // At the last moment: the error page clears headers, and Blazor writes a weaker policy of its own.
        context.Response.OnStarting(Write, context);
        return next(context);
    }

    private Task Write(object state)
    {
        var context = (HttpContext)state;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (context.Features.Get<ConnectionOrigin>()?.Origin is Origin.Pki)
        {
            if (headers.CacheControl.Count == 0)
            {
                headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        }

        headers.ContentSecurityPolicy = _policy;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
            + "magnetometer=(), microphone=(), midi=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (_strictTransport is { } strict)
        {
            headers.StrictTransportSecurity = strict;
        }

        if (!IsAsset(context) || context.Response.StatusCode >= 400)
        {
            headers.CacheControl = "no-store";
        }

        return Task.CompletedTask;
    }

    /// <summary>Whether the request is for a file that is the same for everybody.</summary>
    internal static bool IsAsset(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<StaticAssetDescriptor>() is not null;
}
