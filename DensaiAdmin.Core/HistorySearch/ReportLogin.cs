using System.Globalization;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.HistorySearch;

/// <summary>A login that its user does not know, as the confirm and result pages show it.</summary>
/// <param name="Login">The login.</param>
/// <param name="ReceiptNumber">受付番号 of the report, when there is one.</param>
/// <param name="ReportedAt">When it was reported, UTC.</param>
/// <param name="HasCertificate">Whether the user logs in with a certificate, which then is to be thought of too.</param>
public sealed record ReportedLogin(LoginHistoryLine Login, string? ReceiptNumber, DateTimeOffset? ReportedAt, bool HasCertificate);

/// <summary>What came of 身に覚えがない.</summary>
public abstract record ReportLoginOutcome
{
    private ReportLoginOutcome()
    {
    }

    /// <summary>Reported now, or by an earlier try.</summary>
    public sealed record Reported(string ReceiptNumber) : ReportLoginOutcome;

    /// <summary>There is no such login of this user.</summary>
    public sealed record NoSuchLogin : ReportLoginOutcome;

    /// <summary>The session of who asked is over.</summary>
    public sealed record SessionEnded : ReportLoginOutcome;
}

/// <summary>
/// 身に覚えがない: a user does not know a login of theirs, or a try. Every other session of the user ends at once; the report is a
/// record that the company's masters read, and a mail to the user and to them. Passwords and certificate are the user's and the
/// master's to change: the page says so.
/// </summary>
public sealed class ReportLogin(
    StoreWriter writer, IDbContextFactory<DensaiDbContext> contexts, SessionWatch sessions, TimeProvider clock)
{
    /// <summary>The login with this 記録番号, or null: another's and invented are one answer, and it is recorded.</summary>
    public async Task<ReportedLogin?> FindAsync(Actor actor, string? recordNumber, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (sessions.Find(db, actor.SessionId, clock.GetUtcNow()).Live is not { } live)
        {
            return null;
        }

        if (long.TryParse(recordNumber, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && Find(db, live, number) is { } record)
        {
            var report = ReportOf(db, live, number);
            var line = new LoginHistoryLine(
                record.RecordNumber, record.At, record.Result == HistoryResult.Done, record.Detail, record.Source, record.Count,
                record.Result == HistoryResult.Done ? await db.Sessions.Where(s => s.UserId == live.User.Id && s.StartedAt == record.At)
                    .Select(s => s.UserAgent).FirstOrDefaultAsync(cancellation) : null,
                record.Result == HistoryResult.Done && record.At == live.Session.StartedAt,
                report is not null);
            return new(line, report?.ReceiptNumber, report?.At, live.Certificate is not null);
        }

        await writer.RecordForeignAccessAsync(sessions, live, actor, recordNumber);
        return null;
    }

    /// <summary>Reports a login. Told twice, it is one report.</summary>
    public Task<ReportLoginOutcome> ReportAsync(Actor actor, long recordNumber, CancellationToken cancellation = default) =>
        writer.PerformAnyTimeAsync<ReportLoginOutcome>(
            work =>
            {
                if (sessions.Find(work.Db, actor.SessionId, work.Now).Live is not { } live)
                {
                    work.Record(new HistoryEntry
                    {
                        Operation = HistoryOperation.LoginReport,
                        Result = HistoryResult.Refused,
                        Source = actor.Source,
                        Detail = "session-ended-meanwhile",
                        Value = ValueOf(recordNumber),
                    });
                    return new ReportLoginOutcome.SessionEnded();
                }

                if (Find(work.Db, live, recordNumber) is not { } login)
                {
                    return new ReportLoginOutcome.NoSuchLogin();
                }

                if (ReportOf(work.Db, live, recordNumber) is { ReceiptNumber: { } before })
                {
                    return new ReportLoginOutcome.Reported(before);
                }

                sessions.EndAll(work, live.User.Id, SessionEndReason.LoginReported, except: live.Session.Id);
                var receipt = ReceiptNumber.New(work.Now);
                work.Record(new HistoryEntry
                {
                    Operation = HistoryOperation.LoginReport,
                    Result = HistoryResult.Done,
                    CompanyId = live.CompanyId,
                    UserId = live.User.Id,
                    LoginId = live.User.LoginId,
                    Source = actor.Source,
                    SerialNumber = login.SerialNumber,
                    Detail = "login-not-mine",
                    Value = ValueOf(recordNumber),
                    ReceiptNumber = receipt,
                });
                return new ReportLoginOutcome.Reported(receipt);
            },
            cancellation);

    internal static string ValueOf(long recordNumber) => recordNumber.ToString(CultureInfo.InvariantCulture);

    private static HistoryRecord? Find(DensaiDbContext db, LiveSession live, long recordNumber) =>
        db.HistoryRecords.AsNoTracking().SingleOrDefault(r => r.CompanyId == live.CompanyId
            && r.RecordNumber == recordNumber
            && r.UserId == live.User.Id
            && r.Operation == HistoryOperation.Login);

    private static HistoryRecord? ReportOf(DensaiDbContext db, LiveSession live, long recordNumber)
    {
        var value = ValueOf(recordNumber);
        return LoginHistory.Reports(db, live).FirstOrDefault(r => r.Value == value);
    }
}
