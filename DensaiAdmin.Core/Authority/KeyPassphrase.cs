namespace DensaiAdmin.Core.Authority;

/// <summary>What seals a CA key file. Prints redacted; the characters are seen inside this room only.</summary>
public sealed class KeyPassphrase
{
    readonly string _value;

    /// <exception cref="ArgumentException">Empty.</exception>
    public KeyPassphrase(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        _value = value;
    }

    internal ReadOnlySpan<char> Reveal() => _value;

    public override string ToString() => "(redacted)";
}
