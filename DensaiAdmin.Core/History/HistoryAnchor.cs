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
/// <param name="Notes">What was issued, revoked and published, each as <see cref="AnchorNote"/> writes it.</param>
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
    // So many signatures are checked on all cores at a time: milliseconds, in which nobody else's work waits for a thread.
    private const int Block = 500;

    private readonly string _file;
    private readonly string _installation;
    private readonly ECDsa _key;
    private readonly ECDsa _verifier;
    private readonly List<string> _owed = [];
    private FileStream? _stream;
    private bool _hasReserve;

    /// <param name="file">Path of the anchor file.</param>
    /// <param name="installation">Installation ID of the data directory.</param>
    /// <param name="key">Signs the lines; owned by this object.</param>
    public HistoryAnchor(string file, string installation, ECDsa key)
    {
        _file = file;
        _installation = installation;
        _key = key;
        // Of its own: lines are read on other threads while the writer signs.
        _verifier = ECDsa.Create(key.ExportParameters(includePrivateParameters: false));
    }

    // Room for the line of one commit, held so that a disk which fills between commit and anchor does not part the two.
    private string ReserveFile => _file + ".reserve";

    /// <summary>
    /// Opens the file and writes what an earlier commit still owes. Throws when it cannot be written: then no act may begin.
    /// </summary>
    internal void CatchUp()
    {
        // Whoever moves the file away or puts another in its place must not leave us writing where nobody reads.
        if (_stream is not null && (!File.Exists(_file) || new FileInfo(_file).Length < _stream.Position))
        {
            Close();
        }

        if (_owed.Count > 0)
        {
            Write();
        }
        else
        {
            _stream ??= Open();
        }

        KeepReserve();
    }

    internal void Append(long sequence, byte[] head, IEnumerable<string> notes, DateTimeOffset at)
    {
        var line = new AnchorLine(_installation, sequence, Convert.ToHexString(head), at.ToUnixTimeMilliseconds(), [.. notes], "");
        var signature = _key.SignData(Encoding.UTF8.GetBytes(line.Signed), HashAlgorithmName.SHA256);
        _owed.Add(JsonSerializer.Serialize(line with { Signature = Convert.ToBase64String(signature) }));
        Write();
    }

    /// <summary>
    /// All whole lines of this installation in their order, and whether their signature holds. A line that a crash tore is none: it
    /// was never shown to have been written. Memory does not grow with the file.
    /// </summary>
    public IEnumerable<(AnchorLine Line, bool IsSigned)> Read()
    {
        var parameters = _verifier.ExportParameters(includePrivateParameters: false);
        foreach (var block in Parse().Chunk(Block))
        {
            var signed = new bool[block.Length];
            // A key of its own for each thread: one is not made for several at once.
            Parallel.For(
                0,
                block.Length,
                () => ECDsa.Create(parameters),
                (i, _, key) =>
                {
                    signed[i] = Verifies(block[i], key);
                    return key;
                },
                key => key.Dispose());
            foreach (var (i, line) in block.Index())
            {
                yield return (line, signed[i]);
            }
        }
    }

    /// <summary>
    /// The good line of this installation with the highest head, or null. By the head, not by the place: an old line copied to the
    /// end says nothing new. Only as many signatures are checked as it takes, so that a start does not wait for all of them.
    /// </summary>
    public AnchorLine? Last()
    {
        AnchorLine? highest = null;
        foreach (var line in Parse())
        {
            highest = line.Sequence >= highest?.Sequence || highest is null ? line : highest;
        }

        // Only where somebody tampered with the highest are all of them held at once to find the next.
        return highest is null || Verifies(highest, _verifier) ? highest
            : Parse().Reverse().OrderByDescending(l => l.Sequence).FirstOrDefault(l => Verifies(l, _verifier));
    }

    private IEnumerable<AnchorLine> Parse()
    {
        if (!File.Exists(_file))
        {
            yield break;
        }

        using var reader = new StreamReader(new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } text)
        {
            if (Parse(text) is { } line && string.Equals(line.Installation, _installation, StringComparison.Ordinal))
            {
                yield return line;
            }
        }
    }

    private static AnchorLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<AnchorLine>(text);
        }
        catch (JsonException)
        {
            // Torn by a crash: the whole line follows it, or the next start writes the head anew.
            return null;
        }
    }

    public void Dispose()
    {
        Close();
        _key.Dispose();
        _verifier.Dispose();
    }

    private static bool Verifies(AnchorLine line, ECDsa key)
    {
        if (line.Head is null || line.Notes is null || line.Signature is null)
        {
            return false;
        }

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
            WriteOwed();
        }
        catch (IOException) when (_hasReserve)
        {
            File.Delete(ReserveFile);
            _hasReserve = false;
            WriteOwed();
        }
    }

    private void WriteOwed()
    {
        try
        {
            _stream ??= Open();
            // Always the end as it is now: another installation may write its own lines into the same file.
            _stream.Seek(0, SeekOrigin.End);
            _stream.Write(Encoding.UTF8.GetBytes(string.Concat(_owed.Select(line => line + "\n"))));
            _stream.Flush(flushToDisk: true);
            _owed.Clear();
        }
        catch
        {
            Close();
            throw;
        }
    }

    private void Close()
    {
        // A stream that cannot write may throw again when it is closed; it must be gone all the same, or no later write gets through.
        var stream = _stream;
        _stream = null;
        try
        {
            stream?.Dispose();
        }
        catch (IOException)
        {
            // Said already by the write that failed.
        }
    }

    private void KeepReserve()
    {
        if (_hasReserve)
        {
            return;
        }

        try
        {
            using var reserve = new FileStream(ReserveFile, Options(FileMode.Create));
            reserve.Write(new byte[64 * 1024]);
            reserve.Flush(flushToDisk: true);
            _hasReserve = true;
        }
        catch (UnauthorizedAccessException)
        {
            // Beside the anchor nothing else may be written: then without.
        }
    }

    private FileStream Open()
    {
        var stream = new FileStream(_file, Options(FileMode.OpenOrCreate));
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

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
