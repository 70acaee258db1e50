namespace DensaiAdmin.Core.Store;

/// <summary>
/// Reads the lines of a file from its beginning, or from its end, so that what is asked of the newest costs the same however long the
/// file is. What was damaged may hold no line feed for gigabytes: it is passed over, and never kept whole.
/// </summary>
internal static class AnchorLines
{
    /// <summary>In octets. No commit has notes for a line of nearly that length.</summary>
    internal const int LongestLine = 16 * 1024 * 1024;

    private const int Block = 64 * 1024;

    /// <summary>Opens a file of lines.</summary>
    /// <exception cref="IOException">It cannot be opened, or has no end: it is a device.</exception>
    public static FileStream Open(string file)
    {
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        // The length is asked again: the first line of a new file may have come between.
        if (stream.Length == 0 && stream.ReadByte() >= 0 && stream.Length == 0)
        {
            stream.Dispose();
            throw new IOException($"{file} is a device and keeps no lines.");
        }

        stream.Seek(0, SeekOrigin.Begin);
        return stream;
    }

    /// <summary>
    /// The lines without their line feeds, the first one first, each for as long as it is the current one; empty ones are left out.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> FromStart(FileStream stream)
    {
        var read = new byte[Block];
        // What was read of the line whose end is not found yet.
        var rest = 0;
        var isTooLong = false;
        while (stream.Read(read, rest, read.Length - rest) is var more and > 0)
        {
            var (start, end) = (0, rest + more);
            for (var feed = NextFeed(read, rest, end); feed >= 0; feed = NextFeed(read, start, end))
            {
                if (start < feed && !isTooLong)
                {
                    yield return read.AsMemory(start, feed - start);
                }

                (start, isTooLong) = (feed + 1, false);
            }

            rest = end - start;
            isTooLong |= rest >= LongestLine;
            if (isTooLong)
            {
                rest = 0;
            }

            var next = rest == read.Length ? new byte[2 * rest] : read;
            Buffer.BlockCopy(read, start, next, 0, rest);
            read = next;
        }

        if (rest > 0 && !isTooLong)
        {
            yield return read.AsMemory(0, rest);
        }
    }

    /// <summary>
    /// The lines without their line feeds, the last one first, each for as long as it is the current one; empty ones are left out.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> FromEnd(FileStream stream)
    {
        var position = stream.Length;
        // What was read of the line whose beginning is not found yet.
        var rest = Array.Empty<byte>();
        var isTooLong = false;
        byte[]? passing = null;
        while (position > 0)
        {
            var take = (int)Math.Min(Math.Max(Block, rest.Length), position);
            position -= take;
            var read = isTooLong ? passing ??= new byte[Block] : new byte[take + rest.Length];
            stream.Seek(position, SeekOrigin.Begin);
            stream.ReadExactly(read, 0, take);
            rest.CopyTo(read, take);
            var end = take + rest.Length;
            for (var feed = LastFeed(read, end); feed >= 0; feed = LastFeed(read, end))
            {
                if (feed + 1 < end && !isTooLong)
                {
                    yield return read.AsMemory(feed + 1, end - feed - 1);
                }

                (end, isTooLong) = (feed, false);
            }

            isTooLong |= end >= LongestLine;
            rest = isTooLong ? [] : read[..end];
        }

        if (rest.Length > 0)
        {
            yield return rest;
        }
    }

    private static int NextFeed(byte[] read, int start, int end) => Array.IndexOf(read, (byte)'\n', start, end - start);

    private static int LastFeed(byte[] read, int end) => read.AsSpan(0, end).LastIndexOf((byte)'\n');
}
