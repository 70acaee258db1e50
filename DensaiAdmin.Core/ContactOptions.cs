namespace DensaiAdmin.Core;

/// <summary>
/// How a customer reaches the bank, shown wherever one is sent there. Section <c>Institution:Contact</c>; no start is refused for it.
/// </summary>
public sealed class ContactOptions
{
    public const string Section = "Institution:Contact";

    /// <summary>Telephone number as the bank writes it. Default none.</summary>
    [SettingText(SettingKind.Line, MaxLength = 40)]
    public string? Telephone { get; set; }

    /// <summary>When somebody answers, in words (JST). Default none.</summary>
    [SettingText(SettingKind.Line)]
    public string? Hours { get; set; }

    /// <summary>Postal address. Default none.</summary>
    [SettingText(SettingKind.Line)]
    public string? Address { get; set; }

    /// <summary>What is set, by the name of its setting, in the order in which it is read.</summary>
    public IEnumerable<(string Name, string Value)> Given()
    {
        foreach (var (name, value) in new[] { (nameof(Telephone), Telephone), (nameof(Hours), Hours), (nameof(Address), Address) })
        {
            if (!string.IsNullOrWhiteSpace(value))
            {
                yield return (name, value);
            }
        }
    }
}
