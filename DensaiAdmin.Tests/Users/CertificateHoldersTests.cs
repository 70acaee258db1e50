using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Users;

public sealed class CertificateHoldersTests : IAsyncLifetime
{
    private readonly TestBank _bank = TestBank.Open();
    private readonly CertificateHolders _holders;
    private Company _company = null!;

    public CertificateHoldersTests() => _holders = new CertificateHolders(_bank.Contexts, _bank.Clock);

    /// <summary>One user in every state, and a stranger who must never be seen.</summary>
    public async ValueTask InitializeAsync()
    {
        _company = await _bank.AddCompany();
        var other = await _bank.AddCompany("0501D47701");
        var now = _bank.Now;
        await _bank.GiveCertificate(await _bank.AddUser("0501D00601M", _company, UserRole.Master, "でんさいマスタ"), now.AddDays(300));
        await _bank.GiveCertificate(await _bank.AddUser("0501D00601S", _company, name: "でんさい承認者"), now.AddDays(100), revokedAt: now);
        await _bank.GiveCertificate(await _bank.AddUser("0501D00601T", _company, name: "でんさい担当者"), now.AddDays(-30));
        await _bank.GiveCertificate(await _bank.AddUser("0501D00601U", _company, name: "でんさい一般"), now.AddDays(200));
        await _bank.GiveCertificate(await _bank.AddUser("0501D00601R", _company, name: "でんさい更新"), now.AddDays(20));
        await _bank.AddUser("0501D00601N", _company, name: "でんさい新規");
        await _bank.GiveCertificate(await _bank.AddUser("0501D47701U", other, name: "でんさい一般"));
    }

    [Fact]
    public async Task List_OfACompany_HasItsUsersOnly() =>
        Assert.Equal("M N R S T U", await IdsAsync(Query()));

    [Fact]
    public async Task List_OfACompany_LeavesDeletedUsersOut()
    {
        _bank.Sql($"UPDATE Users SET DeletedAt = 1 WHERE CanonicalLoginId = '0501D00601U'");

        Assert.Equal("M N R S T", await IdsAsync(Query()));
        Assert.Equal(5, (await CountAsync()).All);
    }

    [Fact]
    public async Task Row_ShowsStateInstantAndSerial()
    {
        var rows = (await _holders.ListAsync(Query(), TestContext.Current.CancellationToken)).Rows.ToDictionary(r => r.LoginId[^1]);

        Assert.Equal((CertificateStatus.NotIssued, null, null), (rows['N'].Status, rows['N'].NotAfter, rows['N'].SerialNumber));
        Assert.Equal((CertificateStatus.Issued, _bank.Now.AddDays(200)), (rows['U'].Status, rows['U'].NotAfter));
        Assert.NotNull(rows['U'].SerialNumber);
        Assert.Equal(
            (CertificateStatus.Expired, CertificateStatus.Revoked, UserRole.Master), (rows['T'].Status, rows['S'].Status, rows['M'].Role));
    }

    [Theory]
    [InlineData(CertificateStatus.NotIssued, "N")]
    [InlineData(CertificateStatus.Issued, "M R U")]
    [InlineData(CertificateStatus.Expired, "T")]
    [InlineData(CertificateStatus.Revoked, "S")]
    public async Task List_OfOneState_HasThatStateOnly(CertificateStatus status, string users) =>
        Assert.Equal(users, await IdsAsync(Query() with { Status = status }));

    [Fact]
    public async Task Counts_AddUpToAll() =>
        Assert.Equal(new HolderCounts(NotIssued: 1, Issued: 3, Expired: 1, Revoked: 1, DueSoon: 1), await CountAsync());

    [Fact]
    public async Task Counts_OfEachState_AreTheListsOfThatState()
    {
        var counts = await CountAsync();

        Assert.Equal((6, 6), (counts.All, await TotalAsync(Query())));
        Assert.Equal(
            (counts.NotIssued, counts.Issued, counts.Expired, counts.Revoked, counts.DueSoon),
            (await TotalAsync(Query() with { Status = CertificateStatus.NotIssued }), await TotalAsync(
                Query() with { Status = CertificateStatus.Issued }),
            await TotalAsync(Query() with { Status = CertificateStatus.Expired }),
            await TotalAsync(Query() with { Status = CertificateStatus.Revoked }),
            await TotalAsync(Query() with { DueWithinDays = 40 })));
    }

    [Theory]
    [InlineData(null, null, "")]
    [InlineData(null, null, "601")]
    [InlineData(null, 40, "")]
    [InlineData(null, 10, "")]
    [InlineData(CertificateStatus.NotIssued, null, "")]
    [InlineData(CertificateStatus.Issued, null, "")]
    [InlineData(CertificateStatus.Issued, 40, "")]
    [InlineData(CertificateStatus.Expired, null, "")]
    [InlineData(CertificateStatus.Revoked, null, "")]
    [InlineData(CertificateStatus.Revoked, null, "nobody")]
    public async Task ListWithCounts_IsTheListAndTheCounts(CertificateStatus? status, int? due, string search)
    {
        foreach (var page in new[] { 1, 2, 9 })
        {
            var query = Query() with { Status = status, DueWithinDays = due, Search = search, Page = page, PageSize = 2 };
            var (list, counts) = await _holders.ListWithCountsAsync(query, 40, TestContext.Current.CancellationToken);

            var alone = await _holders.ListAsync(query, TestContext.Current.CancellationToken);
            Assert.Equal(alone.Rows, list.Rows);
            Assert.Equal((alone.Total, await CountAsync()), (list.Total, counts));
        }
    }

    [Fact]
    public async Task Counts_OfACompanyWithoutUsers_AreNothing() =>
        Assert.Equal(new HolderCounts(0, 0, 0, 0, 0), await _holders.CountAsync(4711, 40, TestContext.Current.CancellationToken));

    [Theory]
    [InlineData(HolderSort.LoginId, false, "M N R S T U")]
    [InlineData(HolderSort.LoginId, true, "U T S R N M")]
    [InlineData(HolderSort.Name, false, "M U S T N R")]
    [InlineData(HolderSort.Name, true, "R N T S U M")]
    [InlineData(HolderSort.Role, false, "M N R S T U")]
    [InlineData(HolderSort.Role, true, "N R S T U M")]
    [InlineData(HolderSort.Status, false, "T M R U S N")]
    [InlineData(HolderSort.Status, true, "N S M R U T")]
    [InlineData(HolderSort.NotAfter, false, "T R U M N S")]
    [InlineData(HolderSort.NotAfter, true, "M U R T N S")]
    public async Task List_Sorted_IsInOrder(HolderSort sort, bool descending, string users) =>
        Assert.Equal(users, await IdsAsync(Query() with { Sort = sort, Descending = descending }));

    [Theory]
    [InlineData(-5, "M N")]
    [InlineData(0, "M N")]
    [InlineData(1, "M N")]
    [InlineData(2, "R S")]
    [InlineData(3, "T U")]
    [InlineData(4, "T U")]
    [InlineData(int.MaxValue, "T U")]
    public async Task Page_OutsideTheList_IsTheNearestOne(int page, string users) =>
        Assert.Equal(users, await IdsAsync(Query() with { Page = page, PageSize = 2 }));

    [Theory]
    [InlineData(int.MinValue, 1)]
    [InlineData(0, 1)]
    [InlineData(5, 5)]
    [InlineData(int.MaxValue, 6)]
    public async Task PageSize_OutsideItsBounds_IsTheNearestOne(int size, int rows) =>
        Assert.Equal(rows, (await _holders.ListAsync(Query() with { PageSize = size }, TestContext.Current.CancellationToken)).Rows.Count);

    [Fact]
    public async Task Page_OfAnEmptyList_IsEmpty()
    {
        var page = await _holders.ListAsync(Query() with { Search = "nobody", Page = 9 }, TestContext.Current.CancellationToken);

        Assert.Equal((0, 0), (page.Total, page.Rows.Count));
    }

    [Theory]
    [InlineData("0501D00601U", "U")]
    [InlineData("601u", "U")]
    [InlineData("０５０１Ｄ００６０１ｕ", "U")]
    [InlineData("  601U  ", "U")]
    [InlineData("\u3000601U\u3000", "U")]
    [InlineData("一般", "U")]
    [InlineData("ﾏｽﾀ", "M")]
    [InlineData("でんさい", "M N R S T U")]
    [InlineData("0501D47701", "")]
    [InlineData("%", "")]
    [InlineData("_", "")]
    [InlineData("\\", "")]
    [InlineData("'", "")]
    [InlineData("", "M N R S T U")]
    [InlineData("   ", "M N R S T U")]
    [InlineData(null, "M N R S T U")]
    public async Task Search_FindsIdsInAnyWidthAndCaseAndNamesAsWritten(string? search, string users) =>
        Assert.Equal(users, await IdsAsync(Query() with { Search = search }));

    [Fact]
    public async Task Search_ForCharactersThatAPatternKnows_FindsThemAsTheyAre()
    {
        await _bank.AddUser("0501D00601_%\\", _company);

        Assert.Equal(["0501D00601_%\\"], (await _holders.ListAsync(
            Query() with { Search = "1_%\\" }, TestContext.Current.CancellationToken)).Rows.Select(r => r.LoginId));
    }

    [Fact]
    public async Task Search_WithAnUnpairedSurrogate_FindsNothing() =>
        Assert.Equal("", await IdsAsync(Query() with { Search = "601U\uD842" }));

    [Fact]
    public async Task Search_OfAMegabyte_FindsNothing() =>
        Assert.Equal("", await IdsAsync(Query() with { Search = new string('x', 1_000_000) }));

    [Fact]
    public async Task Search_AndState_BothHold() =>
        Assert.Equal("M", await IdsAsync(Query() with { Search = "マスタ", Status = CertificateStatus.Issued }));

    [Theory]
    [InlineData(19, "")]
    [InlineData(20, "R")]
    [InlineData(40, "R")]
    [InlineData(365, "M R U")]
    public async Task DueSoon_CountsJapaneseDates(int days, string users) =>
        Assert.Equal(users, await IdsAsync(Query() with { DueWithinDays = days }));

    [Fact]
    public async Task DueUrgently_CountsTheLastTenDays()
    {
        Assert.Equal(0, (await CountAsync()).DueUrgently);
        await _bank.GiveCertificate(
            await _bank.AddUser("0501D00601X", _company), JapanTime.At(JapanTime.JstDate(_bank.Now).AddDays(10), new TimeOnly(8, 59, 59)));
        await _bank.GiveCertificate(
            await _bank.AddUser("0501D00601Y", _company), JapanTime.At(JapanTime.JstDate(_bank.Now).AddDays(11), new TimeOnly(8, 59, 59)));

        Assert.Equal(1, (await CountAsync()).DueUrgently);
    }

    [Fact]
    public async Task DueSoon_TurnsAtMidnightInJapan()
    {
        // R expires on 21 September in Japan: 40 days before is 12 August there, which begins at 15:00 UTC on the 11th.
        var expiry = new DateTimeOffset(2027, 9, 20, 23, 59, 59, TimeSpan.Zero);
        await _bank.GiveCertificate(await _bank.AddUser("0501D00601X", _company), expiry);
        var midnight = new DateTimeOffset(2027, 8, 11, 15, 0, 0, TimeSpan.Zero);
        _bank.Clock.SetUtcNow(midnight.AddMilliseconds(-1));
        Assert.Equal("", await IdsAsync(Query() with { DueWithinDays = 40 }));

        _bank.Clock.SetUtcNow(midnight);

        Assert.Equal("X", await IdsAsync(Query() with { DueWithinDays = 40 }));
        Assert.Equal(1, (await CountAsync()).DueSoon);
    }

    [Fact]
    public async Task State_AtTheLastSecond_TurnsInListCountAndRowAtOnce()
    {
        _bank.Clock.SetUtcNow(_bank.Now.AddDays(200).AddMilliseconds(999));
        Assert.Equal("M U", await IdsAsync(Query() with { Status = CertificateStatus.Issued }));
        Assert.Equal(2, (await CountAsync()).Issued);

        _bank.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal("M", await IdsAsync(Query() with { Status = CertificateStatus.Issued }));
        Assert.Equal(1, (await CountAsync()).Issued);
        Assert.Equal(
            CertificateStatus.Expired,
            (await _holders.ListAsync(Query() with { Search = "601U" }, TestContext.Current.CancellationToken)).Rows[0].Status);
    }

    [Fact]
    public async Task NextToExpire_AreTheIssuedOnesWithTheMinTime()
    {
        var next = await _holders.NextToExpireAsync(_company.Id, 2, TestContext.Current.CancellationToken);

        Assert.Equal(["0501D00601R", "0501D00601U"], next.Select(h => h.LoginId));
    }

    [Fact]
    public async Task Stream_OfALongList_HasEveryRowOnce()
    {
        await _bank.Act(work =>
        {
            var company = work.Db.Companies.Find(_company.Id)!;
            var hash = TestBank.CheapHash("any");
            work.Db.Users.AddRange(
                Enumerable.Range(0, 250).Select(i => new User(company, $"X{i:D4}", $"{i}", "", UserRole.General, hash, hash, work.Now)));
        });

        var ids = new List<string>();
        await foreach (var holder in _holders.StreamAsync(Query(), TestContext.Current.CancellationToken))
        {
            ids.Add(holder.LoginId);
        }

        Assert.Equal(256, ids.Count);
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(256, ids.Distinct(StringComparer.Ordinal).Count());
    }

    public ValueTask DisposeAsync()
    {
        _bank.Dispose();
        return ValueTask.CompletedTask;
    }

    private HolderQuery Query() => new() { CompanyId = _company.Id };

    private async Task<string> IdsAsync(HolderQuery query) =>
        string.Join(' ', (await _holders.ListAsync(query, TestContext.Current.CancellationToken)).Rows.Select(r => r.LoginId[^1]));

    private async Task<int> TotalAsync(HolderQuery query) => (await _holders.ListAsync(query, TestContext.Current.CancellationToken)).Total;

    private Task<HolderCounts> CountAsync() => _holders.CountAsync(_company.Id, 40, TestContext.Current.CancellationToken);
}
