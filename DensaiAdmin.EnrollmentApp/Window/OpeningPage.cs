using System.Net;
using System.Text;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// The page with which a browser is started. Every account of a PC can read the arguments of every program, so the one-time address is in a
/// file that only this person can read, and the page redirects to it.
/// </summary>
internal static class OpeningPage
{
    private const string Prefix = "open-";

    /// <summary>Writes a page to a folder that only this person can read.</summary>
    public static string Write(string folder, Uri address)
    {
        var file = Path.Combine(folder, Prefix + PrivateFiles.NewName() + ".html");
        using var stream = PrivateFiles.Create(file);
        stream.Write(Encoding.UTF8.GetBytes(LeadingTo(address.ToString())));
        return file;
    }

    /// <summary>A page that redirects by itself, without a script, because some companies forbid scripts in files.</summary>
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

    /// <summary>Removes what a program that was killed left behind.</summary>
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
            // The address in it is not valid any more.
        }
    }
}
