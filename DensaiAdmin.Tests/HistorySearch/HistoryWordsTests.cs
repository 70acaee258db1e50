using System.Globalization;
using System.Reflection;
using System.Resources;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.HistorySearch;

namespace DensaiAdmin.Tests.HistorySearch;

/// <summary>Whatever the history can hold has words: the codes are found in the sources, so that a new one cannot be forgotten.</summary>
[Web]
public sealed partial class HistoryWordsTests
{
    // Literals of that form in the same files that are no codes of the history.
    private static readonly string[] NoCodes =
        ["local", "server", "system", "bench", "windows", "macos", "linux", "failures", "minutes", "characters"];

    private static readonly ResourceManager Words = new(typeof(HistoryText).FullName!, typeof(HistoryText).Assembly);

    public static TheoryData<string> Keys() =>
    [
        .. Enum.GetValues<HistoryOperation>().Select(o => "Op_" + o),
        .. Enum.GetValues<HistoryResult>().Select(r => "Res_" + r),
        .. Codes().Select(code => "Detail_" + code),
        .. Enum.GetValues<RevokeRefusal>().Select(r => "Value_" + r),
        .. Enum.GetValues<PasswordPath>().Select(p => "Value_" + p),
        .. RevocationReasons.Selectable.Append(X509RevocationReason.Superseded).Distinct().Select(r => "Value_" + r),
    ];

    [Fact]
    public void Codes_AreFound()
    {
        var codes = Codes();

        Assert.Superset(
            new HashSet<string>(
                [
                    "certificate-and-password", "second-login", "revoked", "revoked-and-suspended", "idle", "issued", "key-reused",
                    "user-list", "history", "login-not-mine", "demo", "password-method-refused",
                ],
                StringComparer.Ordinal),
            codes);
        Assert.DoesNotContain("local", codes);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Code_HasWordsInBothLanguages(string key)
    {
        Assert.False(string.IsNullOrWhiteSpace(Word(key, "")), $"No Japanese word for {key} in HistoryText.resx.");
        Assert.False(string.IsNullOrWhiteSpace(Word(key, "en")), $"No English word for {key} in HistoryText.en.resx.");
    }

    /// <summary>
    /// Literals written as codes are, in the sources that make records or name what a download is of; and what enums become.
    /// </summary>
    private static HashSet<string> Codes()
    {
        var sources = ((string[])["DensaiAdmin.Core", "DensaiAdmin.Web"])
            .SelectMany(project => Repository.Files(project, ".cs"))
            .Where(file => !file.Contains("/Migrations/", StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .Where(source => source.Contains("Detail = ", StringComparison.Ordinal)
                || source.Contains("HistoryEntry", StringComparison.Ordinal)
                || source.Contains("RecordDownloadAsync(", StringComparison.Ordinal));
        var literals = sources.SelectMany(source => source.Split('\n'))
            .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && !NoRecord().IsMatch(line))
            .SelectMany(line => Literal().Matches(line).Select(match => match.Groups["code"].Value));
        var ofEnums = typeof(EnrollRefusal).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(method => method is { Name: "Code" }
                && method.ReturnType == typeof(string)
                && method.GetParameters() is [{ ParameterType.IsEnum: true }])
            .SelectMany(method => Enum.GetValues(method.GetParameters()[0].ParameterType).Cast<object>().Select(
                value => (string)method.Invoke(null, [value])!));
        return [.. literals.Concat(ofEnums).Except(NoCodes, StringComparer.Ordinal)];
    }

    private static string? Word(string key, string culture) =>
        Words.GetResourceSet(CultureInfo.GetCultureInfo(culture), createIfNotExists: true, tryParents: false)!.GetString(key);

    // Addresses, names of parameters, claims, settings and the like.
    [GeneratedRegex(
        @"Map(Get|Post)|GetSection|FormName|SupplyParameter|CsvFile\.Begin|const string|"
            + @"Name = ""|\[""|\w+\(""\w+"" ?=>|_handler|Headers|MarkupString",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NoRecord();

    [GeneratedRegex("\"(?<code>[a-z][a-z0-9]*(-[a-z0-9]+)*)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Literal();
}
