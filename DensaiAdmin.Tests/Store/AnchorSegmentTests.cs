using System.Security.Cryptography;
using System.Text.Json.Nodes;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Store;

/// <summary>An anchor in many files is one anchor: no line, no file and no order of them can be changed unseen.</summary>
public sealed class AnchorSegmentTests : IDisposable
{
    private const int LinesInAll = 40;
    private const long MaxSegment = 1_500;

    // The newest first.
    private static readonly int[] RevocationsInAll = [.. Enumerable.Range(1, LinesInAll).Where(i => i % 3 == 0).Reverse()];

    private static readonly DateTimeOffset At = new(2026, 8, 31, 15, 30, 0, TimeSpan.Zero);

    private readonly TestBank _bank = TestBank.Open();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Beside the writer's own, which is out of the way.
    private string AnchorPath => Path.Combine(_bank.Root, "segments.anchor");

    private string[] Files => [.. Directory.EnumerateFiles(_bank.Root, "segments.anchor*")
        .Where(f => !f.EndsWith(".reserve", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Skip(1), AnchorPath];

    [Fact]
    public async Task Lines_OverManyFiles_AreReadInOrder_TheLastOneFromTheEnd()
    {
        using var anchor = await FillAsync();

        Assert.InRange(Files.Length, 5, LinesInAll);
        Assert.Equal(Enumerable.Range(1, LinesInAll), anchor.Read().Select(l => (int)l.Line.Sequence));
        Assert.All(anchor.Read(), l => Assert.True(l.IsSigned));
        Assert.Equal(LinesInAll, anchor.Last()!.Sequence);
        Assert.True((await VerifyAsync(anchor)).IsIntact);
        Assert.Equal(0, anchor.Read().Count(l => l.Line.Previous is null));
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Files)
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
    }

    /// <summary>What the last line says is not read out of a file that was closed long ago, damaged or not.</summary>
    [Fact]
    public async Task Last_ReadsNoFileButTheNewestTwo()
    {
        using var anchor = await FillAsync();
        foreach (var file in Files[..^2])
        {
            File.Delete(file);
            Directory.CreateDirectory(file);
        }

        Assert.Equal(LinesInAll, anchor.Last()!.Sequence);
    }

    public static TheoryData<string> Harms =>
    [
        "first removed", "middle removed", "newest closed removed", "middle replaced by its neighbour",
        "two swapped", "line removed", "lines swapped", "tail of a closed one cut",
    ];

    [Theory]
    [MemberData(nameof(Harms))]
    public async Task File_MissingReplacedOrCut_IsFoundByTheAudit(string harm)
    {
        using var anchor = await FillAsync();
        Assert.True((await VerifyAsync(anchor)).IsIntact);
        var (one, two) = (Files[Files.Length / 2], Files[(Files.Length / 2) + 1]);
        switch (harm)
        {
            case "first removed":
                File.Delete(Files[0]);
                break;
            case "middle removed":
                File.Delete(one);
                break;
            case "newest closed removed":
                File.Delete(Files[^2]);
                break;
            case "middle replaced by its neighbour":
                File.Copy(two, one, overwrite: true);
                break;
            case "two swapped":
                var kept = await File.ReadAllBytesAsync(one, Cancellation);
                File.Copy(two, one, overwrite: true);
                await File.WriteAllBytesAsync(two, kept, Cancellation);
                break;
            case "line removed":
                await File.WriteAllLinesAsync(one, (await File.ReadAllLinesAsync(one, Cancellation)).Skip(1), Cancellation);
                break;
            case "lines swapped":
                await File.WriteAllLinesAsync(one, (await File.ReadAllLinesAsync(one, Cancellation)).Reverse(), Cancellation);
                break;
            default:
                await File.WriteAllLinesAsync(one, (await File.ReadAllLinesAsync(one, Cancellation)).SkipLast(1), Cancellation);
                break;
        }

        var found = await VerifyAsync(anchor);

        Assert.False(found.IsIntact);
        Assert.Equal("anchor-gap", found.Finding);
    }

    [Fact]
    public async Task History_CutBehindAnAnchorOfManyFiles_IsFound()
    {
        using var anchor = await FillAsync();
        _bank.Sql($"DELETE FROM HistoryRecords WHERE Sequence > 30");

        Assert.Equal((31L, "cut"), ((await VerifyAsync(anchor)).FirstBadSequence, (await VerifyAsync(anchor)).Finding));
    }

    [Fact]
    public async Task Line_CopiedOrWrittenTwice_SaysNothingNew()
    {
        using var anchor = await FillAsync();
        var lines = await File.ReadAllLinesAsync(Files[0], Cancellation);
        await File.AppendAllLinesAsync(AnchorPath, [lines[0], lines[0]], Cancellation);

        Assert.Equal(LinesInAll, anchor.Last()!.Sequence);
        Assert.True((await VerifyAsync(anchor)).IsIntact);
    }

    /// <summary>
    /// Where the file can only be appended to, copies are all that is left to who wants the old head back: no key is needed for them.
    /// </summary>
    [Theory]
    [InlineData(long.MaxValue, 1, 2)]
    [InlineData(long.MaxValue, 0, 20)]
    [InlineData(long.MaxValue, 30, 5)]
    [InlineData(MaxSegment, 1, 2)]
    [InlineData(MaxSegment, 0, 20)]
    [InlineData(MaxSegment, 0, 20, true)]
    [InlineData(MaxSegment, 4, 3, true)]
    public async Task Lines_CopiedInTheirOrderBehindTheNewest_BringNoOldHeadBack(
        long maxSegment, int from, int count, bool isNewFile = false)
    {
        string[] all;
        using (await FillAsync(maxSegment))
        {
            all = [.. Files.SelectMany(File.ReadAllLines)];
        }

        if (isNewFile)
        {
            File.Move(AnchorPath, $"{AnchorPath}.{Files.Length:D6}");
        }

        await File.AppendAllLinesAsync(AnchorPath, all[from..(from + count)], Cancellation);
        using var opened = Open(maxSegment);

        Assert.Equal(LinesInAll, opened.Last()!.Sequence);
        Assert.Equal(RevocationsInAll, opened.RevocationsFromEnd().Select(l => (int)l.Sequence).Distinct());
        await AppendAsync(opened, 1);
        Assert.Equal(opened.Read().First(l => l.Line.Sequence == LinesInAll).Line.TextHash, opened.Last()!.Previous);
        Assert.Equal(LinesInAll + 1, opened.Last()!.Sequence);
        Assert.Equal(RevocationsInAll, opened.RevocationsFromEnd().Select(l => (int)l.Sequence).Distinct());
        Assert.True((await VerifyAsync(opened)).IsIntact);
    }

    /// <summary>As where a container mounts the anchor as a file of its own.</summary>
    [Fact]
    public async Task File_ThatCannotBeRenamed_GrowsOn()
    {
        Directory.CreateDirectory(AnchorPath + ".000001");
        using var anchor = await FillAsync();

        Assert.Equal(LinesInAll, File.ReadAllLines(AnchorPath).Length);
        Assert.Equal(LinesInAll, anchor.Last()!.Sequence);
        Assert.True((await VerifyAsync(anchor)).IsIntact);
    }

    [Fact]
    public async Task Anchor_ThatCannotBeReadAfterAStart_BeginsNoAct()
    {
        await RecordAsync(3);
        await File.AppendAllLinesAsync(_bank.AnchorFile, [File.ReadLines(_bank.AnchorFile).First()], Cancellation);
        var closed = _bank.AnchorFile + ".000001";
        File.CreateSymbolicLink(closed, _bank.AnchorFile + ".gone");
        _bank.Restart();

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => RecordAsync(1));

        Assert.False(refused.IsUncertain);
        Assert.Equal(3, _bank.History().Count);
        File.Delete(closed);
        await RecordAsync(1);
        Assert.Equal(4, _bank.Anchor.Last()!.Sequence);
    }

    /// <summary>Anchors of earlier versions are one file of lines that are linked to nothing.</summary>
    [Fact]
    public async Task Anchor_OfAnEarlierVersion_IsTakenUp()
    {
        await RecordAsync(3);
        var old = _bank.Anchor.Read().Select(l => l.Line).ToList();
        await File.WriteAllLinesAsync(AnchorPath, old.Select(Unlinked), Cancellation);
        using var anchor = Open();

        Assert.Equal(3, anchor.Last()!.Sequence);
        Assert.True((await VerifyAsync(anchor)).IsIntact);
        await AppendAsync(anchor, 30);

        Assert.True(Files.Length > 3);
        Assert.Equal(Enumerable.Range(1, 33), anchor.Read().Select(l => (int)l.Line.Sequence));
        Assert.True((await VerifyAsync(anchor)).IsIntact);
        await File.AppendAllLinesAsync(Files[0], [Unlinked(old[0]) + " "], Cancellation);
        Assert.True((await VerifyAsync(anchor)).IsIntact);
        await File.WriteAllLinesAsync(Files[0], (await File.ReadAllLinesAsync(Files[0], Cancellation)).Skip(3), Cancellation);
        Assert.Equal("anchor-gap", (await VerifyAsync(anchor)).Finding);
    }

    [Fact]
    public async Task Anchor_OpenedAnew_GoesOnWithItsLinksOverFiles()
    {
        (await FillAsync()).Dispose();
        using var anchor = Open();
        await AppendAsync(anchor, 10);

        Assert.True((await VerifyAsync(anchor)).IsIntact);
        Assert.Equal(LinesInAll + 10, anchor.Last()!.Sequence);
    }

    [Fact]
    public async Task Disk_ThatIsFullWhereAFileIsBegun_GivesTheReserve()
    {
        using var anchor = await FillAsync();
        var reserve = AnchorPath + ".reserve";
        Assert.True(File.Exists(reserve));
        Assert.SkipUnless(File.Exists("/dev/full"), "A file that is always full exists on Linux only.");
        var files = Files.Length;
        File.Move(AnchorPath, $"{AnchorPath}.{files:D6}");
        File.CreateSymbolicLink(AnchorPath, "/dev/full");
        anchor.CatchUp();

        Assert.Throws<IOException>(() => anchor.Append(LinesInAll + 1, Hash(LinesInAll + 1), [], At));
        Assert.False(File.Exists(reserve));
        File.Delete(AnchorPath);
        anchor.CatchUp();

        Assert.True(File.Exists(reserve));
        Assert.Equal(LinesInAll + 1, anchor.Last()!.Sequence);
        Assert.Equal(Enumerable.Range(1, LinesInAll + 1), anchor.Read().Select(l => (int)l.Line.Sequence));
    }

    [Fact]
    public async Task Lines_ThatTellOfRevocations_AreFoundFromTheEnd()
    {
        using var anchor = await FillAsync();

        var found = anchor.RevocationsFromEnd().Select(l => (int)l.Sequence);

        Assert.Equal(RevocationsInAll, found);
    }

    public void Dispose() => _bank.Dispose();

    private static byte[] Hash(int of) => SHA256.HashData(BitConverter.GetBytes(of));

    private string Unlinked(AnchorLine line)
    {
        var old = line with { Previous = null, Signature = "" };
        var signature = _bank.AnchorKey.SignData(System.Text.Encoding.UTF8.GetBytes(old.Signed), HashAlgorithmName.SHA256);
        var text = System.Text.Json.JsonSerializer.Serialize(old with { Signature = Convert.ToBase64String(signature) });
        Assert.False(JsonNode.Parse(text)!.AsObject().ContainsKey("Previous"));
        return text;
    }

    private async Task<HistoryAnchor> FillAsync(long maxSegment = MaxSegment)
    {
        await RecordAsync(LinesInAll);
        var anchor = Open(maxSegment);
        foreach (var record in _bank.History())
        {
            AnchorNote[] notes = record.Sequence % 3 == 0
                ? [new AnchorNote.Revoked(SerialNumber.New(), "0A", At, default)]
                : [new AnchorNote.Issued(SerialNumber.New(), "0A", At, Sha256Hash.Of([]), "U")];
            anchor.CatchUp();
            anchor.Append(record.Sequence, record.Hash, notes, At);
        }

        return anchor;
    }

    private async Task AppendAsync(HistoryAnchor anchor, int count)
    {
        var before = _bank.History().Count;
        await RecordAsync(count);
        foreach (var record in _bank.History().Skip(before))
        {
            anchor.CatchUp();
            anchor.Append(record.Sequence, record.Hash, [], At);
        }
    }

    private async Task RecordAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _bank.Act(work => work.Record(Store.StoreWriterTests.Entry("record")));
        }
    }

    private HistoryAnchor Open(long maxSegment = MaxSegment) =>
        new(AnchorPath, "test", ECDsa.Create(_bank.AnchorKey.ExportParameters(includePrivateParameters: true))) { MaxSegment = maxSegment };

    private async Task<HistoryVerification> VerifyAsync(HistoryAnchor anchor) =>
        await new VerifyHistory(_bank.Contexts, anchor).RunAsync(TestContext.Current.CancellationToken);
}
