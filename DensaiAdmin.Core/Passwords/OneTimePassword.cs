using System.Security.Cryptography;

namespace DensaiAdmin.Core.Passwords;

/// <summary>A login password that the system made and its owner must replace at first use. Prints redacted.</summary>
public sealed class OneTimePassword
{
    /// <summary>How long one may wait to be used.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromDays(14);

    private OneTimePassword(string value) => Value = value;

    /// <summary>The password in clear. Shown once to the person who hands it on, and never kept.</summary>
    public string Value { get; }

    /// <summary>A fresh one: five groups of four, 99 random bits, nothing that looks like something else on paper.</summary>
    public static OneTimePassword New()
    {
        var code = RandomNumberGenerator.GetString("23456789ABCDEFGHJKMNPQRSTUVWXYZ", 20);
        return new(string.Join('-', code.Chunk(4).Select(group => new string(group))));
    }

    public SuppliedPassword AsSupplied() => new(Value);

    /// <summary>A fixed text, never the password.</summary>
    public override string ToString() => "[redacted]";
}
