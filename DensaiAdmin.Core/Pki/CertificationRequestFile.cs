using System.Security.Cryptography;
using System.Text;

namespace DensaiAdmin.Core.Pki;

/// <summary>
/// Certification requests in the dresses that programs give them: DER, base64 of it with or without line breaks (RFC 8951 3.1), PEM under
/// the name of RFC 7468 or the older one, each text in UTF-8 or UTF-16, with or without a byte order mark.
/// </summary>
public static class CertificationRequestFile
{
    /// <summary>
    /// The request's DER; null for what is none of these. Whether it is a request at all, <see cref="CertificationRequest"/> evaluates.
    /// </summary>
    /// <param name="octets">A body or a file, bounded by who read it.</param>
    public static byte[]? Decode(ReadOnlySpan<byte> octets)
    {
        // No text begins so: the base64 of a SEQUENCE begins with M.
        if (octets is [0x30, ..])
        {
            return octets.ToArray();
        }

        var text = Text(octets);
        return text.Contains("-----BEGIN", StringComparison.Ordinal) ? OfPem(text) : OfBase64(text);
    }

    private static byte[]? OfPem(ReadOnlySpan<char> text)
    {
        // Tools write what else they have (parameters, a key) into the same file.
        while (PemEncoding.TryFind(text, out var found))
        {
            if (text[found.Label] is "CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST")
            {
                return OfBase64(text[found.Base64Data].ToString());
            }

            text = text[found.Location.End..];
        }

        return null;
    }

    private static byte[]? OfBase64(string text)
    {
        var der = new byte[text.Length];
        return Convert.TryFromBase64String(text, der, out var length) && length > 0 ? der[..length] : null;
    }

    private static string Text(ReadOnlySpan<byte> octets) => octets switch
    {
        [0xEF, 0xBB, 0xBF, .. var text] => Encoding.UTF8.GetString(text),
        [0xFF, 0xFE, .. var text] => Encoding.Unicode.GetString(text),
        [0xFE, 0xFF, .. var text] => Encoding.BigEndianUnicode.GetString(text),
        // Every character of such a file is ASCII, so that the empty halves tell the encoding without a mark.
        [not 0, 0, ..] => Encoding.Unicode.GetString(octets),
        [0, not 0, ..] => Encoding.BigEndianUnicode.GetString(octets),
        _ => Encoding.UTF8.GetString(octets),
    };
}
