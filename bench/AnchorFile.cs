using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Bench;

/// <summary>The anchor of a bank as files: those that are closed, and the one that grows.</summary>
internal static class AnchorFile
{
    // As the product closes them.
    private const long MaxOctets = 4 * 1024 * 1024;

    /// <summary>All lines in their order. A line that a kill tore is none; the next one is whole.</summary>
    public static IEnumerable<AnchorLine> Lines(string directory) =>
        Files(directory).SelectMany(File.ReadLines).Select(Parse).OfType<AnchorLine>();

    /// <summary>
    /// Gives every record of the history a signed line of its own, as where no two acts share a commit; what was noted stays noted.
    /// </summary>
    public static async Task SignEachAsync(Bank bank)
    {
        var anchor = Bank.AnchorOf(bank.Directory);
        using var key = ECDsa.Create();
        key.ImportFromEncryptedPem(await File.ReadAllTextAsync(Path.Combine(Bank.DataOf(bank.Directory), "anchor.key")), Bank.Passphrase);
        var notes = Lines(bank.Directory).ToLookup(line => line.Sequence, line => line.Notes);
        Files(bank.Directory).ToList().ForEach(File.Delete);

        await using var db = await bank.Get<IDbContextFactory<DensaiDbContext>>().CreateDbContextAsync();
        var installation = (await db.Installations.SingleAsync()).Key;
        var (previous, closed) = ("", 0);
        var file = new StreamWriter(anchor, append: false);
        try
        {
            await foreach (var record in db.HistoryRecords.OrderBy(r => r.Sequence).Select(r => new { r.Sequence, r.Hash, r.At })
                .AsAsyncEnumerable())
            {
                if (file.BaseStream.Position > MaxOctets)
                {
                    await file.DisposeAsync();
                    File.Move(anchor, $"{anchor}.{(++closed).ToString("D6", CultureInfo.InvariantCulture)}");
                    file = new StreamWriter(anchor, append: false);
                }

                var line = new AnchorLine(
                    installation, record.Sequence, Convert.ToHexString(record.Hash), record.At.ToUnixTimeMilliseconds(),
                    [.. notes[record.Sequence].SelectMany(n => n)], "")
                {
                    Previous = previous,
                };
                var text = JsonSerializer.Serialize(line with
                {
                    Signature = Convert.ToBase64String(
                    key.SignData(Encoding.UTF8.GetBytes(line.Signed), HashAlgorithmName.SHA256))
                });
                previous = AnchorLine.HashOf(text);
                await file.WriteLineAsync(text);
            }
        }
        finally
        {
            await file.DisposeAsync();
        }
    }

    private static IEnumerable<string> Files(string directory)
    {
        var anchor = Bank.AnchorOf(directory);
        var closed = Directory.EnumerateFiles(directory, Path.GetFileName(anchor) + ".*")
            .Where(file => Path.GetExtension(file)[1..].All(char.IsAsciiDigit)).Order(StringComparer.Ordinal);
        return File.Exists(anchor) ? closed.Append(anchor) : closed;
    }

    private static AnchorLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<AnchorLine>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
