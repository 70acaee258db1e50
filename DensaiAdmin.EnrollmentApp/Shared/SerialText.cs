namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>Serial numbers as text.</summary>
internal static class SerialText
{
    // RFC 5280 4.1.2.2: at most 20 octets.
    private const int MaxDigits = 40;

    /// <summary>Upper-case hex without leading zeros, or null where it is not a serial number.</summary>
    public static string? Normalize(string serial) =>
        serial.Length is > 0 and <= MaxDigits && serial.All(char.IsAsciiHexDigit)
        && serial.TrimStart('0').ToUpperInvariant() is { Length: > 0 } digits ? digits : null;
}
