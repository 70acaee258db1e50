namespace DensaiAdmin.Core;

/// <summary>What a number in the settings may be. Every number of an options class has one; the start refuses what lies outside.</summary>
/// <param name="min">Least value.</param>
/// <param name="max">Greatest value.</param>
/// <param name="unit">What it counts, in Japanese.</param>
/// <param name="englishUnit">What it counts, in English.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingNumberAttribute(double min, double max, string unit, string englishUnit) : Attribute
{
    public double Min { get; } = min;

    public double Max { get; } = max;

    public string Unit { get; } = unit;

    public string EnglishUnit { get; } = englishUnit;
}

/// <summary>What a text in the settings means.</summary>
public enum SettingKind
{
    /// <summary>A name or sentence on one line.</summary>
    Line,

    /// <summary>Part of a subject in certificates: one line, at most 64 characters (RFC 5280 appendix A.1).</summary>
    SubjectPart,

    /// <summary>The CN of subjects: as <see cref="SubjectPart"/>, with <c>{loginId}</c> in it.</summary>
    CommonNameTemplate,

    /// <summary>金融機関コード: four digits.</summary>
    BankCode,

    /// <summary>A mail address.</summary>
    MailAddress,

    /// <summary>A host name or IP address.</summary>
    Host,

    /// <summary>An absolute https address.</summary>
    HttpsAddress,

    /// <summary>Never shown.</summary>
    Secret,
}

/// <summary>What a text in the settings must be. Every text of an options class has one; the start refuses anything else.</summary>
/// <param name="kind">What it means.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingTextAttribute(SettingKind kind) : Attribute
{
    public SettingKind Kind { get; } = kind;

    /// <summary>Most characters.</summary>
    public int MaxLength { get; init; } = 200;
}
