using System.Formats.Asn1;

namespace DensaiAdmin.Core.Pki;

/// <summary>
/// What makes a certificate one for logging in and nothing else. Asked twice: before signing, and at login, because a chain check
/// alone takes a CA's certificate for a leaf.
/// </summary>
internal static class LeafProfile
{
    // DER of the OBJECT IDENTIFIERs 2.5.29.x and 1.3.6.1.5.5.7.x.
    public static readonly byte[] SubjectKeyIdentifier = [0x06, 0x03, 0x55, 0x1D, 0x0E];
    public static readonly byte[] KeyUsage = [0x06, 0x03, 0x55, 0x1D, 0x0F];
    public static readonly byte[] BasicConstraints = [0x06, 0x03, 0x55, 0x1D, 0x13];
    public static readonly byte[] CrlDistributionPoints = [0x06, 0x03, 0x55, 0x1D, 0x1F];
    public static readonly byte[] AuthorityKeyIdentifier = [0x06, 0x03, 0x55, 0x1D, 0x23];
    public static readonly byte[] ExtendedKeyUsage = [0x06, 0x03, 0x55, 0x1D, 0x25];
    public static readonly byte[] AuthorityInformationAccess = [0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];

    /// <summary>Every extension that the profile has.</summary>
    public static readonly byte[][] Known =
    [
        BasicConstraints,
        KeyUsage,
        ExtendedKeyUsage,
        SubjectKeyIdentifier,
        AuthorityKeyIdentifier,
        CrlDistributionPoints,
        AuthorityInformationAccess,
    ];

    static readonly byte[] ClientAuth = [0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

    // DER of KeyUsage with the one bit digitalSignature: 7 unused bits, 1000 0000.
    static readonly byte[] DigitalSignature = [0x03, 0x02, 0x07, 0x80];

    /// <summary>RFC 5280 4.2.1.9: absent, or there with cA at its default FALSE (in DER an empty SEQUENCE).</summary>
    public static bool IsNotCa(CertificateFields fields) => Count(fields, BasicConstraints) switch
    {
        0 => true,
        1 => fields.Find(BasicConstraints)!.Value.Span is [0x30, 0x00],
        _ => false,
    };

    /// <summary>RFC 5280 4.2.1.3: critical, digitalSignature and nothing more.</summary>
    public static bool SignsOnly(CertificateFields fields) =>
        fields.Find(KeyUsage) is { Critical: true } usage && usage.Value.Span.SequenceEqual(DigitalSignature);

    /// <summary>RFC 5280 4.2.1.12: clientAuth and nothing more.</summary>
    public static bool IsForClientsOnly(CertificateFields fields)
    {
        if (fields.Find(ExtendedKeyUsage) is not { } usage)
        {
            return false;
        }

        try
        {
            var outer = new AsnReader(usage.Value, AsnEncodingRules.DER);
            var purposes = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var first = purposes.ReadEncodedValue();
            return !purposes.HasData && first.Span.SequenceEqual(ClientAuth);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>RFC 5280 4.2: what is critical and not understood makes a certificate unusable.</summary>
    public static bool HasUnknownCriticalExtension(CertificateFields fields) => fields.Extensions.Any(
        extension => extension.Critical && !Array.Exists(Known, known => extension.Oid.Span.SequenceEqual(known)));

    static int Count(CertificateFields fields, byte[] oid) => fields.Extensions.Count(extension => extension.Oid.Span.SequenceEqual(oid));
}
