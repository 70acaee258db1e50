namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>Reads what another program or the network sends, which may have no end.</summary>
internal static class BoundedStream
{
    /// <summary>Everything up to the end of the stream, or null as soon as it exceeds <paramref name="maxBytes"/>.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        var buffer = new byte[8192];
        while (await stream.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            all.Write(buffer, 0, read);
            if (all.Length > maxBytes)
            {
                return null;
            }
        }

        return all.ToArray();
    }
}
