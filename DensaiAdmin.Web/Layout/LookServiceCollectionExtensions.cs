using System.Text.Encodings.Web;
using System.Text.Unicode;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.WebEncoders;
using MudBlazor;
using MudBlazor.Services;
using Origin = DensaiAdmin.Web.Settings.Origin;

namespace DensaiAdmin.Web.Layout;

/// <summary>Everything the screens need to be drawn, in one call each for services, pipeline and addresses.</summary>
internal static class LookServiceCollectionExtensions
{
    public static IServiceCollection AddDensaiLook(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddLocalization();
        services.AddMudServices();
        services.AddTransient<MudLocalizer, DensaiMudLocalizer>();
        services.AddSingleton(Brand.From(configuration));
        services.AddScoped<CurrentScreen>();
        services.AddCascadingAuthenticationState();
        // Japanese as itself: written as numeric references every page would be several times its size.
        services.Configure<WebEncoderOptions>(options => options.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        services.Configure<RequestLocalizationOptions>(options =>
        {
            options.SetDefaultCulture("ja");
            options.AddSupportedCultures(LanguageEndpoint.Languages);
            options.AddSupportedUICultures(LanguageEndpoint.Languages);
            // Only the visitor's own choice: a browser set to English must still find the words of the manual.
            options.RequestCultureProviders = [new CookieRequestCultureProvider { CookieName = LanguageEndpoint.Cookie }];
        });
        services.AddRazorComponents().AddInteractiveServerComponents().AddHubOptions(hub => hub.AddFilter<CircuitGuard>());
        return services;
    }

    /// <summary>Sets the culture of each request; place it before authentication, so that refusals speak it too.</summary>
    public static IApplicationBuilder UseDensaiLook(this IApplicationBuilder app) => app.UseRequestLocalization();

    /// <summary>The screens and the language switch.</summary>
    public static RazorComponentsEndpointConventionBuilder MapDensaiLook(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(LanguageEndpoint.Route, LanguageEndpoint.Switch).AllowAnonymous()
            .WithMetadata(new OriginAttribute(Origin.Public, Origin.Certificate));
        return endpoints.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
