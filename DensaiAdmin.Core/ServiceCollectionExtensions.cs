using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.Companies;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Notices;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core;

/// <summary>Composition of Core: everything hangs on an open data directory.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds the use cases on an open store. The machine's clock must be registered as <see cref="TimeProvider"/>; whoever asks for one
    /// afterwards gets the <see cref="ClockGuard"/> in front of it.
    /// </summary>
    public static IServiceCollection AddDensaiCore(this IServiceCollection services, DataStore store, IConfiguration configuration)
    {
        services.AddSingleton(store);
        services.AddSingleton(store.Options);
        services.AddSingleton(store.Anchor);
        services.AddSingleton(store.Anchor.Revoked);
        AddClockGuard(services, store);
        services.AddPooledDbContextFactory<DensaiDbContext>((provider, builder) => DataStore.ConfigureReading(builder, store.Options, provider.GetRequiredService<ActWriter>()));
        services.AddSingleton<ActWriter>();
        services.AddSingleton(provider =>
        {
            var version = new StoreVersion(store.Options);
            provider.GetRequiredService<ActWriter>().FilesChanged += version.OpenAnew;
            return version;
        });

        services.Configure<InstitutionOptions>(configuration.GetSection(InstitutionOptions.Section));
        services.Configure<PasswordOptions>(configuration.GetSection(PasswordOptions.Section));
        services.Configure<SessionOptions>(configuration.GetSection(SessionOptions.Section));
        services.Configure<CertificatePolicyOptions>(configuration.GetSection(CertificatePolicyOptions.Section));

        services.Configure<MailOptions>(configuration.GetSection(MailOptions.Section));
        services.PostConfigure<MailOptions>(mail => mail.From = mail.From.Length > 0 ? mail.From : "no-reply@" + PublicHost(configuration));

        services.AddSingleton<AttemptPolicy>();
        services.AddHostedService<ForgetAttempts>();
        services.AddHostedService<ForgetApplications>();
        services.AddSingleton<PasswordHasher>();
        services.AddSingleton<PasswordCheck>();
        services.AddSingleton<PasswordPolicy>();
        services.AddSingleton<Confirmation.Check>();
        services.AddSingleton<SessionWatch>();
        services.AddSingleton<LiveSessions>();
        services.AddSingleton<VerifyHistory>();
        services.AddSingleton<OperationHistory>();
        services.AddHostedService<WatchClock>();
        services.AddSingleton<HistoryWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<HistoryWatch>());
        services.AddSingleton<RefusalCounter>();
        services.AddHostedService(provider => provider.GetRequiredService<RefusalCounter>());
        services.AddSingleton<CrlSignal>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<Alarms>();
        services.AddSingleton<ForgedCertificates>();
        services.AddSingleton<MailLedger>();
        services.AddSingleton(provider => NoticePolicy.Of(provider.GetRequiredService<IOptions<CertificatePolicyOptions>>().Value));
        services.AddSingleton<MailWithdrawal>(provider => new ObsoleteNotices(provider.GetRequiredService<NoticePolicy>()).Contain);
        services.AddSingleton<LayDownExpiryNotices>();
        services.AddHostedService<ExpiryNoticeRounds>();
        services.AddSingleton<RenewalDesk>();
        services.AddSingleton<ExpiryTimeline>();
        services.AddHostedService<MailSender>();
        services.AddSingleton<CertificateHolders>();
        services.AddSingleton<CertificateFile>();
        services.AddSingleton<CompanyProfile>();
        services.AddSingleton<CertificateDiagnosis>();
        services.AddSingleton<LogIn>();
        services.AddSingleton<LogInByPassword>();
        services.AddSingleton<LogOut>();
        services.AddSingleton<LoginHistory>();
        services.AddSingleton<ReportLogin>();
        services.AddSingleton<RevokeCertificate>();
        services.AddHostedService<RevocationRehearsal>();
        services.AddSingleton<RevocationDesk>();
        services.AddSingleton<RegisterOperator>();
        services.AddSingleton<AuthenticateOperators>();
        services.AddSingleton<EvaluateOperators>();
        services.AddSingleton<UnlockUser>();
        services.AddSingleton<RecentOperations>();
        services.AddSingleton<RecordDownload>();
        services.Configure<AcquisitionHoursOptions>(configuration.GetSection(AcquisitionHoursOptions.Section));
        services.AddSingleton<AcquisitionHours>();
        services.AddSingleton<AcquireLoginId>();
        services.AddSingleton<ManageUser>();
        services.AddSingleton<ChangePassword>();
        services.AddSingleton<UserDesk>();
        services.AddSingleton<NoticeBoard>();
        return services;
    }

    /// <summary>
    /// Adds the open CAs and what lives by them: issue, CRLs, the judgement of presented certificates. Before the first request is
    /// served, the hosted services have published what a crash kept back.
    /// </summary>
    public static IServiceCollection AddDensaiAuthority(this IServiceCollection services, Authorities authorities)
    {
        services.AddSingleton(authorities);
        services.AddSingleton<Func<byte[], IssuerVerdict>>(der => CertificateProfileCheck.Judge(der, authorities) switch
        {
            ProfileJudgement.NotOurs => IssuerVerdict.NotOurs,
            ProfileJudgement.ProfileWrong => IssuerVerdict.ProfileWrong,
            ProfileJudgement.Ours => IssuerVerdict.Ours,
        });
        services.AddSingleton<CrlPublisher>();
        services.AddHostedService(provider => provider.GetRequiredService<CrlPublisher>());
        services.AddHostedService<StoreWatch>();
        services.AddSingleton<ReconcileStore>();
        services.AddSingleton<ReconcileClock>();
        services.AddSingleton<SourceThrottle>();
        services.AddSingleton<EnrollmentDesk>();
        services.AddSingleton<EnrollCertificate>();
        services.AddSingleton<ReenrollCertificate>();
        services.AddSingleton<AbandonIntents>();
        services.AddHostedService(provider => provider.GetRequiredService<AbandonIntents>());
        return services;
    }

    private static void AddClockGuard(IServiceCollection services, DataStore store)
    {
        var machine = (TimeProvider)services.Last(service => service.ServiceType == typeof(TimeProvider)).ImplementationInstance!;
        var guard = new ClockGuard(machine, store.LatestInstant);
        services.AddSingleton(guard);
        services.Replace(ServiceDescriptor.Singleton<TimeProvider>(guard));
    }

    private static string PublicHost(IConfiguration configuration) =>
        Uri.TryCreate(configuration["Endpoints:Public"], UriKind.Absolute, out var address) ? address.IdnHost : "localhost";
}
