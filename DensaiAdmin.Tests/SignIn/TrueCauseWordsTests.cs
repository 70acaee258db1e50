using System.Globalization;
using System.Text.RegularExpressions;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Enrollment;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.SignIn;
using DensaiAdmin.Web.UserManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Tests.SignIn;

/// <summary>
/// Whatever keeps somebody out, for each person, on each place that tells of it: words that name the helper of the one table (R27).
/// </summary>
public sealed partial class TrueCauseWordsTests
{
    private static readonly DateTimeOffset At = new(2026, 9, 1, 3, 0, 0, TimeSpan.Zero);

    private static readonly ServiceProvider Services = new ServiceCollection().AddLogging().AddLocalization().BuildServiceProvider();

    private static readonly Dictionary<Helper, string> Japanese = new()
    {
        [Helper.Master] = "マスターユーザ",
        [Helper.OtherMaster] = "他のマスターユーザ",
        [Helper.Counter] = "お取引店の窓口",
        [Helper.Operators] = "当行の運用担当者",
    };

    public static TheoryData<CertificateFinding, PersonKind, string> Findings() =>
    [
        .. from finding in Enum.GetValues<CertificateFinding>()
           where finding != CertificateFinding.Good
           from person in Enum.GetValues<PersonKind>()
           from language in new[] { "ja", "en" }
           select (finding, person, language),
    ];

    public static TheoryData<EnrollRefusal, PersonKind, string> Refusals() =>
    [
        .. from refusal in Enum.GetValues<EnrollRefusal>()
           from person in Enum.GetValues<PersonKind>()
           from language in new[] { "ja", "en" }
           select (refusal, person, language),
    ];

    [Theory]
    [MemberData(nameof(Findings))]
    public void Diagnosis_OfEveryFindingForEveryPerson_NamesCauseStepAndHelper(
        CertificateFinding finding, PersonKind person, string language)
    {
        var found = new Diagnosis(finding, At: At, Person: person);

        var model = Speaking(language, () => Words().Of(found));

        var steps = model.Steps.SelectMany(step => new[] { step.Title, step.Text }).ToList();
        Assert.NotEmpty(steps);
        Assert.All([model.Heading, model.Sentence, .. steps], text => Assert.DoesNotMatch(KeyOrHole(), text));
        Assert.Equal(ErrorCodes.Of(finding), model.Code);
        if (found.Cause is { } cause && NextSteps.For(cause, person) is { Helper: not Helper.Nobody } advice && language == "ja")
        {
            Assert.Contains(model.Steps, step => step.Title.Contains(Japanese[advice.Helper], StringComparison.Ordinal));
            // Nobody is sent to a master who cannot help, nor past one who can.
            Assert.All(
                Japanese.Where(
                    other => other.Key != advice.Helper && !Japanese[advice.Helper].Contains(other.Value, StringComparison.Ordinal)),
                other => Assert.DoesNotContain(model.Steps, step => step.Title.Contains(other.Value, StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData(CertificateFinding.UserSuspended)]
    [InlineData(CertificateFinding.UserDeleted)]
    [InlineData(CertificateFinding.PasswordLocked)]
    public void Diagnosis_OfWhoMustNotGoOn_TellsNobodyHowToObtainACertificate(CertificateFinding finding)
    {
        foreach (var person in Enum.GetValues<PersonKind>())
        {
            var model = Speaking("ja", () => Words().Of(new(finding, At: At, Person: person)));

            Assert.DoesNotContain(
                model.Steps,
                step => step.Title.Contains("取得する", StringComparison.Ordinal) || step.Text.Contains("電子証明書発行", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void SessionWithoutACertificate_ThatASuspensionEnded_NamesWhoseItWas()
    {
        foreach (var person in Enum.GetValues<PersonKind>())
        {
            var model = Speaking("ja", () => Words().OfPasswordSession(SessionEndReason.UserSuspended, At, new(person, "0501D00900M")));

            Assert.Contains(model!.Steps, step => step.Text.Contains("ログインID（0501D00900M）", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Diagnosis_SendsToTheSamePersonInItsStepsAndBelow()
    {
        foreach (var finding in Enum.GetValues<CertificateFinding>().Where(f => f is not CertificateFinding.Good))
        {
            foreach (var person in Enum.GetValues<PersonKind>())
            {
                var found = new Diagnosis(finding, At: At, Person: person);
                if (found.Cause is { } cause && NextSteps.For(cause, person) is { Helper: not Helper.Nobody } advice)
                {
                    Assert.Equal(advice.Helper, Speaking("ja", () => Words().Of(found)).Asked);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Est_OfEveryRefusalForEveryPerson_IsOneSentenceThatNamesTheHelper(EnrollRefusal refusal, PersonKind person, string language)
    {
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddOptions().BuildServiceProvider() };
        context.Request.Headers.AcceptLanguage = language;

        var line = EstEndpoints.Words(context, new(refusal) { Person = person });

        Assert.EndsWith(language == "ja" ? "。" : ".", line, StringComparison.Ordinal);
        Assert.DoesNotMatch(KeyOrHole(), line);
        if (refusal.Cause() is { } cause && NextSteps.For(cause, person) is { Helper: not Helper.Nobody } advice && language == "ja")
        {
            Assert.Contains(Japanese[advice.Helper], line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Release_OfEveryCauseThatMayRemain_IsNoPromise()
    {
        // What a released user of a company can still be kept out by.
        AccessCause[] remaining =
        [
            AccessCause.PasswordLocked, AccessCause.InitialPasswordExpired, AccessCause.CertificateExpired, AccessCause.CertificateRevoked,
            AccessCause.CertificateNotIssued,
        ];
        foreach (var language in new[] { "ja", "en" })
        {
            var texts = Speaking(language, () => Localizer<UsersText>() is var words
                ? remaining.SelectMany(cause => new[] { words[$"Warn_Release_{cause}"], words[$"Result_Next_Release_{cause}"] }).ToList()
                : []);
            Assert.All(texts, text => Assert.False(text.ResourceNotFound, text.Name));
            Assert.All(texts, text => Assert.DoesNotContain("再びログインできます", text.Value, StringComparison.Ordinal));
        }
    }

    private static DiagnosisWords Words() => new(Localizer<SignInText>(), Localizer<SharedText>(), TimeProvider.System);

    private static IStringLocalizer<T> Localizer<T>() => Services.GetRequiredService<IStringLocalizer<T>>();

    private static T Speaking<T>(string language, Func<T> speak)
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        try
        {
            return speak();
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    // The name of a text that is missing, or a hole that nothing was put into.
    [GeneratedRegex(@"_(Heading|Text|Title|Ask)|\{\d\}|Helper", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex KeyOrHole();
}
