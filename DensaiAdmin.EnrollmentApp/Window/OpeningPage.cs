using System.Net;
using System.Text;
using DensaiAdmin.EnrollmentApp.CertificateStores;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// The page a browser is started with. Every account of a PC reads the arguments of every program: the one-time address stands in a file
/// that this person alone reads, and the page leads on to it.
/// </summary>
internal static class OpeningPage
{
    private const string Prefix = "open-";

    /// <summary>Writes a page into a folder that is closed to others.</summary>
    public static string Write(string folder, Uri address)
    {
        var file = Path.Combine(folder, Prefix + OpenRequests.NewId() + ".html");
        using var stream = OpenRequests.CreatePrivate(file);
        stream.Write(Encoding.UTF8.GetBytes(LeadingTo(address.ToString())));
        return file;
    }

    /// <summary>A page that goes on by itself. Without a script: some companies allow none in files.</summary>
    public static string LeadingTo(string address) =>
        $"""
        <!DOCTYPE html>
        <html lang="ja" translate="no">
        <head>
          <meta charset="utf-8" />
          <meta name="referrer" content="no-referrer" />
          <meta http-equiv="refresh" content="0;url={WebUtility.HtmlEncode(address)}" />
          <title>証明書発行アプリケーション</title>
        </head>
        <body></body>
        </html>

        """;

    /// <summary>Removes what a start that was cut off left behind.</summary>
    public static void RemoveAll(string folder)
    {
        try
        {
            foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, Prefix + "*.html") : [])
            {
                File.Delete(file);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // What it led to is long worthless.
        }
    }
}
