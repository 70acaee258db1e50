using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Bench.Measures;

/// <summary>
/// Fault E1: the server is killed (SIGKILL) again and again while 200 certificates are revoked, eight at once. After each restart
/// everything that was ever acknowledged must stand in the database, in the chained history, in the anchor and in the published CRL; and
/// nothing may be on the CRL without a record. Any miss ends the run with an error.
/// </summary>
internal static class Killing
{
    private const int Revocations = 200;
    private const int AtOnce = 8;
    private const int Kills = 6;

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading("E1 · kill -9 during 200 revocations");
        var directory = await Bank.CopyAsync(settings, 1_000);
        var before = await RevokedAsync(directory);
        var waiting = new ConcurrentQueue<string>(await RevocableAsync(directory));
        var acknowledged = new ConcurrentDictionary<string, byte>(StringComparer.Ordinal);
        var (unknown, crlNumber) = (0, 0L);
        var ready = new List<double>();
        var random = new Random();
        Figures.Table("kill", "acknowledged by then", "outcome unknown", "ready after, s", "CRL number", "history");
        for (var kill = 1; kill <= Kills + 1; kill++)
        {
            var (server, took) = await settings.StartAppAsync(directory);
            await using (server)
            {
                ready.Add(took.TotalSeconds);
                crlNumber = await CheckAsync(directory, [.. acknowledged.Keys], before, crlNumber);
                var audit = await Control.AskAsync(directory, "audit", "verify");
                if (audit.ExitCode != 0)
                {
                    throw new InvalidOperationException($"audit verify: {audit.Text}");
                }

                Figures.Row(
                    (kill - 1).ToString(CultureInfo.InvariantCulture), acknowledged.Count.ToString(CultureInfo.InvariantCulture), unknown.ToString(CultureInfo.InvariantCulture),
                    took.TotalSeconds.Text("0.0"), crlNumber.ToString(CultureInfo.InvariantCulture), audit.Text.Trim().ReplaceLineEndings(" "));
                if (kill > Kills)
                {
                    break;
                }

                var upTo = Revocations * kill / Kills;
                using var enough = new CancellationTokenSource();
                var workers = Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
                {
                    while (!enough.IsCancellationRequested && waiting.TryDequeue(out var loginId))
                    {
                        try
                        {
                            await Control.RevokeAsync(directory, loginId);
                            acknowledged[loginId] = 0;
                            if (acknowledged.Count >= upTo)
                            {
                                await enough.CancelAsync();
                            }
                        }
                        catch (Exception cut) when (cut is IOException or SocketException)
                        {
                            Interlocked.Increment(ref unknown);
                            return;
                        }
                    }
                })).ToArray();

                // In the middle of the work: some acts are in the writer, some before it, some between commit and answer.
                var moment = upTo - random.Next(5, 25);
                while (acknowledged.Count < moment && !Array.TrueForAll(workers, w => w.IsCompleted))
                {
                    await Task.Delay(1);
                }

                await Task.Delay(random.Next(0, 15));
                await server.KillAsync();
                await Task.WhenAll(workers);
            }
        }

        Console.WriteLine($"\nEach of {acknowledged.Count} acknowledged revocations stood in database, history, anchor and CRL after every restart.");
    }

    /// <returns>Number of the published CRL.</returns>
    private static async Task<long> CheckAsync(string directory, IReadOnlyCollection<string> acknowledged, HashSet<string> before, long lastNumber)
    {
        using var http = new HttpClient();
        var issuer = new AuthorityCertificate(await http.GetByteArrayAsync(new Uri(Settings.Pki + "/pki/ca.cer")));
        var list = CertificateRevocationList.Read(await http.GetByteArrayAsync(new Uri(Settings.Pki + "/pki/ca.crl")), issuer)
            ?? throw new InvalidOperationException("The published CRL is not the issuer's.");
        Must(list.Number >= lastNumber, $"CRL number {list.Number} after {lastNumber}");
        var listed = list.Entries.Select(e => e.Serial.ToString()).ToHashSet(StringComparer.Ordinal);
        var anchored = File.ReadLines(Bank.DataOf(directory) + ".anchor").SelectMany(Notes).ToHashSet(StringComparer.Ordinal);
        await using var db = Read(directory);
        var recorded = (await db.HistoryRecords.Where(r => r.Operation == HistoryOperation.Revocation && r.Result == HistoryResult.Done).Select(r => r.SerialNumber).ToListAsync()).ToHashSet(StringComparer.Ordinal);
        foreach (var loginId in acknowledged)
        {
            var certificate = (await db.Users.Include(u => u.CurrentCertificate).SingleAsync(u => u.LoginId == loginId)).CurrentCertificate!;
            var serial = certificate.SerialNumber.ToString();
            Must(certificate.RevokedAt is not null, $"{loginId} is not revoked in the database");
            Must(recorded.Contains(serial!), $"{loginId} has no record in the history");
            Must(anchored.Contains("-" + serial), $"{loginId} is not in the anchor");
            Must(listed.Contains(serial!), $"{loginId} is not on the CRL");
        }

        foreach (var serial in listed.Where(s => !before.Contains(s)))
        {
            Must(recorded.Contains(serial), $"{serial} is on the CRL without a record");
        }

        return list.Number;
    }

    private static IEnumerable<string> Notes(string line)
    {
        try
        {
            return JsonDocument.Parse(line).RootElement.GetProperty("Notes").EnumerateArray().Select(n => n.GetString()!).ToList();
        }
        catch (JsonException)
        {
            // Torn by a kill; the next line is whole.
            return [];
        }
    }

    private static async Task<HashSet<string>> RevokedAsync(string directory)
    {
        await using var db = Read(directory);
        return (await db.Certificates.Where(c => c.RevokedAt != null).Select(c => c.SerialNumber).ToListAsync()).Select(s => s.ToString()).ToHashSet(StringComparer.Ordinal);
    }

    // Not the expired ones: their entries leave the list again after one that was issued beyond their validity (RFC 5280 3.3).
    private static async Task<List<string>> RevocableAsync(string directory)
    {
        var now = DateTimeOffset.UtcNow;
        await using var db = Read(directory);
        return await db.Users
            .Where(u => u.Role == UserRole.General && u.CurrentCertificateId != null && u.CertificateRevokedAt == null && u.CertificateNotAfter > now && u.LoginId.StartsWith("0501S"))
            .OrderBy(u => u.Id).Select(u => u.LoginId).ToListAsync();
    }

    private static DensaiDbContext Read(string directory) =>
        new(new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite($"Data Source={Path.Combine(Bank.DataOf(directory), "densai.db")};Mode=ReadOnly").Options);

    private static void Must(bool truth, string otherwise)
    {
        if (!truth)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
