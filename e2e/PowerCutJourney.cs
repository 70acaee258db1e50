using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// The server is killed (SIGKILL) in the middle of two hundred revocations, three times: nothing that was acknowledged is lost.
/// </summary>
public sealed partial class PowerCutJourney(AppUnderTest app, Browser browser) : Journey(app, browser), IClassFixture<AppUnderTest>
{
    private const int Users = 300;
    private const int Enough = 200;
    private const int AtOnce = 4;

    [Fact]
    public async Task KilledWhileRevoking_KeepsEveryAcknowledgedRevocation()
    {
        (await App.RunVerbAsync("seed", "--companies", "1", "--users", Users.ToString(CultureInfo.InvariantCulture))).Succeeded();
        var waiting = new ConcurrentQueue<string>((await App.QueryAsync(
            "SELECT u.LoginId FROM Users u JOIN Certificates c ON c.Id = u.CurrentCertificateId "
                + "WHERE u.LoginId LIKE '0501S%U%' AND c.RevokedAt IS NULL AND c.NotAfter > 1000 * unixepoch()"))
            .Select(row => row[0]));
        Assert.True(waiting.Count >= Enough, $"Only {waiting.Count} of {Users} seeded users hold a certificate");
        var receipts = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var unanswered = 0;

        foreach (var acknowledgedBeforeTheCut in new[] { 40, 90, 150 })
        {
            unanswered += await RevokeAsync(waiting, receipts, until: acknowledgedBeforeTheCut);
            await AssertAllStandAsync(receipts);
        }

        await RevokeAsync(waiting, receipts, until: null);
        await AssertAllStandAsync(receipts);
        Assert.True(
            receipts.Count + unanswered >= Enough, $"{receipts.Count} revocations were acknowledged, {unanswered} left without an answer");
        Assert.True(unanswered > 0, "No cut hit a revocation under way");
    }

    /// <param name="until">How many are acknowledged when the server is killed and started again; null: go on to the end.</param>
    /// <returns>How many were under way then and never answered.</returns>
    private async Task<int> RevokeAsync(ConcurrentQueue<string> waiting, ConcurrentDictionary<string, string> receipts, int? until)
    {
        var unanswered = 0;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        async Task WorkAsync()
        {
            while (waiting.TryDequeue(out var id))
            {
                if (await ControlLine.TryAskAsync(App, "revoke", id, "--reason", "superseded", "--operator", "counter1") is not { } answer)
                {
                    Interlocked.Increment(ref unanswered);
                    return;
                }

                Assert.True(answer.ExitCode == 0, $"revoke {id} ended with {answer.ExitCode}: {answer.Output}");
                Assert.True(receipts.TryAdd(Receipt().Match(answer.Output).Groups["number"].Value, id));
                if (receipts.Count >= until)
                {
                    reached.TrySetResult();
                }
            }
        }

        var work = Enumerable.Range(0, AtOnce).Select(_ => WorkAsync()).ToArray();
        var all = Task.WhenAll(work);
        if (until is not null)
        {
            await await Task.WhenAny(reached.Task, all);
            await App.KillAsync();
        }

        await all;
        if (until is not null)
        {
            await App.StartAsync();
        }

        return unanswered;
    }

    private async Task AssertAllStandAsync(ConcurrentDictionary<string, string> receipts)
    {
        var stored = (await App.QueryAsync(
            "SELECT r.ReceiptNumber, r.SerialNumber, c.RevokedAt IS NOT NULL "
                + "FROM CertificateRevocations r JOIN Certificates c ON c.SerialNumber = r.SerialNumber"))
            .ToDictionary(row => row[0], row => (Serial: row[1], IsRevoked: row[2]), StringComparer.Ordinal);
        // openssl prints whole octets, the database keeps the number.
        var published = (await RevocationList.FetchAsync(App)).Serials.Select(serial => serial.TrimStart('0'))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var lost = receipts.Keys.Where(number => !stored.TryGetValue(number, out var row) || row.IsRevoked is not "1").ToList();
        var missing = receipts.Keys.Where(
            number => stored.TryGetValue(number, out var row) && !published.Contains(row.Serial.TrimStart('0'))).ToList();
        Assert.True(
            lost.Count + missing.Count == 0,
            $"Of {receipts.Count} acknowledged revocations the database lacks {string.Join(", ", lost)}, "
                + $"the CRL {string.Join(", ", missing)}");
        (await App.RunVerbAsync("audit", "verify")).Succeeded();
    }

    [GeneratedRegex("receipt (?<number>[A-Z0-9-]+)", RegexOptions.NonBacktracking)]
    private static partial Regex Receipt();
}
