using System.Text;

namespace DensaiAdmin.Core.Registry;

/// <summary>Why a text cannot be the mail address of one person; a form says it in words.</summary>
public enum MailAddressFault
{
    /// <summary>Nothing was given.</summary>
    Empty,

    /// <summary>Longer than an address can be (RFC 5321 4.5.3.1: 64 before the @, 254 in all).</summary>
    TooLong,

    /// <summary>No @ in it.</summary>
    NoAtSign,

    /// <summary>More than one address, or something beside it: a second @, a comma, a name, brackets, spaces inside.</summary>
    NotOne,

    /// <summary>Characters that mail does not carry everywhere, for example Japanese ones.</summary>
    WrongCharacters,

    /// <summary>What stands before the @ begins or ends with a dot, or has two in a row (RFC 5321 4.1.2).</summary>
    WrongLocalPart,

    /// <summary>What stands behind the @ is no domain name.</summary>
    WrongDomain,
}

/// <summary>
/// What is accepted as a mail address where one is entered. Narrower than RFC 5322: one plain address of one person, which every
/// relay takes and nothing can be smuggled into.
/// </summary>
public static class MailAddressPolicy
{
    /// <summary>Most characters of an address (RFC 5321 4.5.3.1.3, less the two brackets).</summary>
    public const int MaxCharacters = 254;

    private const int MaxLocalCharacters = 64;
    private const int MaxLabelCharacters = 63;

    // RFC 5322 3.2.3, atext; what needs quoting is not accepted.
    private const string AlsoInLocalPart = "!#$%&'*+-/=?^_`{|}~.";

    /// <summary>
    /// What was typed as it is to be stored: without spaces around it and in half width, as Japanese keyboards are often set to full width.
    /// </summary>
    public static string Tidy(string typed)
    {
        var trimmed = typed.Trim();
        try
        {
            return trimmed.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return trimmed;
        }
    }

    /// <summary>Why it is no address, or null when it is one. Given as <see cref="Tidy"/> leaves it.</summary>
    public static MailAddressFault? Evaluate(string address)
    {
        if (address.Length == 0)
        {
            return MailAddressFault.Empty;
        }

        if (address.Any(c => char.IsControl(c)
            || char.IsWhiteSpace(c)
            || c is ',' or ';' or ':' or '<' or '>' or '(' or ')' or '[' or ']' or '"' or '\\'))
        {
            return MailAddressFault.NotOne;
        }

        var at = address.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
        {
            return MailAddressFault.NoAtSign;
        }

        var (local, domain) = (address[..at], address[(at + 1)..]);
        if (domain.Contains('@', StringComparison.Ordinal))
        {
            return MailAddressFault.NotOne;
        }

        if (address.Length > MaxCharacters || local.Length > MaxLocalCharacters)
        {
            return MailAddressFault.TooLong;
        }

        if (address.Any(c => !char.IsAscii(c)))
        {
            return MailAddressFault.WrongCharacters;
        }

        return local.Length == 0 || local.StartsWith('.') || local.EndsWith('.') || local.Contains("..", StringComparison.Ordinal)
                || local.Any(c => !char.IsAsciiLetterOrDigit(c) && !AlsoInLocalPart.Contains(c, StringComparison.Ordinal))
                ? MailAddressFault.WrongLocalPart
            : !IsDomain(domain) ? MailAddressFault.WrongDomain
            : null;
    }

    // A host name of at least two labels (RFC 1123 2.1); a last label of digits would be an address of the network.
    private static bool IsDomain(string domain)
    {
        var labels = domain.Split('.');
        return labels.Length >= 2
            && labels.All(l => l.Length is > 0 and <= MaxLabelCharacters
            && l.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            && l[0] != '-'
            && l[^1] != '-')
            && !labels[^1].All(char.IsAsciiDigit);
    }
}
