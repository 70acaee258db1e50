using System.Text;
using DensaiAdmin.Core.Registry;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Passwords;

/// <summary>Whether a new password may be used, or why not (R23).</summary>
public enum PasswordPolicyOutcome
{
    /// <summary>May be used.</summary>
    Accepted,

    /// <summary>Fewer characters than <see cref="PasswordPolicy.MinCharacters"/>.</summary>
    TooShort,

    /// <summary>More characters than <see cref="PasswordPolicy.MaxCharacters"/>.</summary>
    TooLong,

    /// <summary>Half a surrogate pair: no two systems agree on what that is.</summary>
    NotText,

    /// <summary>
    /// Fewer than <see cref="PasswordPolicy.MinOwnCharacters"/> characters are left once login ID, name, bank and service are taken out.
    /// </summary>
    TooPersonal,

    /// <summary>On the list of well-known passwords.</summary>
    TooCommon,

    /// <summary>The same as the user's other password (R14).</summary>
    SameAsOther,
}

/// <summary>
/// What a new password must be (R23, after NIST SP 800-63B 3.1.1.2): long enough and not one that everybody tries first.
/// Any character is welcome, no mixture is asked for, none expires.
/// </summary>
public sealed class PasswordPolicy(IOptions<PasswordOptions> options, IOptions<InstitutionOptions> institution)
{
    /// <summary>Least characters that must be left of a password without what anybody knows of its user.</summary>
    public const int MinOwnCharacters = 8;

    // A name of one letter is no hint to a password, and would take that letter out of every word.
    private const int MinTakenOut = 2;

    private static readonly Lazy<HashSet<string>> Common = new(ReadCommon);

    /// <summary>Least characters (Unicode code points) of a password of this kind.</summary>
    public int MinCharacters(PasswordKind kind) => kind switch
    {
        PasswordKind.Login => options.Value.MinLoginCharacters,
        PasswordKind.Confirmation => options.Value.MinConfirmationCharacters,
    };

    /// <summary>Most characters of a password of either kind.</summary>
    public int MaxCharacters => options.Value.MaxCharacters;

    /// <summary>Evaluates a new password of one user.</summary>
    /// <param name="kind">Which of the two it is to become.</param>
    /// <param name="loginId">The user's login ID as stored.</param>
    /// <param name="name">The user's 氏名 as stored.</param>
    /// <param name="password">The new password.</param>
    /// <param name="other">
    /// The user's other password when it is at hand; see also <see cref="PasswordHash.Matches"/> when only its hash is.
    /// </param>
    public PasswordPolicyOutcome Evaluate(
        PasswordKind kind, string loginId, string name, SuppliedPassword password, SuppliedPassword? other = null)
    {
        if (password.IsTooLong || password.IsLongerThan(MaxCharacters))
        {
            return PasswordPolicyOutcome.TooLong;
        }

        if (HasLoneSurrogate(password.Value))
        {
            return PasswordPolicyOutcome.NotText;
        }

        // The shorter of both forms: one ligature does not become eighteen characters, nor does a split accent become two.
        var normalized = password.Value.Normalize(NormalizationForm.FormKC);
        if (Math.Min(Characters(password.Value), Characters(normalized)) < MinCharacters(kind))
        {
            return PasswordPolicyOutcome.TooShort;
        }

        var folded = Fold(password.Value);
        string[] terms = [loginId, name, institution.Value.BankName, institution.Value.ServiceName];
        return Characters(WithoutTerms(folded, terms)) < MinOwnCharacters ? PasswordPolicyOutcome.TooPersonal
            : Common.Value.Contains(folded) ? PasswordPolicyOutcome.TooCommon
            : other is not null && !HasLoneSurrogate(other.Value) && normalized == other.Value.Normalize(NormalizationForm.FormKC)
            ? PasswordPolicyOutcome.SameAsOther
            : PasswordPolicyOutcome.Accepted;
    }

    private static int Characters(string text) => text.EnumerateRunes().Count();

    // What is taken out leaves nothing between its neighbours, so that a term inside a term goes, too. The longest first: the bank's name
    // may begin that of the service.
    private static string WithoutTerms(string folded, IEnumerable<string> terms)
    {
        var taken = terms.SelectMany(term => (string[])[Fold(term), WithoutSpaces(Fold(term))])
            .Where(term => Characters(term) >= MinTakenOut)
            .OrderByDescending(term => term.Length)
            .ToList();
        for (var before = ""; before != folded;)
        {
            before = folded;
            folded = taken.Aggregate(folded, (left, term) => left.Replace(term, "", StringComparison.Ordinal));
        }

        return folded;
    }

    private static string WithoutSpaces(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    private static bool HasLoneSurrogate(string text)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var read) != System.Buffers.OperationStatus.Done)
            {
                return true;
            }

            rest = rest[read..];
        }

        return false;
    }

    // Up and down again is the nearest that the platform has to Unicode case folding.
    private static string Fold(string text) =>
        text.Normalize(NormalizationForm.FormKC).ToUpperInvariant().ToLowerInvariant().Normalize(NormalizationForm.FormKC);

    private static HashSet<string> ReadCommon()
    {
        using var list = typeof(PasswordPolicy).Assembly.GetManifestResourceStream("DensaiAdmin.Core.Passwords.common-passwords.txt")
            ?? throw new InvalidOperationException("The list of well-known passwords is not in this build.");
        using var reader = new StreamReader(list, Encoding.UTF8);
        var common = new HashSet<string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                common.Add(Fold(line));
            }
        }

        return common;
    }
}
