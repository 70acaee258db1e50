using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>The parts of a name that are shown (R18).</summary>
internal static class DistinguishedName
{
    public const string CommonName = "2.5.4.3";
    public const string Organization = "2.5.4.10";
    public const string OrganizationalUnit = "2.5.4.11";

    /// <summary>The first value of this attribute, or null.</summary>
    public static string? Value(X500DistinguishedName name, string oid) =>
        name.EnumerateRelativeDistinguishedNames(reversed: false)
            .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == oid)
            .Select(part => part.GetSingleElementValue())
            .FirstOrDefault();
}
