using System.Formats.Asn1;
using System.Security.Cryptography;

namespace DensaiAdmin.Core.Pki;

/// <summary>Why a certification request or its key is refused.</summary>
public enum CertificationRequestRefusal
{
    /// <summary>Over <see cref="CertificationRequest.MaximumOctets"/>.</summary>
    TooLarge,

    /// <summary>Neither DER nor a text that holds it; see <see cref="CertificationRequestFile"/>.</summary>
    NotEncoded,

    /// <summary>Not the DER of a PKCS#10 request (RFC 2986).</summary>
    Malformed,

    /// <summary>A version other than v1, which is written 0 (RFC 2986 4.1).</summary>
    VersionNotAccepted,

    /// <summary>Neither RSA nor elliptic curve.</summary>
    KeyTypeNotAccepted,

    /// <summary>RSA, but not 2048, 3072 or 4096 bits.</summary>
    KeySizeNotAccepted,

    /// <summary>Not P-256 or P-384 by name; explicit curve parameters count as this.</summary>
    CurveNotAccepted,

    /// <summary>The public point does not lie on its curve.</summary>
    PointNotOnCurve,

    /// <summary>RSA exponent even, under 65537, or over 256 bits.</summary>
    ExponentNotAccepted,

    /// <summary>The RSA modulus is even or has a small prime factor.</summary>
    ModulusHasSmallFactor,

    /// <summary>The two primes of the RSA modulus lie so close together that it can be factored.</summary>
    ModulusHasClosePrimes,

    /// <summary>The RSA modulus was made by the library with the ROCA defect (CVE-2017-15361).</summary>
    ModulusHasRocaFingerprint,

    /// <summary>The request is signed with an algorithm that is not accepted.</summary>
    SignatureAlgorithmNotAccepted,

    /// <summary>The request is signed with SHA-1 or an even older digest.</summary>
    DigestNotAccepted,

    /// <summary>The request is signed with RSASSA-PSS.</summary>
    PaddingNotAccepted,

    /// <summary>The request's signature is not made with the key it asks a certificate for.</summary>
    SignatureWrong,

    /// <summary>The key is a CA's own.</summary>
    KeyOfAuthority,
}

/// <summary>
/// A public key that was evaluated: of an accepted kind, without the known weaknesses, and held by who asked. Only
/// <see cref="CertificationRequest.Parse"/> makes one, so that no certificate can be issued on an unjudged key.
/// </summary>
public sealed class AcceptedKey
{
    readonly byte[] _subjectPublicKeyInfo;

    internal AcceptedKey(byte[] subjectPublicKeyInfo, string algorithm)
    {
        _subjectPublicKeyInfo = subjectPublicKeyInfo;
        SubjectPublicKeySha256 = Sha256Hash.Of(subjectPublicKeyInfo);
        Algorithm = algorithm;
    }

    /// <summary>
    /// DER of the SubjectPublicKeyInfo in one spelling per key (curve points uncompressed), so that a key cannot come back in
    /// another dress and pass for new.
    /// </summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    /// <summary>Upper-case hex of SHA-256 over <see cref="SubjectPublicKeyInfo"/>: the key's name in the inventory.</summary>
    public Sha256Hash SubjectPublicKeySha256 { get; }

    /// <summary>For people and records: <c>ECDSA P-256</c>, <c>RSA 3072</c>.</summary>
    public string Algorithm { get; }
}

/// <summary>What came of reading a certification request.</summary>
public abstract record CertificationRequestOutcome
{
    private CertificationRequestOutcome()
    {
    }

    public sealed record Accepted(AcceptedKey Key) : CertificationRequestOutcome;

    public sealed record Refused(CertificationRequestRefusal Reason) : CertificationRequestOutcome;

    public T Match<T>(Func<AcceptedKey, T> accepted, Func<CertificationRequestRefusal, T> refused) => this switch
    {
        Accepted outcome => accepted(outcome.Key),
        Refused outcome => refused(outcome.Reason),
        _ => throw new InvalidOperationException("The outcomes are closed."),
    };
}

/// <summary>
/// PKCS#10 requests (RFC 2986) as strangers send them. Of a request only the key counts: the CA writes the subject itself.
/// </summary>
public static class CertificationRequest
{
    /// <summary>Largest request that is looked at; a real one with RSA 4096 has under 2 KiB.</summary>
    public const int MaximumOctets = 64 * 1024;

    /// <summary>
    /// Reads and evaluates a request. Never throws, whatever is sent, and reads only the few outermost levels of nesting.
    /// </summary>
    /// <param name="der">The request.</param>
    /// <param name="authorities">Our CAs, whose own keys are refused.</param>
    public static CertificationRequestOutcome Parse(ReadOnlySpan<byte> der, IEnumerable<AuthorityCertificate> authorities)
    {
        if (der.Length > MaximumOctets)
        {
            return Refused(CertificationRequestRefusal.TooLarge);
        }

        ReadOnlyMemory<byte> info;
        ReadOnlyMemory<byte> subjectPublicKeyInfo;
        ReadOnlyMemory<byte> algorithmIdentifier;
        byte[] signature;
        try
        {
            var request = Open(der.ToArray());
            info = request.PeekEncodedValue();
            var fields = request.ReadSequence();
            algorithmIdentifier = request.ReadEncodedValue();
            signature = request.ReadBitString(out var unusedBits);
            request.ThrowIfNotEmpty();

            var version = fields.ReadIntegerBytes();
            fields.ReadSequence();
            subjectPublicKeyInfo = fields.ReadEncodedValue();
            if (fields.HasData)
            {
                // Attributes are mandatory in RFC 2986, left out by some clients, and never used here.
                fields.ReadSetOf(skipSortOrderValidation: true, new Asn1Tag(TagClass.ContextSpecific, 0));
            }

            fields.ThrowIfNotEmpty();
            if (unusedBits != 0)
            {
                return Refused(CertificationRequestRefusal.Malformed);
            }

            if (version.Span is not [0])
            {
                return Refused(CertificationRequestRefusal.VersionNotAccepted);
            }
        }
        catch (AsnContentException)
        {
            return Refused(CertificationRequestRefusal.Malformed);
        }

        var acceptance = KeyAcceptance.Evaluate(subjectPublicKeyInfo);
        if (acceptance.Key is not { } key)
        {
            return Refused(acceptance.Refusal);
        }

        if (authorities.Any(
            authority => authority.SubjectPublicKeySha256 == key.SubjectPublicKeySha256))
        {
            return Refused(CertificationRequestRefusal.KeyOfAuthority);
        }

        if (SignatureAlgorithm.FindInEitherSpelling(algorithmIdentifier.Span) is not { } algorithm)
        {
            return Refused(SignatureAlgorithm.Weakness(algorithmIdentifier.Span));
        }

        return algorithm.Verify(key.SubjectPublicKeyInfo.Span, info.Span, signature)
            ? new CertificationRequestOutcome.Accepted(key)
            : Refused(CertificationRequestRefusal.SignatureWrong);
    }

    static AsnReader Open(byte[] der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var content = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        return content;
    }

    static CertificationRequestOutcome.Refused Refused(CertificationRequestRefusal reason) => new(reason);
}
