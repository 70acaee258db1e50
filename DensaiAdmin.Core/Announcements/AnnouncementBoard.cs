using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Announcements;

/// <summary>A notice as one user sees it.</summary>
/// <param name="Id">In its address; notices are the same for everybody.</param>
/// <param name="Title">件名.</param>
/// <param name="Body">Paragraphs, each on a line of its own.</param>
/// <param name="PublishedAt">UTC.</param>
/// <param name="EndsAt">From when it is shown no longer, UTC; null for good.</param>
/// <param name="Importance">重要度.</param>
/// <param name="IsRead">Whether this user has opened it.</param>
public sealed record AnnouncementLine(
    long Id, string Title, string Body, DateTimeOffset PublishedAt, DateTimeOffset? EndsAt, AnnouncementImportance Importance, bool IsRead);

/// <summary>A mail that went to a user, as the user can hold it against the one received (R24).</summary>
/// <param name="MailNumber">通知番号, as printed in the mail.</param>
/// <param name="Subject">As in the mail.</param>
/// <param name="At">When what it tells of happened, UTC.</param>
public sealed record FoundMail(string MailNumber, string Subject, DateTimeOffset At);

/// <summary>お知らせ: what the bank tells its customers, unread first.</summary>
public sealed class AnnouncementBoard(
    StoreWriter writer, IDbContextFactory<DensaiDbContext> contexts, SessionWatch sessions, TimeProvider clock)
{
    /// <summary>Published notices, unread first, then the newest first.</summary>
    /// <param name="companyId">The user's company; null for staff of the bank.</param>
    /// <param name="userId">Who reads.</param>
    /// <param name="max">How many lines at most.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<IReadOnlyList<AnnouncementLine>> ListAnnouncementsAsync(
        long? companyId, long userId, int max, CancellationToken cancellation = default)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await Shown(db, now)
            .Select(n => new { Notice = n, IsRead = db.AnnouncementReadings.Any(r => r.AnnouncementId == n.Id && r.UserId == userId) })
            .OrderBy(n => n.IsRead).ThenByDescending(n => n.Notice.PublishedAt).ThenByDescending(n => n.Notice.Id)
            .Take(max)
            .Select(n => new AnnouncementLine(
                n.Notice.Id, n.Notice.Title, n.Notice.Body, n.Notice.PublishedAt, n.Notice.EndsAt, n.Notice.Importance, n.IsRead))
            .ToListAsync(cancellation);
    }

    /// <summary>One notice that is shown now, or null.</summary>
    /// <param name="companyId">The user's company; null for staff of the bank.</param>
    /// <param name="userId">Who reads.</param>
    /// <param name="announcementId">Which.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<AnnouncementLine?> FindAnnouncementAsync(
        long? companyId, long userId, long announcementId, CancellationToken cancellation = default)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await Shown(db, now).Where(n => n.Id == announcementId)
            .Select(n => new AnnouncementLine(
                n.Id, n.Title, n.Body, n.PublishedAt, n.EndsAt, n.Importance,
                db.AnnouncementReadings.Any(r => r.AnnouncementId == n.Id && r.UserId == userId)))
            .SingleOrDefaultAsync(cancellation);
    }

    /// <summary>The mails to one user, the newest first: a number that is not here did not come from the bank.</summary>
    /// <param name="companyId">The user's company; null for staff of the bank.</param>
    /// <param name="userId">Who reads; nobody sees another's.</param>
    /// <param name="max">How many at most.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<IReadOnlyList<FoundMail>> ListMailsAsync(
        long? companyId, long userId, int max, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await db.OutboxMails.AsNoTracking()
            .Where(m => m.RecipientId == userId)
            .OrderByDescending(m => m.CreatedAt).ThenByDescending(m => m.Id)
            .Take(max)
            .Select(m => new FoundMail(m.MailNumber, m.Subject, m.CreatedAt))
            .ToListAsync(cancellation);
    }

    /// <summary>The mail to one user with this 通知番号, or null: then the bank sent none of that number to this user.</summary>
    /// <param name="companyId">The user's company; null for staff of the bank.</param>
    /// <param name="userId">Who asks; nobody learns of another's.</param>
    /// <param name="typed">The number as typed or pasted, in any width and case, with or without its hyphens.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<FoundMail?> FindMailAsync(long? companyId, long userId, string typed, CancellationToken cancellation = default)
    {
        if (MailNumber.Canonical(typed) is not { } number)
        {
            return null;
        }

        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await db.OutboxMails.AsNoTracking()
            .Where(m => m.MailNumber == number && m.RecipientId == userId)
            .Select(m => new FoundMail(m.MailNumber, m.Subject, m.CreatedAt))
            .SingleOrDefaultAsync(cancellation);
    }

    /// <summary>How many published notices the user has not read.</summary>
    /// <param name="companyId">The user's company; null for staff of the bank.</param>
    /// <param name="userId">Who asks.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<int> CountUnreadAsync(long? companyId, long userId, CancellationToken cancellation = default)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await Shown(db, now).CountAsync(
            n => !db.AnnouncementReadings.Any(r => r.AnnouncementId == n.Id && r.UserId == userId), cancellation);
    }

    /// <summary>Notes that the user has read what is shown now.</summary>
    /// <param name="actor">Who reads.</param>
    /// <param name="announcementId">Only this one; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the session is over.</returns>
    public Task<bool> NoteReadAsync(Actor actor, long? announcementId = null, CancellationToken cancellation = default) =>
        writer.PerformAsync(
            work =>
            {
                if (sessions.Find(work.Db, actor.SessionId, work.Now).Live is not { User.Id: var userId })
                {
                    return false;
                }

                var unread = Shown(work.Db, work.Now)
                    .Where(n => (announcementId == null || n.Id == announcementId)
                        && !work.Db.AnnouncementReadings.Any(r => r.AnnouncementId == n.Id && r.UserId == userId))
                    .Select(n => n.Id).ToList();
                work.Db.AnnouncementReadings.AddRange(unread.Select(id => new AnnouncementReading(id, userId, work.Now)));
                return true;
            },
            cancellation);

    private static IQueryable<Announcement> Shown(DensaiDbContext db, DateTimeOffset now) =>
        db.Announcements.AsNoTracking().Where(n => n.PublishedAt <= now && (n.EndsAt == null || n.EndsAt > now));
}
