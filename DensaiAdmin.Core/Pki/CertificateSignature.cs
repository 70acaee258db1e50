using System.Formats.Asn1;

namespace DensaiAdmin.Core.Pki;

/// <summary>Whether a certificate really carries a CA's signature: names and key identifiers prove nothing.</summary>
internal static class CertificateSignature
{
    /// <summary>False for anything that is no certificate, too.</summary>
    public static bool IsSignedBy(ReadOnlyMemory<byte> certificate, AuthorityCertificate issuer) =>
        Split(certificate) is { } parts && IsSignedBy(parts, issuer);

    public static bool IsSignedBy(Parts parts, AuthorityCertificate issuer) =>
        parts.Fields.Issuer.Span.SequenceEqual(issuer.Subject)
        && parts.Fields.SignatureAlgorithm.Span.SequenceEqual(parts.AlgorithmIdentifier.Span)
        && SignatureAlgorithm.Find(parts.AlgorithmIdentifier.Span) is { } algorithm
        && issuer.Verify(algorithm, parts.ToBeSigned.Span, parts.Signature);

    /// <summary>Null when the octets are no certificate in DER.</summary>
    public static Parts? Split(ReadOnlyMemory<byte> certificate)
    {
        try
        {
            var outer = new AsnReader(certificate, AsnEncodingRules.DER);
            var content = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var toBeSigned = content.ReadEncodedValue();
            var algorithm = content.ReadEncodedValue();
            var signature = content.ReadBitString(out var unusedBits);
            content.ThrowIfNotEmpty();
            return unusedBits == 0 && CertificateFields.Read(toBeSigned) is { } fields
                ? new Parts(toBeSigned, algorithm, signature, fields)
                : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>The serial in it; null where it is no certificate, or has one that this CA never gives.</summary>
    public static SerialNumber? SerialOf(ReadOnlyMemory<byte> certificate) =>
        Split(certificate) is { } parts && SerialNumber.TryFromBytes(parts.Fields.Serial.Span, out var serial) ? serial : null;

    internal sealed record Parts(
        ReadOnlyMemory<byte> ToBeSigned, ReadOnlyMemory<byte> AlgorithmIdentifier, byte[] Signature, CertificateFields Fields);
}
