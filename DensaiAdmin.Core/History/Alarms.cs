using System.Globalization;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.History;

/// <summary>
/// Raises alarms: one record of the history, one line in the log that begins with ALARM, one mail to each operator that has an address,
/// and a warning in health. Once for each kind and subject, over restarts too.
/// </summary>
public sealed partial class Alarms(StoreWriter writer, ILogger<Alarms> log)
{
    /// <summary>Whoever can make subjects by the thousand gets one alarm for all beyond so many of a kind in a day (JST).</summary>
    public const int MaxPerKindAndDay = 100;

    /// <summary>How long an alarm is shown in health.</summary>
    public static readonly TimeSpan ShownFor = TimeSpan.FromDays(7);

    /// <summary>Raises an alarm inside an act.</summary>
    /// <param name="work">The act in which it was noticed; the alarm is durable with it.</param>
    /// <param name="kind">Of what kind.</param>
    /// <param name="subject">
    /// What it is about, at most <see cref="Alarm.MaxSubject"/> characters; the same again raises nothing. No secret.
    /// </param>
    /// <param name="facts">What else is known.</param>
    /// <returns>Whether it is new.</returns>
    public bool Raise(UnitOfWork work, AlarmKind kind, string subject, AlarmFacts? facts = null)
    {
        if (IsRaised(work, kind, subject))
        {
            return false;
        }

        facts ??= new();
        var today = JapanTime.JstDate(work.Now);
        var since = JapanTime.At(today, TimeOnly.MinValue);
        if ((long)work.Sql.Scalar(
            "SELECT COUNT(*) FROM \"Alarms\" WHERE \"RaisedAt\" >= @since AND \"Kind\" = @kind", ("@since", since),
            ("@kind", kind.ToString()))! >= MaxPerKindAndDay)
        {
            subject = "*" + today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            if (IsRaised(work, kind, subject))
            {
                return false;
            }

            facts = new() { Source = "*" };
        }

        work.Sql.Insert(new Alarm(kind, subject, work.Now));
        var value = facts.Value ?? subject;
        work.Record(new HistoryEntry
        {
            Operation = HistoryOperation.Alarm,
            Result = HistoryResult.Done,
            Source = facts.Source,
            TargetLoginId = facts.LoginId,
            SerialNumber = facts.SerialNumber,
            Detail = Code(kind),
            Value = value,
        });
        work.AfterCommit(() => LogAlarm(
            log, kind, HistoryRecord.OneLine(value, 200)!, facts.SerialNumber ?? "-", HistoryRecord.OneLine(facts.Source, 64)!));
        return true;
    }

    /// <summary>Raises an alarm in an act of its own, for whoever is in none.</summary>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="StoreUnavailableException">It could not be stored; it is in the log all the same.</exception>
    public async Task<bool> RaiseAsync(AlarmKind kind, string subject, AlarmFacts? facts = null, CancellationToken cancellation = default)
    {
        try
        {
            return await writer.PerformAnyTimeAsync(work => Raise(work, kind, subject, facts), cancellation);
        }
        catch (StoreUnavailableException)
        {
            LogAlarm(
                log, kind, HistoryRecord.OneLine(facts?.Value ?? subject, 200)!, facts?.SerialNumber ?? "-",
                HistoryRecord.OneLine(facts?.Source ?? "server", 64)!);
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

    private static bool IsRaised(UnitOfWork work, AlarmKind kind, string subject) =>
        work.Sql.Scalar(
            "SELECT 1 FROM \"Alarms\" WHERE \"Kind\" = @kind AND \"Subject\" = @subject", ("@kind", kind.ToString()),
            ("@subject", subject)) is not null;

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM {Kind}: {Value} (serial {Serial}, from {Source})")]
    private static partial void LogAlarm(ILogger logger, AlarmKind kind, string value, string serial, string source);
}
