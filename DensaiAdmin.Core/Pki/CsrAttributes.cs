using System.Formats.Asn1;

namespace DensaiAdmin.Core.Pki;

/// <summary>
/// The answer to EST <c>csrattrs</c> before base64 (RFC 7030 4.5.2, as clarified by RFC 8951 and RFC 9908): what we would like requests
/// to look like, a key on P-256 and a signature with SHA-256. Other accepted keys are accepted all the same.
/// </summary>
public static class CsrAttributes
{
    const string EllipticCurvePublicKey = "1.2.840.10045.2.1";
    const string P256 = "1.2.840.10045.3.1.7";

    public static byte[] Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(EllipticCurvePublicKey);
                using (writer.PushSetOf())
                {
                    writer.WriteObjectIdentifier(P256);
                }
            }

            writer.WriteObjectIdentifier(SignatureAlgorithm.EcdsaSha256.Oid);
        }

        return writer.Encode();
    }
}
