using System.Formats.Asn1;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.Core.Pki;

/// <summary>One line of a CRL.</summary>
/// <param name="Serial">Of the revoked certificate.</param>
/// <param name="RevokedAt">UTC; written in whole seconds.</param>
/// <param name="Reason">No reason code is written for <see cref="X509RevocationReason.Unspecified"/> (RFC 5280 5.3.1).</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RevokedCertificate(SerialNumber Serial, DateTimeOffset RevokedAt, X509RevocationReason Reason);

/// <summary>
/// A complete CRL, version 2 (RFC 5280 5). Built with the platform's ASN.1 writer: its time grows with the list, not faster.
/// </summary>
public sealed class CertificateRevocationList
{
    static readonly byte[] AuthorityKeyIdentifierOid = LeafProfile.AuthorityKeyIdentifier;
    static readonly byte[] CrlNumberOid = [0x06, 0x03, 0x55, 0x1D, 0x14];
    static readonly byte[] ReasonCodeOid = [0x06, 0x03, 0x55, 0x1D, 0x15];
    static readonly Asn1Tag Zero = new(TagClass.ContextSpecific, 0);

    readonly byte[] _der;

    CertificateRevocationList(
        byte[] der, byte[] issuer, long number, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate,
        IReadOnlyList<RevokedCertificate> entries) =>
        (_der, Issuer, Number, ThisUpdate, NextUpdate, Entries) = (der, issuer, number, thisUpdate, nextUpdate, entries);

    public ReadOnlyMemory<byte> Der => _der;

    /// <summary>CRL number (RFC 5280 5.2.3).</summary>
    public long Number { get; }

    /// <summary>UTC.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>UTC.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>In the order of the list.</summary>
    public IReadOnlyList<RevokedCertificate> Entries { get; }

    /// <summary>DER of the issuer's name.</summary>
    internal ReadOnlyMemory<byte> Issuer { get; }

    /// <summary>Builds and signs a complete list.</summary>
    /// <param name="authority">Whose certificates are listed.</param>
    /// <param name="number">Greater than that of every earlier list of this CA.</param>
    /// <param name="thisUpdate">UTC; cut to whole seconds.</param>
    /// <param name="nextUpdate">By when the next list is out, UTC; cut to whole seconds.</param>
    /// <param name="entries">Every revoked certificate that must still be listed (<see cref="CrlGuard.MayLeave"/>).</param>
    /// <exception cref="ArgumentException">
    /// A reason that no complete list carries, a negative number, or dates in the wrong order: bugs.
    /// </exception>
    public static CertificateRevocationList Build(
        ICertificateAuthority authority,
        long number,
        DateTimeOffset thisUpdate,
        DateTimeOffset nextUpdate,
        IReadOnlyCollection<RevokedCertificate> entries)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(nextUpdate, thisUpdate);
        var ca = authority.IssuerCertificate;
        var listed = new RevokedCertificate[entries.Count];
        var position = 0;
        var writer = new AsnWriter(AsnEncodingRules.DER, 1024 + (entries.Count * 64));
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteEncodedValue(authority.SignatureAlgorithm.Identifier);
            writer.WriteEncodedValue(ca.Subject);
            CertificateFields.WriteTime(writer, thisUpdate);
            CertificateFields.WriteTime(writer, nextUpdate);
            if (entries.Count > 0)
            {
                // RFC 5280 5.1.2.6: an empty list has no revokedCertificates at all.
                using (writer.PushSequence())
                {
                    foreach (var entry in entries)
                    {
                        WriteEntry(writer, entry);
                        listed[position++] = entry with { RevokedAt = WholeSeconds(entry.RevokedAt) };
                    }
                }
            }

            WriteExtensions(writer, ca, number);
        }

        var toBeSigned = writer.Encode();
        var signature = authority.Sign(toBeSigned);
        var list = new AsnWriter(AsnEncodingRules.DER, toBeSigned.Length + signature.Length + 64);
        using (list.PushSequence())
        {
            list.WriteEncodedValue(toBeSigned);
            list.WriteEncodedValue(authority.SignatureAlgorithm.Identifier);
            list.WriteBitString(signature);
        }

        return new CertificateRevocationList(
            list.Encode(), ca.Subject.ToArray(), number, WholeSeconds(thisUpdate), WholeSeconds(nextUpdate), listed);
    }

    /// <summary>
    /// Reads a list of ours back. Null when it is not one, or is not signed by the given CA.
    /// </summary>
    public static CertificateRevocationList? Read(ReadOnlyMemory<byte> der, AuthorityCertificate issuer)
    {
        try
        {
            var copy = der.ToArray();
            var outer = new AsnReader(copy, AsnEncodingRules.DER);
            var list = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var toBeSigned = list.PeekEncodedValue();
            var fields = list.ReadSequence();
            var algorithmIdentifier = list.ReadEncodedValue();
            var signature = list.ReadBitString(out var unusedBits);
            list.ThrowIfNotEmpty();

            if (unusedBits != 0
                || !fields.TryReadInt32(out var version) || version != 1
                || !fields.ReadEncodedValue().Span.SequenceEqual(algorithmIdentifier.Span)
                || SignatureAlgorithm.Find(algorithmIdentifier.Span) is not { } algorithm
                || !issuer.Verify(algorithm, toBeSigned.Span, signature))
            {
                return null;
            }

            var name = fields.ReadEncodedValue().ToArray();
            var thisUpdate = CertificateFields.ReadTime(fields);
            var nextUpdate = CertificateFields.ReadTime(fields);
            var entries = fields.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? ReadEntries(fields.ReadSequence()) : [];
            if (!name.AsSpan().SequenceEqual(issuer.Subject) || entries is null || ReadNumber(fields) is not { } number)
            {
                return null;
            }

            return new CertificateRevocationList(copy, name, number, thisUpdate, nextUpdate, entries);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    static void WriteEntry(AsnWriter writer, RevokedCertificate entry)
    {
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(entry.Serial.ToBytes());
            CertificateFields.WriteTime(writer, entry.RevokedAt);
            if (entry.Reason == X509RevocationReason.Unspecified)
            {
                return;
            }

            if (entry.Reason is X509RevocationReason.RemoveFromCrl || !Enum.IsDefined(entry.Reason))
            {
                throw new ArgumentException($"A complete list does not carry the reason {entry.Reason}.", nameof(entry));
            }

            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(ReasonCodeOid);

                // The OCTET STRING around ENUMERATED of one octet.
                writer.WriteOctetString([0x0A, 0x01, (byte)entry.Reason]);
            }
        }
    }

    static void WriteExtensions(AsnWriter writer, AuthorityCertificate ca, long number)
    {
        using (writer.PushSequence(Zero))
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(AuthorityKeyIdentifierOid);
                using (writer.PushOctetString())
                using (writer.PushSequence())
                {
                    writer.WriteOctetString(ca.SubjectKeyIdentifierBytes, Zero);
                }
            }

            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(CrlNumberOid);
                using (writer.PushOctetString())
                {
                    writer.WriteInteger(number);
                }
            }
        }
    }

    static List<RevokedCertificate>? ReadEntries(AsnReader sequence)
    {
        var entries = new List<RevokedCertificate>();
        while (sequence.HasData)
        {
            var entry = sequence.ReadSequence();
            if (!SerialNumber.TryFromBytes(entry.ReadIntegerBytes().Span, out var serial))
            {
                return null;
            }

            var revokedAt = CertificateFields.ReadTime(entry);
            var reason = X509RevocationReason.Unspecified;
            if (entry.HasData)
            {
                var extensions = entry.ReadSequence();
                while (extensions.HasData)
                {
                    var extension = extensions.ReadSequence();
                    var oid = extension.ReadEncodedValue();
                    var value = extension.ReadOctetString();
                    if (oid.Span.SequenceEqual(ReasonCodeOid) && value is [0x0A, 0x01, var code])
                    {
                        reason = (X509RevocationReason)code;
                    }
                }
            }

            entries.Add(new RevokedCertificate(serial, revokedAt, reason));
        }

        return entries;
    }

    static long? ReadNumber(AsnReader fields)
    {
        var extensions = fields.ReadSequence(Zero).ReadSequence();
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadEncodedValue();
            if (oid.Span.SequenceEqual(CrlNumberOid))
            {
                var value = new AsnReader(extension.ReadOctetString(), AsnEncodingRules.DER);
                return value.TryReadInt64(out var number) ? number : null;
            }
        }

        return null;
    }

    static DateTimeOffset WholeSeconds(DateTimeOffset instant)
    {
        var utc = instant.ToUniversalTime();
        return utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerSecond));
    }
}
