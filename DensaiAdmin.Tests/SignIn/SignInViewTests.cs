using Bunit;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.SignIn;

namespace DensaiAdmin.Tests.SignIn;

public sealed class SignInViewTests : LookContext
{
    [Fact]
    public void PublicLogin_LeadsToTheCertificateOrigin()
    {
        var view = PublicLogin();

        var link = view.FindAll("a").Single(link => link.TextContent == "電子証明書ログイン");
        Assert.Equal("https://localhost:7444/login", link.GetAttribute("href"));
        Assert.Contains(view.FindAll("a"), other => other.TextContent == "電子証明書発行");
        Assert.Contains(view.FindAll("a"), other => other.TextContent == "ログインID取得");
        Assert.Equal("BLGI001", view.Find("main").GetAttribute("data-screen"));
    }

    [Fact]
    public void PublicLogin_Form_NamesItsFieldsByTheirLabels()
    {
        var view = PublicLogin();

        Assert.Equal("ログインID", view.Find("label[for=login-id]").TextContent);
        Assert.Equal("ログインパスワード", view.Find("label[for=login-pw]").TextContent);
        Assert.Equal("username", view.Find("#login-id").GetAttribute("autocomplete"));
        Assert.Equal("current-password", view.Find("#login-pw").GetAttribute("autocomplete"));
        Assert.NotNull(view.Find("form").QuerySelector("input[name=__RequestVerificationToken]"));
        Assert.Equal("ログイン", view.Find("form button[type=submit]").TextContent);
    }

    [Fact]
    public void PublicLogin_Refused_RepeatsTheIdAndNeverThePassword()
    {
        var view = Render<PublicLoginView>(parameters => parameters.Add(p => p.CertificateLoginHref, "https://localhost:7444/login")
            .Add(p => p.LoginId, "0501D00601M").Add(p => p.Error, new ErrorReport("ログインできませんでした", [new("違います", "login-pw")])));

        Assert.Equal("0501D00601M", view.Find("#login-id").GetAttribute("value"));
        Assert.False(view.Find("#login-pw").HasAttribute("value"));
        Assert.Equal("違います", view.Find("#login-pw-err").TextContent);
    }

    [Fact]
    public void PublicLogin_Hours_AreTheSettings()
    {
        Assert.Contains("（利用可能時間は19時までです。）", PublicLogin().Markup, StringComparison.Ordinal);

        var closed = Render<PublicLoginView>(parameters => parameters.Add(p => p.CertificateLoginHref, "x").Add(
            p => p.AcquisitionOpen, false)
            .Add(p => p.Opens, new(8, 30)).Add(p => p.Closes, new(18, 0)));
        Assert.Contains("8時30分から18時まで", closed.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void PublicLogin_WithoutThePasswordMethod_HasNoForm() =>
        Assert.Empty(Render<PublicLoginView>(
            parameters => parameters.Add(p => p.CertificateLoginHref, "x").Add(p => p.PasswordOffered, false)).FindAll("form"));

    [Fact]
    public void Password_ShowsWhichCertificateWasPicked()
    {
        var view = Render<PasswordView>(parameters => parameters.Add(p => p.LoginId, "0501D00601R").Add(p => p.Issuer, "Issuing CA").Add(
            p => p.NotAfter, Jst("2022-11-27T08:59:59"))
            .Add(p => p.DaysLeft, 20).Add(p => p.ExpiresSoon, true).Add(p => p.Serial, "5B07E4D193AC2F680D7EB1C548F29A36")
            .Add(p => p.PublicLoginHref, "https://localhost:7443/login"));

        Assert.Equal(
            ["0501D00601R", "Issuing CA", "2022年11月27日 08時59分59秒 あと20日", "5B07 E4D1 93AC 2F68 0D7E B1C5 48F2 9A36"],
            view.FindAll("dd").Select(fact => fact.TextContent.Trim()));
        Assert.Equal("ログインパスワード", view.Find("label[for=login-pw]").TextContent);
        Assert.Equal("ログイン", view.Find("form button[type=submit]").TextContent);
        Assert.Contains("別の証明書を選択してください", view.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Diagnosis_SaysWhatHappenedAndWhatToDo()
    {
        var view = Render<DiagnosisView>(parameters => parameters.Add(p => p.Heading, "電子証明書の有効期限が切れています").Add(
            p => p.Sentence, "ログインできません。")
            .Add(p => p.Steps, [new("依頼する", "…"), new("取得する", "…")]).Add(p => p.Code, ErrorCodes.CertificateExpired)
            .Add(p => p.PublicLoginHref, "https://localhost:7443/login")
            .Add(p => p.Presented, new()
            {
                LoginId = "0501D00601T",
                State = CertificateStatus.Expired,
                NotAfter = Jst("2022-10-08T08:59:59"),
                ExpiredDaysAgo = 30,
                Serial = "3F9C71A20B5E84D6C1F02A976E3BD845",
            }));

        Assert.Equal("電子証明書の有効期限が切れています", view.Find("[role=alert] h2").TextContent);
        Assert.Equal(["依頼する", "取得する"], view.FindAll(".nums b").Select(step => step.TextContent));
        Assert.Contains("30日前に終了しました", view.Markup, StringComparison.Ordinal);
        Assert.Contains("E-1203", view.Markup, StringComparison.Ordinal);
        Assert.Contains(
            view.FindAll("a"), link => link.TextContent == "ログイン画面へ" && link.GetAttribute("href") == "https://localhost:7443/login");
    }

    [Fact]
    public void Diagnosis_WithoutACertificate_ShowsNone()
    {
        var view = Render<DiagnosisView>(parameters => parameters
            .Add(p => p.Heading, "x").Add(p => p.Sentence, "y").Add(p => p.Code, ErrorCodes.CertificateMissing)
            .Add(p => p.PublicLoginHref, "/"));

        Assert.Empty(view.FindAll("dl"));
    }

    private IRenderedComponent<PublicLoginView> PublicLogin() =>
        Render<PublicLoginView>(parameters => parameters.Add(p => p.CertificateLoginHref, "https://localhost:7444/login"));
}
