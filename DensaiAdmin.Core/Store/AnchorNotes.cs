using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Core.Store;

/// <summary>What a line of the anchor says beside the head.</summary>
public abstract record AnchorNote
{
    private AnchorNote()
    {
    }

    /// <summary>
    /// A signature over this certificate may exist, handed out or not: it tells whose it is, on whose CRL it would belong and until
    /// when, and which key is never certified again. A bare note of an earlier version tells the serial only.
    /// </summary>
    /// <param name="SerialNumber">Its serial.</param>
    /// <param name="Issuer">Subject key identifier of the issuing CA, upper hex.</param>
    /// <param name="NotAfter">Last second of validity, UTC.</param>
    /// <param name="PublicKeySha256">SHA-256 over SubjectPublicKeyInfo.</param>
    /// <param name="LoginId">Of its user, as it was stored then.</param>
    public sealed record Issued(
        SerialNumber SerialNumber, string? Issuer, DateTimeOffset? NotAfter, Sha256Hash? PublicKeySha256, string? LoginId) : AnchorNote
    {
        public override string ToString() => Issuer is null
            ? string.Create(CultureInfo.InvariantCulture, $"+{SerialNumber}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"+{SerialNumber}:{Issuer}:{NotAfter?.ToUnixTimeMilliseconds()}:{PublicKeySha256}:{Uri.EscapeDataString(LoginId ?? "")}");
    }

    /// <summary>A serial that was revoked, or given up without having been handed out. A bare note tells the serial only.</summary>
    /// <param name="SerialNumber">The serial.</param>
    /// <param name="Issuer">Subject key identifier of the issuing CA, upper hex.</param>
    /// <param name="RevokedAt">Since when, UTC.</param>
    /// <param name="Reason">Why (RFC 5280 5.3.1).</param>
    public sealed record Revoked(
        SerialNumber SerialNumber, string? Issuer, DateTimeOffset? RevokedAt, X509RevocationReason? Reason) : AnchorNote
    {
        public override string ToString() => Issuer is null
            ? string.Create(CultureInfo.InvariantCulture, $"-{SerialNumber}")
            : string.Create(CultureInfo.InvariantCulture, $"-{SerialNumber}:{Issuer}:{RevokedAt?.ToUnixTimeMilliseconds()}:{Reason}");
    }

    /// <summary>A CRL that was published.</summary>
    /// <param name="Issuer">Subject key identifier of its CA, upper hex.</param>
    /// <param name="Number">CRL number (RFC 5280 5.2.3).</param>
    public sealed record Crl(string Issuer, long Number) : AnchorNote
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Issuer}:{Number}");
    }

    /// <summary>Records that are lost: an old copy of the data was put back, and reconcile went on above them.</summary>
    /// <param name="After">Sequence of the last record before the hole.</param>
    /// <param name="Until">Sequence of the last record that is lost.</param>
    public sealed record Gap(long After, long Until) : AnchorNote
    {
        internal const char Mark = '~';

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mark}{After}:{Until}");
    }

    /// <summary>Reads a note; null when it is none that this version knows.</summary>
    public static AnchorNote? Parse(string? note)
    {
        if (string.IsNullOrEmpty(note))
        {
            return null;
        }

        var fields = note[1..].Split(':');
        if (note[0] == '#')
        {
            return fields is [var list, var digits]
                && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new Crl(list, number) : null;
        }

        if (note[0] == Gap.Mark)
        {
            return fields is [var after, var until] && long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
                && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var to) ? new Gap(from, to) : null;
        }

        if (!SerialNumber.TryParse(fields[0], out var serial))
        {
            return null;
        }

        return (note[0], fields) switch
        {
            ('+', [_]) => new Issued(serial, null, null, null, null),
            ('+', [_, var issuer, var notAfter, var key, var loginId]) when Instant(notAfter) is { } until =>
                new Issued(serial, issuer, until, KeyHash(key), Uri.UnescapeDataString(loginId)),
            ('-', [_]) => new Revoked(serial, null, null, null),
            ('-', [_, var issuer, var at, var reason]) when Instant(at) is { } since
                && Enum.TryParse<X509RevocationReason>(reason, out var why)
                && Enum.IsDefined(why) =>
                new Revoked(serial, issuer, since, why),
            _ => null,
        };
    }

    // Null where a note of an earlier version tells none.
    private static Sha256Hash? KeyHash(string hex) =>
        hex.Length == 2 * Sha256Hash.Octets && hex.All(char.IsAsciiHexDigit) ? Sha256Hash.Parse(hex) : null;

    private static DateTimeOffset? Instant(string milliseconds) =>
        long.TryParse(milliseconds, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var since1970)
        && since1970 >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && since1970 <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(since1970)
            : null;
}
