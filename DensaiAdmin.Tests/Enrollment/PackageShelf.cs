using System.Security.Cryptography;
using System.Text.Json;

namespace DensaiAdmin.Tests.Enrollment;

/// <summary>Packages of the issuing app as the packager leaves them: files, and their manifest.</summary>
internal sealed class PackageShelf(string directory)
{
    public const string Windows = "DensaiEnrollment-1.2.3-Setup.exe";
    public const string Linux = "densai-enrollment_1.2.3_amd64.deb";

    private readonly List<object> _packages = [];

    /// <summary>Puts a file there; the manifest may say something else of it.</summary>
    public byte[] Put(string os, string file, bool signed = false, string? sha256 = null, long? size = null)
    {
        Directory.CreateDirectory(directory);
        var content = RandomNumberGenerator.GetBytes(100_000);
        File.WriteAllBytes(Path.Combine(directory, file), content);
        _packages.Add(
            new { os, file, size = size ?? content.Length, sha256 = sha256 ?? Convert.ToHexStringLower(SHA256.HashData(content)), signed });
        return content;
    }

    public void WriteManifest(string server = "https://public.test/", string version = "1.2.3") =>
        WriteManifestText(JsonSerializer.Serialize(new { version, minimumVersion = "1.0.0", server, packages = _packages }));

    public void WriteManifestText(string text)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "packages.json"), text);
    }
}
