using DensaiAdmin.Core.Announcements;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.CertificateInfo;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Home;
using DensaiAdmin.Core.LoginIdAcquisition;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.PasswordChange;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
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
        services.AddPooledDbContextFactory<DensaiDbContext>(
            (provider, builder) => DataStore.ConfigureReading(builder, store.Options, provider.GetRequiredService<StoreWriter>()));
        services.AddSingleton<StoreWriter>();
        services.AddSingleton(provider =>
        {
            var version = StoreEngine.Of(store.Options).OpenVersion();
            provider.GetRequiredService<StoreWriter>().FilesChanged += version.OpenAnew;
            return version;
        });

        services.Configure<InstitutionOptions>(configuration.GetSection(InstitutionOptions.Section));
        services.Configure<PasswordOptions>(configuration.GetSection(PasswordOptions.Section));
        services.Configure<SessionOptions>(configuration.GetSection(SessionOptions.Section));
        services.Configure<CertificatePolicyOptions>(configuration.GetSection(CertificatePolicyOptions.Section));

        services.Configure<MailOptions>(configuration.GetSection(MailOptions.Section));
        services.PostConfigure<MailOptions>(mail => mail.From = mail.From.Length > 0 ? mail.From : "no-reply@" + PublicHost(configuration));

        services.AddSingleton<AttemptPolicy>();
        services.AddHostedService<ForgetAttemptsJob>();
        services.AddHostedService<ForgetApplicationsJob>();
        services.AddSingleton<PasswordHasher>();
        services.AddSingleton<PasswordCheck>();
        services.AddSingleton<PasswordPolicy>();
        services.AddSingleton<Confirmation.Check>();
        services.AddSingleton<SessionWatch>();
        services.AddSingleton<LiveSessions>();
        services.AddSingleton<VerifyHistory>();
        services.AddSingleton<OperationHistory>();
        services.AddHostedService<ClockJob>();
        services.AddSingleton<HistoryWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<HistoryWatch>());
        services.AddSingleton<RefusalCounter>();
        services.AddHostedService(provider => provider.GetRequiredService<RefusalCounter>());
        services.AddSingleton<CrlSignal>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<QueueOwedMails>();
        services.AddHostedService<OwedMailJob>();
        services.AddSingleton<Alarms>();
        services.AddSingleton<ForgedCertificates>();
        services.AddSingleton<MailLedger>();
        services.AddSingleton(provider => ExpiryMailPolicy.Of(provider.GetRequiredService<IOptions<CertificatePolicyOptions>>().Value));
        services.AddSingleton<MailWithdrawal>(provider => new ObsoleteExpiryMails(provider.GetRequiredService<ExpiryMailPolicy>()).Contain);
        services.AddSingleton<QueueExpiryMails>();
        services.AddHostedService<ExpiryMailJob>();
        services.AddSingleton<RenewalQueries>();
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
        services.AddHostedService<RevocationWarmUp>();
        services.AddSingleton<RevocationQueries>();
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
        services.AddSingleton<UserQueries>();
        services.AddSingleton<AnnouncementBoard>();
        return services;
    }

    /// <summary>
    /// Adds the open CAs and what lives by them: issue, CRLs, the evaluation of presented certificates. Before the first request is
    /// served, the hosted services have published what a crash kept back.
    /// </summary>
    public static IServiceCollection AddDensaiAuthority(this IServiceCollection services, Authorities authorities)
    {
        services.AddSingleton(authorities);
        services.AddSingleton<Func<byte[], IssuerEvaluation>>(der => CertificateProfileCheck.Evaluate(
            der, authorities.IssuingCertificates, authorities.Root) switch
        {
            ProfileEvaluation.NotOurs => IssuerEvaluation.NotOurs,
            ProfileEvaluation.ProfileWrong => IssuerEvaluation.ProfileWrong,
            ProfileEvaluation.Ours => IssuerEvaluation.Ours,
        });
        services.AddSingleton<CrlPublisher>();
        services.AddHostedService(provider => provider.GetRequiredService<CrlPublisher>());
        services.AddHostedService<StoreDisagreementJob>();
        services.AddSingleton<ReconcileStore>();
        services.AddSingleton<ReconcileClock>();
        services.AddSingleton<SourceThrottle>();
        services.AddSingleton<EnrollmentPipeline>();
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
