using System.Security.Cryptography.X509Certificates;
using Bunit;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Revocation;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Tests.Revocation;

public sealed class RevocationConfirmViewTests : LookContext
{
    private static readonly RevocationConfirmModel Target = new()
    {
        LoginId = "0501D00601T",
        Name = "でんさい00601担当者",
        IsMaster = false,
        State = CertificateStatus.Expired,
        NotAfter = Jst("2022-10-08T08:59:59"),
        Serial = "3F9C71A20B5E84D6C1F02A976E3BD845",
        OpenSessions = 0,
        Reason = X509RevocationReason.CessationOfOperation,
        Reasons =
        [
            X509RevocationReason.CessationOfOperation, X509RevocationReason.Unspecified, X509RevocationReason.Superseded,
            X509RevocationReason.KeyCompromise, X509RevocationReason.AffiliationChanged,
        ],
        SuspendingReasons = [X509RevocationReason.KeyCompromise, X509RevocationReason.AffiliationChanged],
        ActorName = "でんさい00601マスタ",
    };

    private readonly List<RevocationInput> _executed = [];

    [Fact]
    public void Confirm_RepeatsWhoAndWhat()
    {
        var view = Show();
        var facts = view.FindAll(".summary dd").Select(fact => fact.TextContent.Trim());

        Assert.Equal(
            ["0501D00601T", "でんさい00601担当者", "一般ユーザ", "有効期限切れ", "2022年10月08日 08時59分59秒", "3F9C 71A2 0B5E 84D6 C1F0 2A97 6E3B D845", "なし"],
            facts);
        Assert.Equal("有効期限切れ", view.Find("#reason option[selected]").TextContent);
    }

    [Fact]
    public void Reasons_AreInTheWordsOfR11() =>
        Assert.Equal(
            ["有効期限切れ", "証明書が利用できなくなった", "パソコンの入替え", "パソコンの紛失・盗難", "退職・異動"],
            Show().FindAll("#reason option").Select(option => option.TextContent));

    [Theory]
    [InlineData(X509RevocationReason.KeyCompromise, true)]
    [InlineData(X509RevocationReason.AffiliationChanged, true)]
    [InlineData(X509RevocationReason.Superseded, false)]
    [InlineData(X509RevocationReason.Unspecified, false)]
    public void Suspension_IsOfferedTicked_WhereR14SaysSo(X509RevocationReason reason, bool offered)
    {
        var view = Show();
        view.Find("#reason").Change(reason.ToString());

        Assert.Equal(offered ? 1 : 0, view.FindAll("input[type=checkbox][checked]").Count);
        Assert.Equal(offered, view.Markup.Contains("利用停止も行う", StringComparison.Ordinal));
    }

    [Fact]
    public void Execute_HandsOverWhatWasEntered()
    {
        var view = Show();
        view.Find("#reason").Change(nameof(X509RevocationReason.KeyCompromise));
        view.Find("#cpw").Change("Kakunin-Demo-2026");
        view.Find("form").Submit();

        var input = Assert.Single(_executed);
        Assert.Equal((X509RevocationReason.KeyCompromise, "Kakunin-Demo-2026", true), (input.Reason, input.Password, input.AlsoSuspend));
    }

    [Fact]
    public void Execute_UntickedOrForAnotherReason_SuspendsNobody()
    {
        var view = Show();
        view.Find("#reason").Change(nameof(X509RevocationReason.KeyCompromise));
        view.Find("#suspend").Change(false);
        view.Find("form").Submit();
        view.Find("#suspend").Change(true);
        view.Find("#reason").Change(nameof(X509RevocationReason.Superseded));
        view.Find("form").Submit();

        Assert.All(_executed, input => Assert.False(input.AlsoSuspend));
        Assert.Equal(2, _executed.Count);
    }

    [Fact]
    public void Refusal_IsSaidAtTheField_AndThePasswordIsEmptied()
    {
        var view = Show();
        view.Find("#cpw").Change("wrong");
        const string words = "確認用パスワードが違います。あと4回間違えるとロックされます。";
        view.Render(parameters => parameters.Add(
            p => p.Error, new ErrorReport("失効できませんでした", [new(words, "cpw")], ErrorCodes.ConfirmationPasswordWrong)));

        Assert.Equal(words, view.Find("#cpw-err").TextContent);
        Assert.Equal(words, view.Find("[role=alert] a").TextContent);
        Assert.Equal("", view.Find("#cpw").GetAttribute("value"));
        Assert.DoesNotContain("wrong", view.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondPress_BeforeTheFirstIsAnswered_IsIgnored()
    {
        var answer = new TaskCompletionSource();
        var count = 0;
        var view = Render<RevocationConfirmView>(parameters => parameters.Add(p => p.Model, Target).Add(p => p.OnExecute, _ =>
        {
            count++;
            return answer.Task;
        }));

        var first = view.Find("form").SubmitAsync();
        Assert.Equal("処理中", view.Find("button[type=submit]").TextContent);
        await view.Find("form").SubmitAsync();
        answer.SetResult();
        await first;

        Assert.Equal(1, count);
        Assert.Equal("実行", view.Find("button[type=submit]").TextContent);
    }

    [Fact]
    public void Form_CarriesNoFieldNames_SoNothingTypedCanReachAnAddress()
    {
        var form = Show().Find("form");

        Assert.Equal("post", form.GetAttribute("method"));
        Assert.Empty(form.QuerySelectorAll("[name]"));
    }

    private IRenderedComponent<RevocationConfirmView> Show() =>
        Render<RevocationConfirmView>(parameters => parameters.Add(p => p.Model, Target).Add(p => p.OnExecute, _executed.Add));
}
