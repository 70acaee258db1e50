using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

/// <summary>Login IDs as the bank compares them: NFKC and upper case, so that full-width and lower-case typing is the same ID.</summary>
internal static class LoginId
{
    // More than any login ID has. Nothing longer is sent to the bank.
    private const int MaxLength = 64;

    /// <summary>The canonical form, or null where it cannot be a login ID.</summary>
    public static string? Canonical(string? typed)
    {
        if (typed is null || typed.Length > 4 * MaxLength)
        {
            return null;
        }

        string plain;
        try
        {
            plain = typed.Normalize(NormalizationForm.FormKC).Trim().ToUpperInvariant();
        }
        catch (ArgumentException)
        {
            // It contains half of a surrogate pair.
            return null;
        }

        // In HTTP Basic a colon would end the ID (RFC 7617).
        var isForbidden = plain.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter) || letter == ':');
        return plain.Length is > 0 and <= MaxLength && !isForbidden ? plain : null;
    }

    /// <summary>
    /// The owner's login ID in a certificate: the last word of the CN, as the bank writes it (<c>North Pacific Bank, LTD 0501D00601R</c>).
    /// It is only shown and filled in; the bank itself goes by the certificate.
    /// </summary>
    public static string Of(X509Certificate2 certificate) =>
        DistinguishedName.Value(certificate.SubjectName, DistinguishedName.CommonName)?.Split(' ')[^1] ?? "";
}
