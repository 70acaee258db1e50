using Bunit;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Home;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Tests.Home;

public sealed class HomeViewTests : LookContext
{
    private static readonly OwnCertificate Own = new(CertificateStatus.Issued, Jst("2022-11-27T08:59:59"), 6, true, "5B07E4D193AC2F680D7EB1C548F29A36");

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
            ["/management/users/revocation?state=expired", "/management/users/revocation?state=issued", "/management/users/revocation?state=revoked", "/management/users/revocation?state=not-issued"],
            view.FindAll(".tile").Select(tile => tile.GetAttribute("href")));
        Assert.Contains("うち40日以内に期限 1名", string.Concat(view.FindAll(".tile")[1].TextContent.Split('\n', StringSplitOptions.TrimEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, "電子証明書の有効期限まで、あと6日です")]
    [InlineData(0, "電子証明書の有効期限は本日です")]
    public void Banner_CountsTheDays(int days, string heading)
    {
        var view = Show(new() { Banner = new(NoticeKind.Soon, Jst("2022-11-27T08:59:59"), days, "N-20221117-8FQ4", "/renewal"), Own = Own });

        var banner = view.Find("[role=region]");
        Assert.Equal(heading, banner.QuerySelector("h2")!.TextContent);
        Assert.Contains("N-20221117-8FQ4", banner.TextContent, StringComparison.Ordinal);
        Assert.Equal("/renewal", banner.QuerySelector("a")!.GetAttribute("href"));
    }

    [Fact]
    public void Login_ThatFailed_IsMarked()
    {
        var view = Show(new() { Logins = [new(Jst("2022-11-18T13:40:08"), true), new(Jst("2022-11-18T13:39:21"), false)] });

        Assert.Equal(["正常", "失敗"], view.FindAll("#h-log").Single().Closest("section")!.QuerySelectorAll(".end").Select(end => end.TextContent.Trim()));
    }

    private IRenderedComponent<HomeView> Show(HomeModel model) => Render<HomeView>(parameters => parameters.Add(p => p.Model, model));
}
