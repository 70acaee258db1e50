using Bunit;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Layout;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Layout;

public sealed class ShellTests : LookContext
{
    [Theory]
    [InlineData("/", "ホーム")]
    [InlineData("/?a=1", "ホーム")]
    [InlineData("/services/densai", "でんさいサービス")]
    [InlineData("/services/gaitame", "外為Web")]
    [InlineData("/management", "管理")]
    [InlineData("/management/users/revocation?state=expired", "管理")]
    public void Tabs_MarkTheOneThatIsOpen(string path, string tab)
    {
        var tabs = Render<SiteTabs>(parameters => parameters.Add(p => p.Path, path));

        Assert.Equal(tab, tabs.Find("[aria-current=page]").TextContent);
        Assert.Single(tabs.FindAll("[aria-current]"));
        Assert.Equal(["ホーム", "でんさいサービス", "外為Web", "管理"], tabs.FindAll("a").Select(link => link.TextContent));
    }

    [Fact]
    public void Tabs_OnAPageOfNoTab_MarkNone() =>
        Assert.Empty(Render<SiteTabs>(parameters => parameters.Add(p => p.Path, "/managementx")).FindAll("[aria-current]"));

    [Fact]
    public void Header_AfterLogin_HasNameClockAndLogoutByPost()
    {
        var header = Render<SiteHeader>(parameters => parameters.Add(p => p.Path, "/management").Add(p => p.UserName, "でんさい00601マスタ"));

        Assert.Equal("でんさい00601マスタ 様", header.Find(".who").TextContent);
        Assert.Equal("2022年11月07日 14時50分57秒", header.Find(".clock time").TextContent);
        var form = header.Find("form");
        Assert.Equal(("post", "/logout"), (form.GetAttribute("method"), form.GetAttribute("action")));
        Assert.NotNull(form.QuerySelector("input[name=__RequestVerificationToken]"));
        Assert.Equal("ログアウト", form.QuerySelector("button[type=submit]")!.TextContent);
    }

    [Fact]
    public void Header_BeforeLogin_HasNeitherNameNorLogout()
    {
        var header = Render<SiteHeader>(parameters => parameters.Add(p => p.Path, "/login"));

        Assert.Empty(header.FindAll(".who, form"));
    }

    [Theory]
    [InlineData("small", "小")]
    [InlineData("medium", "中")]
    [InlineData("large", "大")]
    public void Header_PressesTheTextSizeThatIsOn(string size, string word)
    {
        var header = Render<SiteHeader>(parameters => parameters.Add(p => p.Path, "/").AddCascadingValue(TextSizes.Cascade, size));

        Assert.Equal(word, header.Find(".text-size [aria-pressed=true]").TextContent);
        Assert.Equal(2, header.FindAll(".text-size [aria-pressed=false]").Count);
        Assert.Equal("文字サイズ", header.Find(".text-size").GetAttribute("aria-label"));
    }

    [Theory]
    [InlineData("large", "large")]
    [InlineData("small", "small")]
    [InlineData("\"><script>", "medium")]
    [InlineData(null, "medium")]
    public void TextSize_FromACookie_IsOneOfThree(string? cookie, string size) => Assert.Equal(size, TextSizes.From(cookie));

    [Theory]
    [InlineData("ja", "English", "en")]
    [InlineData("en", "日本語", "ja")]
    public void Header_OffersTheOtherLanguage_AndComesBack(string spoken, string name, string other)
    {
        Speak(spoken);
        var link = Render<SiteHeader>(parameters => parameters.Add(p => p.Path, "/management/users?a=1&b=2")).Find("a.lang");

        Assert.Equal(name, link.TextContent);
        Assert.Equal(other, link.GetAttribute("lang"));
        Assert.Equal($"/language?culture={other}&returnUrl=%2Fmanagement%2Fusers%3Fa%3D1%26b%3D2", link.GetAttribute("href"));
    }

    [Fact]
    public async Task Footer_FollowsTheScreen()
    {
        var footer = Render<SiteFooter>();
        var screen = Services.GetRequiredService<CurrentScreen>();

        await footer.InvokeAsync(() => screen.Show("BRSK018"));
        Assert.Equal("お問い合わせ（画面ID BRSK018）", footer.Find("a").TextContent);
        Assert.Equal("/contact?screen=BRSK018", footer.Find("a").GetAttribute("href"));
    }

    [Fact]
    public void Footer_WithoutAManual_HasNoLinkToOne() =>
        Assert.DoesNotContain("操作マニュアル", Render<SiteFooter>().Markup, StringComparison.Ordinal);

    [Fact]
    public void SkipLink_StaysOnThePage()
    {
        var link = Render<SkipLink>(parameters => parameters.Add(p => p.Path, "/management?a=1#x")).Find("a");

        Assert.Equal("本文へ", link.TextContent);
        Assert.Equal("/management?a=1#main", link.GetAttribute("href"));
    }

    [Fact]
    public void ReconnectModal_SaysWhatMustBeEnteredAgain_InTheReadersLanguage()
    {
        var dialog = Render<ReconnectModal>().Find("dialog#components-reconnect-modal");
        Assert.Contains("もう一度入力してください", dialog.TextContent, StringComparison.Ordinal);

        Speak("en");
        Assert.Contains("has to be entered again", Render<ReconnectModal>().Find("dialog").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BRSK018", true)]
    [InlineData("brsk018", true)]
    [InlineData("<b>x</b>", false)]
    [InlineData("CALL 03", false)]
    public void Contact_RepeatsOnlyAScreenId(string asked, bool repeated)
    {
        Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().NavigateTo(
            "/contact?screen=" + Uri.EscapeDataString(asked));
        var contact = Render<Contact>();

        Assert.Equal(repeated ? 1 : 0, contact.FindAll("li .id").Count);
    }
}
