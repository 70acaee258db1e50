using AngleSharp.Dom;
using Bunit;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Layout;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.SignIn;
using DensaiAdmin.Web.UserManagement;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Layout;

/// <summary>Wherever a page sends a customer to the bank it says how to reach it, as far as that is set.</summary>
public sealed class BankContactTests : LookContext
{
    private const string Telephone = "Institution:Contact:Telephone";
    private const string Hours = "Institution:Contact:Hours";
    private const string Address = "Institution:Contact:Address";

    private static readonly string[] Keys = [Telephone, Hours, Address];

    public static TheoryData<string, bool, bool, bool> Sets() =>
    [
        .. from language in new[] { "ja", "en" }
           from telephone in new[] { false, true }
           from hours in new[] { false, true }
           from address in new[] { false, true }
           select (language, telephone, hours, address),
    ];

    [Theory]
    [MemberData(nameof(Sets))]
    public void EveryPageThatSendsToTheBank_ShowsWhatIsSet_BelowItsSentence(string language, bool telephone, bool hours, bool address)
    {
        Speak(language);
        var set = Keys.Zip([telephone, hours, address]).Where(key => key.Second).Select(key => key.First).ToList();
        Set([.. set.Select(key => (key, "値 of " + key))]);
        string[] labels = language == "ja" ? ["電話：", "受付時間：", "所在地："] : ["Telephone: ", "Hours: ", "Address: "];
        string[] lines = [.. set.Select(key => $"{labels[Array.IndexOf(Keys, key)]}値 of {key}")];

        Assert.Equal(lines, Lines(Render<Contact>()));
        Assert.Equal(lines, Lines(Diagnosis(null)));
        Assert.Equal(lines, Lines(Diagnosis(Helper.Counter)));
        var (asked, where) = language == "ja"
            ? ("お取引店の窓口にお問い合わせください。", "貴社のマスターユーザ、またはお取引店へ。")
            : ("Please ask the counter of your branch.", "Ask your master user or your branch.");
        Assert.Contains(asked, Diagnosis(Helper.Counter).Find("#h-ask + p").TextContent, StringComparison.Ordinal);
        Assert.Contains(where, Render<Contact>().Find("[aria-labelledby=h-where]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Diagnosis_ThatSendsToSomebodyElse_ShowsNothingOfTheBank()
    {
        Set([.. Keys.Select(key => (key, "x"))]);

        Assert.All(
            Enum.GetValues<Helper>().Where(helper => helper is not (Helper.Nobody or Helper.Counter)),
            helper => Assert.Empty(Lines(Diagnosis(helper))));
    }

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("0120-000-000", new[] { "電話：0120-000-000" })]
    public void ContactTextThatIsSet_StandsBeforeTheLines_AndAloneWithoutThem(string telephone, string[] lines)
    {
        Set(("Institution:ContactText", "本店にお問い合わせください。"), (Telephone, telephone));

        var spans = Render<WhomToAsk>().Nodes.OfType<IElement>().Where(element => element.LocalName == "span")
            .Select(element => element.TextContent);

        Assert.Equal(["本店にお問い合わせください。", .. lines], spans);
    }

    [Fact]
    public void CompanysPage_ShowsThemBelowItsSentence()
    {
        Set((Telephone, "0120-000-000"));

        var page = Render<CompanyInfoView>(parameters => parameters
            .Add(p => p.Model, new CompanyView(new Company("0501D00601", "x", AuthenticationMethod.Certificate), null)));

        Assert.Equal(
            ["詳しくはお取引店にお問い合わせください。", "電話：0120-000-000"],
            page.FindAll("[aria-labelledby=h-contact] p > span").Select(line => line.TextContent));
    }

    [Fact]
    public void LongestAndHostileValues_AreText()
    {
        const string hostile = "</p><script>alert(1)</script><img src=x onerror=alert(1)>\"'&";
        var longest = new string('札', 200);
        Set((Telephone, new string('9', 40)), (Hours, hostile), (Address, longest));

        foreach (var page in new IRenderedComponent<IComponent>[] { Render<Contact>(), Diagnosis(Helper.Counter) })
        {
            Assert.Equal(["電話：" + new string('9', 40), "受付時間：" + hostile, "所在地：" + longest], Lines(page));
            Assert.Empty(page.FindAll("script, img"));
        }
    }

    [Fact]
    public void BlankValues_CountAsUnset()
    {
        Set((Telephone, ""), (Hours, " "), (Address, "\u3000"));

        Assert.Empty(Lines(Render<Contact>()));
    }

    private static IEnumerable<string> Lines(IRenderedComponent<IComponent> page) =>
        page.FindAll(".contact").Select(line => line.TextContent);

    private IRenderedComponent<DiagnosisView> Diagnosis(Helper? asked) => Render<DiagnosisView>(parameters => parameters
        .Add(p => p.Heading, "x").Add(p => p.Sentence, "y").Add(p => p.Asked, asked)
        .Add(p => p.Code, ErrorCodes.CertificateMissing).Add(p => p.PublicLoginHref, "/"));

    private void Set(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        Services.AddSingleton(Brand.From(configuration));
    }
}
