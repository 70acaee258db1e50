using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DensaiAdmin.Core.History;

/// <summary>One line of the anchor file.</summary>
/// <param name="Installation">Keyed by it, so that an empty data directory starts anew beside old lines.</param>
/// <param name="Sequence">Head of the history.</param>
/// <param name="Head">Hash of that record, upper hex.</param>
/// <param name="At">UTC milliseconds since 1970.</param>
/// <param name="Notes">"+serial" issued, "-serial" revoked, "#issuer:number" CRL published.</param>
/// <param name="Signature">Base64, ECDSA over the line without it.</param>
public sealed record AnchorLine(string Installation, long Sequence, string Head, long At, IReadOnlyList<string> Notes, string Signature)
{
    internal string Signed => string.Create(CultureInfo.InvariantCulture, $"{Installation}|{Sequence}|{Head}|{At}|{string.Join(',', Notes)}");
}

/// <summary>
/// The signed head of the history outside the data directory (setting <c>History:AnchorFile</c>): what an old backup or a cut
/// tail cannot know. Appended and flushed before an act is shown.
/// </summary>
public sealed class HistoryAnchor : IDisposable
{
    private readonly string _file;
    private readonly string _installation;
    private readonly ECDsa _key;
    private readonly List<string> _owed = [];
    private FileStream? _stream;

    /// <param name="file">Path of the anchor file.</param>
    /// <param name="installation">Installation ID of the data directory.</param>
    /// <param name="key">Signs the lines; owned by this object.</param>
    public HistoryAnchor(string file, string installation, ECDsa key)
    {
        _file = file;
        _installation = installation;
        _key = key;
    }

    /// <summary>Writes what an earlier commit still owes. Throws when the file cannot be written: then no act may begin.</summary>
    internal void CatchUp()
    {
        if (_owed.Count > 0)
        {
            Write();
        }
    }

    internal void Append(long sequence, byte[] head, IEnumerable<string> notes, DateTimeOffset at)
    {
        var line = new AnchorLine(_installation, sequence, Convert.ToHexString(head), at.ToUnixTimeMilliseconds(), [.. notes], "");
        var signature = _key.SignData(Encoding.UTF8.GetBytes(line.Signed), HashAlgorithmName.SHA256);
        _owed.Add(JsonSerializer.Serialize(line with { Signature = Convert.ToBase64String(signature) }));
        Write();
    }

    /// <summary>All lines of this installation whose signature holds, in order, and how many do not.</summary>
    public (IReadOnlyList<AnchorLine> Lines, int Bad) Read() => Read(_file, _installation, _key);

    /// <summary>The last good line of this installation, or null.</summary>
    public AnchorLine? Last()
    {
        var (lines, _) = Read();
        return lines.Count == 0 ? null : lines.MaxBy(l => l.Sequence);
    }

    public static (IReadOnlyList<AnchorLine> Lines, int Bad) Read(string file, string installation, ECDsa key)
    {
        var good = new List<AnchorLine>();
        var bad = 0;
        if (!File.Exists(file))
        {
            return (good, bad);
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } text)
        {
            AnchorLine? line = null;
            try
            {
                line = JsonSerializer.Deserialize<AnchorLine>(text);
            }
            catch (JsonException)
            {
                // A line torn by a crash is followed by a whole one; only its count is told.
            }

            if (line is null || !string.Equals(line.Installation, installation, StringComparison.Ordinal))
            {
                bad += line is null && text.Length > 0 ? 1 : 0;
                continue;
            }

            if (Verifies(line, key))
            {
                good.Add(line);
            }
            else
            {
                bad++;
            }
        }

        return (good, bad);
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _key.Dispose();
    }

    private static bool Verifies(AnchorLine line, ECDsa key)
    {
        try
        {
            return key.VerifyData(Encoding.UTF8.GetBytes(line.Signed), Convert.FromBase64String(line.Signature), HashAlgorithmName.SHA256);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private void Write()
    {
        try
        {
            _stream ??= Open();
            foreach (var line in _owed)
            {
                _stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
            }

            _stream.Flush(flushToDisk: true);
            _owed.Clear();
        }
        catch
        {
            _stream?.Dispose();
            _stream = null;
            throw;
        }
    }

    private FileStream Open()
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var stream = new FileStream(_file, options);
        // A crash may have left half a line: the next must begin on its own.
        if (stream.Length > 0)
        {
            stream.Seek(-1, SeekOrigin.End);
            if (stream.ReadByte() != '\n')
            {
                stream.Write("\n"u8);
            }
        }

        stream.Seek(0, SeekOrigin.End);
        return stream;
    }
}
