using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Enrollment;
using AppCode = DensaiAdmin.EnrollmentApp.Shared.ErrorCode;
using AppCodes = DensaiAdmin.EnrollmentApp.Screens.ErrorCodes;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests;

/// <summary>
/// Every refusal has one code, every code stands in docs/codes.md with cause and remedy, and the issuing app, which knows nothing of the
/// server's code, shows the same numbers.
/// </summary>
public sealed partial class ErrorCodeTests
{
    // Cases of outcomes by which nothing is refused.
    private static readonly HashSet<string> NoRefusals = new(StringComparer.Ordinal)
    {
        "Accepted", "AnchorBegun", "Authenticated", "Changed", "Created", "Done", "Emptied", "Exported", "Good", "Issued",
        "LoggedIn", "LoggedOut", "NotNeeded",
        "Opened", "Present", "Registered", "Reported", "Revoked", "Seeded", "Unlocked", "Written",
    };

    // What is found by reading facts, not by refusing a person something.
    private static readonly HashSet<string> Facts = new(StringComparer.Ordinal) { "LintFinding" };

    public static TheoryData<Type> CoreOutcomes() => [.. Outcomes(typeof(ErrorCodes).Assembly)];

    public static TheoryData<Type> AppFaults() =>
        [.. typeof(AppCodes).Assembly.GetTypes().Where(type => type.IsEnum && type.Name.EndsWith("FaultKind", StringComparison.Ordinal))];

    [Fact]
    public void Outcomes_AreFoundAtAll() => Assert.InRange(Outcomes(typeof(ErrorCodes).Assembly).Count(), 30, 200);

    [Theory]
    [MemberData(nameof(CoreOutcomes))]
    public void Refusal_OfEveryOutcome_HasACode(Type outcome)
    {
        var of = typeof(ErrorCodes).GetMethod(nameof(ErrorCodes.Of), [outcome]);
        Assert.True(of is not null, $"ErrorCodes.Of does not know {outcome.FullName}.");

        foreach (var (name, value) in Cases(outcome))
        {
            if (name == "Good")
            {
                continue;
            }

            var code = (ErrorCode?)of.Invoke(null, [value]);

            Assert.True(code is not null || NoRefusals.Contains(name), $"{outcome.Name}.{name} has no code.");
            Assert.True(
                code is null || Registered().ContainsKey(code.Value.Number), $"{outcome.Name}.{name} has {code}, which is not registered.");
        }
    }

    [Theory]
    [MemberData(nameof(AppFaults))]
    public void Fault_OfTheIssuingApp_HasACode(Type fault)
    {
        var of = typeof(AppCodes).GetMethod("Of", BindingFlags.Static | BindingFlags.Public, [fault]);
        Assert.True(of is not null, $"The app's ErrorCodes.Of does not know {fault.Name}.");

        Assert.All(Enum.GetValues(fault).Cast<object>(), kind => Assert.Contains(((AppCode)of.Invoke(null, [kind])!).Number, Shown().Keys));
    }

    [Fact]
    public void Code_OfARefusalByEst_IsTheSameInTheIssuingApp()
    {
        // Where two causes have one reason, the bank's own code tells them apart; the app shows the first by itself.
        foreach (var reason in Enum.GetValues<EnrollRefusal>().GroupBy(refusal => refusal.Code(), StringComparer.Ordinal))
        {
            Assert.Equal(ErrorCodes.Of(reason.First()).Number, AppCodes.OfReason(reason.Key).Number);
            Assert.All(
                reason,
                refusal => Assert.Equal(ErrorCodes.Of(refusal).ToString(), AppCodes.Told(ErrorCodes.Of(refusal).ToString()).ToString()));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("E-12")]
    [InlineData("E-12345")]
    [InlineData("E-１２３４")]
    [InlineData("<b>")]
    public void Code_ThatIsNone_IsNotShownByTheIssuingApp(string? code) => Assert.Null(AppCodes.Told(code));

    [Fact]
    public void Codes_OfServerAndApp_MeanTheSame()
    {
        var (server, app) = (Registered(), Shown());

        Assert.All(
            app, own => Assert.True(own.Key is >= 6000 and < 7000 || server.ContainsKey(own.Key), $"E-{own.Key} is the app's alone."));
        Assert.All(app.Where(own => server.ContainsKey(own.Key)), own => Assert.Equal(server[own.Key], own.Value));
        Assert.DoesNotContain(server.Keys, number => number is >= 6000 and < 7000);
    }

    [Fact]
    public void Codes_AreGivenOnce()
    {
        var numbers = Fields<ErrorCode>(typeof(ErrorCodes)).Select(field => field.Value.Number).ToList();

        Assert.Equal(numbers.Distinct(), numbers);
        Assert.All(numbers, number => Assert.InRange(number, 1000, 9999));
    }

    [Fact]
    public void Page_ListsEveryCodeOnce_AndNoOther()
    {
        var listed = Rows().Select(row => (row.Number, row.Name)).ToList();
        var given = Registered().Concat(Shown()).Select(code => (Number: code.Key, Name: code.Value)).Distinct();

        // By name, too: a number that went to another cause is seen.
        Assert.Equal(given.Order(), listed);
    }

    [Fact]
    public void Page_TellsCauseAndRemedyInBothLanguages() => Assert.All(Rows(), row =>
    {
        Assert.Equal(4, row.Texts.Count);
        Assert.All(row.Texts.Take(2), text => Assert.Matches(@"\p{IsHiragana}", text));
        Assert.All(row.Texts.Skip(2), text => Assert.Matches("[a-z]{3}", text));
    });

    [Fact]
    public void Sources_SpellNoCodeByHand()
    {
        // Whoever wrote one into a page would have a code that nobody looks up.
        var spelled = new[] { "DensaiAdmin.Core", "DensaiAdmin.Web", "DensaiAdmin.EnrollmentApp" }
            .SelectMany(project => Repository.Files(project, ".cs", ".razor", ".resx", ".js"))
            .SelectMany(file => File.ReadLines(file).Where(
                line => SpelledCode().IsMatch(line) && !line.TrimStart().StartsWith("///", StringComparison.Ordinal))
                .Select(line => $"{Path.GetFileName(file)}: {line.Trim()}"))
            .Where(line => !line.StartsWith("ErrorCodes.cs", StringComparison.Ordinal));

        Assert.Empty(spelled);
    }

    private static IEnumerable<Type> Outcomes(Assembly assembly) => assembly.GetTypes()
        .Where(type => (type.IsPublic || type.IsNestedPublic) && !Facts.Contains(type.Name))
        .Where(type => type.IsEnum
            ? Ends(type.Name, "Refusal", "Fault", "Finding", "Outcome", "EndReason")
            : type.IsAbstract && !type.IsSealed && type.Name.EndsWith("Outcome", StringComparison.Ordinal))
        .OrderBy(type => type.FullName, StringComparer.Ordinal);

    private static bool Ends(string name, params string[] ends) => ends.Any(end => name.EndsWith(end, StringComparison.Ordinal));

    private static IEnumerable<(string Name, object Value)> Cases(Type outcome) => outcome.IsEnum
        ? Enum.GetValues(outcome).Cast<object>().Select(value => (value.ToString()!, value))
        : outcome.GetNestedTypes().Where(outcome.IsAssignableFrom).Select(type => (type.Name, Made(type)));

    // A case with nothing in it but what a refusal needs to be told from others.
    private static object Made(Type type)
    {
        var constructor = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(c => c.GetParameters() is not [{ ParameterType: var only }] || only != type).MaxBy(c => c.GetParameters().Length)!;
        try
        {
            return constructor.Invoke([.. constructor.GetParameters().Select(Argument)]);
        }
        catch (TargetInvocationException)
        {
            return System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type);
        }
    }

    private static object? Argument(ParameterInfo parameter) => parameter switch
    {
        { HasDefaultValue: true, DefaultValue: var value } => value,
        { ParameterType: { IsValueType: true } type } => Activator.CreateInstance(type),
        { ParameterType: { Name: "UnconfirmedOutcome" } } => new Core.Passwords.UnconfirmedOutcome.Busy(),
        { ParameterType: { Name: "Diagnosis" } } => new Core.SignIn.Diagnosis(Core.SignIn.CertificateFinding.Expired),
        _ => null,
    };

    private static Dictionary<int, string> Registered() =>
        Fields<ErrorCode>(typeof(ErrorCodes)).ToDictionary(field => field.Value.Number, field => field.Name);

    private static Dictionary<int, string> Shown() =>
        Fields<AppCode>(typeof(AppCodes)).ToDictionary(field => field.Value.Number, field => field.Name);

    private static IEnumerable<(string Name, T Value)> Fields<T>(Type registry) => registry.GetFields(
        BindingFlags.Static | BindingFlags.Public)
        .Where(field => field.FieldType == typeof(T)).Select(field => (field.Name, (T)field.GetValue(null)!));

    private static IEnumerable<(int Number, string Name, IReadOnlyList<string> Texts)> Rows() =>
        File.ReadLines(Repository.At("docs", "codes.md")).Select(line => Row().Match(line)).Where(row => row.Success)
            .Select(row => (
            int.Parse(row.Groups["number"].Value, CultureInfo.InvariantCulture),
            row.Groups["name"].Value,
            (IReadOnlyList<string>)[.. row.Groups["texts"].Value.Split('|', StringSplitOptions.TrimEntries)]));

    [GeneratedRegex(
        @"^\| E-(?<number>\d{4}) \| (?<name>\w+) \| (?<texts>.+) \|$",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Row();

    [GeneratedRegex(@"\bE-(\d{3,}|[A-Z]{4})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex SpelledCode();
}
