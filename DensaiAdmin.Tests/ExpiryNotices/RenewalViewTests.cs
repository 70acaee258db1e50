using Bunit;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.ExpiryNotices;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Tests.ExpiryNotices;

public sealed class RenewalViewTests : LookContext
{
    [Fact]
    public void Choice_IsTheManuals_WithRenewalChosenBefore()
    {
        var view = View(Question(12, ExpiryUrgency.Calm));

        Assert.Equal("BLGI004", view.Find("main").GetAttribute("data-screen"));
        Assert.Equal(
            ["更新する", "更新しない"],
            view.FindAll("input[type=radio]").Select(radio => view.Find("#" + radio.GetAttribute("aria-labelledby")).TextContent));
        Assert.Equal([true, false], view.FindAll("input[type=radio]").Select(radio => radio.HasAttribute("checked")));
        Assert.Equal("実行", view.Find("form button[type=submit]").TextContent);
        Assert.Equal(
            ["2022年11月27日 08時59分59秒", "0501D00601R", "5B07 E4D1 93AC 2F68 0D7E B1C5 48F2 9A36"],
            view.FindAll("dd").Select(fact => fact.TextContent.Trim()));
        Assert.Equal("更新できる40日のうち残り12日", view.Find("[role=img]").GetAttribute("aria-label"));
        Assert.Contains("更新した日から1年間です", view.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12, ExpiryUrgency.Calm, "days", "あと12日", false)]
    [InlineData(6, ExpiryUrgency.Urgent, "days days--soon", "あと6日", true)]
    [InlineData(0, ExpiryUrgency.Today, "days days--bad", "本日 8時59分59秒 まで", true)]
    public void Days_AreSaidByIconColourAndWords(int days, ExpiryUrgency urgency, string css, string words, bool icon)
    {
        var shown = View(Question(days, urgency)).Find(".days");

        Assert.Equal((css, words, icon), (shown.ClassName, string.Concat(
            shown.TextContent.Split('\n').Select(part => part.Trim())), shown.QuerySelector("svg") is not null));
    }

    [Fact]
    public void NothingChosen_IsSaidAtTheChoiceToo_AndChoosesNothing()
    {
        var view = View(Question(12, ExpiryUrgency.Calm), new("選択されていません", [new("選択してください。", RenewalView.FirstChoice)]));

        Assert.Equal("renew-err", view.Find("fieldset").GetAttribute("aria-describedby"));
        Assert.Equal("選択してください。", view.Find("#renew-err").TextContent);
        Assert.Empty(view.FindAll("input[type=radio][checked]"));
    }

    [Fact]
    public void App_IsStartedForThisCertificate()
    {
        var view = Render<RenewalAppView>(parameters => parameters.Add(p => p.Question, Question(12, ExpiryUrgency.Calm)).Add(
            p => p.LoginId, "0501D00601R").Add(p => p.ObtainHref, "https://localhost:7443/certificate"));

        Assert.Equal(
            ["densai-enrollment:renew?serial=5B07E4D193AC2F680D7EB1C548F29A36", "https://localhost:7443/certificate", "/"],
            view.FindAll("a.btn").Select(link => link.GetAttribute("href")));
        Assert.Equal("証明書発行アプリを起動", view.Find("a.btn--primary").TextContent);
    }

    private IRenderedComponent<RenewalView> View(RenewalQuestion question, ErrorReport? error = null) =>
        Render<RenewalView>(
            parameters => parameters.Add(p => p.Question, question).Add(p => p.LoginId, "0501D00601R").Add(p => p.Error, error));

    private static RenewalQuestion Question(int days, ExpiryUrgency urgency)
    {
        var serial = SerialNumber.Parse("5B07E4D193AC2F680D7EB1C548F29A36");
        var notAfter = Jst("2022-11-27T08:59:59");
        return new(
            new Certificate(1, "0A", serial, [], default, default, notAfter.AddYears(-1), notAfter, notAfter.AddYears(-1)), days, urgency,
            null, null);
    }
}
