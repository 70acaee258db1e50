namespace DensaiAdmin.Core.History;

/// <summary>Reads the lines of a file from its end, so that what is asked of the newest costs the same however long the file is.</summary>
internal static class AnchorLines
{
    private const int Block = 64 * 1024;

    /// <summary>The lines without their line feeds, the last one first; empty ones are left out.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> FromEnd(FileStream stream)
    {
        var position = stream.Length;
        // What was read of the line whose beginning is not found yet.
        var rest = Array.Empty<byte>();
        while (position > 0)
        {
            var take = (int)Math.Min(Math.Max(Block, rest.Length), position);
            position -= take;
            var read = new byte[take + rest.Length];
            stream.Seek(position, SeekOrigin.Begin);
            stream.ReadExactly(read, 0, take);
            rest.CopyTo(read, take);
            var end = read.Length;
            for (var feed = LastFeed(read, end); feed >= 0; feed = LastFeed(read, end))
            {
                if (feed + 1 < end)
                {
                    yield return read.AsMemory(feed + 1, end - feed - 1);
                }

                end = feed;
            }

            rest = read[..end];
        }

        if (rest.Length > 0)
        {
            yield return rest;
        }
    }

    private static int LastFeed(byte[] read, int end) => read.AsSpan(0, end).LastIndexOf((byte)'\n');
}
