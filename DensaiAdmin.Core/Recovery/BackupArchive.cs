using System.Formats.Tar;
using System.Security.Cryptography;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Recovery;

/// <summary>Why a backup was not restored. Nothing was written.</summary>
public enum RestoreRefusal
{
    /// <summary>The passphrase is not that of the day on which the backup was made, or its key was exchanged.</summary>
    WrongPassphrase,

    /// <summary>The signature does not hold: manifest or key are not what they were.</summary>
    SignatureWrong,

    /// <summary>A file in it is missing, changed or was added.</summary>
    FileChanged,

    /// <summary>A newer version made it.</summary>
    NewerFormat,

    /// <summary>The target holds something; a restore never overwrites.</summary>
    TargetNotEmpty,

    /// <summary>The target cannot be written.</summary>
    TargetNotWritable,
}

/// <summary>A backup, held open from the first look to the last octet, so that what was verified is what is restored.</summary>
public sealed class BackupArchive : IDisposable
{
    private const int MaxManifestOctets = 64 * 1024 * 1024;

    private readonly FileStream _file;
    private readonly byte[] _json;
    private readonly byte[] _signature;
    private readonly string? _anchorKey;
    private readonly Dictionary<string, (long Length, string Sha256)> _found;
    private readonly bool _isSound;

    private BackupArchive(FileStream file, Contents contents, BackupManifest manifest)
    {
        _file = file;
        _json = contents.Json!;
        _signature = contents.Signature!;
        _anchorKey = contents.AnchorKey;
        _found = contents.Found;
        _isSound = contents.IsSound;
        Manifest = manifest;
    }

    /// <summary>What the backup says of itself; to be believed once <see cref="Verify"/> finds nothing.</summary>
    public BackupManifest Manifest { get; }

    /// <summary>Reads a file through; null when it is no backup, or not readable to its end.</summary>
    public static BackupArchive? Open(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var contents = Contents.Read(file);
            if (contents is { Json: { } json, Signature: not null } && BackupManifest.Parse(json) is { } manifest)
            {
                var archive = new BackupArchive(file, contents, manifest);
                file = null;
                return archive;
            }

            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException
            or FormatException or ArgumentException)
        {
            return null;
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Holds signature and every file against the manifest.</summary>
    /// <returns>What is wrong; null when all of it is what was written.</returns>
    public RestoreRefusal? Verify(string passphrase)
    {
        if (Manifest.Format != BackupManifest.CurrentFormat)
        {
            return RestoreRefusal.NewerFormat;
        }

        using var key = _anchorKey is null ? null : AnchorKey.Read(_anchorKey, passphrase);
        if (key is null)
        {
            return RestoreRefusal.WrongPassphrase;
        }

        if (!BackupManifest.Verifies(_json, _signature, key))
        {
            return RestoreRefusal.SignatureWrong;
        }

        var isWhole = _isSound
            && Manifest.Files.Count == _found.Count
            && Manifest.Files.All(f => f.IsSafe && _found.TryGetValue(f.Path, out var found) && found == (f.Length, f.Sha256));
        return isWhole ? null : RestoreRefusal.FileChanged;
    }

    /// <summary>Whether a restore may make this directory: it is not there, or empty.</summary>
    public static bool IsFree(string dataDirectory) =>
        !File.Exists(dataDirectory) && !(Directory.Exists(dataDirectory) && Directory.EnumerateFileSystemEntries(dataDirectory).Any());

    /// <summary>
    /// Writes the data directory: beside its place, flushed, and moved there in one step, so that it is whole or not there. Called once
    /// <see cref="Verify"/> found nothing.
    /// </summary>
    /// <param name="dataDirectory">Missing or empty.</param>
    /// <param name="alsoWrite">Files that no backup holds, by their path.</param>
    /// <returns>Why not; null when it is done.</returns>
    public RestoreRefusal? Extract(string dataDirectory, IReadOnlyDictionary<string, byte[]> alsoWrite)
    {
        var place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataDirectory));
        if (!IsFree(place))
        {
            return RestoreRefusal.TargetNotEmpty;
        }

        var parent = Path.GetDirectoryName(place)!;
        var unfinished = $".{Path.GetFileName(place)}-unfinished-";
        var workshop = Path.Combine(parent, unfinished + Guid.NewGuid().ToString("N"));
        try
        {
            DurableFile.CreateDirectory(parent);
            foreach (var remains in Directory.EnumerateDirectories(parent, unfinished + "*"))
            {
                Directory.Delete(remains, recursive: true);
            }

            DurableFile.CreateDirectory(workshop);
            if (!Write(workshop))
            {
                Directory.Delete(workshop, recursive: true);
                return RestoreRefusal.FileChanged;
            }

            foreach (var (path, content) in alsoWrite)
            {
                DurableFile.Write(Path.Combine(workshop, path), content);
            }

            if (Directory.Exists(place))
            {
                Directory.Delete(place);
            }

            Directory.Move(workshop, place);
            DurableFile.FlushDirectory(parent);
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return RestoreRefusal.TargetNotWritable;
        }
    }

    public void Dispose() => _file.Dispose();

    private bool Write(string workshop)
    {
        var expected = Manifest.Files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        var folders = new HashSet<string>(StringComparer.Ordinal) { workshop };
        _file.Position = 0;
        using var tar = new TarReader(_file, leaveOpen: true);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name is BackupManifest.EntryName or BackupManifest.SignatureName)
            {
                continue;
            }

            if (!expected.Remove(entry.Name, out var file))
            {
                return false;
            }

            var target = Path.Combine(workshop, file.Path.Replace('/', Path.DirectorySeparatorChar));
            for (var folder = Path.GetDirectoryName(target)!; folders.Add(folder); folder = Path.GetDirectoryName(folder)!)
            {
                DurableFile.CreateDirectory(folder);
            }

            if (!Write(entry.DataStream ?? Stream.Null, target, file))
            {
                return false;
            }
        }

        foreach (var folder in folders)
        {
            DurableFile.FlushDirectory(folder);
        }

        return expected.Count == 0;
    }

    // Hashed once more on its way: what is written is what was signed, whatever the disk said in between.
    private static bool Write(Stream content, string target, BackupFile file)
    {
        using var stream = new FileStream(target, DurableFile.Private(FileMode.CreateNew, FileShare.Read));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[81920];
        while (content.Read(buffer) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
            stream.Write(buffer, 0, read);
        }

        DurableFile.FlushToDisk(stream);
        return stream.Length == file.Length
            && string.Equals(Convert.ToHexString(hash.GetHashAndReset()), file.Sha256, StringComparison.Ordinal);
    }

    private sealed class Contents
    {
        public byte[]? Json { get; private set; }

        public byte[]? Signature { get; private set; }

        public string? AnchorKey { get; private set; }

        public Dictionary<string, (long Length, string Sha256)> Found { get; } = new(StringComparer.Ordinal);

        public bool IsSound { get; private set; } = true;

        public static Contents Read(FileStream file)
        {
            var contents = new Contents();
            using var tar = new TarReader(file, leaveOpen: true);
            while (tar.GetNextEntry() is { } entry)
            {
                contents.Take(entry);
            }

            return contents;
        }

        private void Take(TarEntry entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
            {
                IsSound = false;
                return;
            }

            var content = entry.DataStream ?? Stream.Null;
            switch (entry.Name)
            {
                case BackupManifest.EntryName when Json is null && entry.Length <= MaxManifestOctets:
                    Json = All(content);
                    break;
                case BackupManifest.SignatureName when Signature is null && entry.Length <= MaxManifestOctets:
                    Signature = All(content);
                    break;
                case Store.AnchorKey.FileName when AnchorKey is null && entry.Length <= MaxManifestOctets:
                    var pem = All(content);
                    AnchorKey = System.Text.Encoding.ASCII.GetString(pem);
                    IsSound &= Found.TryAdd(entry.Name, (pem.Length, Convert.ToHexString(SHA256.HashData(pem))));
                    break;
                default:
                    IsSound &= Found.TryAdd(entry.Name, (entry.Length, Convert.ToHexString(SHA256.HashData(content))));
                    break;
            }
        }

        private static byte[] All(Stream content)
        {
            using var all = new MemoryStream();
            content.CopyTo(all);
            return all.ToArray();
        }
    }
}
