using System.Security.Cryptography;
using System.Text.Json;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// The requests that were made and not answered yet, one file each in a directory that only this person reads. A request is no secret; its
/// key stays in the store and is found again by what is written here.
/// </summary>
internal sealed class OpenRequests(string directory)
{
    /// <summary>How the name of a file ends that is being written.</summary>
    public const string Unfinished = ".json.new";

    /// <summary>A lock: while a database of certificates is made.</summary>
    public const string Making = ".making";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Directory => directory;

    /// <summary>Where this app keeps what must outlive it: <c>%LOCALAPPDATA%\DensaiEnrollment</c>, <c>~/.local/share/DensaiEnrollment</c>, <c>~/Library/Application Support/DensaiEnrollment</c>.</summary>
    public static string OfThisPerson() => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "DensaiEnrollment", "requests");

    /// <summary>Held while a request is begun, so that two apps of one person never make two keys for one purpose.</summary>
    public Task<IDisposable> LockAsync(CancellationToken cancellation) => LockAsync(".lock", cancellation);

    /// <summary>Held while <paramref name="what"/> is done, by one app of this person at a time.</summary>
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
                // Not of ours, or of a later version.
            }
        }

        return all;
    }

    public OpenRequest? Find(string id) => List().FirstOrDefault(request => string.Equals(request.Id, id, StringComparison.Ordinal));

    /// <summary>Writes beside and renames, so that a file is whole or not there.</summary>
    public void Keep(OpenRequest request)
    {
        Prepare();
        var file = FileOf(request.Id);
        var beside = Path.ChangeExtension(file, null) + Unfinished;
        using (var stream = CreatePrivate(beside))
        {
            JsonSerializer.Serialize(stream, request, RequestJson.Default.OpenRequest);
            DiskFlush.ToDisk(stream);
        }

        File.Move(beside, file, overwrite: true);
    }

    public void Close(string id) => File.Delete(FileOf(id));

    public static string NewId() => Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>A file that only this person reads, from its first moment on.</summary>
    public static FileStream CreatePrivate(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(file, options);
    }

    /// <summary>A directory that only this person enters.</summary>
    public static void CreatePrivateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(path);
        }
        else
        {
            System.IO.Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Whether a request could be kept: without it a certificate that was issued could be lost.</summary>
    /// <exception cref="IOException">No room, or not writable.</exception>
    /// <exception cref="UnauthorizedAccessException">Not this person's.</exception>
    public void Probe()
    {
        Prepare();
        var probe = Path.Combine(directory, ".probe-" + NewId());
        try
        {
            using var stream = CreatePrivate(probe);
            stream.Write(new byte[16 * 1024]);
            DiskFlush.ToDisk(stream);
        }
        finally
        {
            File.Delete(probe);
        }
    }

    private void Prepare() => CreatePrivateDirectory(directory);

    private string FileOf(string id) => Path.Combine(directory, id + ".json");
}

/// <summary>One open request as it is kept.</summary>
/// <param name="Id">Random.</param>
/// <param name="Purpose">What for.</param>
/// <param name="Der">The PKCS#10 request.</param>
/// <param name="Holder">What holds the key: a database's directory, a key provider's name.</param>
internal sealed record OpenRequest(string Id, string Purpose, byte[] Der, string Holder);

[System.Text.Json.Serialization.JsonSerializable(typeof(OpenRequest))]
internal sealed partial class RequestJson : System.Text.Json.Serialization.JsonSerializerContext;
