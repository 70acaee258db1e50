using System.Formats.Asn1;
using System.Globalization;

namespace DensaiAdmin.Core.Pki;

/// <summary>What a certificate about to be signed breaks.</summary>
public enum LintRule
{
    Encoding,
    Version,
    Serial,
    SignatureAlgorithm,
    Issuer,
    Validity,
    IssuerValidity,
    Subject,
    Key,
    BasicConstraints,
    KeyUsage,
    ExtendedKeyUsage,
    SubjectKeyIdentifier,
    AuthorityKeyIdentifier,
    CrlDistributionPoints,
    AuthorityInformationAccess,
    UnknownExtension,
    RepeatedExtension,
}

/// <param name="Rule">Which rule.</param>
/// <param name="Detail">English, for records and operators.</param>
public sealed record LintFinding(LintRule Rule, string Detail)
{
    public override string ToString() => $"{Rule}: {Detail}";
}

/// <summary>What must hold for every certificate of one issuer.</summary>
internal sealed record LintExpectation(
    AuthorityCertificate Issuer, SignatureAlgorithm Algorithm, PkiAddresses Addresses, int ValidityYears);

/// <summary>
/// The gate before the key: reads the octets that would be signed and holds them against the profile. It shares no code with the
/// builder, reports everything it finds, and an empty list is the only way on.
/// </summary>
internal static class CertificateLint
{
    /// <summary>RFC 5280 appendix A: ub-organization-name, ub-organizational-unit-name and ub-common-name, in characters.</summary>
    const int LongestName = 64;

    // DER of the OBJECT IDENTIFIERs.
    static readonly byte[] Organization = [0x06, 0x03, 0x55, 0x04, 0x0A];
    static readonly byte[] OrganizationalUnit = [0x06, 0x03, 0x55, 0x04, 0x0B];
    static readonly byte[] CommonName = [0x06, 0x03, 0x55, 0x04, 0x03];
    static readonly byte[] Ocsp = [0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01];
    static readonly byte[] CaIssuers = [0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];

    static readonly Asn1Tag Zero = new(TagClass.ContextSpecific, 0);
    static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    public static IReadOnlyList<LintFinding> Check(
        ReadOnlyMemory<byte> toBeSigned, LintExpectation expected, IssueRequest request, SubjectName subject)
    {
        if (CertificateFields.Read(toBeSigned) is not { } fields)
        {
            return [new LintFinding(LintRule.Encoding, "not a TBSCertificate in DER")];
        }

        var findings = new List<LintFinding>();
        if (fields.Version != 2)
        {
            Add(LintRule.Version, "not version 3");
        }

        CheckSerial();
        if (!fields.SignatureAlgorithm.Span.SequenceEqual(expected.Algorithm.Identifier))
        {
            Add(LintRule.SignatureAlgorithm, $"not {expected.Algorithm}, the issuer's algorithm");
        }

        if (!fields.Issuer.Span.SequenceEqual(expected.Issuer.Subject))
        {
            Add(LintRule.Issuer, "not the issuer's subject, octet for octet");
        }

        CheckValidity();
        CheckSubject();
        if (!fields.SubjectPublicKeyInfo.Span.SequenceEqual(request.Key.SubjectPublicKeyInfo.Span))
        {
            Add(LintRule.Key, "not the key that was accepted");
        }

        CheckUse();
        CheckKeyIdentifiers();
        CheckAddresses();
        CheckExtensionSet();
        return findings;

        void Add(LintRule rule, string detail) => findings.Add(new LintFinding(rule, detail));

        void CheckSerial()
        {
            if (fields.Serial.Length != SerialNumber.Octets || fields.Serial.Span[0] is 0 or > 0x7F)
            {
                Add(LintRule.Serial, $"{fields.Serial.Length} octets; {SerialNumber.Octets} random ones are due, positive");
            }
            else if (!SerialNumber.TryFromBytes(fields.Serial.Span, out var serial) || serial != request.Serial)
            {
                Add(LintRule.Serial, "not the serial number that the intent names");
            }
        }

        void CheckValidity()
        {
            // R3 names the day of issue, the certificate only notBefore, which lies up to the allowance before it: around midnight
            // in Japan that can be the day before.
            var due = ValidityPolicy.NotAfter(fields.NotBefore + ValidityPolicy.ClockAllowance, expected.ValidityYears);
            if (fields.NotAfter != due && fields.NotAfter != ValidityPolicy.NotAfter(fields.NotBefore, expected.ValidityYears))
            {
                Add(LintRule.Validity, string.Create(
                    CultureInfo.InvariantCulture,
                    $"notAfter is {fields.NotAfter:u}, due is {due:u}: "
                        + $"23:59:59 UTC of the day of issue in Japan + {expected.ValidityYears} years"));
            }

            if (fields.NotBefore < expected.Issuer.NotBefore || fields.NotAfter > expected.Issuer.NotAfter)
            {
                Add(LintRule.IssuerValidity, "reaches outside the issuer's own validity");
            }
        }

        void CheckSubject()
        {
            if (ReadSubject(fields.Subject) is not { } read || read != subject)
            {
                Add(LintRule.Subject, "not O, OU and CN as the institution's settings have them");
            }

            foreach (var value in new[] { subject.Organization, subject.OrganizationalUnit, subject.CommonName })
            {
                var length = value.EnumerateRunes().Count();
                if (length is 0 or > LongestName || string.IsNullOrWhiteSpace(value) || value.Any(IsUnseen))
                {
                    Add(LintRule.Subject, $"a part is empty, longer than {LongestName} characters, or has characters that nobody sees");
                }
            }
        }

        void CheckUse()
        {
            if (!LeafProfile.IsNotCa(fields))
            {
                Add(LintRule.BasicConstraints, "the certificate of a CA");
            }

            if (!LeafProfile.SignsOnly(fields))
            {
                Add(LintRule.KeyUsage, "not critical with exactly digitalSignature");
            }

            if (!LeafProfile.IsForClientsOnly(fields))
            {
                Add(LintRule.ExtendedKeyUsage, "not exactly clientAuth");
            }
        }

        void CheckKeyIdentifiers()
        {
            if (fields.Find(LeafProfile.SubjectKeyIdentifier) is not { Critical: false } own
                || !IsOctetString(own.Value, KeyBits(request.Key.SubjectPublicKeyInfo)))
            {
                Add(LintRule.SubjectKeyIdentifier, "absent, critical, or not the key's");
            }

            if (fields.Find(LeafProfile.AuthorityKeyIdentifier) is not { Critical: false } issuers
                || !IsKeyIdentifierOf(issuers.Value, expected.Issuer))
            {
                Add(LintRule.AuthorityKeyIdentifier, "absent, critical, or not the issuer's");
            }
        }

        void CheckAddresses()
        {
            if (fields.Find(LeafProfile.CrlDistributionPoints) is not { Critical: false } points
                || ReadDistributionPoint(points.Value) is not { } crl
                || crl != expected.Addresses.Crl(expected.Issuer)
                || !IsHttp(crl))
            {
                Add(LintRule.CrlDistributionPoints, "absent, critical, or not the one address of the issuer's list");
            }

            if (fields.Find(LeafProfile.AuthorityInformationAccess) is not { Critical: false } access
                || ReadAccess(access.Value) is not ({ } ocsp, { } certificate)
                || ocsp != expected.Addresses.Ocsp
                || certificate != expected.Addresses.Certificate(expected.Issuer)
                || !IsHttp(ocsp)
                || !IsHttp(certificate))
            {
                Add(LintRule.AuthorityInformationAccess, "absent, critical, or not the addresses of responder and issuer certificate");
            }
        }

        void CheckExtensionSet()
        {
            for (var i = 0; i < fields.Extensions.Count; i++)
            {
                var oid = fields.Extensions[i].Oid;
                if (!Array.Exists(LeafProfile.Known, known => oid.Span.SequenceEqual(known)))
                {
                    Add(LintRule.UnknownExtension, $"{Convert.ToHexString(oid.Span)} is not part of the profile");
                }

                for (var j = 0; j < i; j++)
                {
                    if (oid.Span.SequenceEqual(fields.Extensions[j].Oid.Span))
                    {
                        Add(LintRule.RepeatedExtension, $"{Convert.ToHexString(oid.Span)} occurs twice");
                    }
                }
            }
        }
    }

    static SubjectName? ReadSubject(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            var outer = new AsnReader(encoded, AsnEncodingRules.DER);
            var parts = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var name = new SubjectName(ReadPart(parts, Organization), ReadPart(parts, OrganizationalUnit), ReadPart(parts, CommonName));
            parts.ThrowIfNotEmpty();
            return name;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    static string ReadPart(AsnReader parts, byte[] type)
    {
        var set = parts.ReadSetOf();
        var pair = set.ReadSequence();
        set.ThrowIfNotEmpty();
        if (!pair.ReadEncodedValue().Span.SequenceEqual(type))
        {
            throw new AsnContentException("Another attribute than the profile has here.");
        }

        var value = pair.ReadCharacterString(UniversalTagNumber.UTF8String);
        pair.ThrowIfNotEmpty();
        return value;
    }

    static byte[] KeyBits(ReadOnlyMemory<byte> subjectPublicKeyInfo)
    {
        var fields = new AsnReader(subjectPublicKeyInfo, AsnEncodingRules.DER).ReadSequence();
        fields.ReadEncodedValue();
        return KeyIdentifier.Of(fields.ReadBitString(out _));
    }

    static bool IsOctetString(ReadOnlyMemory<byte> encoded, ReadOnlySpan<byte> content)
    {
        try
        {
            var reader = new AsnReader(encoded, AsnEncodingRules.DER);
            var octets = reader.ReadOctetString();
            return !reader.HasData && content.SequenceEqual(octets);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    static bool IsKeyIdentifierOf(ReadOnlyMemory<byte> encoded, AuthorityCertificate issuer)
    {
        try
        {
            var reader = new AsnReader(encoded, AsnEncodingRules.DER);
            var fields = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            var identifier = fields.ReadOctetString(Zero);
            return !fields.HasData && issuer.SubjectKeyIdentifierBytes.SequenceEqual(identifier);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>The address when there is exactly one distribution point with exactly one URI and nothing else.</summary>
    static string? ReadDistributionPoint(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            var outer = new AsnReader(encoded, AsnEncodingRules.DER);
            var points = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var point = points.ReadSequence();
            points.ThrowIfNotEmpty();
            var pointName = point.ReadSequence(Zero);
            point.ThrowIfNotEmpty();
            var names = pointName.ReadSequence(Zero);
            pointName.ThrowIfNotEmpty();
            var address = names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag);
            names.ThrowIfNotEmpty();
            return address;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>The addresses when there is exactly one of each kind.</summary>
    static (string? Ocsp, string? CaIssuers) ReadAccess(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            var outer = new AsnReader(encoded, AsnEncodingRules.DER);
            var descriptions = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var ocsp = ReadDescription(descriptions, Ocsp);
            var caIssuers = ReadDescription(descriptions, CaIssuers);
            descriptions.ThrowIfNotEmpty();
            return (ocsp, caIssuers);
        }
        catch (AsnContentException)
        {
            return default;
        }
    }

    static string ReadDescription(AsnReader descriptions, byte[] method)
    {
        var description = descriptions.ReadSequence();
        if (!description.ReadEncodedValue().Span.SequenceEqual(method))
        {
            throw new AsnContentException("Another access method than the profile has here.");
        }

        var address = description.ReadCharacterString(UniversalTagNumber.IA5String, UriTag);
        description.ThrowIfNotEmpty();
        return address;
    }

    static bool IsHttp(string address) =>
        address.StartsWith("http://", StringComparison.Ordinal) && Uri.IsWellFormedUriString(address, UriKind.Absolute);

    /// <summary>Control, format (bidirectional marks among them) and separator characters other than the plain space.</summary>
    static bool IsUnseen(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
