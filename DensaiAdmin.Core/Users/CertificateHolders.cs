using System.Text;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Users;

/// <summary>並び順 of the user list.</summary>
public enum HolderSort
{
    /// <summary>ログインID.</summary>
    LoginId,

    /// <summary>利用者名.</summary>
    Name,

    /// <summary>利用者区分.</summary>
    Role,

    /// <summary>証明書状態.</summary>
    Status,

    /// <summary>証明書有効期限, by the instant.</summary>
    NotAfter,
}

/// <summary>What is asked of the list of one company's users and their certificates.</summary>
public sealed record HolderQuery
{
    /// <summary>The asking company: nobody sees another's users.</summary>
    public required long CompanyId { get; init; }

    /// <summary>Part of a login ID or name; null or blank for all.</summary>
    public string? Search { get; init; }

    /// <summary>Only this state.</summary>
    public CertificateStatus? Status { get; init; }

    /// <summary>Only issued ones that expire within so many days, counted in JST dates (R5).</summary>
    public int? DueWithinDays { get; init; }

    /// <summary>Only users who are suspended, or who are not; null for all.</summary>
    public bool? Suspended { get; init; }

    /// <summary>Only these users; null for all.</summary>
    public IReadOnlyCollection<long>? Among { get; init; }

    public HolderSort Sort { get; init; }

    public bool Descending { get; init; }

    /// <summary>From 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Rows per page, 1 to 100.</summary>
    public int PageSize { get; init; } = 50;
}

/// <summary>One row of the list.</summary>
public sealed record Holder(
    long UserId, string LoginId, string Name, UserRole Role, CertificateStatus Status, DateTimeOffset? NotAfter, SerialNumber? SerialNumber,
    bool IsSuspended)
{
    /// <summary>When the newest certificate was issued, UTC; null without one.</summary>
    public DateTimeOffset? IssuedAt { get; init; }
}

/// <summary>How many users are in each state; the four add up to <see cref="All"/>. Due soon is a part of Issued.</summary>
public sealed record HolderCounts(int NotIssued, int Issued, int Expired, int Revoked, int DueSoon)
{
    public int All => NotIssued + Issued + Expired + Revoked;

    /// <summary>Due within <see cref="ExpiryNearness.UrgentDays"/>: a part of due soon.</summary>
    public int DueUrgently { get; init; }
}

/// <summary>A page of the list and how many rows the query has in all.</summary>
public sealed record HolderPage(IReadOnlyList<Holder> Rows, int Total);

/// <summary>Lists the users of one company with the state of their certificate, sorted and paged in the database.</summary>
public sealed class CertificateHolders(IDbContextFactory<DensaiDbContext> contexts, TimeProvider clock)
{
    /// <summary>One page.</summary>
    public async Task<HolderPage> ListAsync(HolderQuery query, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(query.CompanyId, cancellation);
        return await ListAsync(db, query, clock.GetUtcNow(), total: null, cancellation);
    }

    /// <summary>
    /// One page with the counts beside it: without a search they tell how many rows there are, and nothing is counted twice.
    /// </summary>
    /// <param name="query">Which page.</param>
    /// <param name="dueWithinDays">What counts as due soon, in JST dates.</param>
    /// <param name="cancellation">Ends the queries.</param>
    public async Task<(HolderPage Page, HolderCounts Counts)> ListWithCountsAsync(
        HolderQuery query, int dueWithinDays, CancellationToken cancellation = default)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(query.CompanyId, cancellation);
        var counts = await CountAsync(db, query.CompanyId, dueWithinDays, now, cancellation);
        return (await ListAsync(db, query, now, TotalOf(query, counts, dueWithinDays), cancellation), counts);
    }

    /// <summary>Every row of a query in order, streamed: for a file, where pages make no sense.</summary>
    public async IAsyncEnumerable<Holder> StreamAsync(
        HolderQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        for (var page = 1; ; page++)
        {
            var rows = await ListAsync(query with { Page = page, PageSize = 100 }, cancellation);
            foreach (var row in rows.Rows)
            {
                yield return row;
            }

            if (page * 100 >= rows.Total)
            {
                yield break;
            }
        }
    }

    /// <summary>Users by state, in one query over ranges of one index.</summary>
    /// <param name="companyId">The asking company.</param>
    /// <param name="dueWithinDays">What counts as due soon, in JST dates.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<HolderCounts> CountAsync(long companyId, int dueWithinDays, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await CountAsync(db, companyId, dueWithinDays, clock.GetUtcNow(), cancellation);
    }

    /// <summary>The users whose certificate expires next.</summary>
    public async Task<IReadOnlyList<Holder>> NextToExpireAsync(long companyId, int max, CancellationToken cancellation = default) =>
        (await ListAsync(
            new HolderQuery { CompanyId = companyId, Status = CertificateStatus.Issued, Sort = HolderSort.NotAfter, PageSize = max },
            cancellation)).Rows;

    private static readonly CompiledQuery<Func<
        DensaiDbContext, long, DateTimeOffset, DateTimeOffset, DateTimeOffset, CancellationToken, Task<Counted?>>>
        Counting = new(() => EF.CompileAsyncQuery(
            (DensaiDbContext db, long companyId, DateTimeOffset valid, DateTimeOffset due, DateTimeOffset urgent, CancellationToken _) => (
                from size in db.CompanySizes
                where size.CompanyId == companyId
                select new Counted
                {
                    All = size.Users,
                    NotIssued = db.Users.Count(u => u.CompanyId == companyId && u.DeletedAt == null && u.CertificateNotAfter == null),
                    Revoked = db.Users.Count(u => u.CompanyId == companyId && u.DeletedAt == null && u.CertificateRevokedAt != null),
                    Expired = db.Users.Count(u => u.CompanyId == companyId
                        && u.DeletedAt == null
                        && u.CertificateNotAfter < valid
                        && u.CertificateRevokedAt == null),
                    Due = db.Users.Count(u => u.CompanyId == companyId
                        && u.DeletedAt == null
                        && u.CertificateNotAfter >= valid
                        && u.CertificateNotAfter < due
                        && u.CertificateRevokedAt == null),
                    Urgent = db.Users.Count(u => u.CompanyId == companyId
                        && u.DeletedAt == null
                        && u.CertificateNotAfter >= valid
                        && u.CertificateNotAfter < urgent
                        && u.CertificateRevokedAt == null),
                }).SingleOrDefault()));

    private const int MaxSearched = 256;

    // A page beyond every company; what is asked beyond it is answered with the last one.
    private const int MaxPages = 1_000_000;

    private static async Task<HolderPage> ListAsync(
        DensaiDbContext db, HolderQuery query, DateTimeOffset now, int? total, CancellationToken cancellation)
    {
        var users = Filter(OfCompany(db, query.CompanyId), query, now);
        var size = Math.Clamp(query.PageSize, 1, 100);
        var page = Math.Clamp(query.Page, 1, MaxPages);
        var rows = await PageAsync(page);
        if (total is null && rows.Count < size && (rows.Count > 0 || page == 1))
        {
            total = ((page - 1) * size) + rows.Count;
        }

        total ??= await users.CountAsync(cancellation);
        if (rows.Count == 0 && total > 0)
        {
            rows = await PageAsync((total.Value + size - 1) / size);
        }

        return new HolderPage(rows, total.Value);

        async Task<List<Holder>> PageAsync(int number)
        {
            // Which rows, in which order, is answered by an index alone, however far down the page lies; only then are rows read.
            var ids = Sorted(users, query, now).Skip((number - 1) * size).Take(size).Select(u => u.Id);
            var found = await Sorted(db.Users.AsNoTracking().Where(u => ids.Contains(u.Id)), query, now)
                .Select(u => new
                {
                    u.Id,
                    u.LoginId,
                    u.Name,
                    u.Role,
                    u.CertificateNotAfter,
                    u.CertificateRevokedAt,
                    SerialNumber = (SerialNumber?)u.CurrentCertificate!.SerialNumber,
                    IssuedAt = (DateTimeOffset?)u.CurrentCertificate!.IssuedAt,
                    u.SuspendedAt,
                })
                .ToListAsync(cancellation);
            return found.ConvertAll(r => new Holder(
                r.Id, r.LoginId, r.Name, r.Role, CertificateStatuses.At(r.CertificateNotAfter, r.CertificateRevokedAt, now),
                r.CertificateNotAfter, r.SerialNumber, r.SuspendedAt is not null)
            {
                IssuedAt = r.IssuedAt,
            });
        }
    }

    /// <summary>How many rows a query has, where the counts know; null where only the query itself does.</summary>
    private static int? TotalOf(HolderQuery query, HolderCounts counts, int dueWithinDays) => query switch
    {
        { Search: { } search } when !string.IsNullOrWhiteSpace(search) => null,
        { DueWithinDays: { } days } => days == dueWithinDays && query.Status is null ? counts.DueSoon : null,
        { Status: null } => counts.All,
        { Status: CertificateStatus.NotIssued } => counts.NotIssued,
        { Status: CertificateStatus.Issued } => counts.Issued,
        { Status: CertificateStatus.Expired } => counts.Expired,
        { Status: CertificateStatus.Revoked } => counts.Revoked,
        _ => null,
    };

    private static async Task<HolderCounts> CountAsync(
        DensaiDbContext db, long companyId, int dueWithinDays, DateTimeOffset now, CancellationToken cancellation)
    {
        var counted = await Counting.For(db)(
            db, companyId, FirstUnexpired(now), DueBefore(now, dueWithinDays), DueBefore(now, ExpiryNearness.UrgentDays), cancellation);
        return counted is null
            ? new HolderCounts(0, 0, 0, 0, 0)
            : new HolderCounts(
                counted.NotIssued, counted.All - counted.NotIssued - counted.Revoked - counted.Expired, counted.Expired, counted.Revoked,
                counted.Due)
            { DueUrgently = counted.Urgent };
    }

    private static IQueryable<User> OfCompany(DensaiDbContext db, long companyId) =>
        db.Users.AsNoTracking().Where(u => u.CompanyId == companyId && u.DeletedAt == null);

    private static IQueryable<User> Filter(IQueryable<User> users, HolderQuery query, DateTimeOffset now)
    {
        var valid = FirstUnexpired(now);
        users = query.Status switch
        {
            CertificateStatus.NotIssued => users.Where(u => u.CertificateNotAfter == null),
            CertificateStatus.Revoked => users.Where(u => u.CertificateRevokedAt != null),
            CertificateStatus.Expired => users.Where(u => u.CertificateRevokedAt == null && u.CertificateNotAfter < valid),
            CertificateStatus.Issued => users.Where(u => u.CertificateRevokedAt == null && u.CertificateNotAfter >= valid),
            null => users,
        };
        if (query.DueWithinDays is { } days)
        {
            var due = DueBefore(now, days);
            users = users.Where(u => u.CertificateRevokedAt == null && u.CertificateNotAfter >= valid && u.CertificateNotAfter < due);
        }

        if (query.Suspended is { } suspended)
        {
            users = users.Where(u => u.SuspendedAt != null == suspended);
        }

        if (query.Among is { } among)
        {
            users = users.Where(u => among.Contains(u.Id));
        }

        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            // IDs are found in any width and case; names as they are written, in either normal form.
            // Longer than any ID or name finds nothing more, and SQLite refuses patterns of megabytes.
            var given = query.Search.Trim();
            given = given.Length > MaxSearched ? given[..MaxSearched] : given;
            var folded = Folded(given);
            var id = Pattern(folded.ToUpperInvariant());
            var name = Pattern(given);
            var nameFolded = Pattern(folded);
            users = name == nameFolded
                ? users.Where(u => EF.Functions.Like(u.CanonicalLoginId, id, "\\") || EF.Functions.Like(u.Name, name, "\\"))
                : users.Where(u => EF.Functions.Like(u.CanonicalLoginId, id, "\\")
                || EF.Functions.Like(u.Name, name, "\\")
                || EF.Functions.Like(u.Name, nameFolded, "\\"));
        }

        return users;
    }

    private static IOrderedQueryable<User> Sorted(IQueryable<User> users, HolderQuery query, DateTimeOffset now)
    {
        var valid = FirstUnexpired(now);
        var sorted = (query.Sort, query.Descending) switch
        {
            (HolderSort.LoginId, false) => users.OrderBy(u => u.CanonicalLoginId),
            (HolderSort.LoginId, true) => users.OrderByDescending(u => u.CanonicalLoginId),
            (HolderSort.Name, false) => users.OrderBy(u => u.Name),
            (HolderSort.Name, true) => users.OrderByDescending(u => u.Name),
            (HolderSort.Role, false) => users.OrderByDescending(u => u.Role),
            (HolderSort.Role, true) => users.OrderBy(u => u.Role),
            (HolderSort.Status, false) => users.OrderBy(
                u => u.CertificateNotAfter == null ? 3 : u.CertificateRevokedAt != null ? 2 : u.CertificateNotAfter < valid ? 0 : 1),
            (HolderSort.Status, true) => users.OrderByDescending(
                u => u.CertificateNotAfter == null ? 3 : u.CertificateRevokedAt != null ? 2 : u.CertificateNotAfter < valid ? 0 : 1),
            // With an instant in every row, the index has the order.
            (HolderSort.NotAfter, false) when AllShowInstants(query) => users.OrderBy(u => u.CertificateNotAfter),
            (HolderSort.NotAfter, true) when AllShowInstants(query) => users.OrderByDescending(u => u.CertificateNotAfter),
            // A row that shows no instant comes last either way, and is not sorted by one that it hides.
            (HolderSort.NotAfter, false) => users.OrderBy(u => u.CertificateNotAfter == null || u.CertificateRevokedAt != null).ThenBy(
                u => u.CertificateRevokedAt != null ? null : u.CertificateNotAfter),
            (HolderSort.NotAfter, true) => users.OrderBy(u => u.CertificateNotAfter == null
                || u.CertificateRevokedAt != null).ThenByDescending(u => u.CertificateRevokedAt != null ? null : u.CertificateNotAfter),
        };
        return query.Sort == HolderSort.LoginId ? sorted : sorted.ThenBy(u => u.CanonicalLoginId);
    }

    private static bool AllShowInstants(HolderQuery query) =>
        query.DueWithinDays is not null || query.Status is CertificateStatus.Issued or CertificateStatus.Expired;

    // notAfter includes its final second.
    private static DateTimeOffset FirstUnexpired(DateTimeOffset now) => now.AddSeconds(-1).AddMilliseconds(1);

    private static DateTimeOffset DueBefore(DateTimeOffset now, int days) =>
        JapanTime.At(JapanTime.JstDate(now).AddDays(days + 1), TimeOnly.MinValue);

    private static string Folded(string given)
    {
        try
        {
            return given.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return given;
        }
    }

    private static string Pattern(string part) =>
        "%" + part.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal) + "%";

    private sealed class Counted
    {
        public required int All { get; init; }

        public required int NotIssued { get; init; }

        public required int Revoked { get; init; }

        public required int Expired { get; init; }

        public required int Due { get; init; }

        public required int Urgent { get; init; }
    }
}
