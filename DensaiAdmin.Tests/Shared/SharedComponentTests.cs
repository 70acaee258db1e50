using Bunit;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Shared;

public sealed class SharedComponentTests : LookContext
{
    [Theory]
    [InlineData(CertificateStatus.Issued, "発行済み", "chip--ok")]
    [InlineData(CertificateStatus.Expired, "有効期限切れ", "chip--bad")]
    [InlineData(CertificateStatus.Revoked, "失効済み", "chip--off")]
    [InlineData(CertificateStatus.NotIssued, "未発行", "chip--none")]
    public void StateChip_SaysItsStateInWordsAndByAnIconOfItsOwn(CertificateStatus state, string words, string css)
    {
        var chip = Render<StateChip>(parameters => parameters.Add(p => p.State, state)).Find(".chip");

        Assert.Equal(words, chip.TextContent);
        Assert.Contains(css, chip.ClassList);
        Assert.Equal("true", chip.QuerySelector("svg")!.GetAttribute("aria-hidden"));
        Assert.Single(Enum.GetValues<CertificateStatus>(), other => StateChip.Look(other).Icon == StateChip.Look(state).Icon);
    }

    [Theory]
    [InlineData(20, true, "あと20日", ".chip--soon")]
    [InlineData(300, false, "あと300日", ".muted")]
    [InlineData(0, true, "本日まで", ".chip--soon")]
    public void DaysLeft_Counts(int days, bool soon, string words, string where) =>
        Assert.Equal(
            words, Render<DaysLeft>(parameters => parameters.Add(p => p.Days, days).Add(p => p.Soon, soon)).Find(where).TextContent);

    [Fact]
    public void Expiry_WithoutACertificate_IsADash() =>
        Assert.Equal("-", Render<Expiry>(parameters => parameters.Add(p => p.NotAfter, null)).Find(".exp").TextContent);

    [Fact]
    public void JstTime_FollowsR19_InEveryLanguage()
    {
        var at = new DateTimeOffset(2023, 8, 31, 23, 59, 59, TimeSpan.Zero);
        var time = Render<JstTime>(parameters => parameters.Add(p => p.At, at)).Find("time");
        Assert.Equal("2023年09月01日 08時59分59秒", time.TextContent);
        Assert.Equal("2023-09-01T08:59:59+09:00", time.GetAttribute("datetime"));
        Assert.False(time.HasAttribute("lang"));

        Speak("en");
        time = Render<JstTime>(parameters => parameters.Add(p => p.At, at)).Find("time");
        Assert.Equal("2023年09月01日 08時59分59秒", time.TextContent);
        Assert.Equal("ja", time.GetAttribute("lang"));
    }

    [Theory]
    [InlineData("3F9C71A20B5E84D6C1F02A976E3BD845", "3F9C 71A2 0B5E 84D6", "C1F0 2A97 6E3B D845")]
    [InlineData("3f:9c:71:a2:0b:5e:84:d6:c1:f0:2a:97:6e:3b:d8:45", "3F9C 71A2 0B5E 84D6", "C1F0 2A97 6E3B D845")]
    public void Serial_IsTwoHalvesOfFourGroups(string value, string first, string second)
    {
        var halves = Render<Serial>(parameters => parameters.Add(p => p.Value, value)).FindAll(".serial > span");
        Assert.Equal([first, second], halves.Select(half => half.TextContent));
    }

    [Fact]
    public void StepNav_TellsWhereOneIs()
    {
        var steps = Render<StepNav>(parameters => parameters.Add(p => p.Names, ["利用者を選択", "証明書失効", "失効完了"]).Add(p => p.Current, 2));

        Assert.Equal("利用者を選択（完了）", steps.Find("li.is-done").TextContent);
        Assert.Contains("全3ステップ中、2ステップ目 証明書失効", steps.Find("li[aria-current=step]").TextContent, StringComparison.Ordinal);
        Assert.Single(steps.FindAll("[aria-current]"));
        Assert.Empty(steps.FindAll("a, button"));
    }

    [Fact]
    public void ErrorSummary_LeadsToTheField_AndTakesTheFocusOncePerReport()
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo("/management/users/revocation/1A?x=1");
        var first = new ErrorReport("失効できませんでした", [new("確認用パスワードが違います。", "cpw")], ErrorCodes.ConfirmationPasswordWrong);
        var summary = Render<ErrorSummary>(parameters => parameters.Add(p => p.Report, first));

        var alert = summary.Find("[role=alert]");
        Assert.Equal("-1", alert.GetAttribute("tabindex"));
        Assert.Contains("E-1006", alert.TextContent, StringComparison.Ordinal);
        // Under a base address of "/", a bare "#cpw" would lead home.
        Assert.Equal("/management/users/revocation/1A?x=1#cpw", summary.Find("a").GetAttribute("href"));
        Assert.Equal("cpw", summary.Find("a").GetAttribute("data-focus"));
        Assert.Equal(1, Focused);

        summary.Render(parameters => parameters.Add(p => p.Report, first));
        Assert.Equal(1, Focused);
        summary.Render(parameters => parameters.Add(p => p.Report, first with { Code = ErrorCodes.ConfirmationPasswordWrong }));
        Assert.Equal(2, Focused);
    }

    [Fact]
    public void PasswordField_IsNamedByItsLabelAlone()
    {
        var field = Render<PasswordField>(
            parameters => parameters.Add(p => p.Id, "cpw").Add(p => p.Label, "確認用パスワード").Add(p => p.Hint, "hint"));

        var input = field.Find("input");
        var label = field.Find("label");
        Assert.Equal("cpw", label.GetAttribute("for"));
        Assert.Equal("確認用パスワード", label.TextContent);
        Assert.Equal("password", input.GetAttribute("type"));
        Assert.True(input.HasAttribute("required"));
        Assert.Equal("cpw-hint", input.GetAttribute("aria-describedby"));
        Assert.False(input.HasAttribute("aria-invalid"));
        Assert.Equal("必須", field.Find(".badge").TextContent);
    }

    [Fact]
    public void PasswordField_Buttons_HaveWords()
    {
        var field = Render<PasswordField>(parameters => parameters.Add(p => p.Id, "cpw").Add(p => p.Label, "確認用パスワード"));

        Assert.Equal(["表示", "クリア"], field.FindAll("button").Select(button => button.TextContent));
        Assert.All(
            field.FindAll("button"),
            button => Assert.Equal(("button", "cpw"), (button.GetAttribute("type"), button.GetAttribute("aria-controls"))));
        Assert.Equal("false", field.Find("[data-pw-show]").GetAttribute("aria-pressed"));
    }

    [Fact]
    public void PasswordField_WithAnError_SaysItBeforeTheHint()
    {
        var field = Render<PasswordField>(parameters => parameters.Add(p => p.Id, "cpw").Add(
            p => p.Label, "確認用パスワード").Add(p => p.Hint, "hint").Add(p => p.Error, "違います"));

        Assert.Equal("cpw-err cpw-hint", field.Find("input").GetAttribute("aria-describedby"));
        Assert.Equal("true", field.Find("input").GetAttribute("aria-invalid"));
        Assert.Equal("違います", field.Find("#cpw-err").TextContent);
    }

    [Theory]
    [InlineData(1, "1–10件 / 43件", false, true)]
    [InlineData(3, "21–30件 / 43件", true, true)]
    [InlineData(5, "41–43件 / 43件", true, false)]
    public void Pager_OffersOnlyWhatThereIs(int page, string range, bool back, bool forth)
    {
        var asked = new List<int>();
        var pager = Render<Pager>(
            parameters => parameters.Add(p => p.Page, page).Add(p => p.PageSize, 10).Add(p => p.Total, 43).Add(p => p.OnPage, asked.Add));

        Assert.Equal(range, pager.Find("[role=status]").TextContent);
        Assert.Equal((back ? 1 : 0) + (forth ? 1 : 0), pager.FindAll("button").Count);
        foreach (var index in Enumerable.Range(0, pager.FindAll("button").Count))
        {
            pager.FindAll("button")[index].Click();
        }

        Assert.Equal(new[] { (back, page - 1), (forth, page + 1) }.Where(way => way.Item1).Select(way => way.Item2), asked);
    }

    [Fact]
    public void ActionButton_WhileBusy_IgnoresClicksAndSaysSo()
    {
        var clicks = 0;
        var button = Render<ActionButton>(parameters => parameters.Add(p => p.OnClick, () => clicks++).AddChildContent("実行"));
        button.Find("button").Click();
        button.Render(parameters => parameters.Add(p => p.Busy, true));
        button.Find("button").Click();

        Assert.Equal(1, clicks);
        Assert.Equal("処理中", button.Find("button").TextContent);
        Assert.Equal("true", button.Find("button").GetAttribute("aria-disabled"));
    }

    [Theory]
    [InlineData(ActionKind.Primary, "mud-button-filled-primary")]
    [InlineData(ActionKind.Danger, "mud-button-filled-error")]
    [InlineData(ActionKind.Outlined, "mud-button-outlined-primary")]
    public void ActionButton_OnAnInteractivePage_IsMudBlazors(ActionKind kind, string css)
    {
        var button = Render<ActionButton>(parameters =>
        {
            parameters.Add(p => p.Kind, kind).Add(p => p.Submit, true).Add(p => p.After, IconName.Right).AddChildContent("実行");
            parameters.SetAssignedRenderMode(RenderMode.InteractiveServer);
        }).Find("button");

        Assert.Contains(css, button.ClassList);
        Assert.Equal("submit", button.GetAttribute("type"));
        Assert.Equal("実行", button.TextContent.Trim());
        Assert.Equal("true", button.QuerySelector("svg")!.GetAttribute("aria-hidden"));
    }

    [Fact]
    public void CardSection_IsNamedByItsHeading()
    {
        var card = Render<CardSection>(parameters => parameters.Add(p => p.Heading, "認証項目").Add(p => p.Id, "h-auth"));

        Assert.Equal("h-auth", card.Find("section.card").GetAttribute("aria-labelledby"));
        Assert.Equal("認証項目", card.Find("#h-auth").TextContent);
    }

    [Fact]
    public void Icon_EveryOne_IsDrawnAndSilent()
    {
        Assert.All(Enum.GetValues<IconName>(), name =>
        {
            var icon = Render<Icon>(parameters => parameters.Add(p => p.Name, name)).Find("svg");
            Assert.Equal("true", icon.GetAttribute("aria-hidden"));
            Assert.NotEmpty(icon.Children);
        });
    }

    private int Focused => JSInterop.Invocations.Count(call => call.Identifier == "Blazor._internal.domWrapper.focus");
}
