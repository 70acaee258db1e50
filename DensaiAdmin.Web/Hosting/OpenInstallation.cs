using System.Security.Cryptography;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.SignIn;

namespace DensaiAdmin.Web.Hosting;

/// <summary>
/// The data directory with everything in it opened: database, CA keys, clock. The server and the verbs stand on the same one,
/// so that an act is the same act whichever way it comes.
/// </summary>
internal sealed class OpenInstallation : IDisposable
{
    private OpenInstallation(ServerSettings settings, TimeProvider clock, DataStore store, AuthorityKeys authority, string passphrase)
    {
        Settings = settings;
        Clock = clock;
        Store = store;
        Authority = authority;
        Passphrase = new KeyPassphrase(passphrase);
    }

    public ServerSettings Settings { get; }

    /// <summary>The application clock.</summary>
    public TimeProvider Clock { get; }

    public DataStore Store { get; }

    public AuthorityKeys Authority { get; }

    public KeyPassphrase Passphrase { get; }

    /// <summary>Opens the data directory, making what a first start makes.</summary>
    /// <exception cref="StartRefusedException">It cannot be opened; says why and what to do.</exception>
    public static OpenInstallation Open(ServerSettings settings, IConfiguration configuration, TimeProvider? real = null)
    {
        real ??= TimeProvider.System;
        var clock = settings.ClockStartAt is { } startAt ? new ShiftedTimeProvider(real, startAt) : real;
        var passphrase = settings.KeyPassphrase ?? DevelopmentPassphrase(settings.DataDirectory);
        var (store, refusal, value) = DataStore.Open(new StoreOpening(
            new StoreOptions(settings.DataDirectory),
            settings.AnchorFile,
            passphrase,
            clock.GetUtcNow(),
            settings.IsProduction,
            ClockIsShifted: settings.ClockStartAt is not null));
        if (store is null)
        {
            throw new StartRefusedException([StoreRefusals.Words(refusal!.Value, value, settings)]);
        }

        try
        {
            return new(settings, clock, store, OpenAuthority(settings, configuration, clock, real, new KeyPassphrase(passphrase)), passphrase);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Adds Core on this installation.</summary>
    public void AddTo(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(this);
        services.AddSingleton(Clock);
        services.AddSingleton(Authority);
        services.AddSingleton(Authority.Current);
        services.AddSingleton<Func<byte[], IssuerVerdict>>(JudgeIssuer);
        services.AddDensaiCore(Store, configuration);
    }

    public void Dispose()
    {
        Authority.Dispose();
        Store.Dispose();
    }

    private IssuerVerdict JudgeIssuer(byte[] certificate) =>
        CertificateProfileCheck.Judge(certificate, Authority.Issuing.Select(ca => ca.IssuerCertificate)) switch
        {
            ProfileJudgement.NotOurs => IssuerVerdict.NotOurs,
            ProfileJudgement.ProfileWrong => IssuerVerdict.ProfileWrong,
            ProfileJudgement.Ours => IssuerVerdict.Ours,
        };

    private static AuthorityKeys OpenAuthority(ServerSettings settings, IConfiguration configuration, TimeProvider clock, TimeProvider real, KeyPassphrase passphrase)
    {
        var directory = Path.Combine(settings.DataDirectory, "ca");
        return AuthorityKeys.Open(directory, passphrase).Match(
            keys => keys,
            () => AuthorityKeys.Create(directory, Plan(settings, configuration, clock.GetUtcNow(), real.GetUtcNow()), passphrase),
            () => throw new StartRefusedException([StoreRefusals.Words(StoreRefusal.WrongPassphrase, null, settings)]),
            file => throw new StartRefusedException(
            [
                new(
                    "Data:Directory",
                    $"認証局のファイル「{file}」が壊れているか、ありません。バックアップから戻してください。",
                    $"the CA's file {file} is damaged or missing. Restore it from a backup."),
            ]));
    }

    private static AuthorityPlan Plan(ServerSettings settings, IConfiguration configuration, DateTimeOffset now, DateTimeOffset realNow)
    {
        var institution = configuration.GetSection(InstitutionOptions.Section).Get<InstitutionOptions>() ?? new();
        var (earlier, later) = now < realNow ? (now, realNow) : (realNow, now);
        // X.520 bounds a common name to 64 characters.
        var name = institution.Organization.Length > 44 ? institution.Organization[..44] : institution.Organization;
        return new()
        {
            Organization = institution.Organization,
            RootCommonName = name + " Densai Root CA",
            IssuingCommonName = name + " Densai Issuing CA",
            Addresses = new PkiAddresses(EndpointOptions.Authority(settings.Endpoints.Pki)),
            NotBefore = earlier.AddDays(-400),
            RootNotAfter = later.AddYears(20),
            IssuingNotAfter = later.AddYears(15),
            CreatedAt = now,
        };
    }

    private static string DevelopmentPassphrase(string dataDirectory)
    {
        var file = Path.Combine(dataDirectory, "dev-passphrase");
        if (File.Exists(file))
        {
            return File.ReadAllText(file).Trim();
        }

        DurableFile.CreateDirectory(dataDirectory);
        var passphrase = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        DurableFile.Write(file, System.Text.Encoding.ASCII.GetBytes(passphrase));
        return passphrase;
    }
}
