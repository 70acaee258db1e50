using System.Text;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.CertificateInfo;
using DensaiAdmin.Web.Enrollment;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Health;
using DensaiAdmin.Web.HistorySearch;
using DensaiAdmin.Web.Home;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Layout;
using DensaiAdmin.Web.Pki;
using DensaiAdmin.Web.Revocation;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.SignIn;
using DensaiAdmin.Web.Tls;
using DensaiAdmin.Web.UserManagement;
using DensaiAdmin.Web.Verbs;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DensaiAdmin.Web.Hosting;

/// <summary>Puts the server together and runs it.</summary>
internal static class Server
{
    /// <summary>Runs until it is told to stop.</summary>
    /// <returns>Exit code: 0 after an orderly stop, 1 when the start was refused.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        Console.OutputEncoding = Encoding.UTF8;
        try
        {
            var builder = ServerBuilder.Create(args);
            HostPreconditions.RequireFiles(builder.Environment);
            var settings = ServerSettings.Read(builder.Configuration, builder.Environment);
            HostPreconditions.RequireWritable(settings);
            using var installation = OpenInstallation.Open(settings, builder.Configuration);
            await using var app = await BuildAsync(builder, installation);
            await app.StartAsync();
            await ReadyMessage.WriteAsync(Console.Out, installation, app.Environment);
            await ReadyMessage.WriteAsync(Console.Error, settings.Warnings);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (StartRefusedException refused)
        {
            await ReadyMessage.WriteAsync(Console.Error, refused);
            return 1;
        }
        catch (Exception fault) when (HostPreconditions.Words(fault) is { } words)
        {
            await ReadyMessage.WriteAsync(Console.Error, new StartRefusedException([words]));
            return 1;
        }
    }

    /// <summary>The server on an open installation, ready to start.</summary>
    public static async Task<WebApplication> BuildAsync(WebApplicationBuilder builder, OpenInstallation installation)
    {
        AddServices(builder, installation);
        var app = builder.Build();
        await RootKeyExports.EnsureAsync(installation, app.Services.GetRequiredService<StoreWriter>());
        var tlsAuthority = ServerTls.Prepare(installation, app.Services.GetRequiredService<TransportCertificates>());
        if (app.Environment.IsDevelopment())
        {
            await app.Services.EnsureDemoBankAsync(tlsAuthority);
        }

        UsePipeline(app);
        MapEndpoints(app);
        NodeShutdown.Prepare(app);
        return app;
    }

    private static void AddServices(WebApplicationBuilder builder, OpenInstallation installation)
    {
        var services = builder.Services;
        var endpoints = installation.Settings.Endpoints;
        if (installation.Settings.IsProduction)
        {
            builder.Logging.ClearProviders().AddJsonConsole();
        }

        installation.AddTo(services, builder.Configuration);
        services.AddSingleton<VerbHandler>();
        services.AddHostedService<ControlSocket>();
        if (builder.Environment.IsDevelopment())
        {
            services.AddDemoBank();
        }

        services.AddSingleton(endpoints);
        services.AddSingleton(installation.Settings);
        services.AddSingleton<TransportCertificates>();
        services.AddSingleton<CertificateConnections>();
        services.AddSingleton<ConnectionWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ConnectionWatch>());
        services.AddSingleton<OpenPages>();
        services.AddSingleton<CircuitEnding>();
        services.AddSingleton<CircuitGuard>();
        services.AddSingleton<SessionActivity>();
        services.AddSingleton<AppPackages>();
        services.AddHostedService(provider => provider.GetRequiredService<AppPackages>());
        services.AddDensaiHealth();
        services.AddHostedService<SessionEndings>();
        services.AddScoped<CurrentActor>();
        services.AddScoped<UserRows>();
        services.AddScoped<UserDrafts>();
        services.AddScoped<PageOfCircuit>();
        services.AddScoped<CircuitHandler, PageCircuit>();

        services.Configure<ServiceOptions>(builder.Configuration.GetSection(ServiceOptions.Section));
        services.AddDensaiLook(builder.Configuration);
        services.Configure<CircuitOptions>(options =>
        {
            options.DetailedErrors = false;
            options.DisconnectedCircuitMaxRetained = 200;
            options.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(3);
            // What a page held must not outlive its session in a store that no session guards.
            options.PersistedCircuitInMemoryMaxRetained = 0;
        });

        services.AddDataProtection()
            .SetApplicationName("DensaiAdmin")
            .PersistKeysToFileSystem(KeyRingDirectory(installation));
        services.AddSingleton<KeyRingSeal.Key>();
        services.AddOptions<KeyManagementOptions>().Configure<KeyRingSeal.Key>(
            (options, key) => options.XmlEncryptor = new KeyRingSeal(key));
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "__Host-densai-form";
            options.Cookie.SecurePolicy = CookieSecurePolicy.Always;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.Path = "/";
        });
        services.AddAuthentication(SessionAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.SchemeName, null)
            .AddCertificateScheme();
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(SessionAuthentication.SchemeName).RequireAuthenticatedUser().Build());

        services.Configure<HostOptions>(options =>
        {
            // It runs from the signal on, and with it the drain.
            options.ShutdownTimeout = installation.Settings.Drain + NodeShutdown.Limit;
            // BackgroundJob lets nothing through; should something get past it all the same, it still does not end the service.
            options.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore;
        });
        builder.WebHost.UseKestrel();
        services.AddOptions<KestrelServerOptions>().Configure(kestrel => Listeners.Configure(kestrel, endpoints));
    }

    private static DirectoryInfo KeyRingDirectory(OpenInstallation installation)
    {
        var directory = Path.Combine(installation.Settings.DataDirectory, "key-ring");
        DurableFile.CreateDirectory(directory);
        return new(directory);
    }

    private static void UsePipeline(WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<RequestBodies>();
        app.UseMiddleware<EstRefusals>();
        app.UseMiddleware<HostCheck>();
        app.UseMiddleware<MethodGate>();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = FaultPage.Route,
            CreateScopeForErrors = true,
            SuppressDiagnosticsCallback = RefusedRequests.AreLogged,
        });
        app.UseWhen(
            context => HttpMethods.IsGet(context.Request.Method) && context.RequestOrigin() is Origin.Public or Origin.Certificate,
            people => people.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));
        app.UseRouting();
        app.UseMiddleware<OriginGate>();
        app.UseMiddleware<CrossSiteGate>();
        app.UseDensaiLook();
        app.UseAuthentication();
        app.UseMiddleware<SignedIn>();
        app.UseMiddleware<RenewalGate>();
        app.UseMiddleware<FirstLoginGate>();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.UseMiddleware<StaleForms>();
    }

    private static void MapEndpoints(WebApplication app)
    {
        app.MapStaticAssets().Add(asset =>
        {
            asset.Metadata.Add(new AllowAnonymousAttribute());
            asset.Metadata.Add(new OriginAttribute(Origin.Public, Origin.Certificate));
        });
        NodeHealth.Map(app);
        app.MapPki();
        app.MapEnrollment();
        app.MapEnrollmentApp();
        app.MapRevocationCsv();
        app.MapRevocationReceipt();
        app.MapExpiryCalendar();
        app.MapHistoryCsv();
        app.MapCertificatePem();
        app.MapUserCsv();
        LogoutEndpoint.Map(app);
        app.MapDensaiLook().MarkCircuits(app.Services.GetRequiredService<CircuitEnding>());
    }
}
