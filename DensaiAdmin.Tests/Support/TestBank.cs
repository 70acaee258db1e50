using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Store.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Support;

/// <summary>
/// A clock that only the test moves: by <see cref="Leap"/> as somebody who sets the machine's, otherwise as time that passes.
/// </summary>
internal sealed class BankClock(DateTimeOffset startAt) : FakeTimeProvider(startAt), ISinceBoot
{
    private TimeSpan _leapt;

    public TimeSpan SinceBoot => GetUtcNow() - Start - _leapt;

    /// <summary>Sets the wall clock, while the machine goes on as before.</summary>
    public void Leap(TimeSpan ahead)
    {
        _leapt += ahead;
        AdjustTime(GetUtcNow() + ahead);
    }
}

/// <summary>
/// A bank on a real SQLite file in a directory of its own, with the real writer, on a clock that only the test moves.
/// Disposed, it leaves nothing behind.
/// </summary>
internal sealed class TestBank : IDisposable
{
    public const string LoginPassword = "Densai-Demo-2026";
    public const string ConfirmationPassword = "Kakunin-Demo-2026";

    // One round: what a hash costs is tested where it matters, not by every test that needs a user.
    private static readonly PasswordHash CheapLogin = CheapHash(LoginPassword);
    private static readonly PasswordHash CheapConfirmation = CheapHash(ConfirmationPassword);

    // Migrated once, copied for every bank.
    private static readonly Lazy<byte[]> Migrated = new(MigratedFile);

    private TestBank(string root, BankClock clock)
    {
        Root = root;
        Clock = clock;
        Machine = clock;
        Store = new StoreOptions(Path.Combine(root, "data"));
        Directory.CreateDirectory(Store.DataDirectory);
        File.WriteAllBytes(Store.DatabaseFile, Migrated.Value);
        var reading = new DbContextOptionsBuilder<DensaiDbContext>();
        DataStore.ConfigureReading(reading, Store);
        Contexts = new PooledDbContextFactory<DensaiDbContext>(reading.Options);
        Version = StoreEngine.Of(Store).OpenVersion();
        AnchorKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Anchor = OpenAnchor();
        Writer = OpenActs();
    }

    /// <summary>The temporary directory: the data directory and, beside it, the anchor file.</summary>
    public string Root { get; }

    public BankClock Clock { get; }

    /// <summary>What the guard takes for the machine's clock: the test's, or another in front of it, from the next restart on.</summary>
    public TimeProvider Machine { get; set; }

    public StoreOptions Store { get; }

    public IDbContextFactory<DensaiDbContext> Contexts { get; }

    public StoreVersion Version { get; }

    public ECDsa AnchorKey { get; }

    public string AnchorFile => Path.Combine(Root, "data.anchor");

    public HistoryAnchor Anchor { get; private set; }

    public StoreWriter Writer { get; private set; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>Opens an empty bank. The clock starts at an awkward hour: the JST date is one ahead of the UTC date.</summary>
    public static TestBank Open(DateTimeOffset? startAt = null) =>
        new(
            Directory.CreateTempSubdirectory("densai-test-").FullName,
            new BankClock(startAt ?? new DateTimeOffset(2026, 8, 31, 15, 30, 0, TimeSpan.Zero)));

    /// <summary>A password hash that costs nothing to check, and nothing to renew by <see cref="CheapHasher"/>.</summary>
    public static PasswordHash CheapHash(string password) => PasswordHash.Of(new SuppliedPassword(password), iterations: 1);

    /// <summary>A hasher of one iteration; a real one would take each right password for one to be hashed anew.</summary>
    public static PasswordHasher CheapHasher() => new(iterations: 1);

    /// <summary>Stops the writer and starts it anew on the same files, as a restart of the program does.</summary>
    public void Restart()
    {
        Writer.Dispose();
        Anchor.Dispose();
        Anchor = OpenAnchor();
        Writer = OpenActs();
    }

    public Task<T> Act<T>(Func<UnitOfWork, T> perform) => Writer.PerformAsync(perform);

    public Task Act(Action<UnitOfWork> perform) => Writer.PerformAsync(work =>
    {
        perform(work);
        return true;
    });

    public T Read<T>(Func<DensaiDbContext, T> query)
    {
        using var db = Contexts.CreateDbContext();
        return query(db);
    }

    public Task<Company> AddCompany(
        string number = "0501D00601", AuthenticationMethod method = AuthenticationMethod.Certificate, string? name = null) =>
        Act(work => AddCompany(work, number, method, name));

    public static Company AddCompany(
        UnitOfWork work, string number, AuthenticationMethod method = AuthenticationMethod.Certificate, string? name = null)
    {
        var company = new Company(number, name ?? $"でんさい{number}株式会社", method);
        work.Db.Companies.Add(company);
        work.Db.SaveChanges();
        return company;
    }

    /// <summary>Adds a user with the demo passwords; without a company it is staff of the bank.</summary>
    public Task<User> AddUser(
        string loginId, Company? company, UserRole role = UserRole.General, string? name = null,
        PasswordHash? loginPassword = null) =>
        Act(work => AddUser(work, loginId, company, role, name, loginPassword));

    /// <inheritdoc cref="AddUser(string, Company?, UserRole, string?, PasswordHash?)"/>
    public static User AddUser(
        UnitOfWork work, string loginId, Company? company, UserRole role = UserRole.General, string? name = null,
        PasswordHash? loginPassword = null)
    {
        if (company is not null)
        {
            work.Db.Attach(company);
        }

        var user = new User(
            company, loginId, name ?? $"でんさい{loginId}", $"{loginId.ToLowerInvariant()}@example.jp", role, loginPassword ?? CheapLogin,
            CheapConfirmation, work.Now);
        work.Db.Users.Add(user);
        work.Db.SaveChanges();
        return user;
    }

    /// <summary>
    /// Gives a user a certificate in the inventory only (no CA signed it): enough for every rule that reads stored facts.
    /// </summary>
    public Task<Certificate> GiveCertificate(
        User user, DateTimeOffset? notAfter = null, DateTimeOffset? revokedAt = null,
        X509RevocationReason reason = X509RevocationReason.Unspecified) =>
        Act(work => GiveCertificate(work, user, notAfter, revokedAt, reason));

    /// <inheritdoc cref="GiveCertificate(User, DateTimeOffset?, DateTimeOffset?, X509RevocationReason)"/>
    public static Certificate GiveCertificate(
        UnitOfWork work, User user, DateTimeOffset? notAfter = null, DateTimeOffset? revokedAt = null,
        X509RevocationReason reason = X509RevocationReason.Unspecified)
    {
        var holder = work.Db.Users.Single(u => u.Id == user.Id);
        var serial = SerialNumber.New();
        var der = TestCertificate.Der(serial);
        var certificate = new Certificate(
            holder, "00", serial, der, Sha256Hash.Of(der), Sha256Hash.Of(RandomNumberGenerator.GetBytes(32)),
            work.Now.AddMinutes(-5), notAfter ?? work.Now.AddDays(200), work.Now);
        if (revokedAt is { } at)
        {
            work.Revoke(certificate, "test", reason, at);
        }

        work.Db.Certificates.Add(certificate);
        holder.Hold(certificate);
        work.Db.SaveChanges();
        return certificate;
    }

    /// <summary>A session of a user, whatever made it.</summary>
    public Task<Actor> AddSession(User user, Certificate? certificate = null) => Act(work =>
    {
        const string source = "192.0.2.7";
        var token = Session.HashToken(Session.NewToken());
        var session = certificate is null
            ? new Session(user.Id, token, source, "test", work.Now)
            : new Session(user.Id, certificate.Id, certificate.Sha256Fingerprint, token, source, "test", work.Now);
        work.Db.Sessions.Add(session);
        work.Db.SaveChanges();
        return new Actor(session.Id, source);
    });

    /// <summary>The operation history, oldest first.</summary>
    public IReadOnlyList<HistoryRecord> History() => Read(db => db.HistoryRecords.AsNoTracking().OrderBy(r => r.Sequence).ToList());

    /// <summary>Queues what the history owes, as the server does beside the acts.</summary>
    public QueueOwedMails NewOwed(OutboxSignal? signal = null, ILogger<QueueOwedMails>? log = null) => new(
        Writer, Contexts, Options.Create(new InstitutionOptions()), signal ?? new OutboxSignal(), Writer.Clock,
        log ?? NullLogger<QueueOwedMails>.Instance);

    /// <summary>The mails, oldest first, once all that are owed are queued.</summary>
    public async Task<IReadOnlyList<OutboxMail>> MailsAsync(MailKind? kind = null)
    {
        await NewOwed().RunAsync(TestContext.Current.CancellationToken);
        return Read(db => db.OutboxMails.AsNoTracking().Where(m => kind == null || m.Kind == kind).OrderBy(m => m.Id).ToList());
    }

    /// <summary>Runs SQL on the database file, as an operator with the file in hands could.</summary>
    public void Sql(FormattableString sql)
    {
        using var db = new DensaiDbContext(
            new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite(SqliteEngine.HowToOpen(Store).ToString()).Options);
        if (sql.Format.Contains("HistoryRecords", StringComparison.Ordinal))
        {
            db.Database.ExecuteSqlRaw(Tampering.WithoutGuards);
        }

        db.Database.ExecuteSql(sql);
    }

    public void Dispose()
    {
        Writer.Dispose();
        Version.Dispose();
        Anchor.Dispose();
        AnchorKey.Dispose();
        using (var db = Contexts.CreateDbContext())
        using (var writing = new SqliteConnection(SqliteEngine.HowToOpen(Store).ToString()))
        {
            SqliteConnection.ClearPool((SqliteConnection)db.Database.GetDbConnection());
            SqliteConnection.ClearPool(writing);
        }

        Directory.Delete(Root, recursive: true);
    }

    private static byte[] MigratedFile()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.At("migrated.db");
        using (var db = new DensaiDbContext(
            new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite($"Data Source={file};Pooling=False").Options))
        {
            SqliteSchema.Migrate(db);
        }

        return File.ReadAllBytes(file);
    }

    private HistoryAnchor OpenAnchor()
    {
        // The anchor owns its key; the test keeps its own to read lines after a restart.
        var key = ECDsa.Create(AnchorKey.ExportParameters(includePrivateParameters: true));
        return new HistoryAnchor(AnchorFile, "test", key);
    }

    // As at a start: the clock is held against what was recorded last.
    private StoreWriter OpenActs() => new(
        Store,
        Anchor,
        new ClockGuard(
            Machine, Read(db => db.HistoryRecords.OrderByDescending(r => r.Sequence).Select(r => (DateTimeOffset?)r.At).FirstOrDefault())),
        NullLogger<StoreWriter>.Instance);
}
