using System.Runtime.CompilerServices;
using DensaiAdmin.Core.History;
using DensaiAdmin.Tests.Store;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.History;

/// <summary>Fault E7: somebody with the database file in hands changes what happened.</summary>
public sealed class VerifyHistoryTests : IDisposable
{
    private readonly TestBank _bank = TestBank.Open();

    [Fact]
    public async Task History_OfAnEmptyBank_IsIntact() =>
        Assert.Equal(new HistoryVerification(0, null, null), await Verify());

    [Fact]
    public async Task History_Untouched_IsIntact()
    {
        await RecordAsync(5);

        Assert.Equal(new HistoryVerification(5, null, null), await Verify());
    }

    [Theory]
    [InlineData("At = At + 1")]
    [InlineData("CompanyId = 7")]
    [InlineData("UserId = 7")]
    [InlineData("LoginId = 'somebody'")]
    [InlineData("Source = 'elsewhere'")]
    [InlineData("Operation = 'Logout'")]
    [InlineData("Result = 'Refused'")]
    [InlineData("TargetUserId = 7")]
    [InlineData("TargetLoginId = 'somebody'")]
    [InlineData("SerialNumber = '7F'")]
    [InlineData("Detail = 'else'")]
    [InlineData("Format = 2")]
    [InlineData("Value = 'else'")]
    [InlineData("ReceiptNumber = 'else'")]
    [InlineData("RecordNumber = 99")]
    [InlineData("Count = 2")]
    [InlineData("Hash = zeroblob(32)")]
    public async Task Record_EditedInAnyField_IsNamed(string edit)
    {
        await RecordAsync(5);
        Tamper($"UPDATE HistoryRecords SET {edit} WHERE Sequence = 3");

        var found = await Verify();

        Assert.Equal((3, "edited"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task Record_EditedAndHashedAnew_IsFoundByTheAnchor()
    {
        await RecordAsync(5);
        Forge(3, "else");

        var found = await Verify();

        Assert.Equal((3, "anchor-differs"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task Record_EditedAndHashedAnewBetweenTwoAnchors_IsFoundByTheNextLink()
    {
        await _bank.Act(work => Enumerable.Range(1, 5).ToList().ForEach(i => work.Record(StoreWriterTests.Entry($"{i}"))));
        Forge(3, "else");

        var found = await Verify();

        Assert.Equal((4, "unlinked"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task Chain_RewrittenToItsEnd_IsFoundByTheAnchor()
    {
        await RecordAsync(5);
        Forge(3, "else");
        Forge(4, "else");
        Forge(5, "else");

        Assert.Equal("anchor-differs", (await Verify()).Finding);
    }

    [Fact]
    public async Task Record_LinkedToNothing_IsNamed()
    {
        await RecordAsync(5);
        Tamper("UPDATE HistoryRecords SET PreviousHash = zeroblob(32) WHERE Sequence = 3");

        var found = await Verify();

        Assert.Equal((3, "unlinked"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task Record_Deleted_IsNamed()
    {
        await RecordAsync(5);
        Tamper("DELETE FROM HistoryRecords WHERE Sequence = 3");

        var found = await Verify();

        Assert.Equal((3, "missing"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task Record_DeletedAndTheRestMovedUp_IsNamed()
    {
        await RecordAsync(5);
        Tamper("DELETE FROM HistoryRecords WHERE Sequence = 3");
        Tamper("UPDATE HistoryRecords SET Sequence = Sequence - 1 WHERE Sequence > 3");

        var found = await Verify();

        Assert.Equal((3, "unlinked"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task Records_Swapped_AreNamedAtTheFirst()
    {
        await RecordAsync(5);
        Tamper("UPDATE HistoryRecords SET Sequence = 99 WHERE Sequence = 2");
        Tamper("UPDATE HistoryRecords SET Sequence = 2 WHERE Sequence = 3");
        Tamper("UPDATE HistoryRecords SET Sequence = 3 WHERE Sequence = 99");

        var found = await Verify();

        Assert.Equal((2, "unlinked"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task Tail_CutOff_IsNamedAtTheFirstMissing()
    {
        await RecordAsync(5);
        Tamper("DELETE FROM HistoryRecords WHERE Sequence > 3");

        var found = await Verify();

        Assert.Equal((4, "cut"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task History_DeletedWhole_IsFoundByTheAnchor()
    {
        await RecordAsync(5);
        Tamper("DELETE FROM HistoryRecords");

        var found = await Verify();

        Assert.Equal((1, "cut"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task Database_ReplacedByAnOlderCopy_IsFoundByTheAnchor()
    {
        await RecordAsync(3);
        var copy = Path.Combine(_bank.Root, "copy.db");
        _bank.Sql($"VACUUM INTO {copy}");
        await RecordAsync(2);
        PutBack(copy);

        var found = await Verify();

        Assert.Equal((4, "cut"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task Database_ReplacedByAnOlderCopyThatGrewSince_IsFoundWhereItParted()
    {
        await RecordAsync(3);
        var copy = Path.Combine(_bank.Root, "copy.db");
        _bank.Sql($"VACUUM INTO {copy}");
        await RecordAsync(2);
        PutBack(copy);
        // It grew elsewhere: no writer goes on above a head that its anchor does not know.
        File.Move(_bank.AnchorFile, copy + ".anchor");
        _bank.Restart();
        await RecordAsync(4, "other");
        File.Move(copy + ".anchor", _bank.AnchorFile, overwrite: true);
        _bank.Restart();

        var found = await Verify();

        Assert.Equal((4, "anchor-differs"), (found.FirstBadSequence, found.Finding));
    }

    [Fact]
    public async Task AnchorLine_WithAForeignSignature_IsFound()
    {
        await RecordAsync(2);
        var lines = await File.ReadAllLinesAsync(_bank.AnchorFile, TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(
            _bank.AnchorFile, [lines[0].Replace("\"Sequence\":1", "\"Sequence\":2", StringComparison.Ordinal), lines[1]],
            TestContext.Current.CancellationToken);

        Assert.Equal("anchor-unsigned", (await Verify()).Finding);
    }

    [Fact]
    public async Task AnchorLine_TornByACrash_IsNoFinding()
    {
        await RecordAsync(2);
        var whole = await File.ReadAllTextAsync(_bank.AnchorFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_bank.AnchorFile, whole[..(whole.Length / 2)] + "\n" + whole, TestContext.Current.CancellationToken);

        Assert.True((await Verify()).IsIntact);
    }

    [Fact]
    public async Task Records_NotYetAnchored_AreNoFinding()
    {
        await RecordAsync(3);
        var lines = await File.ReadAllLinesAsync(_bank.AnchorFile, TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(_bank.AnchorFile, lines[..2], TestContext.Current.CancellationToken);

        Assert.True((await Verify()).IsIntact);
    }

    public void Dispose() => _bank.Dispose();

    private async Task RecordAsync(int count, string detail = "act")
    {
        for (var i = 0; i < count; i++)
        {
            await _bank.Act(work => work.Record(StoreWriterTests.Entry(detail)));
        }
    }

    private Task<HistoryVerification> Verify() =>
        new VerifyHistory(_bank.Contexts, _bank.Anchor).RunAsync(TestContext.Current.CancellationToken);

    private void Tamper(string sql) => _bank.Sql(FormattableStringFactory.Create(sql));

    /// <summary>Writes a record as it would be had something else happened, hash and link included.</summary>
    private void Forge(long sequence, string detail)
    {
        Tamper(
            $"UPDATE HistoryRecords SET Detail = '{detail}', "
                + $"PreviousHash = coalesce((SELECT Hash FROM HistoryRecords WHERE Sequence = {sequence - 1}), zeroblob(32)) "
                + $"WHERE Sequence = {sequence}");
        var hash = Convert.ToHexString(
            _bank.Read(db => db.HistoryRecords.AsNoTracking().Single(r => r.Sequence == sequence)).ComputeHash());
        Tamper($"UPDATE HistoryRecords SET Hash = x'{hash}' WHERE Sequence = {sequence}");
    }

    private void PutBack(string copy)
    {
        _bank.Writer.Dispose();
        SqliteConnection.ClearAllPools();
        File.Delete(_bank.Store.DatabaseFile + "-wal");
        File.Delete(_bank.Store.DatabaseFile + "-shm");
        File.Copy(copy, _bank.Store.DatabaseFile, overwrite: true);
    }
}
