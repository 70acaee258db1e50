using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Store.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Bench;

/// <summary>A seeded data directory opened inside this process, with the product's own services on it.</summary>
internal sealed class Bank : IDisposable
{
    public const string Passphrase = "for measuring only";
    public const string Password = "Densai-Demo-2026";

    /// <summary>The master of the largest company.</summary>
    public const string Master = "0501S00001M";

    private readonly ServiceProvider _services;
    private readonly DataStore _store;

    private Bank(string directory, ServiceProvider services, DataStore store)
    {
        Directory = directory;
        _services = services;
        _store = store;
    }

    /// <summary>Holds <c>data</c>, its anchor and <c>logins</c>.</summary>
    public string Directory { get; }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public static string DataOf(string directory) => Path.Combine(directory, "data");

    public static string AnchorOf(string directory) => DataOf(directory) + ".anchor";

    /// <summary>Makes a bank of a size once, and hands out a fresh copy of it each time.</summary>
    public static async Task<string> CopyAsync(Settings settings, int users, string name = "run")
    {
        var master = Path.Combine(settings.Work, $"bank-{users}");
        if (!File.Exists(Path.Combine(master, "done")))
        {
            if (System.IO.Directory.Exists(master))
            {
                System.IO.Directory.Delete(master, recursive: true);
            }

            await MakeAsync(master, users);
            await File.WriteAllTextAsync(Path.Combine(master, "done"), "");
        }

        var copy = Path.Combine(settings.Work, name);
        if (System.IO.Directory.Exists(copy))
        {
            System.IO.Directory.Delete(copy, recursive: true);
        }

        foreach (var file in System.IO.Directory.EnumerateFiles(master, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(master, file));
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        using var bank = await OpenAsync(copy);
        await bank.QuietAsync();
        return copy;
    }

    /// <summary>Opens a bank as the server does, without the server.</summary>
    public static async Task<Bank> OpenAsync(string directory)
    {
        var (store, refusal, value) = DataStore.Open(new StoreOpening(
            new StoreOptions(DataOf(directory)), AnchorOf(directory), Passphrase, DateTimeOffset.UtcNow, IsProduction: false,
            ClockIsShifted: false));
        if (store is null)
        {
            throw new InvalidOperationException($"{directory} does not open: {refusal} {value}");
        }

        var now = DateTimeOffset.UtcNow;
        var (authorities, _, _) = Authorities.Open(new AuthoritiesOpening(
            DataOf(directory), new KeyPassphrase(Passphrase), new InstitutionOptions(), new Core.Pki.CertificatePolicyOptions(),
            new PkiAddresses(Settings.Pki), now, now));
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddConsole().SetMinimumLevel(LogLevel.Warning));
        services.AddSingleton(TimeProvider.System);
        services.AddDensaiCore(store, new ConfigurationBuilder().Build());
        services.AddDensaiAuthority(authorities!);
        services.AddDemoBank();
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<CrlPublisher>().StartAsync(CancellationToken.None);
        return new(directory, provider, store);
    }

    public void Dispose()
    {
        Get<CrlPublisher>().StopAsync(CancellationToken.None).GetAwaiter().GetResult();
        _services.Dispose();
        _store.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    /// <summary>Gives users new certificates whose keys stay, so that they can log in.</summary>
    public async Task<IReadOnlyList<string>> GiveKeysAsync(IReadOnlyList<string> loginIds)
    {
        var logins = System.IO.Directory.CreateDirectory(Path.Combine(Directory, "logins")).FullName;
        var writer = Get<StoreWriter>();
        var enroll = Get<EnrollCertificate>();
        foreach (var loginId in loginIds)
        {
            var id = await writer.PerformAsync(work =>
            {
                var user = work.Db.Users.Include(u => u.CurrentCertificate).Single(u => u.LoginId == loginId);
                user.Release();
                if (user.CurrentCertificate is not null)
                {
                    work.Revoke(user.CurrentCertificate, "bench", X509RevocationReason.Superseded);
                    user.NoteCurrentRevoked(work.Now);
                }

                return user.Id;
            });
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var accepted = ((CertificationRequestOutcome.Accepted)CertificationRequest.Parse(
                NewRequest(key), Get<Authorities>().Certificates)).Key;
            var issued = (EnrollOutcome.Issued)await enroll.IssueAsync(id, accepted, "bench");
            using var certificate = X509CertificateLoader.LoadCertificate(issued.Der.Span);
            await File.WriteAllTextAsync(
                Path.Combine(logins, loginId + ".pem"), certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        }

        return loginIds;
    }

    public static byte[] NewRequest(ECDsa key) => new CertificateRequest("CN=bench", key, HashAlgorithmName.SHA256).CreateSigningRequest();

    /// <summary>
    /// Dates the history of a company back, one minute a record: what the searches go by. The hashes no longer fit, which no search minds.
    /// </summary>
    public void Spread(long companyId)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection(SqliteEngine.HowToOpen(Get<StoreOptions>()).ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            """
            DROP TRIGGER IF EXISTS TR_HistoryRecords_Update;
            UPDATE HistoryRecords
            SET At = At - 60000 * ((SELECT MAX(RecordNumber) FROM HistoryRecords WHERE CompanyId = $company) - RecordNumber)
            WHERE CompanyId = $company
            """;
        command.Parameters.AddWithValue("$company", companyId);
        command.CommandTimeout = 600;
        command.ExecuteNonQuery();
    }

    /// <summary>The logins of a bank: the master first, then general users of the largest company.</summary>
    public static string[] Logins(string directory) =>
        JsonSerializer.Deserialize<string[]>(File.ReadAllText(Path.Combine(directory, "logins.json")))!;

    // What the seed left inside a stage is told, and every mail counts as sent: a round of thousands of mails would run beside what is
    // measured.
    private async Task QuietAsync()
    {
        await Get<QueueExpiryMails>().RunAsync(Actor.System("bench"));
        await Get<StoreWriter>().PerformAsync(
            work => work.Sql.Execute("UPDATE OutboxMails SET SentAt = $now WHERE SentAt IS NULL", ("$now", work.Now)));
    }

    private static async Task MakeAsync(string directory, int users)
    {
        System.IO.Directory.CreateDirectory(directory);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var bank = await OpenAsync(directory);
        await bank.Get<CreateDemoBank>().EnsureAsync(null);
        var seeded = (SeedOutcome.Seeded)await bank.Get<SeedUsers>().RunAsync(new SeedRequest((users / 10) + 1, users, users / 5));
        Console.WriteLine(
            $"Seeded {seeded.Companies} companies, {seeded.Users} users, {seeded.Certificates} certificates "
                + $"in {clock.Elapsed.TotalSeconds.Text("0.0")} s.");

        // Not those without a certificate: they are issued to in the measurement.
        await using var db = await bank.Get<IDbContextFactory<DensaiDbContext>>().CreateDbContextAsync();
        var general = await db.Users
            .Where(u => u.Role == UserRole.General && u.CurrentCertificateId != null && u.LoginId.StartsWith("0501S00001"))
            .OrderBy(u => u.LoginId).Select(u => u.LoginId).Take(120).ToListAsync();
        var logins = await bank.GiveKeysAsync([Master, .. general]);
        await File.WriteAllTextAsync(Path.Combine(directory, "logins.json"), JsonSerializer.Serialize(logins));
    }
}
