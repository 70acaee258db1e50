using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DensaiAdmin.Core.Recovery;

/// <summary>What a backup holds, and which state of the installation it is. Signed by the anchor's key.</summary>
/// <param name="Format">Of the archive; this version reads and writes 1.</param>
/// <param name="Installation">Installation ID.</param>
/// <param name="MadeAt">UTC.</param>
/// <param name="Program">Version that made it.</param>
/// <param name="HeadSequence">Newest record of the history in it.</param>
/// <param name="HeadHash">Hash of that record, upper hex.</param>
/// <param name="Crls">Highest CRL number of each CA in it.</param>
/// <param name="Files">Everything in it but the manifest and its signature.</param>
public sealed record BackupManifest(
    int Format, string Installation, DateTimeOffset MadeAt, string Program, long HeadSequence, string HeadHash,
    IReadOnlyList<BackupCrl> Crls, IReadOnlyList<BackupFile> Files)
{
    internal const int CurrentFormat = 1;

    // Neither is a name that the data directory has.
    internal const string EntryName = "manifest.json";
    internal const string SignatureName = "manifest.json.sig";

    // Nothing else that this key signs begins so.
    private static readonly byte[] Purpose = "densai-backup\n"u8.ToArray();

    /// <summary>Of the version that runs.</summary>
    internal static string ThisProgram => typeof(BackupManifest).Assembly.GetName().Version?.ToString() ?? "";

    /// <summary>As it is signed and stored.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Reads a manifest; null when it is none.</summary>
    public static BackupManifest? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<BackupManifest>(json)
                    is { Installation: not null, HeadHash: not null, Crls: not null, Files: not null } manifest
                && manifest.Files.All(f => f is { Path: not null, Sha256: not null })
                ? manifest
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static byte[] Sign(byte[] json, ECDsa key) =>
        Encoding.ASCII.GetBytes(Convert.ToBase64String(key.SignData([.. Purpose, .. json], HashAlgorithmName.SHA256)) + "\n");

    internal static bool Verifies(byte[] json, byte[] signature, ECDsa key)
    {
        var octets = new byte[signature.Length];
        return Convert.TryFromBase64String(Encoding.ASCII.GetString(signature).Trim(), octets, out var length)
            && key.VerifyData([.. Purpose, .. json], octets.AsSpan(0, length), HashAlgorithmName.SHA256);
    }
}

/// <summary>A file of a backup.</summary>
/// <param name="Path">Below the data directory, with slashes.</param>
/// <param name="Length">Octets.</param>
/// <param name="Sha256">Upper hex.</param>
public sealed record BackupFile(string Path, long Length, string Sha256)
{
    /// <summary>Whether the path stays below the directory it is written to, on every system.</summary>
    internal bool IsSafe =>
        Path.Length > 0 && Path.Split('/').All(
            part => part.Length > 0 && part is not ("." or "..") && part.IndexOfAny(['\\', ':']) < 0 && !part.Any(char.IsControl));
}

/// <summary>Highest CRL number of a CA.</summary>
/// <param name="Issuer">Subject key identifier, upper hex.</param>
/// <param name="Number">CRL number (RFC 5280 5.2.3).</param>
public sealed record BackupCrl(string Issuer, long Number);
