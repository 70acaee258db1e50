using Bunit;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.PasswordChange;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.UserManagement;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.UserManagement;

public sealed class UserViewTests : LookContext
{
    private readonly List<string> _executed = [];

    public UserViewTests() => Services.Configure<CertificatePolicyOptions>(_ => { });

    [Theory]
    [InlineData(UserOperationKind.Suspend, "実行すると、直ちに利用できなくなります")]
    [InlineData(UserOperationKind.Release, "停止を解除しても、すぐにはログインできません")]
    [InlineData(UserOperationKind.Unlock, "ロックを解除する前に")]
    [InlineData(UserOperationKind.ResetPassword, "これまでのパスワードは使えなくなります")]
    [InlineData(UserOperationKind.Delete, "実行すると、取り消せません")]
    public void Confirm_SaysWhoAndWhatWillHappen(UserOperationKind kind, string warning)
    {
        var view = Confirm(kind, User());

        Assert.Equal(warning, view.Find("#h-warn").TextContent);
        Assert.Contains("0501D00601T", view.Find(".summary").TextContent, StringComparison.Ordinal);
        Assert.Contains("0501d00601t@example.jp", view.Find(".summary").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Release_OfAUserWhoseCertificateIsInForce_PromisesTheLogin()
    {
        var view = Confirm(UserOperationKind.Release, User(notAfter: Jst("2023-08-31T08:59:59")));

        Assert.Equal("実行すると、再び利用できます", view.Find("#h-warn").TextContent);
    }

    [Fact]
    public void Delete_OfAUserWithACertificate_SaysThatItIsRevokedToo()
    {
        var view = Confirm(UserOperationKind.Delete, User(notAfter: Jst("2023-08-31T08:59:59")));

        Assert.Equal("実行すると、電子証明書も失効し、取り消せません", view.Find("#h-warn").TextContent);
        Assert.Contains("2023年08月31日 08時59分59秒", view.Find(".summary").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Change_SaysWhatStoodBefore()
    {
        var view = Render<UserConfirmView>(parameters => parameters
            .Add(p => p.ScreenId, "BRSK007").Add(p => p.Kind, UserOperationKind.Change).Add(p => p.ActorName, "でんさい00601マスタ")
            .Add(p => p.BackHref, "/")
            .Add(p => p.Target, new UserTarget(User(), false, [], 0))
            .Add(p => p.Data, new UserData("0501D00601T", "新しい名前", "0501d00601t@example.jp")));

        var rows = view.FindAll(".summary dd").Select(row => row.TextContent.Trim()).ToList();
        Assert.Contains("新しい名前", rows[1], StringComparison.Ordinal);
        Assert.Contains("変更前：でんさい00601担当者", rows[1], StringComparison.Ordinal);
        Assert.Contains("変更なし", rows[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Refusal_IsSaidAtTheField_AndThePasswordIsEmptied()
    {
        var view = Confirm(UserOperationKind.Suspend, User());
        view.Find("#cpw").Change("wrong");
        view.Find("form").Submit();
        const string words = "確認用パスワードが違います。あと4回間違えるとロックされます。";
        view.Render(parameters => parameters.Add(
            p => p.Error, new ErrorReport("実行できませんでした", [new(words, "cpw")], ErrorCodes.ConfirmationPasswordWrong)));

        Assert.Equal(["wrong"], _executed);
        Assert.Equal(words, view.Find("#cpw-err").TextContent);
        Assert.Equal(words, view.Find("[role=alert] a").TextContent);
        Assert.Equal("", view.Find("#cpw").GetAttribute("value"));
        Assert.Empty(view.Find("form").QuerySelectorAll("[name]"));
    }

    [Fact]
    public void Result_ShowsAnInitialPasswordOnlyWhenItIsHandedOver()
    {
        var initial = OneTimePassword.New();
        var done = new UserOperation(
            Guid.NewGuid(), UserOperationKind.Register, User(), User(),
            Clock.GetUtcNow())
        { InitialPasswordExpiresAt = Clock.GetUtcNow().AddDays(14) };

        var now = Render<UserResultView>(parameters => parameters.Add(p => p.Done, done).Add(p => p.Initial, initial));
        var later = Render<UserResultView>(parameters => parameters.Add(p => p.Done, done));

        Assert.Equal(initial.Value, now.Find("[data-initial-password]").TextContent);
        Assert.Empty(later.FindAll("[data-initial-password]"));
        Assert.Contains("初期パスワードは表示できません", later.Markup, StringComparison.Ordinal);
        Assert.Contains(done.ReceiptNumber, later.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Drafts_HandAnInitialPasswordOut_Once()
    {
        var drafts = new UserDrafts();
        drafts.Hand("U-1", OneTimePassword.New());

        Assert.NotNull(drafts.Take("U-1"));
        Assert.Null(drafts.Take("U-1"));
        drafts.Hand("U-2", OneTimePassword.New());
        Assert.Null(drafts.Take("U-3"));
        Assert.Null(drafts.Take("U-2"));
    }

    [Fact]
    public void Query_StandsInTheAddress_AndComesBackFromIt()
    {
        var query = UserListQuery.From("/list", "suspended", " あ&b ", "name", "desc", 3);

        Assert.Equal("/list?use=suspended&q=%E3%81%82%26b&sort=name&dir=desc&page=3", query.Href);
        Assert.Equal("/list.csv?use=suspended&q=%E3%81%82%26b&sort=name&dir=desc", query.CsvHref);
        Assert.Equal("/list", UserListQuery.From("/list", "nonsense", null, "not-after", "up", -1).Href);
    }

    [Fact]
    public void FirstLogin_AsksForBothPasswords_AndOffersNoWayBack()
    {
        var view = Render<PasswordChangeView>(parameters => parameters.Add(p => p.First, true).Add(p => p.Input, new PasswordInput()));

        Assert.Equal(
            ["current", "new", "again", "new-confirmation", "again-confirmation"],
            view.FindAll("input[type=password]").Select(input => input.Id));
        Assert.Empty(view.FindAll("main a.btn"));
        Assert.Equal("15", view.Find("[data-rule-for=new]").GetAttribute("data-rule-least"));
        Assert.Equal("8", view.Find("[data-rule-for=new-confirmation]").GetAttribute("data-rule-least"));
    }

    private static User User(DateTimeOffset? notAfter = null)
    {
        var hash = TestBank.CheapHash("anything");
        var user = new User(
            null, "0501D00601T", "でんさい00601担当者", "0501d00601t@example.jp", UserRole.General, hash, hash, Jst("2022-01-01T00:00:00"));
        if (notAfter is { } end)
        {
            user.Hold(
                new Certificate(user, "00", SerialNumber.New(), [], default, default, end.AddYears(-1), end, end.AddYears(-1)));
        }

        return user;
    }

    private IRenderedComponent<UserConfirmView> Confirm(UserOperationKind kind, User user) =>
        Render<UserConfirmView>(parameters => parameters
            .Add(p => p.ScreenId, "BRSK012").Add(p => p.Kind, kind)
            .Add(p => p.Target, new UserTarget(user, false, kind == UserOperationKind.Unlock ? [PasswordPath.Confirmation] : [], 1))
            .Add(p => p.ActorName, "でんさい00601マスタ").Add(p => p.BackHref, "/").Add(p => p.OnExecute, _executed.Add));
}
