using System.Formats.Asn1;

namespace DensaiAdmin.Core.Pki;

/// <summary>
/// A "certs-only" message (RFC 5652 5, RFC 8551 3.8): signed data without content and without signers, the body of the EST answers to
/// <c>cacerts</c>, <c>simpleenroll</c> and <c>simplereenroll</c> before base64.
/// </summary>
public static class CertsOnly
{
    const string SignedData = "1.2.840.113549.1.7.2";
    const string Data = "1.2.840.113549.1.7.1";

    static readonly Asn1Tag Zero = new(TagClass.ContextSpecific, 0);

    /// <param name="certificates">DER of each certificate; the message holds them in DER's order of sets.</param>
    public static byte[] Encode(IEnumerable<ReadOnlyMemory<byte>> certificates)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(SignedData);
            using (writer.PushSequence(Zero))
            using (writer.PushSequence())
            {
                writer.WriteInteger(1);
                using (writer.PushSetOf())
                {
                }

                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(Data);
                }

                using (writer.PushSetOf(Zero))
                {
                    foreach (var certificate in certificates)
                    {
                        writer.WriteEncodedValue(certificate.Span);
                    }
                }

                using (writer.PushSetOf())
                {
                }
            }
        }

        return writer.Encode();
    }
}
