using System.Globalization;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// Whether a mail that waits is no longer true and must not go (R6). The rooms that queue mails know; asked at the last moment
/// before each is handed over.
/// </summary>
/// <param name="db">Reads what is stored now.</param>
/// <param name="mail">The mail.</param>
/// <param name="now">UTC.</param>
public delegate bool MailWithdrawal(DensaiDbContext db, OutboxMail mail, DateTimeOffset now);

/// <summary>Why no mail goes at present.</summary>
/// <param name="Since">Since when, UTC.</param>
/// <param name="Trouble">What is wrong.</param>
/// <param name="Answer">What the relay said, without address or text of a mail.</param>
public sealed record RelayFault(DateTimeOffset Since, RelayTrouble Trouble, string Answer);

/// <summary>
/// Takes mails out of the outbox and hands them over, on its own time: no act ever waits for it. What fails is tried
/// again, ever more seldom, for days; then it is given up and stays visible as failed.
/// </summary>
public sealed partial class MailSender : BackgroundJob
{
    /// <summary>After this long a mail is given up (RFC 5321 4.5.4.1: at least four to five days).</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(5);

    internal static readonly TimeSpan ShortestRetry = TimeSpan.FromMinutes(1);
    internal static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    private const int MaxAtOnce = 50;

    // What a mail throws may be over at the next attempt, but is not tried for days.
    private const int MaxThrows = 3;

    // One mail that the relay chokes on must not hold up the others; several in a row are the relay's own trouble.
    private const int MaxBrokenInARow = 3;

    // Rows are found by the signal; this is only how long a lost one could lie.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(5);

    private readonly IDbContextFactory<DensaiDbContext> _contexts;
    private readonly StoreWriter _writer;
    private readonly OutboxSignal _signal;
    private readonly QueueOwedMails _owed;
    private readonly MailComposer _composer;
    private readonly IMailDelivery _delivery;
    private readonly MailWithdrawal _isWithdrawn;

    // Handed over, but the store could not note it: to be noted before anything else is sent, never sent again.
    private readonly Dictionary<long, DateTimeOffset> _sentNotNoted = [];

    private readonly RecentlySetAside _unsendable;
    private int _brokenInARow;
    private int _downInARow;
    private DateTimeOffset _downUntil = DateTimeOffset.MinValue;
    private Task? _notified;
    private volatile RelayFault? _relayFault;

    public MailSender(
        IOptions<MailOptions> options, IOptions<InstitutionOptions> institution, StoreOptions store,
        IDbContextFactory<DensaiDbContext> contexts, StoreWriter writer, OutboxSignal signal, QueueOwedMails owed,
        MailWithdrawal isWithdrawn, TimeProvider clock, ILogger<MailSender> log)
        : this(
            new MailComposer(MailComposer.Sender(options.Value, institution.Value)),
            options.Value.Transport switch
            {
                MailTransport.Pickup => new PickupDelivery(Path.Combine(store.DataDirectory, "mail")),
                MailTransport.Smtp => new SmtpDelivery(options.Value.Smtp, clock),
            },
            contexts, writer, signal, owed, isWithdrawn, clock, log)
    {
    }

    internal MailSender(
        MailComposer composer, IMailDelivery delivery, IDbContextFactory<DensaiDbContext> contexts, StoreWriter writer, OutboxSignal signal,
        QueueOwedMails owed, MailWithdrawal isWithdrawn, TimeProvider clock, ILogger<MailSender> log)
        : base(clock, log)
    {
        (_composer, _delivery, _contexts, _writer, _signal) = (composer, delivery, contexts, writer, signal);
        (_owed, _isWithdrawn, _unsendable) = (owed, isWithdrawn, new(clock));
    }

    /// <summary>What keeps every mail from going; null while mails go or none has been tried.</summary>
    public RelayFault? RelayFault => _relayFault;

    /// <summary>
    /// How many mails were set aside within the last week, since the start, because they cannot be sent for what they are.
    /// </summary>
    public int Unsendable => _unsendable.Count;

    public override JobTitle Title { get; } = new("メールの送信", "sending of mails");

    public override void Dispose()
    {
        base.Dispose();
        (_delivery as IDisposable)?.Dispose();
    }

    /// <summary>Hands over everything that is due now.</summary>
    /// <returns>When something is due next, as far as is known.</returns>
    internal async Task<DateTimeOffset> SendDueAsync(CancellationToken cancellation)
    {
        await QueueOwedAsync(cancellation);
        try
        {
            while (true)
            {
                await NoteSentAsync(cancellation);
                var due = Clock.GetUtcNow() < _downUntil ? [] : await DueAsync(cancellation);
                foreach (var mail in due)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (!await SendAsync(mail, due))
                    {
                        return await NextAsync(cancellation);
                    }
                }

                if (due.Count < MaxAtOnce)
                {
                    return await NextAsync(cancellation);
                }
            }
        }
        finally
        {
            await _delivery.EndAsync();
        }
    }

    // At the server's stop: what is left goes out after the next start.
    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            // The signal is waited for before the outbox is read: what is queued meanwhile wakes it.
            _notified ??= _signal.WaitAsync(stopping);
            var next = await SendDueAsync(stopping);
            NoteRound();
            if (_notified.IsCompleted)
            {
                var notified = _notified;
                _notified = null;
                await notified;
                continue;
            }

            var wait = next - Clock.GetUtcNow();
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var sleep = Task.Delay(wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestSleep ? LongestSleep : wait, Clock, timer.Token);
            await Task.WhenAny(_notified, sleep);
            await timer.CancelAsync();
        }
    }

    private async Task QueueOwedAsync(CancellationToken cancellation)
    {
        try
        {
            await _owed.RunAsync(cancellation);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // The job that queues them tells of it and tries again; what was queued before goes all the same.
        }
    }

    /// <summary>How long after a failure the next attempt comes: doubling from a minute to an hour.</summary>
    internal static TimeSpan RetryAfter(int failures)
    {
        var wait = ShortestRetry * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        return wait < LongestRetry ? wait : LongestRetry;
    }

    private async Task<List<OutboxMail>> DueAsync(CancellationToken cancellation)
    {
        var now = Clock.GetUtcNow();
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        return await db.OutboxMails.AsNoTracking()
            .Where(m => m.SentAt == null && m.FailedAt == null && m.WithdrawnAt == null && m.NextAttemptAt <= now)
            // Whatever was refused stands behind what was not tried: a few mails that the relay breaks off over, tried first each time,
            // would keep all the others from ever being tried.
            .OrderBy(m => m.Attempts).ThenBy(m => m.NextAttemptAt).ThenBy(m => m.Id)
            .Take(MaxAtOnce)
            .ToListAsync(cancellation);
    }

    private async Task<DateTimeOffset> NextAsync(CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        var next = await db.OutboxMails.Where(m => m.SentAt == null && m.FailedAt == null && m.WithdrawnAt == null).MinAsync(
            m => (DateTimeOffset?)m.NextAttemptAt, cancellation);
        return next is not { } at ? DateTimeOffset.MaxValue : at < _downUntil ? _downUntil : at;
    }

    /// <summary>Hands one mail over. False when no other need be tried now.</summary>
    private async Task<bool> SendAsync(OutboxMail mail, List<OutboxMail> due)
    {
        if (await EvaluateAsync(mail) is { } isWithdrawn)
        {
            if (isWithdrawn)
            {
                await NoteAsync(mail, (row, work) => row.Withdraw(work.Now));
                return true;
            }
        }
        else
        {
            return true;
        }

        var outcome = await DeliverAsync(mail);
        _brokenInARow = outcome.Evaluation == DeliveryResult.Broken ? _brokenInARow + 1 : 0;
        switch (outcome.Evaluation)
        {
            case DeliveryResult.Delivered:
                _unsendable.Remove(mail.Id);
                _sentNotNoted[mail.Id] = Clock.GetUtcNow().ToWholeMilliseconds();
                await NoteSentAsync(CancellationToken.None);
                return true;
            case DeliveryResult.Deferred:
            case DeliveryResult.Broken when _brokenInARow < MaxBrokenInARow:
                LogDeferred(Log, mail.MailNumber, outcome.Error);
                await NoteFailureAsync(mail, outcome.Error!);
                return true;
            case DeliveryResult.Unsendable:
                await SetAsideAsync(mail, outcome.Exception!);
                return true;
            case DeliveryResult.Refused:
                LogRefused(Log, mail.MailNumber, outcome.Error);
                await NoteAsync(mail, (row, work) => row.GiveUp(outcome.Error!, work.Now));
                return true;
            case DeliveryResult.AddressDead:
                LogRefused(Log, mail.MailNumber, outcome.Error);
                await NoteAsync(mail, (row, work) =>
                {
                    row.GiveUp(outcome.Error!, work.Now);
                    DeadAddresses.Mark(work, row, outcome.Error!);
                });
                return true;
            case DeliveryResult.Down:
            case DeliveryResult.Broken:
            default:
                _brokenInARow = 0;
                _downInARow++;
                _downUntil = Clock.GetUtcNow() + RetryAfter(_downInARow);
                NoteDown(due.Count, outcome);
                await NoteDownAsync(due.SkipWhile(m => m.Id != mail.Id), outcome.Error!, _downUntil);
                return false;
        }
    }

    /// <summary>Whether the mail is no longer true; null when the rule for it threw, and the mail was set aside for that.</summary>
    private async Task<bool?> EvaluateAsync(OutboxMail mail)
    {
        await using var db = await _contexts.CreateDbContextAsync();
        try
        {
            return _isWithdrawn(db, mail, Clock.GetUtcNow());
        }
        catch (Exception fault) when (fault is not System.Data.Common.DbException)
        {
            await SetAsideAsync(mail, fault);
            return null;
        }
    }

    private async Task<DeliveryOutcome> DeliverAsync(OutboxMail mail)
    {
        try
        {
            if (_composer.Compose(mail) is not { } message)
            {
                return new DeliveryOutcome(DeliveryResult.AddressDead, "Not a mail address.");
            }

            var outcome = await _delivery.DeliverAsync(message, Name(mail));
            if (outcome.Evaluation is DeliveryResult.Delivered or DeliveryResult.Deferred or DeliveryResult.Refused
                or DeliveryResult.AddressDead)
            {
                // Whatever it says of this mail: the relay works.
                _downInARow = 0;
                _relayFault = null;
            }

            return outcome;
        }
        catch (Exception fault)
        {
            return new(DeliveryResult.Unsendable, OutboxMail.UnsendableError + fault.GetType().Name) { Exception = fault };
        }
    }

    /// <summary>
    /// Something about this mail throws: the others go on, this one is tried a few times more and then given up, for people to see.
    /// </summary>
    private async Task SetAsideAsync(OutboxMail mail, Exception fault)
    {
        var error = OutboxMail.UnsendableError + fault.GetType().Name;
        _unsendable.Add(mail.Id);
        LogSetAside(Log, mail.MailNumber, fault);
        if (mail.Attempts + 1 < MaxThrows)
        {
            await NoteFailureAsync(mail, error);
        }
        else
        {
            await NoteAsync(mail, (row, work) => row.GiveUp(error, work.Now));
        }
    }

    private void NoteDown(int waiting, DeliveryOutcome outcome)
    {
        var trouble = outcome.Trouble ?? RelayTrouble.Refused;
        if (_relayFault?.Trouble != trouble)
        {
            LogDown(Log, waiting, outcome.Error);
        }

        _relayFault = new(_relayFault?.Since ?? Clock.GetUtcNow(), trouble, outcome.Error ?? "");
    }

    private async Task NoteSentAsync(CancellationToken cancellation)
    {
        if (_sentNotNoted.Count == 0)
        {
            return;
        }

        var sent = _sentNotNoted.ToList();
        await _writer.PerformAnyTimeAsync(
            work =>
            {
                foreach (var (id, at) in sent)
                {
                    work.Db.OutboxMails.Single(m => m.Id == id).NoteSent(at);
                    DeadAddresses.Clear(work, id);
                }

                return true;
            },
            cancellation);
        _sentNotNoted.Clear();
    }

    private Task NoteFailureAsync(OutboxMail mail, string error) => NoteAsync(mail, (row, work) =>
    {
        if (work.Now >= row.CreatedAt + GiveUpAfter)
        {
            row.GiveUp(error, work.Now);
        }
        else
        {
            row.NoteFailure(error, work.Now + RetryAfter(row.Attempts + 1));
        }
    });

    private Task NoteDownAsync(IEnumerable<OutboxMail> mails, string error, DateTimeOffset until)
    {
        var ids = mails.Select(m => m.Id).ToList();
        return _writer.PerformAnyTimeAsync(work =>
        {
            foreach (var mail in work.Db.OutboxMails.Where(m => ids.Contains(m.Id)))
            {
                if (work.Now >= mail.CreatedAt + GiveUpAfter)
                {
                    mail.GiveUp(error, work.Now);
                }
                else
                {
                    mail.NoteRelayDown(error, until);
                }
            }

            return true;
        });
    }

    private Task NoteAsync(OutboxMail mail, Action<OutboxMail, UnitOfWork> note) =>
        _writer.PerformAnyTimeAsync(work =>
        {
            note(work.Db.OutboxMails.Single(m => m.Id == mail.Id), work);
            return true;
        });

    // Sorts by time and is the mail's own: written again after a crash, it is the same file.
    private static string Name(OutboxMail mail) =>
        string.Create(CultureInfo.InvariantCulture, $"{mail.CreatedAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{mail.MailNumber}");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Mail {MailNumber} was not taken and is tried again: {Error}")]
    private static partial void LogDeferred(ILogger logger, string mailNumber, string? error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Mail {MailNumber} will never be taken and was given up: {Error}")]
    private static partial void LogRefused(ILogger logger, string mailNumber, string? error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No mail can be handed over now, {Waiting} or more wait: {Error}")]
    private static partial void LogDown(ILogger logger, int waiting, string? error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Mail {MailNumber} cannot be sent because of itself and was set aside.")]
    private static partial void LogSetAside(ILogger logger, string mailNumber, Exception fault);
}
