using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.DemoBank;

/// <summary>How much is wanted.</summary>
/// <param name="Companies">How many companies, the largest included; each has at least its master.</param>
/// <param name="Users">How many users in all of them.</param>
/// <param name="Largest">How many of the users one company has; null when all are of like size.</param>
public sealed record SeedRequest(int Companies, int Users, int? Largest = null);

/// <summary>What came of seeding.</summary>
public abstract record SeedOutcome
{
    private SeedOutcome()
    {
    }

    /// <summary>Added.</summary>
    public sealed record Seeded(int Companies, int Users, int Certificates) : SeedOutcome;

    /// <summary>Fewer users than companies, or too few left beside the largest company. Nothing was added.</summary>
    public sealed record NotPossible : SeedOutcome;
}

/// <summary>
/// Verb <c>seed</c>, in Development: many companies and users with real certificates in every state, to measure and to try
/// things on. Keys are made, certified and thrown away: nobody logs in with them, but anyone may check them. All share one
/// password hash. Who wants to log in as one of them issues to one without a certificate.
/// </summary>
public sealed class SeedUsers(StoreWriter writer, Authorities authorities, CrlSignal crl, TimeProvider clock)
{
    const int ValidityYears = 1;

    // A few hundred milliseconds of the writer: a server that runs meanwhile stays usable.
    const int UsersPerCommit = 2_000;

    // The CAs are valid since 400 days before first start; expired ones must have been issued within.
    const int LongestExpired = 30;

    static readonly string[] FamilyNames =
        ["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田", "佐々木", "山口", "松本", "井上", "木村", "林", "斎藤", "清水"];
    static readonly string[] GivenNames = ["太郎", "花子", "健一", "美咲", "大輔", "陽子", "翔", "恵", "直樹", "由美", "誠", "真由美", "和也"];

    // The CA writes the subject; of a request only the key counts.
    static readonly X500DistinguishedName NoName = new([0x30, 0x00]);

    readonly CertificateIssuer _issuer = new(authorities.Keys.Current, authorities.Issuer.Profile with { ValidityYears = ValidityYears });

    /// <inheritdoc cref="CreateDemoBank.HashIterations"/>
    internal int HashIterations { get; init; } = PasswordHash.Iterations;

    /// <summary>Adds them. Each commit stands by itself: ended in between, what is there is whole.</summary>
    /// <param name="request">How much.</param>
    /// <param name="progress">Told the number of users that stand in the store.</param>
    /// <param name="cancellation">Ends it between two commits.</param>
    public async Task<SeedOutcome> RunAsync(SeedRequest request, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (Sizes(request) is not { } sizes)
        {
            return new SeedOutcome.NotPossible();
        }

        var now = clock.GetUtcNow().ToWholeMilliseconds();
        var login = PasswordHash.Of(new SuppliedPassword(DemoUsers.LoginPassword), HashIterations);
        var confirmation = PasswordHash.Of(new SuppliedPassword(DemoUsers.ConfirmationPassword), HashIterations);
        var first = await writer.PerformAsync(FirstFreeCompany, cancellation);
        var ready = Channel.CreateBounded<SeededUser[]>(4);
        var making = MakeAsync(sizes, first, now, ready.Writer, cancellation);
        var (users, certificates) = (0, 0);
        var companies = new Dictionary<string, Company>(StringComparer.Ordinal);
        await foreach (var batch in ready.Reader.ReadAllAsync(cancellation))
        {
            certificates += await writer.PerformAsync(work => Store(work, batch, companies, login, confirmation), cancellation);
            users += batch.Length;
            progress?.Report(users);
        }

        await making;
        crl.Request();
        return new SeedOutcome.Seeded(sizes.Length, users, certificates);
    }

    /// <summary>Users of each company, the largest first; null when it does not add up.</summary>
    internal static int[]? Sizes(SeedRequest request)
    {
        var rest = request.Users - (request.Largest ?? 0);
        var others = request.Companies - (request.Largest is null ? 0 : 1);
        if (request.Companies < 1 || request.Largest is < 1 || others < 0 || rest < others || (others == 0 && rest > 0))
        {
            return null;
        }

        var even = Enumerable.Range(0, others).Select(i => (rest / others) + (i < rest % others ? 1 : 0));
        return request.Largest is { } largest ? [largest, .. even] : [.. even];
    }

    static int FirstFreeCompany(UnitOfWork work)
    {
        var last = work.Db.Companies.Where(c => c.Number.StartsWith("0501S")).OrderByDescending(c => c.Id).Select(c => c.Number)
            .FirstOrDefault();
        return last is null ? 1 : int.Parse(last.AsSpan(5), CultureInfo.InvariantCulture) + 1;
    }

    /// <summary>Makes keys and certificates on every core, in order.</summary>
    async Task MakeAsync(
        int[] sizes, int firstCompany, DateTimeOffset now, ChannelWriter<SeededUser[]> ready, CancellationToken cancellation)
    {
        try
        {
            foreach (var batch in Plan(sizes, firstCompany).Chunk(UsersPerCommit))
            {
                var made = new SeededUser[batch.Length];
                await Task.Run(
                    () => Parallel.For(
                        0, batch.Length, new ParallelOptions { CancellationToken = cancellation },
                        i => made[i] = Make(batch[i], now)), cancellation);
                await ready.WriteAsync(made, cancellation);
            }

            ready.Complete();
        }
        catch (Exception fault)
        {
            ready.Complete(fault);
        }
    }

    static IEnumerable<Planned> Plan(int[] sizes, int firstCompany)
    {
        var index = 0;
        for (var i = 0; i < sizes.Length; i++)
        {
            var number = string.Create(CultureInfo.InvariantCulture, $"0501S{firstCompany + i:D5}");
            for (var user = 0; user < sizes[i]; user++)
            {
                yield return new(index++, number, user);
            }
        }
    }

    /// <summary>
    /// Of a hundred users eight have no certificate, eight an expired and eight a revoked one; ten are due soon; twelve had another before.
    /// </summary>
    SeededUser Make(Planned planned, DateTimeOffset now)
    {
        // Spread evenly over any run of a hundred users, and the same at each run.
        var share = planned.User == 0 ? 99 : planned.Index * 37 % 100;
        var random = new Random(planned.Index);
        var held = new List<Held>(2);
        DateTimeOffset? suspendedAt = null;
        switch (share)
        {
            case < 10:
                held.Add(Issue(planned, now, random.Next(1, 41)));
                break;
            case < 64 or 99:
                held.Add(Issue(planned, now, random.Next(41, 361)));
                break;
            case < 72:
                held.Add(Issue(planned, now, -random.Next(1, LongestExpired + 1)));
                break;
            case < 80:
                var revoked = Issue(planned, now, random.Next(1, 361));
                var reason = RevocationReasons.Selectable[planned.Index % RevocationReasons.Selectable.Count];
                var at = revoked.IssuedAt + ((now - revoked.IssuedAt) * random.NextDouble());
                held.Add(revoked with { RevokedAt = at.ToWholeMilliseconds(), RevokedBy = planned.Master, Reason = reason });
                suspendedAt = RevocationReasons.SuspendsByDefault(reason) ? at : null;
                break;
            case < 88:
                break;
            default:
                var days = random.Next(100, 361);
                var current = Issue(planned, now, days);
                var before = Issue(planned, now, random.Next(-LongestExpired, days - 30));
                held.Add(before with
                {
                    RevokedAt = current.IssuedAt.AddMinutes(10),
                    RevokedBy = planned.LoginId,
                    Reason = X509RevocationReason.Superseded,
                });
                held.Add(current);
                break;
        }

        return new(planned, held, suspendedAt);
    }

    Held Issue(Planned planned, DateTimeOffset now, int daysLeft)
    {
        var issuedAt = BackDating.IssuedAt(now, daysLeft, ValidityYears);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(NoName, key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var accepted = CertificationRequest.Parse(request, authorities.Certificates).Match(
            evaluated => evaluated, refusal => throw new InvalidOperationException($"The CA refuses a key: {refusal}"));
        var certificate = _issuer
            .Issue(new IssueRequest(
                planned.LoginId, SerialNumber.New(), accepted, ValidityPolicy.NotBefore(issuedAt),
                ValidityPolicy.NotAfter(issuedAt, ValidityYears)))
            .Match(
                issued => issued,
                findings => throw new InvalidOperationException($"The CA refuses a certificate: {string.Join("; ", findings)}"));
        return new(certificate, issuedAt);
    }

    /// <summary>By statements: so many rows one by one through the change tracker would take ten times as long.</summary>
    static int Store(
        UnitOfWork work, SeededUser[] batch, Dictionary<string, Company> companies, PasswordHash login, PasswordHash confirmation)
    {
        work.Db.Installations.Single().NoteDemoBank();
        work.Record(new HistoryEntry
        {
            Operation = HistoryOperation.Operation,
            Result = HistoryResult.Done,
            Source = "local",
            Detail = "seed",
            Value = batch.Length.ToString(CultureInfo.InvariantCulture),
        });

        foreach (var company in batch.Select(u => u.Planned.Company).Distinct(StringComparer.Ordinal)
            .Where(number => !companies.ContainsKey(number)).ToList())
        {
            var added = new Company(company, $"でんさい{company[4..]}株式会社", AuthenticationMethod.Certificate);
            work.Db.Companies.Add(added);
            companies[company] = added;
        }

        work.Db.SaveChanges();

        var count = 0;
        foreach (var (planned, held, suspendedAt) in batch)
        {
            var user = new User(
                companies[planned.Company], planned.LoginId, planned.Name, planned.LoginId.ToLowerInvariant() + "@example.jp", planned.Role,
                login, confirmation, held.FirstOrDefault()?.IssuedAt.AddDays(-1) ?? work.Now);
            if (suspendedAt is { } since)
            {
                user.Suspend(since);
            }

            var userId = work.Sql.Insert(user);
            foreach (var one in held)
            {
                work.StoreAsNewest(Certify(work, userId, planned.LoginId, one));
            }

            count += held.Count;
        }

        return count;
    }

    static Certificate Certify(UnitOfWork work, long userId, string loginId, Held held)
    {
        var issued = held.Certificate;
        var certificate = new Certificate(
            userId, issued.IssuerKeyIdentifier, issued.Serial, issued.Der.ToArray(), issued.Sha256Fingerprint,
            issued.SubjectPublicKeySha256, issued.NotBefore, issued.NotAfter, held.IssuedAt);
        certificate.NoteUse(held.IssuedAt.AddMinutes(10));
        work.Issue(certificate, loginId);
        if (held is { RevokedAt: { } since, RevokedBy: { } by, Reason: { } reason })
        {
            work.Revoke(certificate, by, reason, since);
        }

        return certificate;
    }

    sealed record Held(
        IssuedCertificate Certificate, DateTimeOffset IssuedAt, DateTimeOffset? RevokedAt = null, string? RevokedBy = null,
        X509RevocationReason? Reason = null);

    sealed record SeededUser(Planned Planned, List<Held> Held, DateTimeOffset? SuspendedAt);

    /// <summary>A user to be: who it is follows from the place.</summary>
    /// <param name="Index">Over all companies, from 0.</param>
    /// <param name="Company">契約番号.</param>
    /// <param name="User">Within the company, from 0; 0 is the master.</param>
    sealed record Planned(int Index, string Company, int User)
    {
        public string Master => Company + "M";

        public string LoginId => User == 0 ? Master : string.Create(CultureInfo.InvariantCulture, $"{Company}U{User:D5}");

        public string Name => $"{FamilyNames[Index % FamilyNames.Length]} {GivenNames[Index % GivenNames.Length]}";

        public UserRole Role => User == 0 ? UserRole.Master : UserRole.General;
    }
}
