using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DensaiAdmin.Core.Store;

/// <summary>One line of the anchor file.</summary>
/// <param name="Installation">Keyed by it, so that an empty data directory starts anew beside old lines.</param>
/// <param name="Sequence">Head of the history.</param>
/// <param name="Head">Hash of that record, upper hex.</param>
/// <param name="At">UTC milliseconds since 1970.</param>
/// <param name="Notes">What was issued, revoked and published, each as <see cref="AnchorNote"/> writes it.</param>
/// <param name="Signature">Base64, ECDSA over the line without it.</param>
public sealed record AnchorLine(string Installation, long Sequence, string Head, long At, IReadOnlyList<string> Notes, string Signature)
{
    /// <summary>
    /// <see cref="TextHash"/> of this installation's line before, empty for its first: no line can be taken out, and no file of them.
    /// Null in lines of earlier versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Previous { get; init; }

    /// <summary>First 16 octets of SHA-256 over the line as it stands in the file, upper hex.</summary>
    [JsonIgnore]
    public string TextHash { get; init; } = "";

    internal string Signed => string.Create(
        CultureInfo.InvariantCulture,
        $"{Installation}|{Sequence}|{Head}|{At}|{string.Join(',', Notes)}{(Previous is null ? "" : "|" + Previous)}");

    internal static string HashOf(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}

/// <summary>
/// The signed head of the history outside the data directory (setting <c>History:AnchorFile</c>): what an old backup or a cut
/// tail cannot know. Appended and flushed before an act is shown. A file that has grown is closed under its name with a number
/// behind it (<c>.000001</c> and so on); each line is linked to the one before, also over files, and what is asked daily is read from
/// the end.
/// </summary>
public sealed class HistoryAnchor : IDisposable
{
    // So many signatures are checked on all cores at a time: milliseconds, in which nobody else's work waits for a thread.
    private const int Block = 500;

    private const int DigitsOfSegment = 6;

    private readonly string _file;
    private readonly string _installation;
    private readonly ECDsa _key;
    private readonly ECDsa _verifier;
    private readonly List<string> _owed = [];

    // Held while the files change their names, and while they are listed.
    private readonly Lock _names = new();
    private FileStream? _stream;
    private bool _hasReserve;
    private bool _mayClose = true;
    private string? _previous;
    private (long Sequence, byte[] Hash)? _newest;

    // The newest sequence that the file is known to hold.
    private long? _written;

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

    /// <summary>Octets after which a file is closed and the next begun.</summary>
    internal long MaxSegment { get; init; } = 4 * 1024 * 1024;

    /// <summary>What this anchor, and the lists published since, say is revoked, as far as it was read.</summary>
    public RevokedSerials Revoked { get; } = new();

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

        // Nor have us begin one that knows nothing of what went before: what it said would be lost for good.
        // What a link leads to is its maker's.
        if (_stream is null && _written is { } known && new FileInfo(_file).LinkTarget is null && (Last()?.Sequence ?? 0) < known)
        {
            throw new AnchorLostException();
        }

        if (_owed.Count > 0)
        {
            Write();
        }
        else
        {
            _stream ??= Open();
        }

        if (_mayClose && _stream!.Length > MaxSegment)
        {
            BeginSegment();
        }

        // While no act has begun: where the anchor cannot be read, none may.
        _ = KnownPrevious();
        KeepReserve();
    }

    /// <summary>
    /// Writes the last octet over again and flushes it: whether the next line can be made durable is known only by doing it.
    /// </summary>
    internal void Probe()
    {
        var stream = _stream ??= Open();
        if (stream.Length > 0)
        {
            stream.Seek(-1, SeekOrigin.End);
            stream.Write("\n"u8);
        }

        DurableFile.FlushToDisk(stream);
    }

    /// <summary>
    /// The head that was told last, also where its line is still owed; null when there is no line. Asked by the writer only: from the first
    /// time on it is kept here, whatever becomes of the file.
    /// </summary>
    internal (long Sequence, byte[] Hash)? Newest
    {
        get
        {
            _ = KnownPrevious();
            return _newest;
        }
    }

    internal void Append(long sequence, byte[] head, IEnumerable<AnchorNote> notes, DateTimeOffset at)
    {
        var said = notes.ToList();
        // Whatever becomes of the line: the act is durable, and what it revoked stays so.
        foreach (var revoked in said.OfType<AnchorNote.Revoked>())
        {
            Revoked.Note(revoked, at);
        }

        var line = new AnchorLine(
            _installation, sequence, Convert.ToHexString(head), at.ToUnixTimeMilliseconds(), [.. said.Select(note => note.ToString()!)], "")
        {
            Previous = KnownPrevious(),
        };
        var signature = _key.SignData(Encoding.UTF8.GetBytes(line.Signed), HashAlgorithmName.SHA256);
        var text = JsonSerializer.Serialize(line with { Signature = Convert.ToBase64String(signature) });
        _previous = AnchorLine.HashOf(text);
        _owed.Add(text);
        _newest = (sequence, head);
        Write();
    }

    /// <summary>The hash of the last line, "" for none. Read from the files once, with all that is kept of that line.</summary>
    private string KnownPrevious()
    {
        if (_previous is null)
        {
            var last = Last();
            _newest = last is null ? null : (last.Sequence, Convert.FromHexString(last.Head));
            _written = last?.Sequence;
            _previous = last?.TextHash ?? "";
        }

        return _previous;
    }

    /// <summary>
    /// All whole lines of this installation in their order, and whether their signature holds. A line that a crash tore is none: it
    /// was never shown to have been written. Memory does not grow with the file.
    /// </summary>
    public IEnumerable<(AnchorLine Line, bool IsSigned)> Read() => Evaluate(Parse());

    private IEnumerable<(AnchorLine Line, bool IsSigned)> Evaluate(IEnumerable<AnchorLine> lines)
    {
        var parameters = _verifier.ExportParameters(includePrivateParameters: false);
        foreach (var block in lines.Chunk(Block))
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
    /// The good line of this installation with the highest head, or null. Where the newest file is in order, its last line is the one;
    /// only where it is not, all are looked at.
    /// </summary>
    public AnchorLine? Last()
    {
        foreach (var file in FilesFromEnd())
        {
            if (InOrder(file, _ => false, Straight) is not { } found)
            {
                return Highest();
            }

            if (found.Last is not null)
            {
                return found.Last;
            }
        }

        return null;
    }

    /// <summary>
    /// Lines of this installation that tell of revocations or CRLs and whose signature holds, the newest first. As many files are read as
    /// are asked for.
    /// </summary>
    internal IEnumerable<AnchorLine> RevocationsFromEnd() =>
        FilesFromEnd()
            .SelectMany(file => Enumerable.Reverse(
                (InOrder(file, TellsOfRevocations, Straight) ?? InOrder(file, TellsOfRevocations, Rising)!.Value).Wanted))
            .Where(line => Verifies(line, _verifier));

    private static bool TellsOfRevocations(AnchorLine line) => line.Notes?.Any(note => note?.Length > 0 && note[0] is '-' or '#') == true;

    // Each is closed once the next is asked for.
    private IEnumerable<(FileStream Stream, List<string> Older)> FilesFromEnd()
    {
        var (closed, growing) = Files();
        closed.Reverse();
        using (growing)
        {
            if (growing is not null)
            {
                yield return (growing, closed);
            }
        }

        while (closed.Count > 0)
        {
            using var stream = AnchorLines.Open(closed[0]);
            closed.RemoveAt(0);
            yield return (stream, closed);
        }
    }

    /// <summary>
    /// Reads a file from its beginning: where it can only be appended to, anybody may set a copy of old lines behind the newest, linked
    /// among themselves as they always were.
    /// </summary>
    /// <param name="file">The file, and those before it, the newest first.</param>
    /// <param name="isWanted">Which lines are asked for.</param>
    /// <param name="follow">
    /// Takes the line before the file and the file's own, and gives those that count; null where it is not in order.
    /// </param>
    /// <returns>The wanted lines and the last one of this installation; null where the file is not in order.</returns>
    private (List<AnchorLine> Wanted, AnchorLine? Last)? InOrder(
        (FileStream Stream, List<string> Older) file, Predicate<AnchorLine> isWanted,
        Func<AnchorLine?, IEnumerable<AnchorLine>, IEnumerable<AnchorLine?>> follow)
    {
        var wanted = new List<AnchorLine>();
        AnchorLine? last = null;
        file.Stream.Seek(0, SeekOrigin.Begin);
        foreach (var line in follow(LastOf(file.Older), Parse(file.Stream)))
        {
            if (line is null)
            {
                return null;
            }

            last = line;
            if (isWanted(line))
            {
                wanted.Add(line);
            }
        }

        return (wanted, last);
    }

    // Each line linked to the one before and none with a lower head, so that whoever signed the last has seen all of them: nobody else's
    // signature need be looked at. Lines of earlier versions are linked to nothing.
    private IEnumerable<AnchorLine?> Straight(AnchorLine? before, IEnumerable<AnchorLine> lines)
    {
        var last = before;
        foreach (var line in lines.Where(line => !string.Equals(line.TextHash, last?.TextHash, StringComparison.Ordinal)))
        {
            if (last is not null && (line.Sequence < last.Sequence || !Follows(line, last)))
            {
                yield return null;
                yield break;
            }

            last = line;
            yield return line;
        }

        if (last is not null && !Verifies(last, _verifier))
        {
            yield return null;
        }
    }

    // What is left of a file that is not in order: signed, and of a higher head than whatever counted before, or linked to it.
    private IEnumerable<AnchorLine?> Rising(AnchorLine? before, IEnumerable<AnchorLine> lines)
    {
        var last = before;
        foreach (var (line, isSigned) in Evaluate(lines))
        {
            if (isSigned && (last is null || line.Sequence > last.Sequence || (line.Sequence == last.Sequence && Follows(line, last))))
            {
                last = line;
                yield return line;
            }
        }
    }

    private static bool Follows(AnchorLine line, AnchorLine last) =>
        line.Previous is null || string.Equals(line.Previous, last.TextHash, StringComparison.Ordinal);

    /// <summary>
    /// The last good line of these files, the newest of them first; null where there is none, or where it cannot be read now.
    /// </summary>
    private AnchorLine? LastOf(List<string> closed)
    {
        try
        {
            return closed.SelectMany(FromEnd).FirstOrDefault(line => Verifies(line, _verifier));
        }
        catch (IOException)
        {
            // What the newest file says by itself must do: a closed file that is damaged keeps nobody from working.
            return null;
        }
    }

    // By the head, not by the place: an old line copied to the end says nothing new.
    private AnchorLine? Highest()
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
        var (closed, growing) = Files();
        using (growing)
        {
            foreach (var file in closed)
            {
                using var stream = AnchorLines.Open(file);
                foreach (var line in Parse(stream))
                {
                    yield return line;
                }
            }

            if (growing is not null)
            {
                foreach (var line in Parse(growing))
                {
                    yield return line;
                }
            }
        }
    }

    private IEnumerable<AnchorLine> Parse(FileStream stream) => Ours(AnchorLines.FromStart(stream));

    private IEnumerable<AnchorLine> Ours(IEnumerable<ReadOnlyMemory<byte>> lines) => lines.Select(ParseOurs).OfType<AnchorLine>();

    private IEnumerable<AnchorLine> FromEnd(string file)
    {
        using var stream = AnchorLines.Open(file);
        foreach (var line in Ours(AnchorLines.FromEnd(stream)))
        {
            yield return line;
        }
    }

    // An editor that kept the file once may have left a mark at its beginning and carriage returns: what was signed is the line.
    private AnchorLine? ParseOurs(ReadOnlyMemory<byte> text)
    {
        var line = Parse(Encoding.UTF8.GetString(text.Span).TrimStart('\uFEFF').TrimEnd('\r'));
        return string.Equals(line?.Installation, _installation, StringComparison.Ordinal) ? line : null;
    }

    // The growing file is opened while no other can take its name; the closed ones keep theirs.
    private (List<string> Closed, FileStream? Growing) Files()
    {
        lock (_names)
        {
            return (Closed(), File.Exists(_file) ? AnchorLines.Open(_file) : null);
        }
    }

    private List<string> Closed()
    {
        var full = Path.GetFullPath(_file);
        var directory = Path.GetDirectoryName(full)!;
        return !Directory.Exists(directory) ? [] :
        [
            .. Directory.EnumerateFiles(directory, Path.GetFileName(full) + ".*").Where(file => NumberOf(file) > 0).OrderBy(NumberOf),
        ];
    }

    private static long NumberOf(string file)
    {
        var digits = Path.GetExtension(file).TrimStart('.');
        return digits.Length >= DigitsOfSegment && digits.All(char.IsAsciiDigit)
            && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    // Before an act begins, never between a commit and its line.
    private void BeginSegment()
    {
        try
        {
            lock (_names)
            {
                // A link leads to where the operator wants the lines; a file beside the link is not there.
                if (new FileInfo(_file).LinkTarget is not null)
                {
                    _mayClose = false;
                    return;
                }

                var number = (Closed() is [.., var newest] ? NumberOf(newest) : 0) + 1;
                Close();
                File.Move(_file, $"{_file}.{number.ToString("D" + DigitsOfSegment, CultureInfo.InvariantCulture)}");
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Beside the anchor nothing else can be written, or the file is one that cannot be renamed, as where a container mounts it:
            // then in one file.
            _mayClose = false;
        }

        _stream ??= Open();
    }

    private static AnchorLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<AnchorLine>(text) is { } line ? line with { TextHash = AnchorLine.HashOf(text) } : null;
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
            DurableFile.FlushToDisk(_stream);
            _owed.Clear();
            _written = _newest?.Sequence;
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
            DurableFile.FlushToDisk(reserve);
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
        if (stream.Length == 0 && stream.CanSeek)
        {
            // A name that a power cut takes away takes the lines with it.
            DurableFile.FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(_file))!);
        }

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
        var options = DurableFile.Private(mode, FileShare.ReadWrite | FileShare.Delete);
        options.BufferSize = 0;
        return options;
    }
}
