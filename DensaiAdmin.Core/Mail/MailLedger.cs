using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Mail;

/// <summary>What is asked of 送信履歴.</summary>
public sealed record MailQuery
{
    /// <summary>The asking company: nobody sees another's mails.</summary>
    public required long CompanyId { get; init; }

    /// <summary>Only these; <see cref="MailState.Waiting"/> includes what is tried again. Null for all.</summary>
    public MailState? State { get; init; }

    /// <summary>From 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Rows per page, 1 to 100.</summary>
    public int PageSize { get; init; } = 50;
}

/// <summary>One mail: who was told what of whom, when, and what became of it.</summary>
/// <param name="At">When it was queued, UTC.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Subject">As in the mail.</param>
/// <param name="MailNumber">通知番号 (R24).</param>
/// <param name="Recipient">Name of who was told.</param>
/// <param name="RecipientLoginId">Login ID of who was told.</param>
/// <param name="Address">Where it went.</param>
/// <param name="OwnerLoginId">Login ID of whom it is about; null where that was not kept.</param>
/// <param name="State">What became of it.</param>
/// <param name="StateAt">When that was, or when it is tried next. UTC.</param>
/// <param name="AddressIsDead">Whether nobody is at the address, as far as is known now.</param>
public sealed record MailLine(
    DateTimeOffset At, MailKind Kind, string Subject, string MailNumber, string Recipient, string RecipientLoginId, string Address,
    string? OwnerLoginId,
    MailState State, DateTimeOffset StateAt, bool AddressIsDead);

/// <summary>A page of 送信履歴 and how many mails the query has in all.</summary>
public sealed record MailPage(IReadOnlyList<MailLine> Rows, int Total);

/// <summary>送信履歴: the mails of one company, the newest first, paged in the database; and what one user may ask of the own ones.</summary>
public sealed class MailLedger(IDbContextFactory<DensaiDbContext> contexts)
{
    /// <summary>One page.</summary>
    public async Task<MailPage> ListAsync(MailQuery query, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(query.CompanyId, cancellation);
        var mails = db.OutboxMails.AsNoTracking().Where(m => m.CompanyId == query.CompanyId);
        mails = query.State switch
        {
            MailState.Sent => mails.Where(m => m.SentAt != null),
            MailState.Failed => mails.Where(m => m.FailedAt != null),
            MailState.Withdrawn => mails.Where(m => m.WithdrawnAt != null),
            MailState.Waiting or MailState.Retrying => mails.Where(m => m.SentAt == null && m.FailedAt == null && m.WithdrawnAt == null),
            null => mails,
        };
        var size = Math.Clamp(query.PageSize, 1, 100);
        var total = await mails.CountAsync(cancellation);
        var page = Math.Clamp(query.Page, 1, Math.Max(1, (total + size - 1) / size));
        var rows = await mails
            .OrderByDescending(m => m.CreatedAt).ThenByDescending(m => m.Id)
            .Skip((page - 1) * size).Take(size)
            .Select(m => new
            {
                Mail = m,
                Recipient = db.Users.First(u => u.Id == m.RecipientId),
                Owner = db.Users.Where(u => u.Id == m.OwnerId).OrderBy(u => u.Id).Select(u => u.LoginId).FirstOrDefault(),
                IsDead = db.DeadAddresses.Any(a => a.Address == m.Address),
            })
            .Select(r => new
            {
                r.Mail.CreatedAt,
                r.Mail.Kind,
                r.Mail.Subject,
                r.Mail.MailNumber,
                r.Recipient.Name,
                r.Recipient.LoginId,
                r.Mail.Address,
                r.Owner,
                r.Mail.SentAt,
                r.Mail.FailedAt,
                r.Mail.WithdrawnAt,
                r.Mail.NextAttemptAt,
                r.Mail.Attempts,
                r.IsDead,
            })
            .ToListAsync(cancellation);
        return new MailPage(
            [
                .. rows.Select(r => new MailLine(
                    r.CreatedAt, r.Kind, r.Subject, r.MailNumber, r.Name, r.LoginId, r.Address, r.Owner,
                    OutboxMail.Evaluate(r.SentAt, r.FailedAt, r.WithdrawnAt, r.Attempts), r.SentAt
                        ?? r.FailedAt
                        ?? r.WithdrawnAt
                        ?? r.NextAttemptAt, r.IsDead)),
            ],
            total);
    }

    /// <summary>Since when the user's present address is known to be dead, UTC; null when it is not.</summary>
    /// <param name="companyId">The user's company; null for staff of the bank.</param>
    /// <param name="userId">Whose.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<DateTimeOffset?> DeadSinceAsync(long? companyId, long userId, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await db.Users.Where(u => u.Id == userId)
            .Join(db.DeadAddresses, u => u.MailAddress, a => a.Address, (_, a) => (DateTimeOffset?)a.RefusedAt)
            .FirstOrDefaultAsync(cancellation);
    }
}
