using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Window;

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
/// What a page of the bank may ask for when it starts this program: <c>densai-enrollment:issue</c> or
/// <c>densai-enrollment:renew?serial=HEX</c>. Any page on the internet can try this, so everything else silently opens CCHK001.
/// </summary>
/// <param name="Screen">The first screen.</param>
/// <param name="Serial">Upper-case hex without leading zeros; empty for whichever can be renewed.</param>
internal sealed record StartArgument(StartAt Screen, string Serial = "")
{
    public const string Scheme = "densai-enrollment:";

    public static StartArgument Menu { get; } = new(StartAt.Menu);

    public static StartArgument Parse(string? given)
    {
        if (given?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) != true)
        {
            return Menu;
        }

        // Some browsers turn it into densai-enrollment://issue/.
        var (path, query) = given[Scheme.Length..].Split('?', 2) is [var p, var q] ? (p, q) : (given[Scheme.Length..], "");
        path = path.Trim('/');
        return (path.ToLowerInvariant(), query) switch
        {
            ("issue", "") => new StartArgument(StartAt.Issue),
            ("renew", "") => new StartArgument(StartAt.Renew),
            ("renew", _) when query.StartsWith("serial=", StringComparison.Ordinal)
                && SerialText.Normalize(query["serial=".Length..]) is { } serial => new StartArgument(StartAt.Renew, serial),
            _ => Menu,
        };
    }

    /// <summary>As it was given, for handing it over to the running instance.</summary>
    public override string ToString() => Screen switch
    {
        StartAt.Menu => Scheme,
        StartAt.Issue => Scheme + "issue",
        StartAt.Renew => Serial.Length == 0 ? Scheme + "renew" : $"{Scheme}renew?serial={Serial}",
    };
}
