using Bunit;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Enrollment;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Tests.Enrollment;

public sealed class CertificateViewTests : LookContext
{
    private static readonly string Sha256 = string.Concat(Enumerable.Repeat("0123456789abcdef", 4));

    private static readonly AppRelease Release = new("1.2.3", "1.0.0",
    [
        new(AppSystem.Windows, "DensaiEnrollment-1.2.3-Setup.exe", 44_040_192, Sha256, Signed: true),
        new(AppSystem.MacOS, "DensaiEnrollment-1.2.3.tar.gz", 40_000_000, Sha256, Signed: false),
        new(AppSystem.Linux, "densai-enrollment_1.2.3_amd64.deb", 39_000_000, Sha256, Signed: false),
    ]);

    [Fact]
    public void OnWindows_TheManualsButtonLeadsToTheInstallerAndSaysWhatItIs()
    {
        var view = View(AppSystem.Windows);

        var button = view.Find("a.btn--primary");
        Assert.Equal(
            ("証明書発行アプリのダウンロード", "/certificate/app/DensaiEnrollment-1.2.3-Setup.exe"), (button.TextContent, button.GetAttribute("href")));
        Assert.Equal(
            ["対応するパソコンWindows", "バージョン1.2.3", "ファイル名DensaiEnrollment-1.2.3-Setup.exe", "サイズ42.0 MB（44,040,192 バイト）", "電子署名あり"],
            view.FindAll("dl > div").Take(5).Select(row => row.TextContent));
        Assert.StartsWith("0123 4567 89AB CDEF", view.Find("dl .serial").TextContent);
        Assert.Equal(2, view.FindAll("ul.packages > li").Count);
        Assert.Equal("BSMS001", view.Find("main").GetAttribute("data-screen"));
        Assert.Equal(["ログインID取得", "証明書発行アプリのダウンロード", "証明書発行アプリを起動", "中断"], view.FindAll("a.btn").Select(b => b.TextContent));
        Assert.Contains("「次へ」「次へ」「インストール」「完了」", view.Markup);
    }

    [Theory]
    [InlineData(AppSystem.Windows)]
    [InlineData(AppSystem.Linux)]
    public void InstalledApp_IsStartedByItsLink(AppSystem system) =>
        Assert.Equal("densai-enrollment:issue", View(system).FindAll("a").Single(a => a.TextContent == "証明書発行アプリを起動").GetAttribute("href"));

    [Fact]
    public void OnAPhone_SaysThatItNeedsAPcAndListsAll()
    {
        var view = View(null);

        Assert.Contains("お使いの機器では、証明書発行アプリをご利用いただけません", view.Markup);
        Assert.Empty(view.FindAll("a.btn--primary"));
        Assert.Equal(3, view.FindAll("ul.packages > li").Count);
        Assert.DoesNotContain(view.FindAll("a"), a => a.GetAttribute("href") == AppLinks.Issue);
    }

    [Fact]
    public void WithoutThisSystemsPackage_SaysSoAndOffersTheOthers()
    {
        var view = Render<CertificateView>(
            p => p.Add(v => v.Release, Release with { Packages = [Release.Packages[0]] }).Add(v => v.System, AppSystem.Linux));

        Assert.Contains("Linux（Debian・Ubuntu） 用の証明書発行アプリは、ただいま配布しておりません", view.Markup);
        Assert.Single(view.FindAll("ul.packages > li"));
    }

    [Fact]
    public void WithoutAnyPackage_SaysWhereToGo()
    {
        var view = Render<CertificateView>(p => p.Add(v => v.Release, null).Add(v => v.System, AppSystem.Windows));

        Assert.Contains("証明書発行アプリは、ただいま配布しておりません", view.Markup);
        Assert.Empty(view.FindAll("a[download]"));
    }

    [Fact]
    public void LinkForARenewal_NamesTheCertificate() => Assert.Equal("densai-enrollment:renew?serial=0A1B", AppLinks.Renew("0A1B"));

    private IRenderedComponent<CertificateView> View(AppSystem? system) =>
        Render<CertificateView>(p => p.Add(v => v.Release, Release).Add(v => v.System, system));
}
