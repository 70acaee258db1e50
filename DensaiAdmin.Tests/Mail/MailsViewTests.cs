using Bunit;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Mail;

namespace DensaiAdmin.Tests.Mail;

public sealed class MailsViewTests : LookContext
{
    [Fact]
    public void Row_SaysToWhomWhatWhenAndTheResult()
    {
        var view = Show(Line(MailState.Sent) with { OwnerLoginId = "0501D00601R" });

        Assert.Equal("BMLG001", view.Find("main").GetAttribute("data-screen"));
        var cells = view.FindAll("tbody td")
            .Select(cell => string.Join(' ', cell.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Equal("2022年11月07日 09時00分03秒", cells[0]);
        Assert.Equal("でんさい00601マスタ 0501D00601M0501d00601m@example.jp", cells[1]);
        Assert.Equal("件名対象の利用者 0501D00601R", cells[2]);
        Assert.Equal("N-ABCDE-FGHJK", cells[3]);
        Assert.Equal("送信済み2022年11月07日 09時00分05秒", cells[4]);
    }

    [Theory]
    [InlineData(MailState.Waiting, false, "送信待ち", "次の送信")]
    [InlineData(MailState.Retrying, false, "再送待ち", "次の送信")]
    [InlineData(MailState.Failed, true, "送信できませんでした", "宛先不明です。メールアドレスをご確認ください")]
    [InlineData(MailState.Withdrawn, false, "取りやめ", "お知らせの必要がなくなりました")]
    public void State_IsSaidByAnIconAndWords(MailState state, bool dead, string chip, string words)
    {
        var view = Show(Line(state) with { AddressIsDead = dead });

        Assert.Equal(chip, view.Find(".chip").TextContent.Trim());
        Assert.NotNull(view.Find(".chip svg"));
        Assert.Contains(words, view.Find("tbody td:last-child").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_SaysSo()
    {
        Assert.Contains(
            "送信したお知らせメールはありません。", Render<MailsView>(p => p.Add(v => v.Model, new MailPage([], 0))).Markup, StringComparison.Ordinal);
        Assert.Contains(
            "条件に合うお知らせメールはありません。",
            Render<MailsView>(p => p.Add(v => v.Model, new MailPage([], 0)).Add(v => v.Filter, MailState.Failed)).Markup,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 1, "/management/mails")]
    [InlineData(MailState.Failed, 1, "/management/mails?state=failed")]
    [InlineData(MailState.Waiting, 3, "/management/mails?state=waiting&page=3")]
    public void Address_HoldsFilterAndPage(MailState? filter, int page, string href)
    {
        Assert.Equal(href, MailsView.Href(filter, page));
        Assert.Equal(filter, MailsView.FilterOf(filter?.ToString().ToLowerInvariant()));
        Assert.Null(MailsView.FilterOf("nonsense"));
    }

    private IRenderedComponent<MailsView> Show(MailLine line) =>
        Render<MailsView>(parameters => parameters.Add(p => p.Model, new MailPage([line], 1)));

    private static MailLine Line(MailState state) => new(
        Jst("2022-11-07T09:00:03"), MailKind.CertificateExpires, "件名", "N-ABCDE-FGHJK", "でんさい00601マスタ", "0501D00601M",
        "0501d00601m@example.jp", "0501D00601M",
        state, Jst("2022-11-07T09:00:05"), false);
}
