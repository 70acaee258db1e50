using System.Text;

namespace DensaiAdmin.Web.Shared;

/// <summary>An address that came in and is to be led to: it must lie on this very origin.</summary>
internal static class LocalAddress
{
    /// <summary>
    /// The address, as a header can carry it (RFC 3986: what is not ASCII is percent-encoded), or null when it is none of this origin.
    /// Browsers read "//host" and "/\host" as another host, and drop tabs and line ends before they look, so any control character
    /// refuses too.
    /// </summary>
    public static string? Read(string? url)
    {
        if (url is not ['/', ..] || url is ['/', '/' or '\\', ..] || url.Any(char.IsControl))
        {
            return null;
        }

        var encoded = new StringBuilder(url.Length);
        foreach (var rune in url.EnumerateRunes())
        {
            // Half a surrogate pair is no text: no browser sent it for a page of ours.
            if (rune == Rune.ReplacementChar)
            {
                return null;
            }

            _ = rune.IsAscii && rune.Value is not (' ' or '"' or '<' or '>' or '\\')
                ? encoded.Append((char)rune.Value)
                : encoded.Append(Uri.EscapeDataString(rune.ToString()));
        }

        return encoded.ToString();
    }
}
