using System.Text.Json;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// The requests that were created and have no certificate yet, one file each in a directory that only this person can read. A request is
/// not secret; its key stays in the store and is found again by what is written here.
/// </summary>
internal sealed class OpenRequests(string directory)
{
    /// <summary>The end of the name of a file that is still being written.</summary>
    public const string Unfinished = ".json.new";

    /// <summary>The name of the lock that is held while a certificate database is created.</summary>
    public const string Making = ".making";

    public string Directory => directory;

    /// <summary>Held while a request is created, so that two instances of one person never make two keys for one purpose.</summary>
    public Task<IDisposable> LockAsync(CancellationToken cancellation) => LockAsync(".lock", cancellation);

    /// <summary>Held while <paramref name="what"/> is done, by one instance of this person at a time.</summary>
    public async Task<IDisposable> LockAsync(string what, CancellationToken cancellation)
    {
        Prepare();
        var file = Path.Combine(directory, what);
        for (var tries = 0; ; tries++)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (tries < 100 && File.Exists(file))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
            }
        }
    }

    public IReadOnlyList<OpenRequest> List()
    {
        var all = new List<OpenRequest>();
        foreach (var file in System.IO.Directory.Exists(directory) ? System.IO.Directory.EnumerateFiles(directory, "*.json") : [])
        {
            try
            {
                if (JsonSerializer.Deserialize(File.ReadAllBytes(file), RequestJson.Default.OpenRequest) is { } request)
                {
                    all.Add(request);
                }
            }
            catch (JsonException)
            {
                // Not one of ours, or written by a later version.
            }
        }

        return all;
    }

    public OpenRequest? Find(string id) => List().FirstOrDefault(request => string.Equals(request.Id, id, StringComparison.Ordinal));

    /// <summary>The open request for this purpose whose key still exists. Those without a key are closed.</summary>
    public async Task<OpenRequest?> ResumeAsync(string purpose, Func<OpenRequest, Task<bool>> hasKey)
    {
        foreach (var open in List().Where(open => open.Purpose == purpose))
        {
            if (await hasKey(open))
            {
                return open;
            }

            Close(open.Id);
        }

        return null;
    }

    /// <summary>Writes to another name and renames, so that a file is complete or does not exist.</summary>
    public void Keep(OpenRequest request)
    {
        Prepare();
        var file = FileOf(request.Id);
        var unfinished = Path.ChangeExtension(file, null) + Unfinished;
        using (var stream = PrivateFiles.Create(unfinished))
        {
            JsonSerializer.Serialize(stream, request, RequestJson.Default.OpenRequest);
            DiskFlush.ToDisk(stream);
        }

        File.Move(unfinished, file, overwrite: true);
    }

    public void Close(string id) => File.Delete(FileOf(id));

    /// <summary>Whether a request could be kept: otherwise a certificate that was issued could be lost.</summary>
    /// <exception cref="IOException">No room, or not writable.</exception>
    /// <exception cref="UnauthorizedAccessException">Not this person's.</exception>
    public void Probe()
    {
        Prepare();
        Probe(Path.Combine(directory, ".probe-" + PrivateFiles.NewName()), 16 * 1024);
    }

    /// <summary>Writes a file of that size to the disk and deletes it.</summary>
    public static void Probe(string file, int bytes)
    {
        try
        {
            using var stream = PrivateFiles.Create(file);
            stream.Write(new byte[bytes]);
            DiskFlush.ToDisk(stream);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private void Prepare() => PrivateFiles.CreateDirectory(directory);

    private string FileOf(string id) => Path.Combine(directory, id + ".json");
}

/// <summary>One open request as it is kept.</summary>
/// <param name="Id">Random.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Der">The PKCS#10 request.</param>
/// <param name="Holder">What holds the key: the directory of a database, or the name of a key provider.</param>
internal sealed record OpenRequest(string Id, string Purpose, byte[] Der, string Holder);

[System.Text.Json.Serialization.JsonSerializable(typeof(OpenRequest))]
internal sealed partial class RequestJson : System.Text.Json.Serialization.JsonSerializerContext;
