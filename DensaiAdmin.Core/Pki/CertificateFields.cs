using System.Formats.Asn1;

namespace DensaiAdmin.Core.Pki;

/// <summary>
/// The fields of a TBSCertificate (RFC 5280 4.1) as encoded, read without any knowledge of how we build one: lint and login evaluate what
/// stands there, not what was meant.
/// </summary>
internal sealed class CertificateFields
{
    /// <summary>Years below 50 are 20xx, the others 19xx (RFC 5280 4.1.2.5.1).</summary>
    public const int UtcTimeUntil = 2049;

    static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0);
    static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3);

    /// <summary>As encoded: 2 stands for version 3; 0 when absent.</summary>
    public required int Version { get; init; }

    /// <summary>Content octets of the INTEGER.</summary>
    public required ReadOnlyMemory<byte> Serial { get; init; }

    public required ReadOnlyMemory<byte> SignatureAlgorithm { get; init; }

    public required ReadOnlyMemory<byte> Issuer { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required ReadOnlyMemory<byte> Subject { get; init; }

    public required ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; init; }

    public required IReadOnlyList<CertificateExtension> Extensions { get; init; }

    /// <summary>Null when the octets are no TBSCertificate in DER.</summary>
    public static CertificateFields? Read(ReadOnlyMemory<byte> toBeSigned)
    {
        try
        {
            var outer = new AsnReader(toBeSigned, AsnEncodingRules.DER);
            var fields = outer.ReadSequence();
            outer.ThrowIfNotEmpty();

            var version = 0;
            if (fields.PeekTag().HasSameClassAndValue(VersionTag))
            {
                var explicitVersion = fields.ReadSequence(VersionTag);
                if (!explicitVersion.TryReadInt32(out version))
                {
                    return null;
                }

                explicitVersion.ThrowIfNotEmpty();
            }

            var serial = fields.ReadIntegerBytes();
            var algorithm = fields.ReadEncodedValue();
            var issuer = fields.ReadEncodedValue();
            var validity = fields.ReadSequence();
            var notBefore = ReadTime(validity);
            var notAfter = ReadTime(validity);
            validity.ThrowIfNotEmpty();
            var subject = fields.ReadEncodedValue();
            var key = fields.ReadEncodedValue();
            var extensions = fields.HasData ? ReadExtensions(fields) : [];
            fields.ThrowIfNotEmpty();
            return new CertificateFields
            {
                Version = version,
                Serial = serial,
                SignatureAlgorithm = algorithm,
                Issuer = issuer,
                NotBefore = notBefore,
                NotAfter = notAfter,
                Subject = subject,
                SubjectPublicKeyInfo = key,
                Extensions = extensions,
            };
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>The value of the only extension of this kind; null when absent or there twice.</summary>
    public CertificateExtension? Find(ReadOnlySpan<byte> oid)
    {
        CertificateExtension? found = null;
        foreach (var extension in Extensions)
        {
            if (!extension.Oid.Span.SequenceEqual(oid))
            {
                continue;
            }

            if (found is not null)
            {
                return null;
            }

            found = extension;
        }

        return found;
    }

    /// <summary>UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5); the other way round is malformed.</summary>
    internal static DateTimeOffset ReadTime(AsnReader reader)
    {
        if (reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime))
        {
            return reader.ReadUtcTime(UtcTimeUntil);
        }

        var time = reader.ReadGeneralizedTime();
        return time.Year > UtcTimeUntil && time.Ticks % TimeSpan.TicksPerSecond == 0
            ? time
            : throw new AsnContentException("A GeneralizedTime where UTCTime is due, or with fractions.");
    }

    internal static void WriteTime(AsnWriter writer, DateTimeOffset instant)
    {
        var utc = instant.ToUniversalTime();
        if (utc.Year <= UtcTimeUntil)
        {
            writer.WriteUtcTime(utc, UtcTimeUntil);
        }
        else
        {
            writer.WriteGeneralizedTime(utc, omitFractionalSeconds: true);
        }
    }

    static List<CertificateExtension> ReadExtensions(AsnReader fields)
    {
        var wrapper = fields.ReadSequence(ExtensionsTag);
        var sequence = wrapper.ReadSequence();
        wrapper.ThrowIfNotEmpty();
        var extensions = new List<CertificateExtension>(8);
        while (sequence.HasData)
        {
            var extension = sequence.ReadSequence();
            var oid = extension.ReadEncodedValue();
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            extensions.Add(new CertificateExtension(oid, critical, value));
        }

        return extensions;
    }
}

/// <summary>An extension; Oid is the DER of the whole OBJECT IDENTIFIER: compared, never turned into text.</summary>
internal sealed record CertificateExtension(ReadOnlyMemory<byte> Oid, bool Critical, ReadOnlyMemory<byte> Value);
