using System.Security.Cryptography;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Web.Installation;

/// <summary>
/// The data directory with everything in it opened: database, CA keys, clock. The server and the verbs stand on the same one,
/// so that an act is the same act whichever way it comes.
/// </summary>
internal sealed class OpenInstallation : IDisposable
{
    /// <summary>Where Development keeps the passphrase, below the data directory; in no backup.</summary>
    public const string PassphraseFileName = "dev-passphrase";

    private OpenInstallation(ServerSettings settings, TimeProvider clock, DataStore store, Authorities authorities, string passphrase)
    {
        Settings = settings;
        Clock = clock;
        Store = store;
        Authorities = authorities;
        Passphrase = new KeyPassphrase(passphrase);
    }

    public ServerSettings Settings { get; }

    /// <summary>The application clock.</summary>
    public TimeProvider Clock { get; }

    public DataStore Store { get; }

    public Authorities Authorities { get; }

    public KeyPassphrase Passphrase { get; }

    /// <summary>Opens the data directory, making what a first start makes.</summary>
    /// <exception cref="StartRefusedException">It cannot be opened; says why and what to do.</exception>
    /// <param name="settings">Where it is.</param>
    /// <param name="configuration">Everything else.</param>
    /// <param name="real">The machine's clock; null: the system's.</param>
    /// <param name="isReconciling">Whether it is opened to be reconciled with its anchor.</param>
    public static OpenInstallation Open(
        ServerSettings settings, IConfiguration configuration, TimeProvider? real = null, bool isReconciling = false)
    {
        real ??= TimeProvider.System;
        var clock = ClockOf(settings, real);
        var passphrase = PassphraseOf(settings);
        var (store, refusal, value) = DataStore.Open(new StoreOpening(
            new StoreOptions(settings.DataDirectory),
            settings.AnchorFile,
            passphrase,
            clock.GetUtcNow(),
            settings.IsProduction,
            ClockIsShifted: settings.ClockStartAt is not null)
        {
            IsReconciling = isReconciling,
        });
        if (store is null)
        {
            throw new StartRefusedException([StoreRefusals.Words(refusal!.Value, value, settings)]);
        }

        try
        {
            return new(
                settings, clock, store, OpenAuthorities(settings, configuration, clock, real, new KeyPassphrase(passphrase)), passphrase);
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
        services.AddDensaiCore(Store, configuration);
        services.AddDensaiAuthority(Authorities);
    }

    public void Dispose()
    {
        Authorities.Dispose();
        Store.Dispose();
    }

    /// <summary>The application clock that these settings ask for, also where nothing is opened.</summary>
    /// <param name="settings">Whether it starts at an instant of its own.</param>
    /// <param name="real">The machine's clock; null: the system's.</param>
    public static TimeProvider ClockOf(ServerSettings settings, TimeProvider? real = null) =>
        settings.ClockStartAt is { } startAt ? new ShiftedTimeProvider(real ?? TimeProvider.System, startAt) : real ?? TimeProvider.System;

    /// <summary>The CAs as they stand in the data directory, for verbs that look; nothing is made.</summary>
    /// <exception cref="StartRefusedException">They cannot be opened; says why.</exception>
    public static Authorities OpenAuthoritiesToRead(ServerSettings settings, IConfiguration configuration, string passphrase) =>
        OrRefuse(Authorities.OpenExisting(
            Opening(settings, configuration, ClockOf(settings), TimeProvider.System, new KeyPassphrase(passphrase))), settings);

    private static Authorities OpenAuthorities(
        ServerSettings settings, IConfiguration configuration, TimeProvider clock, TimeProvider real, KeyPassphrase passphrase) =>
        OrRefuse(Authorities.Open(Opening(settings, configuration, clock, real, passphrase)), settings);

    private static AuthoritiesOpening Opening(
        ServerSettings settings, IConfiguration configuration, TimeProvider clock, TimeProvider real, KeyPassphrase passphrase) => new(
        settings.DataDirectory,
        passphrase,
        configuration.GetSection(InstitutionOptions.Section).Get<InstitutionOptions>() ?? new(),
        configuration.GetSection(CertificatePolicyOptions.Section).Get<CertificatePolicyOptions>() ?? new(),
        new PkiAddresses(EndpointOptions.Authority(settings.Endpoints.Pki)),
        real.GetUtcNow(),
        clock.GetUtcNow());

    private static Authorities OrRefuse(
        (Authorities? Authorities, AuthorityRefusal? Refusal, string? File) opened, ServerSettings settings) =>
        opened.Authorities ?? throw new StartRefusedException(
        [
            opened.Refusal!.Value switch
            {
                AuthorityRefusal.WrongPassphrase => StoreRefusals.Words(StoreRefusal.WrongPassphrase, null, settings),
                AuthorityRefusal.Damaged => new(
                    "Data:Directory",
                    $"認証局のファイル「{opened.File}」が壊れているか、ありません。バックアップから戻してください。",
                    $"the CA's file {opened.File} is damaged or missing. Restore it from a backup."),
            },
        ]);

    /// <summary>What seals the keys: from the settings, or in Development made and kept in the data directory.</summary>
    public static string PassphraseOf(ServerSettings settings) =>
        KnownPassphraseOf(settings) ?? DevelopmentPassphrase(settings.DataDirectory);

    /// <summary>What seals the keys, where that is known already; null where a start would have to make it.</summary>
    public static string? KnownPassphraseOf(ServerSettings settings) =>
        settings.KeyPassphrase ?? (File.Exists(
            PassphraseFile(settings.DataDirectory)) ? File.ReadAllText(PassphraseFile(settings.DataDirectory)).Trim() : null);

    private static string PassphraseFile(string dataDirectory) => Path.Combine(dataDirectory, PassphraseFileName);

    private static string DevelopmentPassphrase(string dataDirectory)
    {
        var file = PassphraseFile(dataDirectory);

        DurableFile.CreateDirectory(dataDirectory);
        var passphrase = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        DurableFile.Write(file, System.Text.Encoding.ASCII.GetBytes(passphrase));
        return passphrase;
    }
}
