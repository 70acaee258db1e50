using System.Text;
using DensaiAdmin.EnrollmentApp.CertificateStores;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>The record of a certificate as a file where the person looks for what was saved: a window without bars shows no download.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="Name">Of the file.</param>
/// <param name="IsThere">Whether it could be written.</param>
public sealed record SavedReceipt(string Folder, string Name, bool IsThere)
{
    /// <summary>The folder as the person knows it.</summary>
    public string FolderName => Folder == ReceiptFolder.OfThisPerson().Path ? Words.Of("Downloads_Name") : Folder;

    internal static SavedReceipt Write(ReceiptFolder into, StoredCertificate certificate, string loginId, string place)
    {
        var folder = into.Path;
        var name = $"{Words.Of("Cert_File")}-{string.Concat(loginId.Where(char.IsAsciiLetterOrDigit))}.txt";
        try
        {
            Directory.CreateDirectory(folder);
            // With the mark, because the editors of some office PCs guess another encoding without it.
            File.WriteAllText(Path.Combine(folder, name), Receipt.Of(certificate, place).ReplaceLineEndings("\r\n"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            return new(folder, name, IsThere: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new(folder, name, IsThere: false);
        }
    }
}

/// <summary>Where a person looks for what was saved.</summary>
internal sealed record ReceiptFolder(string Path)
{
    /// <summary>As the desktop has it (XDG user directories), else the usual name in the home directory.</summary>
    public static ReceiptFolder OfThisPerson()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        home = home.Length > 0 ? home : System.IO.Path.GetTempPath();
        if (OperatingSystem.IsLinux())
        {
            try
            {
                var configured = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } given ? given : System.IO.Path.Combine(home, ".config");
                var line = File.ReadLines(System.IO.Path.Combine(configured, "user-dirs.dirs")).LastOrDefault(one => one.StartsWith("XDG_DOWNLOAD_DIR=", StringComparison.Ordinal));
                if (line?.Split('=', 2)[1].Trim('"').Replace("$HOME", home, StringComparison.Ordinal) is { Length: > 0 } folder && System.IO.Path.IsPathRooted(folder))
                {
                    return new(folder);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // No desktop that says otherwise.
            }
        }

        return new(System.IO.Path.Combine(home, "Downloads"));
    }
}
