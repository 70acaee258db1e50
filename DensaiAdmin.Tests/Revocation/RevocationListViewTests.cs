using Bunit;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Revocation;

namespace DensaiAdmin.Tests.Revocation;

public sealed class RevocationListViewTests : LookContext
{
    private static readonly RevocationRow Master = new()
    {
        LoginId = "0501D00601M",
        Name = "でんさい00601マスタ",
        IsMaster = true,
        State = CertificateStatus.Issued,
        NotAfter = Jst("2023-09-03T08:59:59"),
        DaysLeft = 300,
        Why = RevokeRefusal.CounterOnly,
    };
    private static readonly RevocationRow Revoked = new()
    {
        LoginId = "0501D00601S",
        Name = "でんさい00601承認者",
        IsMaster = false,
        State = CertificateStatus.Revoked,
        Why = RevokeRefusal.AlreadyRevoked,
    };
    private static readonly RevocationRow Expired = new()
    {
        LoginId = "0501D00601T",
        Name = "でんさい00601担当者",
        IsMaster = false,
        State = CertificateStatus.Expired,
        NotAfter = Jst("2022-10-08T08:59:59"),
        Serial = "2",
    };
    private static readonly RevocationRow Issued = new()
    {
        LoginId = "0501D00601U",
        Name = "でんさい00601一般",
        IsMaster = false,
        State = CertificateStatus.Issued,
        NotAfter = Jst("2023-05-26T08:59:59"),
        DaysLeft = 200,
        Serial = "3",
    };

    private readonly List<RevocationRow> _revoked = [];
    private readonly List<RevocationListQuery> _asked = [];

    [Fact]
    public void Radio_IsNamedByItsLoginId()
    {
        var view = Show(Master, Revoked, Expired, Issued);

        Assert.Equal(
            ["0501D00601M", "0501D00601S", "0501D00601T", "0501D00601U"],
            view.FindAll("input[type=radio]").Select(radio => radio.GetAttribute("aria-label")));
    }

    [Theory]
    [InlineData("0501D00601M", "窓口でのお手続きが必要です")]
    [InlineData("0501D00601S", "失効済みです")]
    public void RowThatCannotBeChosen_SaysWhyBesideIt(string loginId, string why)
    {
        var view = Show(Master, Revoked, Expired);
        var radio = view.Find($"input[aria-label='{loginId}']");

        Assert.True(radio.HasAttribute("disabled"));
        Assert.Equal(why, view.Find("#" + radio.GetAttribute("aria-describedby")).TextContent);

        // As only a forged message can.
        Choose(view, loginId);
        Assert.Contains("利用者が選択されていません", view.Find(".select-bar__what").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0501D99999U")]
    [InlineData("")]
    [InlineData(null)]
    public void Choice_OfSomebodyWhoIsNotInTheList_IsNone(string? loginId)
    {
        var view = Show(Expired);
        view.Find("tbody").Input(loginId);
        Revoke(view);

        Assert.Empty(_revoked);
    }

    [Fact]
    public void Row_Picked_IsRepeatedInTheBar_AndNoRowIsDrawnAnew()
    {
        var view = Show(Expired, Issued);
        var before = view.Find("tbody").InnerHtml;
        Choose(view, "0501D00601T");

        Assert.Equal(before, view.Find("tbody").InnerHtml);
        var bar = view.Find(".select-bar__what").TextContent;
        Assert.Contains("0501D00601T", bar, StringComparison.Ordinal);
        Assert.Contains("でんさい00601担当者", bar, StringComparison.Ordinal);
        Assert.Contains("有効期限切れ", bar, StringComparison.Ordinal);
    }

    [Fact]
    public void Radio_Chosen_IsWhoIsRevoked()
    {
        var view = Show(Expired, Issued);
        Choose(view, "0501D00601U");
        Revoke(view);

        Assert.Equal([Issued], _revoked);
    }

    [Fact]
    public void Revoke_WithNobodyChosen_SaysSoAndLeadsToTheFirstWhoCanBe()
    {
        var view = Show(Master, Expired);
        Revoke(view);

        Assert.Empty(_revoked);
        Assert.Equal("user-0501D00601T", view.Find("[role=alert] a").GetAttribute("data-focus"));

        Choose(view, "0501D00601T");
        Assert.Empty(view.FindAll("[role=alert]"));
    }

    [Fact]
    public void Chosen_ThatWasRevokedMeanwhile_IsChosenNoMore()
    {
        var view = Show(Expired);
        Choose(view, "0501D00601T");
        view.Render(parameters => parameters.Add(
            p => p.Model, Model(Expired with { State = CertificateStatus.Revoked, Why = RevokeRefusal.AlreadyRevoked })));

        Assert.Contains("利用者が選択されていません", view.Find(".select-bar__what").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Chosen_StaysChosen_WhereTheListDoesNotShowIt()
    {
        var view = Show(Expired, Issued);
        Choose(view, "0501D00601T");
        view.Render(parameters => parameters.Add(p => p.Model, Model(Issued)).Add(p => p.Query, new() { Search = "一般" }));
        Revoke(view);

        Assert.Equal([Expired], _revoked);
    }

    [Fact]
    public void Chosen_WhenItsPageComesBack_IsCheckedThere()
    {
        var view = Show(Expired, Issued);
        Choose(view, "0501D00601T");
        view.Render(parameters => parameters.Add(p => p.Model, Model(Master)));
        view.Render(parameters => parameters.Add(p => p.Model, Model(Expired, Issued)));

        Assert.Equal(["0501D00601T"], view.FindAll("input[checked]").Select(radio => radio.GetAttribute("value")));
    }

    [Fact]
    public void Name_WithMarkup_IsShownAsItIsWritten()
    {
        const string name = "<b onclick=\"x\">'&amp;でんさい</b>";
        var view = Show(Expired with { Name = name });

        Assert.Equal(name, view.Find(".name").TextContent);
        Assert.Empty(view.FindAll("tbody b"));
    }

    [Fact]
    public void Filters_AreNamedCountedAndPressed()
    {
        var view = Show(new RevocationListQuery { Filter = RevocationFilter.Expired }, Expired);

        Assert.Equal(
            ["すべて 6", "有効期限切れ 1", "発行済み 3", "失効済み 1", "未発行 1", "40日以内に期限 1", "10日以内に期限 0"],
            view.FindAll(".filter").Select(
                pill => string.Join(' ', pill.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));
        Assert.Equal("有効期限切れ", view.Find(".filter[aria-pressed=true]").TextContent.Trim()[..6]);
    }

    [Fact]
    public void Filter_AsksForTheFirstPage_AndKeepsTheSearch()
    {
        var view = Show(new RevocationListQuery { Search = "00601", Page = 3 }, Expired);
        view.FindAll(".filter")[5].Click();

        Assert.Equal(new() { Filter = RevocationFilter.ExpiresSoon, Search = "00601" }, Assert.Single(_asked));
    }

    [Fact]
    public void Refresh_AsksForWhatWasEntered()
    {
        var view = Show(Expired);
        view.Find("#q").Change(" 担当 ");
        view.Find("#sort").Change(nameof(HolderSort.NotAfter));
        view.Find("#dir").Change("desc");
        view.Find("form[role=search]").Submit();

        Assert.Equal(new() { Search = "担当", Sort = HolderSort.NotAfter, Descending = true }, Assert.Single(_asked));
    }

    [Fact]
    public void ColumnHead_OfTheSortedColumn_TurnsItRound()
    {
        var view = Show(Expired);
        Assert.Equal("ascending", view.Find("th[aria-sort]").GetAttribute("aria-sort"));
        view.Find("th[aria-sort] button").Click();

        Assert.Equal(new() { Descending = true }, Assert.Single(_asked));
    }

    [Fact]
    public void EmptyList_SaysWhyItIsEmpty()
    {
        Assert.Contains("利用者が登録されていません。", Show(RevocationListQuery.All).Find(".empty").TextContent, StringComparison.Ordinal);

        var narrowed = Show(new RevocationListQuery { Search = "zzz" });
        Assert.Contains("条件に合う利用者が見つかりません。", narrowed.Find(".empty").TextContent, StringComparison.Ordinal);
        narrowed.Find(".empty button").Click();
        Assert.Equal(RevocationListQuery.All, Assert.Single(_asked));
    }

    [Fact]
    public void WhileLoading_TheScreenIsNotReady()
    {
        var view = Render<RevocationListView>(parameters => parameters.Add(p => p.Model, null));

        Assert.False(view.Find("main").HasAttribute("data-ready"));
        Assert.Empty(view.FindAll("table"));
    }

    private static RevocationListModel Model(params RevocationRow[] rows) =>
        new(rows, rows.Length, new HolderCounts(NotIssued: 1, Issued: 3, Expired: 1, Revoked: 1, DueSoon: 1));

    private IRenderedComponent<RevocationListView> Show(params RevocationRow[] rows) => Show(RevocationListQuery.All, rows);

    private IRenderedComponent<RevocationListView> Show(RevocationListQuery query, params RevocationRow[] rows) =>
        Render<RevocationListView>(parameters => parameters
            .Add(p => p.Model, Model(rows)).Add(p => p.Query, query).Add(p => p.OnRevoke, _revoked.Add).Add(p => p.OnQuery, _asked.Add));

    private static void Choose(IRenderedComponent<RevocationListView> view, string loginId) => view.Find($"#user-{loginId}").Input(loginId);

    private static void Revoke(IRenderedComponent<RevocationListView> view) => view.Find(".select-bar button").Click();
}
