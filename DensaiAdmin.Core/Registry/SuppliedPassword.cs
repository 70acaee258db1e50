namespace DensaiAdmin.Core.Registry;

/// <summary>What a person typed. Prints redacted, so that no log can hold it.</summary>
public sealed class SuppliedPassword
{
    /// <summary>The most characters that are ever looked at (R23); anything longer is wrong without being hashed.</summary>
    public const int MaxCharacters = 128;

    private readonly string _value;

    public SuppliedPassword(string? value) => _value = value ?? "";

    public bool IsEmpty => _value.Length == 0;

    /// <summary>
    /// Whether it is longer than any password may be. The plain length comes first: megabytes are not searched for characters.
    /// </summary>
    public bool IsTooLong => IsLongerThan(MaxCharacters);

    /// <inheritdoc cref="IsTooLong"/>
    /// <param name="maxCharacters">As people count them: text elements.</param>
    internal bool IsLongerThan(int maxCharacters) =>
        _value.Length > maxCharacters * 4 || new System.Globalization.StringInfo(_value).LengthInTextElements > maxCharacters;

    internal string Value => _value;

    /// <summary>A fixed text, never the password.</summary>
    public override string ToString() => "[redacted]";
}
