using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Bench.Measures;

/// <summary>
/// What a server acknowledged, whatever became of the server meanwhile: certificates of its users are revoked and issued in turn, eight at
/// once. After each restart all of it must stand in the database, in the chained history, in the anchor and in the published CRL, and
/// nothing may be on the CRL without a record. Any miss is an exception.
/// </summary>
internal sealed class Ledger
{
    public const int AtOnce = 8;

    private const int Users = 240;
    private const int ReadyWithin = 5;

    private readonly HashSet<string> _revokedBefore;
    private readonly ConcurrentQueue<Holder> _waiting = new();
    private readonly ConcurrentQueue<string> _unknown = new();
    private readonly ConcurrentDictionary<string, string> _revoked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _issued = new(StringComparer.Ordinal);
    private readonly List<TimeSpan> _ready = [];
    private long _crlNumber;
    private int _cut;

    private Ledger(HashSet<string> revokedBefore) => _revokedBefore = revokedBefore;

    /// <param name="LoginId">A user.</param>
    /// <param name="Serial">Of the certificate to be revoked; null where one is to be issued.</param>
    private sealed record Holder(string LoginId, string? Serial);

    public int Acknowledged => _revoked.Count + _issued.Count;

    /// <summary>Takes up a bank that no server is running on.</summary>
    public static async Task<Ledger> OpenAsync(string directory)
    {
        var now = DateTimeOffset.UtcNow;
        await using var db = Read(directory);
        var ledger = new Ledger(await SerialsAsync(db.Certificates.Where(c => c.RevokedAt != null).Select(c => c.SerialNumber)));

        // Not the expired ones: their entries leave the list again after one that was issued beyond their validity (RFC 5280 3.3).
        var users = await db.Users
            .Where(u => u.Role == UserRole.General
                && u.SuspendedAt == null
                && u.CurrentCertificateId != null
                && u.CertificateRevokedAt == null
                && u.CertificateNotAfter > now
                && u.LoginId.StartsWith("0501S"))
            .OrderBy(u => u.Id).Select(u => new { u.LoginId, u.CurrentCertificate!.SerialNumber }).Take(Users).ToListAsync();
        users.ForEach(u => ledger._waiting.Enqueue(new(u.LoginId, u.SerialNumber.ToString())));
        return ledger;
    }

    /// <summary>Lets acts happen until the server goes away.</summary>
    /// <param name="directory">The bank.</param>
    /// <param name="power">Cancelled when the disk goes away before the server does: from then on it may refuse.</param>
    public Task WorkAsync(string directory, CancellationToken power = default) => Task.WhenAll(Enumerable.Range(0, AtOnce)
        .Select(_ => Task.Run(async () =>
    {
        while (_waiting.TryDequeue(out var holder))
        {
            try
            {
                _waiting.Enqueue(await ActAsync(directory, holder));
            }
            catch (Exception cut) when (cut is IOException or SocketException
                || (cut is InvalidOperationException && power.IsCancellationRequested))
            {
                // Done or not: the server knows after its restart.
                Interlocked.Increment(ref _cut);
                _unknown.Enqueue(holder.LoginId);
                return;
            }
        }
    })));

    /// <summary>
    /// Completes at a random moment in the middle of the work: some acts are in the writer, some before it, some between commit and answer.
    /// </summary>
    public async Task HappenAsync(int acts, Task work)
    {
        var enough = acts + Random.Shared.Next(AtOnce);
        while (Acknowledged < enough && !work.IsCompleted)
        {
            await Task.Delay(1);
        }

        await Task.Delay(Random.Shared.Next(15));
    }

    public static void Heading(string of) =>
        Figures.Table(of, "acknowledged by then", "outcome unknown", "ready after, s", "CRL number", "history");

    /// <summary>Holds everything that was ever acknowledged against a server that has just started.</summary>
    public async Task CheckAsync(string directory, int round, TimeSpan ready)
    {
        if (round > 0)
        {
            _ready.Add(ready);
        }

        using var http = new HttpClient();
        var issuer = new AuthorityCertificate(await http.GetByteArrayAsync(new Uri(Settings.Pki + "/pki/ca.cer")));
        var list = CertificateRevocationList.Read(await http.GetByteArrayAsync(new Uri(Settings.Pki + "/pki/ca.crl")), issuer)
            ?? throw new InvalidOperationException("The published CRL is not the issuer's.");
        Must(list.Number >= _crlNumber, $"CRL number {list.Number} after {_crlNumber}");
        _crlNumber = list.Number;
        var listed = list.Entries.Select(e => e.Serial.ToString()).ToHashSet(StringComparer.Ordinal);
        var notes = AnchorFile.Lines(directory).SelectMany(line => line.Notes).Select(AnchorNote.Parse).ToList();
        var anchoredRevoked = notes.OfType<AnchorNote.Revoked>().Select(n => n.SerialNumber.ToString()).ToHashSet(StringComparer.Ordinal);
        var anchoredIssued = notes.OfType<AnchorNote.Issued>().Select(n => n.SerialNumber.ToString()).ToHashSet(StringComparer.Ordinal);
        await using var db = Read(directory);
        var records = await db.HistoryRecords.Where(r => r.SerialNumber != null)
            .Select(r => new { r.Operation, r.Result, r.Detail, Serial = r.SerialNumber! }).ToListAsync();
        var recordedRevoked = records.Where(
            r => r is { Operation: HistoryOperation.Revocation, Result: HistoryResult.Done } || r.Detail == "abandoned")
            .Select(r => r.Serial).ToHashSet(StringComparer.Ordinal);
        var recordedIssued = records.Where(r => r is { Operation: HistoryOperation.Issue, Result: HistoryResult.Done })
            .Select(r => r.Serial).ToHashSet(StringComparer.Ordinal);
        var stored = (await db.Certificates.Select(c => new { c.SerialNumber, IsRevoked = c.RevokedAt != null, c.User!.LoginId })
            .ToListAsync())
            .ToDictionary(c => c.SerialNumber.ToString(), c => (c.IsRevoked, c.LoginId), StringComparer.Ordinal);
        foreach (var (serial, loginId) in _revoked)
        {
            Must(stored[serial].IsRevoked, $"{serial} of {loginId} is not revoked in the database");
            Must(recordedRevoked.Contains(serial), $"The revocation of {serial} of {loginId} has no record in the history");
            Must(anchoredRevoked.Contains(serial), $"The revocation of {serial} of {loginId} is not in the anchor");
            Must(listed.Contains(serial), $"{serial} of {loginId} is not on the CRL");
        }

        foreach (var (serial, loginId) in _issued)
        {
            Must(
                stored.TryGetValue(serial, out var certificate) && string.Equals(certificate.LoginId, loginId, StringComparison.Ordinal),
                $"{serial} of {loginId} is not in the database");
            Must(recordedIssued.Contains(serial), $"The issue of {serial} to {loginId} has no record in the history");
            Must(anchoredIssued.Contains(serial), $"The issue of {serial} to {loginId} is not in the anchor");
            Must(certificate.IsRevoked == listed.Contains(serial), $"Database and CRL do not agree on {serial} of {loginId}");
        }

        foreach (var serial in listed.Where(s => !_revokedBefore.Contains(s)))
        {
            Must(recordedRevoked.Contains(serial), $"{serial} is on the CRL without a record");
        }

        var audit = await Control.AskAsync(directory, "audit", "verify");
        Must(audit.ExitCode == 0, $"audit verify: {audit.Text}");
        Figures.Row(
            Number(round), Number(Acknowledged), Number(_cut), ready.TotalSeconds.Text("0.0"),
            list.Number.ToString(CultureInfo.InvariantCulture), audit.Text.Trim().ReplaceLineEndings(" "));
        await TakeUpUnknownAsync(db);
    }

    /// <summary>The last word of a run that found everything.</summary>
    public void Close()
    {
        var seconds = _ready.Select(r => r.TotalSeconds).ToList();
        Console.WriteLine(
            $"\nEach of {_revoked.Count} acknowledged revocations and {_issued.Count} acknowledged issues "
                + "stood in database, history, anchor and CRL after every restart."
                + $"\nReady after {seconds.Median().Text("0.0")} s ({seconds.Min().Text("0.0")} to {seconds.Max().Text("0.0")}); "
                + $"{seconds.Count(s => s > ReadyWithin)} of {seconds.Count} later than {ReadyWithin} s.");
    }

    private async Task<Holder> ActAsync(string directory, Holder holder)
    {
        if (holder.Serial is { } serial)
        {
            await Control.RevokeAsync(directory, holder.LoginId);
            _revoked[serial] = holder.LoginId;
            return holder with { Serial = null };
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = X509Certificate2.CreateFromPem(await Control.IssueAsync(directory, holder.LoginId, Bank.NewRequest(key)));
        var issued = SerialNumber.Parse(certificate.SerialNumber).ToString();
        _issued[issued] = holder.LoginId;
        return holder with { Serial = issued };
    }

    private async Task TakeUpUnknownAsync(DensaiDbContext db)
    {
        while (_unknown.TryDequeue(out var loginId))
        {
            var user = await db.Users.Include(u => u.CurrentCertificate).SingleAsync(u => u.LoginId == loginId);
            _waiting.Enqueue(new(loginId, user.CurrentCertificate is { RevokedAt: null } active ? active.SerialNumber.ToString() : null));
        }
    }

    private static async Task<HashSet<string>> SerialsAsync(IQueryable<SerialNumber> serials) =>
        (await serials.ToListAsync()).Select(s => s.ToString()).ToHashSet(StringComparer.Ordinal);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Not pooled: an open file would keep the disk that it lies on.
    private static DensaiDbContext Read(string directory) =>
        new(new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite(
            $"Data Source={Path.Combine(Bank.DataOf(directory), "densai.db")};Mode=ReadOnly;Pooling=False").Options);

    private static void Must(bool truth, string otherwise)
    {
        if (!truth)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
