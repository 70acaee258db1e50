using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace DensaiAdmin.Core.Store;

/// <summary>The store. One context per operation, never per circuit. Writes go through <see cref="StoreWriter"/> only.</summary>
public sealed class DensaiDbContext(DbContextOptions<DensaiDbContext> options) : DbContext(options)
{
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

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcMilliseconds>();
        configurationBuilder.Properties<Sha256Hash>().HaveConversion<HashOctets>().HaveMaxLength(Sha256Hash.Octets);
        // Each index costs every write: there are those that the configurations name, and none that EF would add for a reference.
        configurationBuilder.Conventions.Remove(typeof(ForeignKeyIndexConvention));
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(DensaiDbContext).Assembly);

    // Numbers sort and compare in every database; SQLite's own DateTimeOffset text does not.
    private sealed class UtcMilliseconds() : ValueConverter<DateTimeOffset, long>(
        instant => instant.ToUnixTimeMilliseconds(),
        stored => DateTimeOffset.FromUnixTimeMilliseconds(stored));

    // Half as long as hex, in the row and in each index.
    private sealed class HashOctets() : ValueConverter<Sha256Hash, byte[]>(hash => hash.ToByteArray(), stored => Sha256Hash.FromBytes(stored));
}
