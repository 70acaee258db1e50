using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DensaiAdmin.Web.Health;

/// <summary>
/// Every cause that <c>/health/ready</c> looks at, by the name it has in <c>?verbose</c>. The order is the order of the answer.
/// </summary>
internal static class HealthRegistration
{
    public static IServiceCollection AddDensaiHealth(this IServiceCollection services)
    {
        var checks = services.AddHealthChecks();
        Add<WriterCheck>(checks, "writer");
        Add<StoreCheck>(checks, "store");
        Add<KeyCheck>(checks, "key");
        Add<ClockCheck>(checks, "clock");
        Add<CrlCheck>(checks, "crl");
        Add<DisagreementCheck>(checks, "revocations");
        Add<HistoryCheck>(checks, "history");
        Add<ListenerCheck>(checks, "listener");
        Add<ServerCertificateCheck>(checks, "server-certificate");
        Add<AuthorityExpiryCheck>(checks, "authority-expiry");
        Add<DiskCheck>(checks, "disk");
        Add<JobsCheck>(checks, "jobs");
        Add<MailRelayCheck>(checks, "mail-relay");
        Add<OldMailCheck>(checks, "mail");
        Add<DeadAddressCheck>(checks, "dead-addresses");
        Add<PackagesCheck>(checks, "packages");
        Add<AlarmCheck>(checks, "alarms");
        Add<SettingsCheck>(checks, "settings");
        // The framework writes a line at each look; NodeHealth writes one at each change.
        services.AddLogging(logging => logging.AddFilter(typeof(HealthCheckService).Namespace, LogLevel.None));
        services.AddSingleton<NodeHealth>();
        services.AddHostedService<HealthWatch>();
        return services;
    }

    // One of each: a check may keep what its last look cost.
    private static void Add<T>(IHealthChecksBuilder checks, string name)
        where T : FaultCheck
    {
        checks.Services.AddSingleton<T>();
        checks.AddCheck<T>(name);
    }
}
