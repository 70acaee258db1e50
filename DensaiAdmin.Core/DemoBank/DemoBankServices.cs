using DensaiAdmin.Core.Pki;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Core.DemoBank;

/// <summary>Composition of the demo bank, in Development only.</summary>
public static class DemoBankServices
{
    /// <summary>Adds the demo bank and what fills it, on Core's services and an open CA.</summary>
    public static IServiceCollection AddDemoBank(this IServiceCollection services) =>
        services.AddSingleton<CreateDemoBank>().AddSingleton<SeedUsers>();

    /// <summary>Makes the demo bank at first start; at later ones it only keeps the trust file true.</summary>
    /// <param name="services">Built with <see cref="AddDemoBank"/>.</param>
    /// <param name="tlsAuthority">The CA of the server's own TLS certificate; null leaves the trust file to whoever wrote it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static Task<DemoBankOutcome> EnsureDemoBankAsync(
        this IServiceProvider services, AuthorityCertificate? tlsAuthority, CancellationToken cancellation = default) =>
        services.GetRequiredService<CreateDemoBank>().EnsureAsync(tlsAuthority, cancellation);
}
