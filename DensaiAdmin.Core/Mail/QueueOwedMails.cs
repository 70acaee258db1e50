using System.Data.Common;
using System.Globalization;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// Queues the mails that the history owes (R6), in the order of the records and each once: how far it came is committed
/// with them. A crash between an act and its mails therefore loses none, and what runs twice finds nothing left to do.
/// </summary>
public sealed partial class QueueOwedMails(
    StoreWriter writer, IDbContextFactory<DensaiDbContext> contexts, IOptions<InstitutionOptions> institution, OutboxSignal signal,
    TimeProvider clock, ILogger<QueueOwedMails> log)
{
    // Some milliseconds of the writer: whoever wants to revoke meanwhile waits no longer than that.
    private const int MaxRecordsPerAct = 500;
    private const int MaxOwingPerAct = 50;

    private readonly MailTexts _texts = new(institution.Value);
    private readonly RecentlySetAside _setAside = new(clock);

    /// <summary>For how many records no mail could be made, within the last week and since the start.</summary>
    public int SetAside => _setAside.Count;

    /// <summary>Queues everything that is owed now.</summary>
    /// <returns>How many mails.</returns>
    internal async Task<int> RunAsync(CancellationToken cancellation = default)
    {
        var queued = 0;
        while (await IsBehindAsync(cancellation))
        {
            queued += await writer.PerformAnyTimeAsync(Queue, cancellation);
        }

        return queued;
    }

    private async Task<bool> IsBehindAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var newest = await db.HistoryRecords.MaxAsync(r => (long?)r.Sequence, cancellation) ?? 0;
        return newest > (await db.MailProgress.Select(p => (long?)p.Sequence).SingleOrDefaultAsync(cancellation) ?? 0);
    }

    private int Queue(UnitOfWork work)
    {
        var served = (long?)work.Sql.Scalar("SELECT \"Sequence\" FROM \"MailProgress\"") ?? 0;
        var records = work.Db.HistoryRecords.AsNoTracking().Where(r => r.Sequence > served).OrderBy(r => r.Sequence).Take(MaxRecordsPerAct)
            .ToList();
        if (records.Count == 0)
        {
            return 0;
        }

        var people = new PeopleThen(work);
        var (queued, owing) = (0, 0);
        foreach (var record in records.TakeWhile(_ => owing < MaxOwingPerAct))
        {
            served = record.Sequence;
            if (MailRules.Find(record) is { } rule)
            {
                owing++;
                queued += Store(work, Compose(work, rule, record, people));
            }
        }

        work.Sql.Execute(
            """
            INSERT INTO "MailProgress" ("Id", "Sequence") VALUES (1, @served)
            ON CONFLICT ("Id") DO UPDATE SET "Sequence" = @served
            """,
            ("@served", served));
        // Nobody asks any more who stood there before.
        work.Sql.Execute("DELETE FROM \"PastUsers\" WHERE \"UntilSequence\" <= @served", ("@served", served));
        if (queued > 0)
        {
            work.AfterCommit(signal.Notify);
        }

        return queued;
    }

    /// <summary>
    /// The mails of one record. None where its rule throws, which is recorded: one record must not keep the others waiting for ever.
    /// </summary>
    private List<OutboxMail> Compose(UnitOfWork work, MailRule rule, HistoryRecord record, PeopleThen people)
    {
        try
        {
            var facts = new MailFacts(work, rule.Kind, record, people);
            return [.. Recipients(rule, facts, record, people).Where(r => r.Recipient.MailAddress.Length > 0).Select(r =>
            {
                var number = MailNumber.New();
                var text = rule.Words(_texts, facts, r.Recipient, number);
                var key = string.Create(CultureInfo.InvariantCulture, $"record:{record.Sequence}:{r.Recipient.Id}{r.Mark}");
                return new OutboxMail(rule.Kind, r.Recipient, key, number, text.Subject, text.Body, work.Now)
                {
                    OwnerId = rule.To == MailAudience.Operators ? r.Recipient.Id : facts.Owner.Id,
                };
            })];
        }
        catch (Exception fault) when (fault.GetBaseException() is not DbException)
        {
            work.Record(new HistoryEntry
            {
                Operation = HistoryOperation.Operation,
                Result = HistoryResult.Refused,
                Source = "server",
                Detail = "mail-not-made",
                Value = string.Create(CultureInfo.InvariantCulture, $"{record.Sequence} {rule.Kind}"),
            });
            work.AfterCommit(() =>
            {
                _setAside.Add(record.Sequence);
                LogSetAside(log, rule.Kind, record.Sequence, fault);
            });
            return [];
        }
    }

    private static IEnumerable<(Correspondent Recipient, string Mark)> Recipients(
        MailRule rule, MailFacts facts, HistoryRecord record, PeopleThen people)
    {
        if (rule.To == MailAudience.Operators)
        {
            return people.Operators(record).Select(one => (one, ""));
        }

        var owner = facts.Owner;
        var all = rule.To == MailAudience.Owner ? [owner] : people.Masters(owner, record).Prepend(owner);
        var before = rule.To == MailAudience.OwnerMastersAndAddressBefore ? people.AddressBefore(owner.Id, record) : null;
        return all.Select(one => (one, "")).Concat(
            before is null || before == owner.MailAddress ? [] : [(owner with { MailAddress = before }, ":before")]);
    }

    // Committed with how far it came, none is there yet; the key holds that even where that row was lost.
    private static int Store(UnitOfWork work, List<OutboxMail> mails)
    {
        var queued = 0;
        foreach (var mail in mails)
        {
            if (work.Sql.Scalar("SELECT 1 FROM \"OutboxMails\" WHERE \"Key\" = @key", ("@key", mail.Key)) is null)
            {
                work.Sql.Insert(mail);
                queued++;
            }
        }

        return queued;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The mails {Kind} of record {Sequence} cannot be made and were set aside.")]
    private static partial void LogSetAside(ILogger logger, MailKind kind, long sequence, Exception fault);
}
