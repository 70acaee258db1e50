using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using DensaiAdmin.Core;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Settings;
using Microsoft.Extensions.Configuration;

namespace DensaiAdmin.Tests.Settings;

/// <summary>Every setting of every options class, found by reflection: what it may be, and what is said when it is not.</summary>
public sealed partial class SettingsValidationTests
{
    private static readonly Assembly[] Ours = [typeof(InstitutionOptions).Assembly, typeof(Server).Assembly];

    public static TheoryData<string, string> UnusableValues
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (key, property) in AllSettings())
            {
                foreach (var value in Unusable(property))
                {
                    data.Add(key, value);
                }
            }

            return data;
        }
    }

    /// <summary>An options class that is bound without bounds would be a setting that nobody looks at.</summary>
    [Fact]
    public void EveryOptionsClass_IsLookedAt_AndEverySettingOfItHasBounds()
    {
        // What the composition makes itself, and no setting.
        string[] made = ["StoreOptions", "EndpointOptions"];
        Assert.Equal(
            Ours.SelectMany(a => a.GetTypes()).Where(
                t => t.Name.EndsWith("Options", StringComparison.Ordinal) && t.IsClass && !t.IsAbstract)
                .Select(t => t.Name).Except(made, StringComparer.Ordinal).Order(StringComparer.Ordinal),
            SettingsValidation.All.Select(s => s.Options.Name).Order(StringComparer.Ordinal));
        foreach (var (key, property) in AllSettings())
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            Assert.True(
                type.IsEnum || type == typeof(bool) || type == typeof(TimeOnly)
                || (type == typeof(string)
                ? property.IsDefined(typeof(SettingTextAttribute))
                : property.IsDefined(typeof(SettingNumberAttribute))),
                $"{key} has no bounds.");
        }
    }

    [Theory]
    [MemberData(nameof(UnusableValues))]
    public void Setting_WithAnUnusableValue_IsAFaultOfItsOwnKey_InBothLanguages(string key, string value)
    {
        var fault = Assert.Single(Faults((key, value)));

        Assert.Equal(key, fault.Key);
        Assert.Matches(@"\p{IsHiragana}.*。$", fault.Japanese);
        Assert.Matches(@"^[^\p{IsHiragana}\p{IsKatakana}]+\.$", fault.English);
    }

    [Fact]
    public void Number_InWords_HasBoundsAndUnit()
    {
        var fault = Assert.Single(Faults(("Sessions:IdleMinutes", "abc")));
        Assert.Equal("「abc」は使えません。0.1～480 の数値(分)を指定してください。", fault.Japanese);
        Assert.Equal("'abc' is not usable. Give a number from 0.1 to 480 (minutes).", fault.English);
    }

    [Fact]
    public void Bounds_Themselves_AndTheDefaults_AreUsable()
    {
        Assert.Empty(Faults());
        foreach (var (key, property) in AllSettings().Where(
            s => s.Property.IsDefined(typeof(SettingNumberAttribute)) && !IsList(s.Property)))
        {
            var bounds = property.GetCustomAttribute<SettingNumberAttribute>()!;
            foreach (var value in new[] { bounds.Min, bounds.Max })
            {
                Assert.DoesNotContain(
                    Faults((key, value.ToString(CultureInfo.InvariantCulture))), f => f.Key == key
                        && f.Japanese.Contains("使えません", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void Faults_AreToldAllAtOnce()
    {
        var faults = Faults(
            ("Sessions:IdleMinutes", "abc"), ("Passwords:FailuresUntilLock", "0"), ("CertificatePolicy:RenewalWindowDays", "-3"),
            ("Mail:Transport", "Nope"),
            ("Mail:Smtp:Port", "70000"), ("LoginIdAcquisition:Opens", "25:00"), ("CertificatePolicy:NoticeDays:0", "x"),
            ("Services:Densai", "ftp://a"));
        Assert.Equal(8, faults.Count);
        Assert.Contains(faults, f => f.Key == "Mail:Transport" && f.Japanese.Contains("Pickup、Smtp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Sessions:WarningMinutes", "30")]
    [InlineData("LoginIdAcquisition:Closes", "07:00")]
    [InlineData("Sessions:AbsoluteHours", "0.1")]
    public void Settings_ThatContradictEachOther_AreAFault(string key, string value) => Assert.Single(Faults((key, value)));

    [Theory]
    [InlineData("Passwords:MinLoginCharacters")]
    [InlineData("Passwords:MinConfirmationCharacters")]
    public void Password_ThatMustBeLongerThanItMayBe_IsAFault(string min) =>
        Assert.Equal("Passwords:MaxCharacters", Assert.Single(Faults((min, "100"), ("Passwords:MaxCharacters", "20"))).Key);

    [Fact]
    public void UnknownKey_InASectionOfOurs_IsAWarning_AndOthersAreNot()
    {
        var configuration = Configuration(
            ("Sessions:IdleMinuets", "5"), ("Logging:LogLevel:X", "Debug"), ("CertificatePolicy:NoticeDays:0", "40"), ("PATH", "/bin"),
            ("MAIL", "/var/mail/root"), ("DATA", "x"));

        Assert.Equal(["Sessions:IdleMinuets"], SettingsValidation.UnknownKeys(configuration).Select(w => w.Key));
    }

    [Fact]
    public void Key_ThatTheProgramNames_IsKnown()
    {
        var unknown = Repository.Files("DensaiAdmin.Web", ".cs")
            .SelectMany(file => NamedKey().Matches(File.ReadAllText(file)).Select(m => m.Groups["key"].Value))
            .Distinct(StringComparer.Ordinal)
            .Where(key => SettingsValidation.UnknownKeys(Configuration((key, "x"))).Count > 0
                && SettingsValidation.UnknownKeys(Configuration((key + ":Path", "x"))).Count > 0);

        Assert.Empty(unknown);
    }

    [GeneratedRegex(
        "\"(?<key>(?:Endpoints|Listen|Data|Database|History|Clock|Authority|EnrollmentApp|Node)(?::[A-Z][A-Za-z]+)+)\"",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NamedKey();

    private static IEnumerable<string> Unusable(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(string))
        {
            return property.GetCustomAttribute<SettingTextAttribute>()!.Kind switch
            {
                SettingKind.Secret => [],
                SettingKind.Line => ["a\nb", new('x', 201)],
                SettingKind.SubjectPart => ["a\tb", new('x', 65)],
                SettingKind.CommonNameTemplate => ["x", new string('x', 53) + "{loginId}"],
                SettingKind.BankCode => ["501", "05011", "050a"],
                SettingKind.MailAddress => ["nobody", "a@b c", "a@example.jp, b@example.jp"],
                SettingKind.Host => ["a b", "https://relay"],
                SettingKind.HttpsAddress => ["services", "http://services.example.jp", "javascript:alert(1)"],
                var kind => throw new InvalidOperationException($"{kind} needs values that it refuses."),
            };
        }

        if (property.GetCustomAttribute<SettingNumberAttribute>() is { } bounds)
        {
            var below = (bounds.Min - 1).ToString(CultureInfo.InvariantCulture);
            var above = (bounds.Max + 1).ToString(CultureInfo.InvariantCulture);
            return IsList(property) ? [below] : [below, above, "abc", "1e400", " ", "NaN", type == typeof(int) ? "1.5" : "1,5x"];
        }

        return type.IsEnum ? ["Nope", "99", "0"] : ["nonsense", "25:00"];
    }

    private static bool IsList(PropertyInfo property) =>
        property.PropertyType.IsGenericType && Nullable.GetUnderlyingType(property.PropertyType) is null;

    private static IEnumerable<(string Key, PropertyInfo Property)> AllSettings() =>
        from section in SettingsValidation.All
        from property in SettingsValidation.SettingsOf(section.Options)
        select ($"{section.Section}:{property.Name}" + (IsList(property) ? ":0" : ""), property);

    private static List<SettingFault> Faults(params (string Key, string Value)[] settings)
    {
        var faults = new List<SettingFault>();
        SettingsValidation.Validate(Configuration(settings), faults);
        return faults;
    }

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Key, s.Value))).Build();
}
