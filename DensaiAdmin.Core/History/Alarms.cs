using System.Globalization;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Mail;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.History;

/// <summary>What the bank must look at by itself, because no customer's act shows it.</summary>
public enum AlarmKind
{
    /// <summary>A certificate that our CA signed and the inventory does not have was shown: the CA's key may be in other hands.</summary>
    KeyCompromise,

    /// <summary>Somebody tried to take over an open page that belongs to another session.</summary>
    ForeignCircuit,

    /// <summary>The server's clock is not to be trusted.</summary>
    Clock,

    /// <summary>Store, newest CRL and anchor do not say the same of what is revoked, or of where the history stands.</summary>
    StoreDisagreement,

    /// <summary>An operator acted alone, where two are asked for.</summary>
    BreakGlass,
}

/// <summary>An alarm that was raised: one of its kind and subject, for ever.</summary>
public sealed class Alarm
{
    private Alarm()
    {
    }

    internal Alarm(AlarmKind kind, string subject, DateTimeOffset raisedAt)
    {
        Kind = kind;
        Subject = subject;
        RaisedAt = raisedAt;
    }

    public long Id { get; private set; }

    public AlarmKind Kind { get; private set; }

    /// <summary>What it is about: a fingerprint, a serial, a session, a day.</summary>
    public string Subject { get; private set; } = "";

    /// <summary>UTC.</summary>
    public DateTimeOffset RaisedAt { get; private set; }
}

internal sealed class AlarmConfiguration : IEntityTypeConfiguration<Alarm>
{
    public void Configure(EntityTypeBuilder<Alarm> alarm)
    {
        alarm.Property(a => a.Kind).HasConversion<string>().HasMaxLength(32);
        alarm.Property(a => a.Subject).HasMaxLength(Alarms.MaxSubject);
        alarm.HasIndex(a => new { a.Kind, a.Subject }).IsUnique();
        alarm.HasIndex(a => new { a.RaisedAt, a.Kind });
    }
}

/// <summary>What belongs to an alarm beside its subject; it stands in the record and in the mail.</summary>
public sealed record AlarmFacts
{
    /// <summary>Network source, or "server".</summary>
    public string Source { get; init; } = "server";

    /// <summary>What the record says beside its code; the subject when null.</summary>
    public string? Value { get; init; }

    /// <summary>Serial of the certificate concerned, upper hex.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>Whose certificate, session or password it is, as far as it is known.</summary>
    public string? LoginId { get; init; }
}

/// <summary>
/// Raises alarms: one record of the history, one line in the log that begins with ALARM, one mail to each operator that has an address,
/// and a warning in health. Once for each kind and subject, over restarts too.
/// </summary>
public sealed partial class Alarms(ActWriter acts, Outbox outbox, ILogger<Alarms> log)
{
    /// <summary>The most characters of a subject.</summary>
    public const int MaxSubject = 128;

    /// <summary>Whoever can make subjects by the thousand gets one alarm for all beyond so many of a kind in a day (JST).</summary>
    public const int MaxPerKindAndDay = 100;

    /// <summary>How long an alarm is shown in health.</summary>
    public static readonly TimeSpan ShownFor = TimeSpan.FromDays(7);

    /// <summary>Raises an alarm inside an act.</summary>
    /// <param name="act">The act in which it was noticed; the alarm is durable with it.</param>
    /// <param name="kind">Of what kind.</param>
    /// <param name="subject">What it is about, at most <see cref="MaxSubject"/> characters; the same again raises nothing. No secret.</param>
    /// <param name="facts">What else is known.</param>
    /// <returns>Whether it is new.</returns>
    public bool Raise(Act act, AlarmKind kind, string subject, AlarmFacts? facts = null)
    {
        if (IsRaised(act, kind, subject))
        {
            return false;
        }

        facts ??= new();
        var today = JapanTime.JstDate(act.Now);
        var since = JapanTime.At(today, TimeOnly.MinValue);
        if ((long)act.Sql.Scalar("SELECT COUNT(*) FROM Alarms WHERE RaisedAt >= $since AND Kind = $kind", ("$since", since), ("$kind", kind.ToString()))! >= MaxPerKindAndDay)
        {
            subject = "*" + today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            if (IsRaised(act, kind, subject))
            {
                return false;
            }

            facts = new() { Source = "*" };
        }

        act.Sql.Insert(new Alarm(kind, subject, act.Now));
        var value = facts.Value ?? subject;
        act.Record(new HistoryEntry
        {
            Operation = HistoryOperation.Alarm,
            Result = HistoryResult.Done,
            Source = facts.Source,
            TargetLoginId = facts.LoginId,
            SerialNumber = facts.SerialNumber,
            Detail = Code(kind),
            Value = value,
        });
        outbox.AlarmRaised(act, kind, subject, facts with { Value = value });
        act.AfterCommit(() => LogAlarm(log, kind, HistoryRecord.OneLine(value, 200)!, facts.SerialNumber ?? "-", HistoryRecord.OneLine(facts.Source, 64)!));
        return true;
    }

    /// <summary>Raises an alarm in an act of its own, for whoever is in none.</summary>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="StoreUnavailableException">It could not be stored; it is in the log all the same.</exception>
    public async Task<bool> RaiseAsync(AlarmKind kind, string subject, AlarmFacts? facts = null, CancellationToken cancellation = default)
    {
        try
        {
            return await acts.PerformAnyTimeAsync(act => Raise(act, kind, subject, facts), cancellation);
        }
        catch (StoreUnavailableException)
        {
            LogAlarm(log, kind, HistoryRecord.OneLine(facts?.Value ?? subject, 200)!, facts?.SerialNumber ?? "-", HistoryRecord.OneLine(facts?.Source ?? "server", 64)!);
            throw;
        }
    }

    /// <summary>The code of a kind's record.</summary>
    public static string Code(AlarmKind kind) => kind switch
    {
        AlarmKind.KeyCompromise => "alarm-key-compromise",
        AlarmKind.ForeignCircuit => "alarm-foreign-circuit",
        AlarmKind.Clock => "alarm-clock",
        AlarmKind.StoreDisagreement => "alarm-store-disagreement",
        AlarmKind.BreakGlass => "alarm-break-glass",
    };

    private static bool IsRaised(Act act, AlarmKind kind, string subject) =>
        act.Sql.Scalar("SELECT 1 FROM Alarms WHERE Kind = $kind AND Subject = $subject", ("$kind", kind.ToString()), ("$subject", subject)) is not null;

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM {Kind}: {Value} (serial {Serial}, from {Source})")]
    private static partial void LogAlarm(ILogger logger, AlarmKind kind, string value, string serial, string source);
}
