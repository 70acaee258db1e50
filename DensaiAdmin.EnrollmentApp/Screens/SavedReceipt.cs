using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>The certificate record as a file in the downloads folder, because a window without bars does not show a download.</summary>
/// <param name="Folder">The folder of the file.</param>
/// <param name="Name">The name of the file.</param>
/// <param name="IsThere">Whether it could be written.</param>
public sealed record SavedReceipt(string Folder, string Name, bool IsThere)
{
    /// <summary>The folder by the name that the person knows.</summary>
    public string FolderName => Folder == ReceiptFolder.OfThisPerson().Path ? Words.Of("Downloads_Name") : Folder;

    internal static SavedReceipt Write(ReceiptFolder into, StoredCertificate certificate, string loginId, string place)
    {
        var folder = into.Path;
        var name = $"{Words.Of("Cert_File")}-{string.Concat(loginId.Where(char.IsAsciiLetterOrDigit))}.txt";
        try
        {
            TextFile.Write(folder, name, Receipt.Of(certificate, place));
            return new(folder, name, IsThere: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new(folder, name, IsThere: false);
        }
    }
}

/// <summary>The folder in which a person looks for saved files.</summary>
internal sealed record ReceiptFolder(string Path)
{
    /// <summary>As configured for the desktop (XDG user directories), otherwise the usual folder in the home directory.</summary>
    public static ReceiptFolder OfThisPerson()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        home = home.Length > 0 ? home : System.IO.Path.GetTempPath();
        if (OperatingSystem.IsLinux())
        {
            try
            {
                var configHome = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } given
                    ? given
                    : System.IO.Path.Combine(home, ".config");
                var line = File.ReadLines(System.IO.Path.Combine(configHome, "user-dirs.dirs"))
                    .LastOrDefault(one => one.StartsWith("XDG_DOWNLOAD_DIR=", StringComparison.Ordinal));
                var folder = line?.Split('=', 2)[1].Trim('"').Replace("$HOME", home, StringComparison.Ordinal);
                if (folder is { Length: > 0 } && System.IO.Path.IsPathRooted(folder))
                {
                    return new(folder);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // No desktop has configured another folder.
            }
        }

        return new(System.IO.Path.Combine(home, "Downloads"));
    }
}
