using Bunit;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Home;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Tests.Home;

public sealed class HomeViewTests : LookContext
{
    private static readonly OwnCertificate Own = new(
        CertificateStatus.Issued, Jst("2022-11-27T08:59:59"), 6, true, "5B07E4D193AC2F680D7EB1C548F29A36");

    [Theory]
    [InlineData(CertificateStatus.Issued, true, "densai-enrollment:renew?serial=5B07E4D193AC2F680D7EB1C548F29A36")]
    [InlineData(CertificateStatus.Issued, false, null)]
    [InlineData(CertificateStatus.Expired, true, null)]
    public void OwnCertificate_InItsRenewalWindow_StartsTheApp(CertificateStatus state, bool soon, string? link)
    {
        var view = Show(new() { Own = Own with { State = state, ExpiresSoon = soon } });

        Assert.Equal(link, view.FindAll("a").SingleOrDefault(a => a.TextContent == "証明書発行アプリを起動")?.GetAttribute("href"));
    }

    [Fact]
    public void OwnCertificate_RenewedAndNotUsedYet_SaysSo_AndStartsNoApp()
    {
        var view = Show(new() { Own = Own with { RenewedUntil = Jst("2023-11-21T08:59:59") } });

        Assert.Empty(view.FindAll("a[href^='densai-enrollment:']"));
        var card = view.Find("section[aria-labelledby=h-mine]").TextContent;
        Assert.Contains("更新済みです。新しい電子証明書（有効期限 2023年11月21日 08時59分59秒）を発行しています。", card, StringComparison.Ordinal);
        Assert.Contains("すべてのブラウザを一度閉じてからログインし直し、", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Home_OfAGeneralUser_ShowsNothingOfTheCompany()
    {
        var view = Show(new() { Own = Own });

        Assert.DoesNotContain("利用者の証明書", view.Markup, StringComparison.Ordinal);
        Assert.Contains("未読のお知らせはありません。", view.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Tiles_AddUp_AndLeadToTheFilteredList()
    {
        var view = Show(new() { Company = new() { Expired = 1, Issued = 3, ExpiresSoon = 1, Revoked = 1, NotIssued = 1, SoonDays = 40 } });

        Assert.Contains("利用者一覧（6名）を表示", view.Markup, StringComparison.Ordinal);
        Assert.Equal(
            [
                "/management/users/revocation?state=expired",
                "/management/users/revocation?state=issued",
                "/management/users/revocation?state=revoked",
                "/management/users/revocation?state=not-issued",
            ],
            view.FindAll(".tile").Select(tile => tile.GetAttribute("href")));
        Assert.Contains(
            "うち40日以内に期限 1名", string.Concat(view.FindAll(".tile")[1].TextContent.Split('\n', StringSplitOptions.TrimEntries)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, "電子証明書の有効期限まで、あと6日です")]
    [InlineData(0, "電子証明書の有効期限は本日です")]
    public void Banner_CountsTheDays(int days, string heading)
    {
        var view = Show(new() { Banner = new(AlertKind.Soon, Jst("2022-11-27T08:59:59"), days, "N-20221117-8FQ4", "/renewal"), Own = Own });

        var banner = view.Find("[role=region]");
        Assert.Equal(heading, banner.QuerySelector("h2")!.TextContent);
        Assert.Contains("N-20221117-8FQ4", banner.TextContent, StringComparison.Ordinal);
        Assert.Equal("/renewal", banner.QuerySelector("a")!.GetAttribute("href"));
    }

    [Theory]
    [InlineData(AlertKind.Info, 40, "notice--info")]
    [InlineData(AlertKind.Soon, 1, "notice--soon")]
    [InlineData(AlertKind.Bad, 0, "notice--bad")]
    public void Banner_HasThreeLooks_EachWithAnIcon(AlertKind kind, int days, string css)
    {
        var banner = Show(
            new() { Banner = new(kind, Jst("2022-11-27T08:59:59"), days, null, "/renewal"), Own = Own }).Find("[role=region]");

        Assert.Contains(css, banner.ClassName, StringComparison.Ordinal);
        Assert.NotNull(banner.QuerySelector("svg"));
        Assert.Contains("2022年11月27日 08時59分59秒", banner.TextContent, StringComparison.Ordinal);
        Assert.Equal("証明書を更新する", banner.QuerySelector("a")!.TextContent);
    }

    [Fact]
    public void Due_IsCounted_AndLeadsToTheFilteredList()
    {
        var view = Show(new()
        {
            Company = new()
            {
                Expired = 1,
                Issued = 9,
                ExpiresSoon = 3,
                ExpiresUrgently = 2,
                Revoked = 1,
                NotIssued = 1,
                SoonDays = 40,
            },
        });

        Assert.Equal(
            [
                ("40日以内 3名", "/management/users/revocation?state=soon"),
                ("10日以内 2名", "/management/users/revocation?state=urgent"),
                ("有効期限切れ 1名", "/management/users/revocation?state=expired"),
            ],
            view.FindAll("a.filter").Select(link => (link.TextContent.Trim(), link.GetAttribute("href"))));
    }

    [Fact]
    public void DeadAddress_IsTold()
    {
        var view = Show(new() { AddressDeadSince = Jst("2022-11-07T09:00:05") });

        Assert.Contains("お知らせのメールをお届けできていません", view.Markup, StringComparison.Ordinal);
        Assert.Contains("（2022年11月07日 09時00分05秒）", view.Find("[aria-labelledby=h-dead]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Login_ThatFailed_IsMarked()
    {
        var view = Show(new() { Logins = [new(Jst("2022-11-18T13:40:08"), true), new(Jst("2022-11-18T13:39:21"), false)] });

        Assert.Equal(
            ["正常", "失敗"],
            view.FindAll("#h-log").Single().Closest("section")!.QuerySelectorAll(".end").Select(end => end.TextContent.Trim()));
    }

    [Fact]
    public void News_MoreThanAreListed_AreCountedBesideTheHeading()
    {
        var view = Show(new() { Unread = 7, News = [new("システムメンテナンスのお知らせ", Jst("2022-11-18T13:40:08"), "/notices")] });

        Assert.Equal("未読 7件", view.Find("#h-news + .card__count").TextContent);
    }

    [Fact]
    public void News_AllRead_AreNotCounted()
    {
        var view = Show(new() { Own = Own });

        Assert.Empty(view.FindAll(".card__count"));
    }

    private IRenderedComponent<HomeView> Show(HomeModel model) => Render<HomeView>(parameters => parameters.Add(p => p.Model, model));
}
