using System.Collections;
using System.Globalization;
using System.Reflection;
using DensaiAdmin.Core;
using DensaiAdmin.Core.LoginIdAcquisition;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using SessionOptions = DensaiAdmin.Core.Registry.SessionOptions;

namespace DensaiAdmin.Web.Settings;

/// <summary>
/// Holds every setting of an options class against its bounds before anything is made, so that all faults are told at once, each with its
/// key, its bounds and its unit. What the binder would throw over, or take silently, is a fault here.
/// </summary>
internal static class SettingsValidation
{
    /// <summary>Every options class and the section it is read from.</summary>
    public static readonly IReadOnlyList<(string Section, Type Options)> All =
    [
        (InstitutionOptions.Section, typeof(InstitutionOptions)),
        (BrandOptions.Section, typeof(BrandOptions)),
        (TabOptions.Section, typeof(TabOptions)),
        (ContactOptions.Section, typeof(ContactOptions)),
        (PasswordOptions.Section, typeof(PasswordOptions)),
        (SessionOptions.Section, typeof(SessionOptions)),
        (CertificatePolicyOptions.Section, typeof(CertificatePolicyOptions)),
        (MailOptions.Section, typeof(MailOptions)),
        (SmtpOptions.Section, typeof(SmtpOptions)),
        (AcquisitionHoursOptions.Section, typeof(AcquisitionHoursOptions)),
        (ServiceOptions.Section, typeof(ServiceOptions)),
    ];

    /// <summary>Keys that are read by hand, and sections whose keys are free.</summary>
    private static readonly string[] ByHand =
    [
        "Endpoints:Public", "Endpoints:Certificate", "Endpoints:Pki", "Endpoints:HstsIncludeSubDomains",
        "Endpoints:ServerCertificate:Path", "Endpoints:ServerCertificate:Password",
        "Endpoints:ServerCertificate:CertificateOrigin:Path", "Endpoints:ServerCertificate:CertificateOrigin:Password",
        "Listen:Public", "Listen:Certificate", "Listen:Pki", "Listen:ProxyFrom",
        "Data:Directory", "Database:Provider", "History:AnchorFile", "Clock:StartAt",
        "Authority:KeyPassphrase", "Authority:KeyPassphraseFile", "Authority:RootKeyExport", "Authority:Provider",
        "EnrollmentApp:PackageDirectory", "Node:DrainSeconds",
    ];

    /// <summary>Adds every fault there is.</summary>
    public static void Validate(IConfiguration configuration, ICollection<SettingFault> faults)
    {
        var before = faults.Count;
        foreach (var (section, options) in All)
        {
            foreach (var property in SettingsOf(options))
            {
                var key = $"{section}:{property.Name}";
                if (property.GetCustomAttribute<SettingNumberAttribute>() is { } bounds && IsList(property.PropertyType))
                {
                    ValidateList(configuration.GetSection(key), property.PropertyType, bounds, faults);
                }
                else if (!faults.Any(f => f.Key == key) && Evaluate(property, configuration[key]) is { } fault)
                {
                    faults.Add(new(key, fault.Japanese, fault.English));
                }
            }
        }

        if (faults.Count == before)
        {
            ValidateTogether(configuration, faults);
        }
    }

    /// <summary>Keys in our own sections that nothing reads.</summary>
    public static IReadOnlyList<SettingFault> UnknownKeys(IConfiguration configuration)
    {
        var known = new HashSet<string>(
            All.SelectMany(s => SettingsOf(s.Options).Select(p => $"{s.Section}:{p.Name}")).Concat(ByHand),
            StringComparer.OrdinalIgnoreCase);
        var lists = All.SelectMany(s => SettingsOf(s.Options).Where(p => IsList(p.PropertyType)).Select(p => $"{s.Section}:{p.Name}:"))
            .ToList();
        var ours = known.Select(k => k.Split(':')[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return
        [
            .. configuration.AsEnumerable()
                // Without a colon it is a variable of the system's own, such as MAIL.
                .Where(s => s.Value is not null && s.Key.Contains(':', StringComparison.Ordinal))
                .Where(s => ours.Contains(s.Key.Split(':')[0]) && !known.Contains(s.Key))
                .Where(s => !lists.Exists(l => s.Key.StartsWith(l, StringComparison.OrdinalIgnoreCase)))
                .Select(s => new SettingFault(s.Key, "この設定は使われません。つづりを確認してください。", "nothing reads this setting. See to its spelling."))
                .OrderBy(s => s.Key, StringComparer.Ordinal),
        ];
    }

    /// <summary>The properties that a section sets, without those that are sections of their own.</summary>
    internal static IEnumerable<PropertyInfo> SettingsOf(Type options) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite && !All.Any(other => other.Options == p.PropertyType));

    private static bool IsList(Type type) => type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable));

    private static (string Japanese, string English)? Evaluate(PropertyInfo property, string? value)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (value is null || (value.Length == 0 && (type == typeof(string) || type != property.PropertyType)))
        {
            return null;
        }

        if (type == typeof(string))
        {
            return property.GetCustomAttribute<SettingTextAttribute>() is { } text ? EvaluateText(text, value) : null;
        }

        if (type.IsEnum)
        {
            var names = string.Join("、", Enum.GetNames(type));
            return Enum.GetNames(type).Contains(value, StringComparer.OrdinalIgnoreCase) ? null
                : ($"「{value}」は使えません。{names} のいずれかを指定してください。",
                    $"'{value}' is not usable. Give one of {string.Join(", ", Enum.GetNames(type))}.");
        }

        if (type == typeof(TimeOnly))
        {
            return TimeOnly.TryParse(value, CultureInfo.InvariantCulture, out _) ? null
                : ($"「{value}」は時刻として読めません。08:00 の形(日本時間)で指定してください。", $"'{value}' is no time of day. Give it like 08:00 (Japan).");
        }

        if (type == typeof(bool))
        {
            return bool.TryParse(value, out _)
                ? null
                : ($"「{value}」は使えません。true か false を指定してください。", $"'{value}' is not usable. Give true or false.");
        }

        return property.GetCustomAttribute<SettingNumberAttribute>() is { } bounds ? EvaluateNumber(type, bounds, value) : null;
    }

    private static (string Japanese, string English)? EvaluateNumber(Type type, SettingNumberAttribute bounds, string value)
    {
        var isWhole = type == typeof(int) || type == typeof(long);
        var style = isWhole ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        if (double.TryParse(value, style, CultureInfo.InvariantCulture, out var number) && number >= bounds.Min && number <= bounds.Max)
        {
            return null;
        }

        var (min, max) = (bounds.Min.ToString(CultureInfo.InvariantCulture), bounds.Max.ToString(CultureInfo.InvariantCulture));
        return (
            $"「{value}」は使えません。{min}～{max} の{(isWhole ? "整数" : "数値")}({bounds.Unit})を指定してください。",
            $"'{value}' is not usable. "
                + $"Give a {(isWhole ? "whole " : "")}number from {min} to {max} ({bounds.EnglishUnit.Trim('(', ')')}).");
    }

    private static (string Japanese, string English)? EvaluateText(SettingTextAttribute text, string value)
    {
        if (text.Kind is SettingKind.Secret)
        {
            return null;
        }

        if (value.Any(char.IsControl))
        {
            return ("改行などの制御文字は使えません。1行で指定してください。", "holds control characters. Give one line.");
        }

        var max = text.Kind is SettingKind.SubjectPart or SettingKind.CommonNameTemplate ? 64 : text.MaxLength;
        // The place of the login ID holds twelve characters in the certificate.
        var length = value.Replace(InstitutionOptions.LoginIdPlace, "0501D00601ab", StringComparison.Ordinal).Length;
        if (length > max)
        {
            return ($"長すぎます。{max} 文字以内で指定してください。", $"is too long. Give at most {max} characters.");
        }

        return text.Kind switch
        {
            SettingKind.CommonNameTemplate when !value.Contains(InstitutionOptions.LoginIdPlace, StringComparison.Ordinal) =>
                ($"「{InstitutionOptions.LoginIdPlace}」を含めてください。証明書ではログインIDに置き換わります。",
                    $"must hold {InstitutionOptions.LoginIdPlace}, which becomes the login ID."),
            SettingKind.BankCode when value.Length != 4 || !value.All(char.IsAsciiDigit) =>
                ($"「{value}」は金融機関コードではありません。数字4桁で指定してください。",
                    $"'{value}' is no bank code. Give four digits."),
            SettingKind.MailAddress when MailAddressPolicy.Evaluate(value) is not null =>
                ($"「{value}」はメールアドレスとして使えません。no-reply@example.jp の形で指定してください。",
                    $"'{value}' is no mail address. Give it like no-reply@example.jp."),
            SettingKind.Host when Uri.CheckHostName(value) is UriHostNameType.Unknown =>
                ($"「{value}」はホスト名ではありません。mail.example.jp の形で指定してください。", $"'{value}' is no host name. Give it like mail.example.jp."),
            SettingKind.HttpsAddress when !(Uri.TryCreate(value, UriKind.Absolute, out var address)
                && address.Scheme == Uri.UriSchemeHttps) =>
                ($"「{value}」は使えません。https:// で始まるアドレスを指定してください。", $"'{value}' is not usable. Give an https address."),
            _ => null,
        };
    }

    private static void ValidateList(IConfigurationSection list, Type type, SettingNumberAttribute bounds, ICollection<SettingFault> faults)
    {
        if (list.Value is { Length: > 0 })
        {
            faults.Add(new(
                list.Path,
                $"一つずつ {list.Path}:0、{list.Path}:1 … の形で指定してください。",
                $"give the values one by one as {list.Path}:0, {list.Path}:1 and so on."));
        }

        foreach (var entry in list.GetChildren())
        {
            if (EvaluateNumber(type.GetGenericArguments()[0], bounds, entry.Value ?? "") is { } fault)
            {
                faults.Add(new(entry.Path, fault.Japanese, fault.English));
            }
        }
    }

    /// <summary>What no setting can tell of itself.</summary>
    private static void ValidateTogether(IConfiguration configuration, ICollection<SettingFault> faults)
    {
        var sessions = Read<SessionOptions>(configuration, SessionOptions.Section);
        if (sessions.Warning >= sessions.Idle)
        {
            faults.Add(new(
                "Sessions:WarningMinutes",
                "Sessions:IdleMinutes より短くしてください。", "must be shorter than Sessions:IdleMinutes."));
        }

        if (sessions.Idle > sessions.Absolute)
        {
            faults.Add(new(
                "Sessions:IdleMinutes",
                "Sessions:AbsoluteHours より長くはできません。", "must not be longer than Sessions:AbsoluteHours."));
        }

        var passwords = Read<PasswordOptions>(configuration, PasswordOptions.Section);
        if (passwords.MinLoginCharacters > passwords.MaxCharacters || passwords.MinConfirmationCharacters > passwords.MaxCharacters)
        {
            faults.Add(new(
                "Passwords:MaxCharacters",
                "Passwords:MinLoginCharacters と Passwords:MinConfirmationCharacters 以上にしてください。",
                "must not be less than Passwords:MinLoginCharacters and Passwords:MinConfirmationCharacters."));
        }

        var hours = Read<AcquisitionHoursOptions>(configuration, AcquisitionHoursOptions.Section);
        if (hours.Opens >= hours.Closes)
        {
            faults.Add(new(
                "LoginIdAcquisition:Closes",
                "LoginIdAcquisition:Opens より後の時刻を指定してください。", "must be later than LoginIdAcquisition:Opens."));
        }
    }

    private static T Read<T>(IConfiguration configuration, string section)
        where T : new() => configuration.GetSection(section).Get<T>() ?? new();
}
