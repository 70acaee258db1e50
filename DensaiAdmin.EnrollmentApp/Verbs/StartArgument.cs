namespace DensaiAdmin.EnrollmentApp.Verbs;

public enum StartAt
{
    /// <summary>CCHK001.</summary>
    Menu,

    /// <summary>CCHK002 for a new certificate.</summary>
    Issue,

    /// <summary>CCHK002 with a certificate to renew chosen.</summary>
    Renew,
}

/// <summary>
/// What a page of the bank may ask when it starts this program: <c>densai-enrollment:issue</c> or
/// <c>densai-enrollment:renew?serial=HEX</c>. Any page of the internet may try the same, so everything else is CCHK001 and no word is said.
/// </summary>
/// <param name="Screen">Where to begin.</param>
/// <param name="Serial">Upper hex without leading zeros; empty: whichever can be renewed.</param>
internal sealed record StartArgument(StartAt Screen, string Serial = "")
{
    public const string Scheme = "densai-enrollment:";

    // RFC 5280 4.1.2.2: at most 20 octets.
    private const int LongestSerial = 40;

    public static StartArgument Menu { get; } = new(StartAt.Menu);

    public static StartArgument Parse(string? given)
    {
        if (given?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) != true)
        {
            return Menu;
        }

        // Browsers write an authority into some of these: densai-enrollment://issue/.
        var (path, query) = given[Scheme.Length..].Split('?', 2) is [var p, var q] ? (p, q) : (given[Scheme.Length..], "");
        path = path.Trim('/');
        return (path.ToLowerInvariant(), query) switch
        {
            ("issue", "") => new StartArgument(StartAt.Issue),
            ("renew", "") => new StartArgument(StartAt.Renew),
            ("renew", _) when query.StartsWith("serial=", StringComparison.Ordinal) && Normalise(query["serial=".Length..]) is { } serial => new StartArgument(StartAt.Renew, serial),
            _ => Menu,
        };
    }

    /// <summary>Upper hex without leading zeros, or null where it is no serial number.</summary>
    public static string? Normalise(string serial) =>
        serial.Length is > 0 and <= LongestSerial && serial.All(char.IsAsciiHexDigit) && serial.TrimStart('0').ToUpperInvariant() is { Length: > 0 } plain ? plain : null;

    /// <summary>The same as it was given: what a second program hands over.</summary>
    public override string ToString() => Screen switch
    {
        StartAt.Menu => Scheme,
        StartAt.Issue => Scheme + "issue",
        StartAt.Renew => Serial.Length == 0 ? Scheme + "renew" : $"{Scheme}renew?serial={Serial}",
    };
}
