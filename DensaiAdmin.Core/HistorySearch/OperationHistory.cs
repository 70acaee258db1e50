using System.Runtime.CompilerServices;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.HistorySearch;

/// <summary>What is asked of 操作履歴照会. Who asks decides beforehand what can be found at all.</summary>
public sealed record HistoryQuery
{
    /// <summary>Earliest instant, UTC.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Instant before which a record must lie, UTC.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Login ID of who acted, in any width and case; null or blank for everybody.</summary>
    public string? LoginId { get; init; }

    public HistoryOperation? Operation { get; init; }

    public HistoryResult? Result { get; init; }

    public bool OldestFirst { get; init; }

    /// <summary>記録番号 that the page follows, in the order shown; null for the first page.</summary>
    public long? After { get; init; }

    /// <summary>記録番号 that the page precedes. Counts only without <see cref="After"/>.</summary>
    public long? Before { get; init; }

    /// <summary>Rows per page, 1 to 1,000.</summary>
    public int PageSize { get; init; } = 50;
}

/// <summary>One record as a company sees it: its own number, never the bank-wide sequence.</summary>
/// <param name="RecordNumber">記録番号, counted per company.</param>
/// <param name="At">UTC.</param>
/// <param name="LoginId">Who acted.</param>
/// <param name="Operation">操作.</param>
/// <param name="Result">結果.</param>
/// <param name="TargetLoginId">On whom.</param>
/// <param name="SerialNumber">Upper hex, when a certificate is concerned.</param>
/// <param name="Detail">Code of what happened.</param>
/// <param name="Value">What belongs to the code.</param>
/// <param name="ReceiptNumber">受付番号.</param>
/// <param name="Count">How many equal refusals it stands for.</param>
/// <param name="Source">接続元.</param>
/// <param name="IsIntact">Whether the record still has the hash that it was written with.</param>
public sealed record HistoryLine(
    long RecordNumber, DateTimeOffset At, string? LoginId, HistoryOperation Operation, HistoryResult Result, string? TargetLoginId,
    string? SerialNumber,
    string Detail, string? Value, string? ReceiptNumber, int Count, string Source, bool IsIntact);

/// <summary>A page of 操作履歴照会.</summary>
/// <param name="Rows">In the order asked for.</param>
/// <param name="Ahead">How many rows come before the first, counted up to <see cref="OperationHistory.MaxCounted"/>.</param>
/// <param name="Total">How many rows there are, counted up to one more than <see cref="OperationHistory.MaxCounted"/>.</param>
/// <param name="HasMore">Whether another page follows.</param>
public sealed record HistoryRows(IReadOnlyList<HistoryLine> Rows, int Ahead, int Total, bool HasMore);

/// <summary>One record with the names of its people.</summary>
/// <param name="Line">The record.</param>
/// <param name="Name">Of who acted; null for staff of the bank and for who is not known.</param>
/// <param name="TargetName">Of on whom.</param>
public sealed record HistoryDetail(HistoryLine Line, string? Name, string? TargetName);

/// <summary>
/// 操作履歴照会 (R22): masters see their company's records, everybody else what they did themselves. Pages follow a key, so that the
/// last of millions costs what the first does.
/// </summary>
public sealed class OperationHistory(
    IDbContextFactory<DensaiDbContext> contexts, StoreWriter writer, SessionWatch sessions, TimeProvider clock)
{
    /// <summary>Rows are counted so far; of more it is only said that there are more.</summary>
    public const int MaxCounted = 10_000;

    private const int MaxPerPage = 1_000;

    /// <summary>One page, or null when the session of who asks is over.</summary>
    public async Task<HistoryRows?> ListAsync(Actor actor, HistoryQuery query, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (Scope(db, actor) is not { } scope)
        {
            return null;
        }

        var size = Math.Clamp(query.PageSize, 1, MaxPerPage);
        if (await FilterAsync(db, scope, query, cancellation) is not { } filter)
        {
            return new([], 0, 0, HasMore: false);
        }

        var edge = await EdgeAsync(db, scope, query.After ?? query.Before, cancellation);
        var backwards = edge is not null && query.After is null;
        var rows = await Records(db, scope, filter, edge, older: query.OldestFirst == backwards).Take(size + 1).ToListAsync(cancellation);
        var more = rows.Count > size;
        rows = rows[..Math.Min(rows.Count, size)];
        if (backwards)
        {
            rows.Reverse();
        }

        if (rows.Count == 0)
        {
            // Nothing beyond an edge: the records that were there have no longer anything that follows; begin anew.
            return edge is null
                ? new([], 0, 0, HasMore: false)
                : await ListAsync(actor, query with { After = null, Before = null }, cancellation);
        }

        var first = (rows[0].At, rows[0].Sequence);
        var ahead = edge is null
            ? 0
            : await Records(db, scope, filter, first, older: query.OldestFirst).Take(MaxCounted).CountAsync(cancellation);
        var total = edge is null && !more
            ? rows.Count
            : await Records(db, scope, filter, null, older: true).Take(MaxCounted + 1).CountAsync(cancellation);
        return new([.. rows.Select(Line)], ahead, total, backwards || more);
    }

    /// <summary>Every row of a query in order, streamed page by page: memory does not grow with the number of rows.</summary>
    public async IAsyncEnumerable<HistoryLine> StreamAsync(
        Actor actor, HistoryQuery query, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        (DateTimeOffset At, long Sequence)? edge = null;
        while (true)
        {
            List<HistoryRecord> rows;
            // A context of its own for each page: a slow reader must not hold a snapshot of the whole store open.
            await using (var db = await contexts.CreateDbContextAsync(cancellation))
            {
                if (Scope(db, actor) is not { } scope || await FilterAsync(db, scope, query, cancellation) is not { } filter)
                {
                    yield break;
                }

                rows = await Records(db, scope, filter, edge, older: !query.OldestFirst).Take(MaxPerPage).ToListAsync(cancellation);
            }

            foreach (var row in rows)
            {
                yield return Line(row);
            }

            if (rows.Count < MaxPerPage)
            {
                yield break;
            }

            edge = (rows[^1].At, rows[^1].Sequence);
        }
    }

    /// <summary>One record by its 記録番号, or null: foreign, invented and not one's own are one answer, and it is recorded.</summary>
    public async Task<HistoryDetail?> FindAsync(Actor actor, string? recordNumber, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (sessions.Find(db, actor.SessionId, clock.GetUtcNow()).Live is not { } live)
        {
            return null;
        }

        var record = long.TryParse(
            recordNumber, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? await InScope(db, Scope(live)).SingleOrDefaultAsync(r => r.RecordNumber == number, cancellation)
            : null;
        if (record is null)
        {
            await writer.RecordForeignAccessAsync(sessions, live, actor, recordNumber);
            return null;
        }

        var names = await db.Users.AsNoTracking()
            .Where(u => (u.Id == record.UserId || u.Id == record.TargetUserId) && u.CompanyId == live.CompanyId)
            .Select(u => new { u.Id, u.Name }).ToDictionaryAsync(u => u.Id, u => u.Name, cancellation);
        return new(Line(record), NameOf(record.UserId), NameOf(record.TargetUserId));

        string? NameOf(long? id) => id is { } known ? names.GetValueOrDefault(known) : null;
    }

    /// <summary>
    /// The login IDs that a master may filter by, deleted users included; empty for everybody else and for more than
    /// <paramref name="max"/>.
    /// </summary>
    public async Task<IReadOnlyList<string>> PeopleAsync(Actor actor, int max, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (Scope(db, actor) is not { UserId: null, CompanyId: { } company })
        {
            return [];
        }

        var found = await db.Users.AsNoTracking().Where(u => u.CompanyId == company).OrderBy(u => u.CanonicalLoginId).Select(u => u.LoginId)
            .Take(max + 1).ToListAsync(cancellation);
        return found.Count > max ? [] : found;
    }

    private HistoryScope? Scope(DensaiDbContext db, Actor actor) =>
        sessions.Find(db, actor.SessionId, clock.GetUtcNow()).Live is { } live ? Scope(live) : null;

    // Asked anew each time: who was a master when the page opened may be none any more.
    private static HistoryScope Scope(LiveSession live) =>
        new(live.CompanyId, live is { User.Role: UserRole.Master, CompanyId: not null } ? null : live.User.Id);

    private static IQueryable<HistoryRecord> InScope(DensaiDbContext db, HistoryScope scope)
    {
        var records = db.HistoryRecords.AsNoTracking().Where(r => r.CompanyId == scope.CompanyId);
        return scope.UserId is { } own ? records.Where(r => r.UserId == own) : records;
    }

    /// <summary>Null when nothing can match, because nobody of the company has that login ID.</summary>
    private static async Task<HistoryFilter?> FilterAsync(
        DensaiDbContext db, HistoryScope scope, HistoryQuery query, CancellationToken cancellation)
    {
        long? userId = null;
        if (!string.IsNullOrWhiteSpace(query.LoginId))
        {
            var canonical = Registry.LoginId.Canonical(query.LoginId.Trim());
            userId = await db.Users.Where(u => u.CanonicalLoginId == canonical && u.CompanyId == scope.CompanyId).Select(u => (long?)u.Id)
                .SingleOrDefaultAsync(cancellation);
            if (userId is null)
            {
                return null;
            }
        }

        return new(userId, query.Operation, query.Result, query.From, query.Until?.AddMilliseconds(-1));
    }

    private static async Task<(DateTimeOffset At, long Sequence)?> EdgeAsync(
        DensaiDbContext db, HistoryScope scope, long? recordNumber, CancellationToken cancellation)
    {
        if (recordNumber is not { } number)
        {
            return null;
        }

        var found = await InScope(db, scope).Where(r => r.RecordNumber == number).Select(r => new { r.At, r.Sequence })
            .SingleOrDefaultAsync(cancellation);
        return found is null ? null : (found.At, found.Sequence);
    }

    /// <summary>The records beyond an edge, from it on: towards the older ones or towards the newer.</summary>
    private static IQueryable<HistoryRecord> Records(
        DensaiDbContext db, HistoryScope scope, HistoryFilter filter, (DateTimeOffset At, long Sequence)? edge, bool older)
    {
        var records = InScope(db, scope);
        if (filter.UserId is { } user)
        {
            records = records.Where(r => r.UserId == user);
        }

        if (filter.Operation is { } operation)
        {
            records = records.Where(r => r.Operation == operation);
        }

        // SQLite takes the index of a part of the records only where the query repeats that part's condition word for word. One person's
        // records are found by the person, though, and of two conditions the one that leaves fewer records is said.
        if (filter.Result is { } result)
        {
            records = result == HistoryResult.Refused
                ? records.Where(r => r.Result == HistoryResult.Refused)
                : records.Where(r => r.Result == result);
        }

        if (filter is { UserId: null, Operation: not (null or HistoryOperation.Login), Result: not HistoryResult.Refused }
            && scope.UserId is null)
        {
            records = records.Where(r => r.Operation != HistoryOperation.Login);
        }

        // One bound at each end, the tighter one: of two the index would follow either.
        var (from, to) = (filter.From, filter.To);
        if (edge is { } beyond)
        {
            if (older)
            {
                to = to is { } last && last < beyond.At ? last : beyond.At;
                records = records.Where(r => r.At < beyond.At || r.Sequence < beyond.Sequence);
            }
            else
            {
                from = from is { } first && first > beyond.At ? first : beyond.At;
                records = records.Where(r => r.At > beyond.At || r.Sequence > beyond.Sequence);
            }
        }

        if (from is { } earliest)
        {
            records = records.Where(r => r.At >= earliest);
        }

        if (to is { } latest)
        {
            records = records.Where(r => r.At <= latest);
        }

        return older
            ? records.OrderByDescending(r => r.At).ThenByDescending(r => r.Sequence)
            : records.OrderBy(r => r.At).ThenBy(r => r.Sequence);
    }

    private static HistoryLine Line(HistoryRecord r) => new(
        r.RecordNumber, r.At, r.LoginId, r.Operation, r.Result, r.TargetLoginId, r.SerialNumber, r.Detail, r.Value, r.ReceiptNumber,
        r.Count, r.Source,
        r.ComputeHash().AsSpan().SequenceEqual(r.Hash));

    private sealed record HistoryScope(long? CompanyId, long? UserId);

    private sealed record HistoryFilter(
        long? UserId, HistoryOperation? Operation, HistoryResult? Result, DateTimeOffset? From, DateTimeOffset? To);
}
