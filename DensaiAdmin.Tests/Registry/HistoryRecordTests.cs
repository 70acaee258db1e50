using DensaiAdmin.Tests.Store;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Registry;

public class HistoryRecordTests
{
    [Fact]
    public async Task RecordNumbers_OfTwoCompaniesAndTheBank_CountApart()
    {
        using var bank = TestBank.Open();
        var one = (await bank.AddCompany("one")).Id;
        var two = (await bank.AddCompany("two")).Id;
        foreach (var company in new long?[] { one, two, one, null, one, two, null })
        {
            await bank.Act(work => work.Record(StoreWriterTests.Entry("act", company)));
        }

        Assert.Equal([1, 1, 2, 1, 3, 2, 2], bank.History().Select(r => r.RecordNumber));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], bank.History().Select(r => r.Sequence));
    }

    [Fact]
    public async Task RecordNumbers_InsideOneAct_GoOn()
    {
        using var bank = TestBank.Open();
        var company = (await bank.AddCompany()).Id;

        await bank.Act(work =>
        {
            work.Record(StoreWriterTests.Entry("first", company));
            work.Record(StoreWriterTests.Entry("second", company));
        });

        Assert.Equal([1, 2], bank.History().Select(r => r.RecordNumber));
    }

    [Theory]
    [InlineData("a\r\nb", "a\uFFFD\uFFFDb")]
    [InlineData("a\u2028b\u2029c\u0085d", "a\uFFFDb\uFFFDc\uFFFDd")]
    [InlineData("\u001b[31mred", "\uFFFD[31mred")]
    [InlineData("\u202Eevil", "\uFFFDevil")]
    [InlineData("\u0000", "\uFFFD")]
    [InlineData("𠮷野家", "𠮷野家")]
    [InlineData("=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1")]
    public async Task Text_FromOutside_IsOneLineAsItWasGivenOtherwise(string given, string recorded)
    {
        using var bank = TestBank.Open();

        await bank.Act(work => work.Record(
            StoreWriterTests.Entry("tried") with { LoginId = given, Source = given, TargetLoginId = given, Value = given }));

        var record = Assert.Single(bank.History());
        Assert.Equal([recorded, recorded, recorded, recorded], [record.LoginId, record.Source, record.TargetLoginId, record.Value]);
    }

    [Fact]
    public async Task Text_WithAnUnpairedSurrogate_IsRecordedWithAMark()
    {
        using var bank = TestBank.Open();

        await bank.Act(work => work.Record(StoreWriterTests.Entry("tried") with { LoginId = "lone \uD842" }));

        Assert.Equal("lone \uFFFD", Assert.Single(bank.History()).LoginId);
    }

    [Fact]
    public async Task Text_ThatIsTooLong_IsCutBetweenCharacters()
    {
        using var bank = TestBank.Open();

        await bank.Act(
            work => work.Record(StoreWriterTests.Entry("tried") with { LoginId = "x" + string.Concat(Enumerable.Repeat("𠮷", 1000)) }));

        Assert.Equal("x" + string.Concat(Enumerable.Repeat("𠮷", 31)), Assert.Single(bank.History()).LoginId);
    }

    [Fact]
    public async Task Hash_OfFieldsThatReadTheSameTogether_Differs()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("act") with { LoginId = "ab", Value = "c" }));
        using var other = TestBank.Open();
        await other.Act(work => work.Record(StoreWriterTests.Entry("act") with { LoginId = "a", Value = "bc" }));

        Assert.NotEqual(bank.History()[0].Hash, other.History()[0].Hash);
    }

    [Fact]
    public async Task Hash_OfNothingAndOfEmpty_Differs()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("act") with { Value = null }));
        using var other = TestBank.Open();
        await other.Act(work => work.Record(StoreWriterTests.Entry("act") with { Value = "" }));

        Assert.NotEqual(bank.History()[0].Hash, other.History()[0].Hash);
    }
}
