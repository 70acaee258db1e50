using System.Globalization;
using DensaiAdmin.Core.Acts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// Whether a mail that waits is no longer true and must not go (R6). The rooms that lay mails down know; asked at the last moment
/// before each is handed over.
/// </summary>
/// <param name="db">Reads what is stored now.</param>
/// <param name="mail">The mail.</param>
/// <param name="now">UTC.</param>
public delegate bool MailWithdrawal(DensaiDbContext db, OutboxMail mail, DateTimeOffset now);

/// <summary>
/// Takes mails out of the outbox and hands them over, on its own time: no act ever waits for it (fault F3). What fails is tried
/// again, ever more seldom, for days; then it is given up and stays visible as failed.
/// </summary>
public sealed partial class MailSender : BackgroundService
{
    /// <summary>After this long a mail is given up (RFC 5321 4.5.4.1: at least four to five days).</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(5);

    internal static readonly TimeSpan ShortestRetry = TimeSpan.FromMinutes(1);
    internal static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    private const int MostAtOnce = 50;

    // One mail that the relay chokes on must not hold up the others; several in a row are the relay's own trouble.
    private const int MostBrokenInARow = 3;

    // Rows are found by the signal; this is only how long a lost one could lie.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(5);

    private readonly IDbContextFactory<DensaiDbContext> _contexts;
    private readonly ActWriter _acts;
    private readonly OutboxSignal _signal;
    private readonly TimeProvider _clock;
    private readonly ILogger<MailSender> _log;
    private readonly MailComposer _composer;
    private readonly IMailDelivery _delivery;
    private readonly MailWithdrawal _isWithdrawn;

    // Handed over, but the store could not note it: to be noted before anything else is sent, never sent again.
    private readonly Dictionary<long, DateTimeOffset> _sentNotNoted = [];
    private int _brokenInARow;
    private int _downInARow;
    private DateTimeOffset _downUntil = DateTimeOffset.MinValue;

    public MailSender(IOptions<MailOptions> options, IOptions<InstitutionOptions> institution, StoreOptions store, IDbContextFactory<DensaiDbContext> contexts, ActWriter acts, OutboxSignal signal, MailWithdrawal isWithdrawn, TimeProvider clock, ILogger<MailSender> log)
        : this(
            new MailComposer(MailComposer.Sender(options.Value, institution.Value)),
            options.Value.Transport switch
            {
                MailTransport.Pickup => new PickupDelivery(Path.Combine(store.DataDirectory, "mail")),
                MailTransport.Smtp => new SmtpDelivery(options.Value.Smtp, clock),
            },
            contexts, acts, signal, isWithdrawn, clock, log)
    {
    }

    internal MailSender(MailComposer composer, IMailDelivery delivery, IDbContextFactory<DensaiDbContext> contexts, ActWriter acts, OutboxSignal signal, MailWithdrawal isWithdrawn, TimeProvider clock, ILogger<MailSender> log)
    {
        (_composer, _delivery, _contexts, _acts, _signal, _isWithdrawn, _clock, _log) = (composer, delivery, contexts, acts, signal, isWithdrawn, clock, log);
    }

    public override void Dispose()
    {
        base.Dispose();
        (_delivery as IDisposable)?.Dispose();
    }

    /// <summary>Hands over everything that is due now.</summary>
    /// <returns>When something is due next, as far as is known.</returns>
    internal async Task<DateTimeOffset> SendDueAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await NoteSentAsync(cancellation);
                var due = _clock.GetUtcNow() < _downUntil ? [] : await DueAsync(cancellation);
                foreach (var mail in due)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (!await SendAsync(mail, due))
                    {
                        return await NextAsync(cancellation);
                    }
                }

                if (due.Count < MostAtOnce)
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task? rung = null;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                // The bell is hung up before the look into the box: what is laid down meanwhile rings it.
                rung ??= _signal.WaitAsync(stoppingToken);
                var next = await TrySendDueAsync(stoppingToken);
                if (rung.IsCompleted)
                {
                    await rung;
                    rung = null;
                    continue;
                }

                var wait = next - _clock.GetUtcNow();
                using var timer = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                var sleep = Task.Delay(wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestSleep ? LongestSleep : wait, _clock, timer.Token);
                await Task.WhenAny(rung, sleep);
                await timer.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; what is left goes out after the next start.
        }
    }

    /// <summary>How long after a failure the next attempt comes: doubling from a minute to an hour.</summary>
    internal static TimeSpan RetryAfter(int failures)
    {
        var wait = ShortestRetry * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        return wait < LongestRetry ? wait : LongestRetry;
    }

    private async Task<DateTimeOffset> TrySendDueAsync(CancellationToken cancellation)
    {
        try
        {
            return await SendDueAsync(cancellation);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            LogRoundFailed(_log, fault);
            return _clock.GetUtcNow() + ShortestRetry;
        }
    }

    private async Task<List<OutboxMail>> DueAsync(CancellationToken cancellation)
    {
        var now = _clock.GetUtcNow();
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        return await db.OutboxMails.AsNoTracking()
            .Where(m => m.SentAt == null && m.FailedAt == null && m.WithdrawnAt == null && m.NextAttemptAt <= now)
            .OrderBy(m => m.NextAttemptAt).ThenBy(m => m.Id)
            .Take(MostAtOnce)
            .ToListAsync(cancellation);
    }

    private async Task<DateTimeOffset> NextAsync(CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        var next = await db.OutboxMails.Where(m => m.SentAt == null && m.FailedAt == null && m.WithdrawnAt == null).MinAsync(m => (DateTimeOffset?)m.NextAttemptAt, cancellation);
        return next is not { } at ? DateTimeOffset.MaxValue : at < _downUntil ? _downUntil : at;
    }

    /// <summary>Hands one mail over. False when no other need be tried now.</summary>
    private async Task<bool> SendAsync(OutboxMail mail, List<OutboxMail> due)
    {
        if (await IsWithdrawnAsync(mail))
        {
            await NoteAsync(mail, (row, act) => row.Withdraw(act.Now));
            return true;
        }

        var outcome = _composer.Compose(mail) is { } message
            ? await _delivery.DeliverAsync(message, Name(mail))
            : new DeliveryOutcome(DeliveryVerdict.AddressDead, "Not a mail address.");
        _brokenInARow = outcome.Verdict == DeliveryVerdict.Broken ? _brokenInARow + 1 : 0;
        switch (outcome.Verdict)
        {
            case DeliveryVerdict.Delivered:
                _downInARow = 0;
                _sentNotNoted[mail.Id] = _clock.GetUtcNow().ToWholeMilliseconds();
                await NoteSentAsync(CancellationToken.None);
                return true;
            case DeliveryVerdict.Deferred:
            case DeliveryVerdict.Broken when _brokenInARow < MostBrokenInARow:
                LogDeferred(_log, mail.NoticeNumber, outcome.Error);
                await NoteFailureAsync([mail], outcome.Error!, null);
                return true;
            case DeliveryVerdict.Refused:
                LogRefused(_log, mail.NoticeNumber, outcome.Error);
                await NoteAsync(mail, (row, act) => row.GiveUp(outcome.Error!, act.Now));
                return true;
            case DeliveryVerdict.AddressDead:
                LogRefused(_log, mail.NoticeNumber, outcome.Error);
                await NoteAsync(mail, (row, act) =>
                {
                    row.GiveUp(outcome.Error!, act.Now);
                    DeadAddress.Mark(act, row, outcome.Error!);
                });
                return true;
            case DeliveryVerdict.Down:
            case DeliveryVerdict.Broken:
            default:
                _brokenInARow = 0;
                _downInARow++;
                _downUntil = _clock.GetUtcNow() + RetryAfter(_downInARow);
                LogDown(_log, due.Count, outcome.Error);
                await NoteFailureAsync(due.SkipWhile(m => m.Id != mail.Id), outcome.Error!, _downUntil);
                return false;
        }
    }

    private async Task NoteSentAsync(CancellationToken cancellation)
    {
        if (_sentNotNoted.Count == 0)
        {
            return;
        }

        var sent = _sentNotNoted.ToList();
        await _acts.PerformAnyTimeAsync(
            act =>
            {
                foreach (var (id, at) in sent)
                {
                    act.Db.OutboxMails.Single(m => m.Id == id).NoteSent(at);
                    DeadAddress.Clear(act, id);
                }

                return true;
            },
            cancellation);
        _sentNotNoted.Clear();
    }

    private Task NoteFailureAsync(IEnumerable<OutboxMail> mails, string error, DateTimeOffset? notBefore)
    {
        var ids = mails.Select(m => m.Id).ToList();
        return _acts.PerformAnyTimeAsync(act =>
        {
            foreach (var mail in act.Db.OutboxMails.Where(m => ids.Contains(m.Id)))
            {
                if (act.Now >= mail.CreatedAt + GiveUpAfter)
                {
                    mail.GiveUp(error, act.Now);
                }
                else
                {
                    mail.NoteFailure(error, notBefore ?? act.Now + RetryAfter(mail.Attempts + 1));
                }
            }

            return true;
        });
    }

    private async Task<bool> IsWithdrawnAsync(OutboxMail mail)
    {
        await using var db = await _contexts.CreateDbContextAsync();
        return _isWithdrawn(db, mail, _clock.GetUtcNow());
    }

    private Task NoteAsync(OutboxMail mail, Action<OutboxMail, Act> note) =>
        _acts.PerformAnyTimeAsync(act =>
        {
            note(act.Db.OutboxMails.Single(m => m.Id == mail.Id), act);
            return true;
        });

    // Sorts by time and is the mail's own: written again after a crash, it is the same file.
    private static string Name(OutboxMail mail) =>
        string.Create(CultureInfo.InvariantCulture, $"{mail.CreatedAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{mail.NoticeNumber}");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Mail {NoticeNumber} was not taken and is tried again: {Error}")]
    private static partial void LogDeferred(ILogger logger, string noticeNumber, string? error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Mail {NoticeNumber} will never be taken and was given up: {Error}")]
    private static partial void LogRefused(ILogger logger, string noticeNumber, string? error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No mail can be handed over now, {Waiting} or more wait: {Error}")]
    private static partial void LogDown(ILogger logger, int waiting, string? error);

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of the mail sender broke; it goes on in a minute.")]
    private static partial void LogRoundFailed(ILogger logger, Exception fault);
}
