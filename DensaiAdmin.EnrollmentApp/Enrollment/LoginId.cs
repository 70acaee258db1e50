using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

/// <summary>Login IDs as the bank compares them: NFKC and upper case, so that full-width and lower-case typing is the same ID.</summary>
internal static class LoginId
{
    // More than any ID has; what is longer is no ID and need not travel.
    private const int Longest = 64;

    /// <summary>The canonical form, or null where there is nothing that could be an ID.</summary>
    public static string? Canonical(string? typed)
    {
        if (typed is null || typed.Length > 4 * Longest)
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
            // Halves of surrogate pairs.
            return null;
        }

        // A colon would end the ID inside HTTP Basic (RFC 7617).
        return plain.Length is > 0 and <= Longest && !plain.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c == ':') ? plain : null;
    }

    /// <summary>
    /// What a certificate's CN says of its owner's login ID: its last word, as the bank writes it (<c>North Pacific Bank, LTD 0501D00601R</c>).
    /// It only fills in the field; the bank judges by the certificate itself.
    /// </summary>
    public static string Of(X509Certificate2 certificate) =>
        DistinguishedName.Value(certificate.SubjectName, DistinguishedName.CommonName)?.Split(' ')[^1] ?? "";
}
