using Bunit;
using DensaiAdmin.Core;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.HistorySearch;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Tests.HistorySearch;

public sealed class HistoryListViewTests : LookContext
{
    private static readonly HistoryLine Revoked = new(
        290, Jst("2022-11-07T14:52:08"), "0501D00601M", HistoryOperation.Revocation, HistoryResult.Done, "0501D00601T", null, "revoked",
        "CessationOfOperation", "R-1", 1, "198.51.100.20", true);
    private static readonly HistoryLine Wrong = new(
        289, Jst("2022-11-07T14:51:40"), "0501D00601M", HistoryOperation.Revocation, HistoryResult.Refused, "0501D00601T", null,
        "confirmation-wrong", "4", null, 1, "198.51.100.20", true);
    private static readonly HistoryLine Expired = new(
        283, Jst("2022-11-07T08:58:51"), "0501D00601T", HistoryOperation.Login, HistoryResult.Refused, null, null, "certificate-expired",
        null, null, 3, "198.51.100.24", true);
    private static readonly DateOnly Today = new(2022, 11, 7);

    private readonly List<HistoryListQuery> _asked = [];

    [Fact]
    public void Rows_SayInWordsWhatHappened()
    {
        var rows = Show(Rows(Revoked, Wrong, Expired)).FindAll("tbody tr")
            .Select(row => row.QuerySelectorAll("td").Select(cell => Text(cell.TextContent)).ToList()).ToList();

        Assert.Equal(["2022年11月07日 14時52分08秒", "0501D00601M", "証明書失効", "0501D00601T", "正常", "理由 有効期限切れ", "198.51.100.20", "290"], rows[0]);
        Assert.Equal(
            ["2022年11月07日 14時51分40秒", "0501D00601M", "証明書失効", "0501D00601T", "拒否", "確認用パスワードの誤り（残り4回）", "198.51.100.20", "289"], rows[1]);
        Assert.Equal(["2022年11月07日 08時58分51秒", "0501D00601T", "ログイン", "-", "拒否", "証明書の有効期限切れ（3回）", "198.51.100.24", "283"], rows[2]);
    }

    [Theory]
    [InlineData("changed", "Name,MailAddress: 山田, 太郎 <a@example.jp>", "変更（利用者名、メールアドレス）", "山田, 太郎 <a@example.jp>")]
    [InlineData("deleted", "Name: x", "削除（Name: x）", null)]
    [InlineData("not-found", "Open", "該当する対象なし（Open）", null)]
    [InlineData("unlocked", "Certificate,Confirmation", "解除（ログインパスワード、確認用パスワード）", null)]
    [InlineData("confirmation-wrong", "4", "確認用パスワードの誤り（残り4回）", null)]
    [InlineData("revoked", null, "理由 -", null)]
    [InlineData("password-changed", "login-password", "変更（ログインパスワード）", null)]
    public void Value_IsSaidInWords_AndWhatStoodBeforeApart(string detail, string? value, string words, string? before)
    {
        var line = Revoked with { Detail = detail, Value = value };

        Assert.Equal(words, Text(Show(Rows(line)).FindAll("tbody td")[5].TextContent));
        Assert.Equal(before, HistoryWords.Before(line));
    }

    [Fact]
    public void Number_LeadsToTheRecord_AndTheSearchGoesWithIt()
    {
        var link = Show(Rows(Revoked), Query with { Result = HistoryResult.Done }).Find("tbody a");

        Assert.Equal("/management/history/290?result=done", link.GetAttribute("href"));
        Assert.Equal("記録番号 290 の詳細", link.GetAttribute("aria-label"));
    }

    [Fact]
    public void Foot_BeforeTheFirstWalk_SpeaksOfTheRowsShown() =>
        Assert.Contains("表示中の記録の検証：改変なし （2022年11月07日 14時50分57秒 時点）", Foot(Show(Rows(Revoked))), StringComparison.Ordinal);

    [Fact]
    public void Foot_AfterAWalk_SaysWhen() =>
        Assert.Contains(
            "履歴の検証：欠落・改変なし （2022年11月07日 14時40分00秒 時点）", Foot(Show(Rows(Revoked) with { Check = new(Jst("2022-11-07T14:40:00"), true) })),
            StringComparison.Ordinal);

    [Fact]
    public void Foot_OfABrokenChain_SaysWhomToCall() =>
        Assert.Contains(
            "異常を検出しました。お取引店へ", Foot(Show(Rows(Revoked) with { Check = new(Jst("2022-11-07T14:40:00"), false) })), StringComparison.Ordinal);

    [Fact]
    public void Row_ThatWasChanged_IsMarked_WhateverTheWalkSaid()
    {
        var view = Show(Rows(Revoked with { IsIntact = false }) with { Check = new(Jst("2022-11-07T14:40:00"), true) });

        Assert.Contains("改変の疑い", view.Find("tbody tr").TextContent, StringComparison.Ordinal);
        Assert.Contains("異常を検出しました", Foot(view), StringComparison.Ordinal);
    }

    [Fact]
    public void Pager_LeadsByTheNumbersOfItsEdges()
    {
        var view = Show(new(new([Revoked, Wrong], 50, 120, HasMore: true), null, Clock.GetUtcNow()));

        Assert.Equal(
            ["/management/history?before=290", "/management/history?after=289"],
            view.FindAll(".pager a").Select(a => a.GetAttribute("href")));
        Assert.Contains("51–52件 / 120件", view.Find(".pager").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 10_001, "1–1件 / 10,000件以上")]
    [InlineData(9_999, 10_001, "10000–10000件 / 10,000件以上")]
    [InlineData(10_000, 10_001, "10,000件目より後")]
    public void Pager_OfVeryMany_CountsNoFurther(int ahead, int total, string words) =>
        Assert.Contains(
            words, Show(new(new([Revoked], ahead, total, HasMore: false), null, Clock.GetUtcNow())).Find(".pager").TextContent,
            StringComparison.Ordinal);

    [Fact]
    public void Search_AsksForWhatWasEntered_FromTheFirstPage()
    {
        var view = Show(Rows(Revoked), Query with { After = 300 });
        view.Find("#from").Change("２０２２／１１／１");
        view.Find("#who").Change("0501D00601T");
        view.Find("#op").Change(nameof(HistoryOperation.Login));
        view.Find("#res").Change(nameof(HistoryResult.Refused));
        view.Find("form").Submit();

        var expected = Query with
        {
            From = new(2022, 11, 1),
            User = "0501D00601T",
            Operation = HistoryOperation.Login,
            Result = HistoryResult.Refused,
        };
        Assert.Equal(expected, Assert.Single(_asked));
    }

    [Fact]
    public void Day_ThatCannotBeRead_IsSaidInWords_AndStaysAsTyped()
    {
        var view = Show(Rows(Revoked));
        view.Find("#to").Change("きのう");
        view.Find("form").Submit();

        Assert.Empty(_asked);
        Assert.Equal("期間（終了）は、2022年11月07日 のように年月日で入力してください。", view.Find("#to-err").TextContent);
        Assert.Equal("to", view.Find("[role=alert] a").GetAttribute("data-focus"));
        Assert.Equal("きのう", view.Find("#to").GetAttribute("value"));

        view.Find("#to").Change("");
        view.Find("form").Submit();
        Assert.Null(Assert.Single(_asked).To);
        Assert.Empty(view.FindAll("[role=alert]"));
    }

    [Fact]
    public void ColumnHead_TurnsTheOrderRound()
    {
        var view = Show(Rows(Revoked));
        Assert.Equal("descending", view.Find("th[aria-sort]").GetAttribute("aria-sort"));
        view.Find("th[aria-sort] button").Click();

        Assert.Equal(Query with { OldestFirst = true }, Assert.Single(_asked));
    }

    [Fact]
    public void User_OfACompanyWithVeryMany_IsTyped() =>
        Assert.Equal("INPUT", Render<HistoryListView>(parameters => parameters.Add(
            p => p.Model, Rows(Revoked)).Add(p => p.Query, Query).Add(p => p.OfCompany, true)).Find("#who").TagName);

    [Fact]
    public void GeneralUser_IsOfferedNoOtherUsers() =>
        Assert.Empty(
            Render<HistoryListView>(parameters => parameters.Add(p => p.Model, Rows(Revoked)).Add(p => p.Query, Query)).FindAll("#who"));

    [Fact]
    public void Search_WithoutRecords_SaysSo() =>
        Assert.Contains("条件に合う記録はありません。", Show(Rows()).Find(".empty").TextContent, StringComparison.Ordinal);

    [Fact]
    public void PeriodThatRunsBackwards_IsSaidTwice()
    {
        var view = Render<HistoryListView>(parameters => parameters
            .Add(p => p.Model, Rows()).Add(p => p.Query, Query)
            .Add(p => p.Error, new ErrorReport("照会できませんでした", [new("期間", "from")], ErrorCodes.PeriodNotUsable)));

        Assert.Equal("from", view.Find("[role=alert] a").GetAttribute("data-focus"));
        Assert.Equal("期間", view.Find("#from-err").TextContent);
        Assert.Equal("from-err", view.Find("#from").GetAttribute("aria-describedby"));
    }

    private static HistoryListQuery Query => HistoryListQuery.Default(Today);

    private HistoryListModel Rows(params HistoryLine[] rows) => new(new(rows, 0, rows.Length, HasMore: false), null, Clock.GetUtcNow());

    private IRenderedComponent<HistoryListView> Show(HistoryListModel model, HistoryListQuery? query = null) =>
        Render<HistoryListView>(parameters => parameters
            .Add(p => p.Model, model).Add(p => p.Query, query ?? Query).Add(p => p.OfCompany, true)
            .Add(p => p.People, ["0501D00601M", "0501D00601T"]).Add(p => p.OnQuery, _asked.Add));

    private static string Foot(IRenderedComponent<HistoryListView> view) => Text(view.Find(".table-foot").TextContent);

    private static string Text(string markup) => string.Join(' ', markup.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
