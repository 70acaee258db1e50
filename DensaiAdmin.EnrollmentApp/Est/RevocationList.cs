using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>
/// The bank's CRL (RFC 5280 5). It is read only to tell a person early what the bank would say anyway: an old list that contains a
/// certificate is as good as a new one, and a list without it proves nothing.
/// </summary>
internal static class RevocationList
{
    private const string DistributionPoints = "2.5.29.31";

    /// <summary>The HTTP address of the CRL that the certificate names (RFC 5280 4.2.1.13); null where it names none.</summary>
    public static Uri? AddressOf(X509Certificate2 certificate)
    {
        if (certificate.Extensions.FirstOrDefault(one => one.Oid?.Value == DistributionPoints) is not { } extension)
        {
            return null;
        }

        try
        {
            // SEQUENCE OF { [0] { [0] GeneralNames { [6] IA5String } } }
            var points = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (points.HasData)
            {
                var point = points.ReadSequence();
                if (!point.HasData || !point.PeekTag().HasSameClassAndValue(Context(0)))
                {
                    continue;
                }

                var name = point.ReadSequence(Context(0));
                if (!name.PeekTag().HasSameClassAndValue(Context(0)))
                {
                    continue;
                }

                var all = name.ReadSequence(Context(0));
                while (all.HasData)
                {
                    if (all.PeekTag().HasSameClassAndValue(Context(6)))
                    {
                        var text = all.ReadCharacterString(UniversalTagNumber.IA5String, Context(6));
                        if (Uri.TryCreate(text, UriKind.Absolute, out var address)
                            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps))
                        {
                            return address;
                        }
                    }
                    else
                    {
                        all.ReadEncodedValue();
                    }
                }
            }
        }
        catch (AsnContentException)
        {
            // Then it names no address that can be used.
        }

        return null;
    }

    /// <summary>
    /// Whether the CRL contains the certificate; null where it is not a CRL, or not signed by the issuer of the certificate.
    /// </summary>
    /// <param name="list">DER.</param>
    public static bool? Has(byte[] list, X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities)
    {
        try
        {
            var whole = new AsnReader(list, AsnEncodingRules.DER).ReadSequence();
            var signed = whole.PeekEncodedValue();
            var body = whole.ReadSequence();
            var algorithm = whole.ReadSequence().ReadObjectIdentifier();
            var signature = whole.ReadBitString(out _);
            if (body.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
            {
                body.ReadInteger();
            }

            body.ReadEncodedValue();
            var issuer = body.ReadEncodedValue();
            var signers = authorities.Where(authority => authority.SubjectName.RawData.AsSpan().SequenceEqual(issuer.Span));
            if (!issuer.Span.SequenceEqual(certificate.IssuerName.RawData)
                || !signers.Any(signer => IsSigned(signer, algorithm, signed.Span, signature)))
            {
                return null;
            }

            body.ReadEncodedValue();
            if (body.HasData && IsTime(body.PeekTag()))
            {
                body.ReadEncodedValue();
            }

            if (!body.HasData || !body.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
            {
                return false;
            }

            var own = new BigInteger(certificate.SerialNumberBytes.Span, isUnsigned: false, isBigEndian: true);
            var entries = body.ReadSequence();
            while (entries.HasData)
            {
                if (entries.ReadSequence().ReadInteger() == own)
                {
                    return true;
                }
            }

            return false;
        }
        catch (Exception fault) when (fault is AsnContentException or CryptographicException)
        {
            return null;
        }
    }

    private static bool IsSigned(X509Certificate2 authority, string algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        HashAlgorithmName? hash = algorithm switch
        {
            "1.2.840.10045.4.3.2" or "1.2.840.113549.1.1.11" => HashAlgorithmName.SHA256,
            "1.2.840.10045.4.3.3" or "1.2.840.113549.1.1.12" => HashAlgorithmName.SHA384,
            "1.2.840.10045.4.3.4" or "1.2.840.113549.1.1.13" => HashAlgorithmName.SHA512,
            _ => null,
        };
        using var ec = authority.GetECDsaPublicKey();
        using var rsa = authority.GetRSAPublicKey();
        return hash is { } digest
            && (ec?.VerifyData(signed, signature, digest, DSASignatureFormat.Rfc3279DerSequence)
                ?? rsa?.VerifyData(signed, signature, digest, RSASignaturePadding.Pkcs1)
                ?? false);
    }

    private static bool IsTime(Asn1Tag tag) =>
        tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number);
}
