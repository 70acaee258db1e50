using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// The store. One context per operation, never per circuit. Writes go through <see cref="StoreWriter"/> only. Whoever asks for a company
/// says so in each query; beside that, a context that is restricted to the company finds nothing of another where a query forgot.
/// </summary>
public sealed class DensaiDbContext(DbContextOptions<DensaiDbContext> options) : DbContext(options)
{
    /// <summary>Name of the filter, for the few who must look beyond the company they ask for.</summary>
    internal const string CompanyFilter = "Company";

    // No company has this ID.
    private const long NoCompany = 0;

    public DbSet<Installation> Installations => Set<Installation>();

    public DbSet<SchemaFloor> SchemaFloors => Set<SchemaFloor>();

    public DbSet<Company> Companies => Set<Company>();

    public DbSet<CompanySize> CompanySizes => Set<CompanySize>();

    public DbSet<User> Users => Set<User>();

    public DbSet<ActivationLetter> ActivationLetters => Set<ActivationLetter>();

    public DbSet<LoginIdApplication> LoginIdApplications => Set<LoginIdApplication>();

    public DbSet<RecentOperation> RecentOperations => Set<RecentOperation>();

    public DbSet<Certificate> Certificates => Set<Certificate>();

    public DbSet<IssueIntent> IssueIntents => Set<IssueIntent>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<PasswordAttempts> PasswordAttempts => Set<PasswordAttempts>();

    public DbSet<HistoryRecord> HistoryRecords => Set<HistoryRecord>();

    public DbSet<Alarm> Alarms => Set<Alarm>();

    public DbSet<PublishedCrl> PublishedCrls => Set<PublishedCrl>();

    public DbSet<CertificateRevocation> CertificateRevocations => Set<CertificateRevocation>();

    public DbSet<OutboxMail> OutboxMails => Set<OutboxMail>();

    internal DbSet<MailProgress> MailProgress => Set<MailProgress>();

    internal DbSet<PastUser> PastUsers => Set<PastUser>();

    public DbSet<DeadAddress> DeadAddresses => Set<DeadAddress>();

    public DbSet<Announcement> Announcements => Set<Announcement>();

    public DbSet<AnnouncementReading> AnnouncementReadings => Set<AnnouncementReading>();

    public DbSet<UserOperation> UserOperations => Set<UserOperation>();

    /// <summary>The company whose rows alone are found, <see cref="NoCompany"/> for the bank's own; null for everybody's.</summary>
    private long? OnlyCompany { get; set; }

    /// <summary>From here on this context finds rows of one company alone, until it is disposed of.</summary>
    /// <param name="companyId">The company; null for who belongs to none, the staff of the bank.</param>
    /// <exception cref="InvalidOperationException">It is restricted to another already.</exception>
    public void RestrictTo(long? companyId)
    {
        var company = companyId ?? NoCompany;
        if (OnlyCompany is { } before && before != company)
        {
            throw new InvalidOperationException("A context finds rows of one company, not of one after another.");
        }

        OnlyCompany = company;
    }

    // A context of a pool is handed out again: whoever gets it next asks for somebody else.
    public override void Dispose()
    {
        OnlyCompany = null;
        base.Dispose();
    }

    public override ValueTask DisposeAsync()
    {
        OnlyCompany = null;
        return base.DisposeAsync();
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcMilliseconds>();
        configurationBuilder.Properties<Sha256Hash>().HaveConversion<HashOctets>().HaveMaxLength(Sha256Hash.Octets);
        // Each index costs every write: there are those that the configurations name, and none that EF would add for a reference.
        configurationBuilder.Conventions.Remove(typeof(ForeignKeyIndexConvention));
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(DensaiDbContext).Assembly);
        FilterByCompany(modelBuilder);
    }

    // A parameter by itself, OnlyCompany is known to be null when the SQL is made: unrestricted, a query is what it would be without the
    // filter. Restricted, COALESCE keeps SQLite from finding rows by the company where the query itself names them more closely.
    private void FilterByCompany(ModelBuilder model)
    {
        model.Entity<Company>().HasQueryFilter(CompanyFilter, c => EF.Parameter(OnlyCompany) == null || c.Id == OnlyCompany);
        model.Entity<CompanySize>().HasQueryFilter(CompanyFilter, s => EF.Parameter(OnlyCompany) == null || s.CompanyId == OnlyCompany);
        model.Entity<ActivationLetter>().HasQueryFilter(
            CompanyFilter, l => EF.Parameter(OnlyCompany) == null || l.CompanyId == OnlyCompany);

        model.Entity<User>().HasQueryFilter(
            CompanyFilter, u => EF.Parameter(OnlyCompany) == null || (u.CompanyId ?? NoCompany) == OnlyCompany);
        model.Entity<HistoryRecord>().HasQueryFilter(
            CompanyFilter, r => EF.Parameter(OnlyCompany) == null || (r.CompanyId ?? NoCompany) == OnlyCompany);
        model.Entity<OutboxMail>().HasQueryFilter(
            CompanyFilter, m => EF.Parameter(OnlyCompany) == null || (m.CompanyId ?? NoCompany) == OnlyCompany);
        model.Entity<CertificateRevocation>().HasQueryFilter(
            CompanyFilter, r => EF.Parameter(OnlyCompany) == null || (r.CompanyId ?? NoCompany) == OnlyCompany);
        model.Entity<UserOperation>().HasQueryFilter(
            CompanyFilter, o => EF.Parameter(OnlyCompany) == null || (o.CompanyId ?? NoCompany) == OnlyCompany);
        model.Entity<PasswordAttempts>().HasQueryFilter(
            CompanyFilter, a => EF.Parameter(OnlyCompany) == null || (a.UserId != null && (a.CompanyId ?? NoCompany) == OnlyCompany));

        // These are a user's, and so are the company's whose users are found.
        model.Entity<Certificate>().HasQueryFilter(
            CompanyFilter, c => EF.Parameter(OnlyCompany) == null || Users.Any(u => u.Id == c.UserId));
        model.Entity<IssueIntent>().HasQueryFilter(
            CompanyFilter, i => EF.Parameter(OnlyCompany) == null || Users.Any(u => u.Id == i.UserId));
        model.Entity<Session>().HasQueryFilter(CompanyFilter, s => EF.Parameter(OnlyCompany) == null || Users.Any(u => u.Id == s.UserId));
        model.Entity<RecentOperation>().HasQueryFilter(
            CompanyFilter, o => EF.Parameter(OnlyCompany) == null || Users.Any(u => u.Id == o.UserId));
        model.Entity<AnnouncementReading>().HasQueryFilter(
            CompanyFilter, r => EF.Parameter(OnlyCompany) == null || Users.Any(u => u.Id == r.UserId));
        model.Entity<PastUser>().HasQueryFilter(CompanyFilter, p => EF.Parameter(OnlyCompany) == null || Users.Any(u => u.Id == p.UserId));
        model.Entity<LoginIdApplication>().HasQueryFilter(
            CompanyFilter, a => EF.Parameter(OnlyCompany) == null || ActivationLetters.Any(l => l.Id == a.LetterId));
    }

    // Numbers sort and compare in every database; SQLite's own DateTimeOffset text does not.
    private sealed class UtcMilliseconds() : ValueConverter<DateTimeOffset, long>(
        instant => instant.ToUnixTimeMilliseconds(),
        stored => DateTimeOffset.FromUnixTimeMilliseconds(stored));

    // Half as long as hex, in the row and in each index.
    private sealed class HashOctets() : ValueConverter<Sha256Hash, byte[]>(
        hash => hash.ToByteArray(),
        stored => Sha256Hash.FromBytes(stored));
}

/// <summary>Contexts for who asks for one company.</summary>
internal static class CompanyContexts
{
    /// <summary>A context that is restricted from the beginning: see <see cref="DensaiDbContext.RestrictTo"/>.</summary>
    public static async Task<DensaiDbContext> CreateDbContextAsync(
        this IDbContextFactory<DensaiDbContext> contexts, long? companyId, CancellationToken cancellation)
    {
        var db = await contexts.CreateDbContextAsync(cancellation);
        db.RestrictTo(companyId);
        return db;
    }
}
