using Bunit;
using DensaiAdmin.Core;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components.Web;

namespace DensaiAdmin.Tests.Shared;

public sealed class ScreenTests : LookContext
{
    private static readonly ErrorReport Refused = new("失効できませんでした", [new("確認用パスワードが違います。", "cpw")], ErrorCodes.ConfirmationPasswordWrong);

    [Fact]
    public void Screen_SaysItsIdInEveryPlace()
    {
        var screen = Render<Screen>(parameters => parameters.Add(p => p.Id, "BRSK018").Add(p => p.Title, "利用者一覧"));

        Assert.Equal("BRSK018", screen.Find("main").GetAttribute("data-screen"));
        Assert.Equal("画面ID BRSK018", screen.Find(".screen-id").TextContent);
        Assert.Equal("利用者一覧", screen.Find("h1").TextContent);
        Assert.Equal("利用者一覧 BRSK018", Title(screen));
    }

    [Fact]
    public void Screen_WithAnError_SaysSoInTheTitleAndAboveTheHeading()
    {
        var screen = Render<Screen>(parameters => parameters.Add(p => p.Id, "BRSK019").Add(p => p.Title, "証明書失効確認")
            .Add(p => p.Error, Refused)
            .Add(p => p.Banner, "<p>banner</p>"));

        Assert.Equal("エラー: 証明書失効確認 BRSK019", Title(screen));
        Assert.True(
            screen.Markup.IndexOf("role=\"alert\"", StringComparison.Ordinal) < screen.Markup.IndexOf("<h1", StringComparison.Ordinal));
        Assert.DoesNotContain("banner", screen.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void StaticScreen_IsReadyAtOnce() =>
        Assert.Equal("true", Render<Screen>(
            parameters => parameters.Add(p => p.Id, "BLGI001").Add(p => p.Title, "ログイン")).Find("main").GetAttribute("data-ready"));

    [Fact]
    public void InteractiveScreen_IsReadyOnceItIsDrawn_AndItsDataIsThere()
    {
        var screen = Render<Screen>(parameters =>
        {
            parameters.Add(p => p.Id, "BRSK018").Add(p => p.Title, "利用者一覧").Add(p => p.Ready, false);
            parameters.SetAssignedRenderMode(RenderMode.InteractiveServer);
        });
        Assert.False(screen.Find("main").HasAttribute("data-ready"));

        screen.Render(parameters => parameters.Add(p => p.Ready, true));
        Assert.Equal("true", screen.Find("main").GetAttribute("data-ready"));
    }

    [Fact]
    public void Heading_OfTheFirstScreen_LeavesTheFocusToTheSkipLink()
    {
        Render<Screen>(parameters => parameters.Add(p => p.Id, "BTOP001").Add(p => p.Title, "ホーム"));

        Assert.Equal(0, Focused);
    }

    [Fact]
    public void Heading_OfTheNextScreen_TakesTheFocus()
    {
        Render<Screen>(parameters => parameters.Add(p => p.Id, "BRSK019").Add(p => p.Title, "証明書失効確認"));
        Render<Screen>(parameters => parameters.Add(p => p.Id, "BRSK020").Add(p => p.Title, "証明書失効結果"));

        Assert.Equal(1, Focused);
    }

    [Fact]
    public void Lead_OfTwoSentences_GivesEachItsLine()
    {
        var screen = Render<Screen>(
            parameters => parameters.Add(p => p.Id, "BLGI001").Add(p => p.Title, "ログイン").Add(p => p.Lead, "一。\n二。"));

        Assert.Equal("一。<br>二。", screen.Find(".lead").InnerHtml.Trim());
    }

    [Fact]
    public void Crumbs_EndWithThePageItself()
    {
        var screen = Render<Screen>(parameters => parameters.Add(p => p.Id, "BRSK001").Add(p => p.Title, "作業内容選択").Add(
            p => p.Crumbs, [new("ホーム", "/"), new("利用者管理")]));

        Assert.Equal("/", screen.Find(".crumbs a").GetAttribute("href"));
        Assert.Equal("利用者管理", screen.Find(".crumbs [aria-current=page]").TextContent);
    }

    private int Focused => JSInterop.Invocations.Count(call => call.Identifier == "Blazor._internal.domWrapper.focus");

    private string Title(IRenderedComponent<Screen> screen)
    {
        var title = screen.FindComponent<PageTitle>().Instance.ChildContent!;
        return Render(title).Markup;
    }
}
