namespace DensaiAdmin.EndToEnd;

/// <summary>Folders that a journey made and takes away again.</summary>
internal static class Scratch
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Deletes a folder in which a browser that was told to end may still write for a moment.</summary>
    public static void Delete(string folder)
    {
        var until = DateTime.UtcNow + Limit;
        while (true)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
                return;
            }
            catch (IOException) when (DateTime.UtcNow < until)
            {
                Thread.Sleep(100);
            }
        }
    }
}
