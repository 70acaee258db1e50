using System.Security.Cryptography;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Passwords;

/// <summary>A login password that the system made and its owner must replace at first use. Prints redacted.</summary>
public sealed class OneTimePassword
{
    /// <summary>How long one may wait to be used.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromDays(14);

    private const string Alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
    private const int Characters = 20;
    private const int Group = 4;

    private OneTimePassword(string value) => Value = value;

    /// <summary>The password in clear. Shown once to the person who hands it on, and never kept.</summary>
    public string Value { get; }

    /// <summary>A fresh one: five groups of four, 99 random bits, nothing that looks like something else on paper.</summary>
    public static OneTimePassword New()
    {
        return new(Grouped(RandomNumberGenerator.GetString(Alphabet, Characters)));
    }

    /// <summary>
    /// What is compared where a one-time password is expected: however it was typed from the paper (lower case, full width, without its
    /// hyphens or with blanks), it is read as it was printed. What cannot be one stays as it was typed. Nothing is lost by it: the 99 bits
    /// are in the letters and digits alone.
    /// </summary>
    public static SuppliedPassword Typed(SuppliedPassword typed) =>
        Typing.Bare(typed.Value) is { Length: Characters } bare && bare.All(c => Alphabet.Contains(c, StringComparison.Ordinal))
            ? new(Grouped(bare))
            : typed;

    public SuppliedPassword AsSupplied() => new(Value);

    /// <summary>A fixed text, never the password.</summary>
    public override string ToString() => "[redacted]";

    private static string Grouped(string code) => string.Join('-', code.Chunk(Group).Select(group => new string(group)));
}
