using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.DemoBank;

/// <summary>A data directory opened as the program opens it, that can be closed and opened again.</summary>
internal sealed class DemoInstallation : IDisposable
{
    static readonly Lazy<AuthorityCertificate> OneTlsAuthority = new(() => LocalTlsCertificate.Create(
        DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, TestAuthority.Passphrase).Authority);

    readonly TemporaryDirectory _directory = new();
    DataStore _store = null!;

    public DemoInstallation(DateTimeOffset now)
    {
        Clock = new FakeTimeProvider(now);
        Open();
    }

    public FakeTimeProvider Clock { get; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    public StoreOptions Store => new(_directory.At("data"));

    public string Installation => _store.Installation;

    public HistoryAnchor Anchor => _store.Anchor;

    public Authorities Authorities { get; private set; } = null!;

    public StoreWriter Writer { get; private set; } = null!;

    public IDbContextFactory<DensaiDbContext> Contexts { get; private set; } = null!;

    public CrlSignal Crl { get; } = new();

    /// <summary>Stands for the CA of the server's TLS certificate.</summary>
    public AuthorityCertificate TlsAuthority => OneTlsAuthority.Value;

    public string DemoDirectory => Path.Combine(Store.DataDirectory, "demo");

    public string File(string name) => Path.Combine(DemoDirectory, name);

    public Task<DemoBankOutcome> EnsureAsync(AuthorityCertificate? tlsAuthority = null) =>
        new CreateDemoBank(
            Store, Contexts, Writer, Authorities, Crl, Microsoft.Extensions.Options.Options.Create(new InstitutionOptions()), Clock)
        {
            HashIterations = 1,
        }.EnsureAsync(tlsAuthority ?? TlsAuthority, TestContext.Current.CancellationToken);

    public T Read<T>(Func<DensaiDbContext, T> query)
    {
        using var db = Contexts.CreateDbContext();
        return query(db);
    }

    public Task Act(Action<UnitOfWork> perform) => Writer.PerformAsync(
        work =>
        {
            perform(work);
            return true;
        },
        TestContext.Current.CancellationToken);

    public void Close()
    {
        Writer.Dispose();
        Authorities.Dispose();
        _store.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    public void Open()
    {
        var (store, refusal, _) = DataStore.Open(new StoreOpening(
            Store, _directory.At("data.anchor"), "a passphrase for tests only", Now, IsProduction: false, ClockIsShifted: false)
        {
            SealingRounds = 1_000,
        });
        Assert.Null(refusal);
        _store = store!;
        var (authorities, _, _) = Authorities.Open(new AuthoritiesOpening(
            Store.DataDirectory, TestAuthority.Passphrase, new InstitutionOptions(), new CertificatePolicyOptions(),
            TestAuthority.Addresses, Now, Now)
        {
            SealingRounds = 1_000,
        });
        Authorities = authorities!;
        var builder = new DbContextOptionsBuilder<DensaiDbContext>();
        DataStore.ConfigureReading(builder, Store);
        Contexts = new PooledDbContextFactory<DensaiDbContext>(builder.Options);
        Writer = new StoreWriter(Store, _store.Anchor, new ClockGuard(Clock, _store.LatestInstant), NullLogger<StoreWriter>.Instance);
    }

    public void Restart()
    {
        Close();
        Open();
    }

    public void Dispose()
    {
        Close();
        _directory.Dispose();
    }
}
