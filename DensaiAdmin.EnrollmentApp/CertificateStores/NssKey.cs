using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>How NSS identifies a key: the SHA-1 of its public value (the point of an EC key, the modulus of an RSA key).</summary>
internal static partial class NssKey
{
    /// <summary>In lower-case hex, as <c>certutil -K</c> prints it.</summary>
    public static string Of(PublicKey key)
    {
        using var rsa = key.GetRSAPublicKey();
        var value = rsa is not null ? rsa.ExportParameters(includePrivateParameters: false).Modulus! : key.EncodedKeyValue.RawData;
#pragma warning disable CA5350 // An identifier, not a proof: NSS prescribes the algorithm.
        return Convert.ToHexStringLower(SHA1.HashData(value));
#pragma warning restore CA5350
    }

    public static string OfRequest(byte[] request) => Of(CertificateComparison.KeyOf(request));

    /// <summary>
    /// Identifies the certificate of exactly one key for the tools (RFC 7512). By nickname they could take an older certificate of the same
    /// person for the newer one, because the subject is the same.
    /// </summary>
    public static string Uri(string key) =>
        "pkcs11:token=NSS%20Certificate%20DB;id="
        + string.Concat(key.Chunk(2).Select(digits => string.Create(CultureInfo.InvariantCulture, $"%{digits[0]}{digits[1]}")));

    /// <summary>The keys in what <c>certutil -K</c> printed.</summary>
    public static IEnumerable<string> Parse(string listing) => Line().Matches(listing).Select(match => match.Groups["key"].Value);

    [GeneratedRegex(
        @"^<\s*\d+>\s+\w+\s+(?<key>[0-9a-f]{40})\b", RegexOptions.Multiline | RegexOptions.ExplicitCapture,
            matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Line();
}
