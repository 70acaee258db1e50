using System.Security.Cryptography;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Store;

public sealed class HistoryAnchorTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 8, 31, 15, 30, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private string AnchorPath => _directory.At("data.anchor");

    [Fact]
    public void Line_Appended_CarriesHeadAndNotesUnderASignature()
    {
        using var anchor = Open();
        var serial = SerialNumber.New();

        anchor.Append(7, Hash(7), [new AnchorNote.Issued(serial, null, null, null, null)], At);

        var line = anchor.Last()!;
        Assert.Equal((7, Convert.ToHexString(Hash(7)), At.ToUnixTimeMilliseconds()), (line.Sequence, line.Head, line.At));
        Assert.Equal(["+" + serial], line.Notes);
    }

    [Fact]
    public void Line_SignedByAnotherKey_IsBad()
    {
        using (var other = new HistoryAnchor(AnchorPath, "installation", ECDsa.Create(ECCurve.NamedCurves.nistP256)))
        {
            other.Append(1, Hash(1), [], At);
        }

        using var anchor = Open();
        Assert.Equal([false], anchor.Read().Select(l => l.IsSigned));
        Assert.Null(anchor.Last());
    }

    [Fact]
    public void Lines_OfAnotherInstallation_AreNotOurs()
    {
        using (var other = new HistoryAnchor(AnchorPath, "another", ECDsa.Create(ECCurve.NamedCurves.nistP256)))
        {
            other.Append(9, Hash(9), [], At);
        }

        using var anchor = Open();
        Assert.Null(anchor.Last());
        Assert.Empty(anchor.Read());
    }

    [Fact]
    public void Line_BehindATornOne_BeginsOnItsOwn()
    {
        File.WriteAllText(AnchorPath, """{"Installation":"installation","Sequ""");
        using var anchor = Open();

        anchor.Append(1, Hash(1), [], At);

        var (line, isSigned) = Assert.Single(anchor.Read());
        Assert.Equal((1, true), (line.Sequence, isSigned));
    }

    [Fact]
    public void Lines_ThatAnEditorKeptInItsOwnWay_AreTheSameLines()
    {
        using (var anchor = Open())
        {
            for (var sequence = 1; sequence <= 3; sequence++)
            {
                anchor.Append(sequence, Hash((byte)sequence), [], At);
            }
        }

        File.WriteAllText(AnchorPath, "\uFEFF" + File.ReadAllText(AnchorPath).ReplaceLineEndings("\r\n"));

        using var again = Open();
        Assert.Equal([(1L, true), (2L, true), (3L, true)], again.Read().Select(read => (read.Line.Sequence, read.IsSigned)));
        Assert.Equal(3, again.Last()!.Sequence);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"Installation":null}""")]
    [InlineData("""{"Installation":"installation"}""")]
    [InlineData("""{"Installation":"installation","Sequence":9,"Head":"00","At":1,"Notes":null,"Signature":"AA=="}""")]
    [InlineData("""{"Installation":"installation","Sequence":9,"Head":"00","At":1,"Notes":[],"Signature":null}""")]
    [InlineData("""{"Installation":"installation","Sequence":9,"Head":"00","At":1,"Notes":[],"Signature":"not base64"}""")]
    [InlineData("\u0000\u0000\u0000")]
    public void Line_ThatNobodySigned_IsNeverTheHead(string text)
    {
        using var anchor = Open();
        anchor.Append(1, Hash(1), [], At);
        File.AppendAllText(AnchorPath, text + "\n");

        Assert.Equal(1, anchor.Last()?.Sequence);
    }

    [Fact]
    public void Line_OfOldCopiedToTheEnd_IsNotTheHead()
    {
        using var anchor = Open();
        anchor.Append(1, Hash(1), [], At);
        anchor.Append(2, Hash(2), [], At);
        File.AppendAllText(AnchorPath, File.ReadLines(AnchorPath).First() + "\n");

        Assert.Equal(2, anchor.Last()?.Sequence);
    }

    [Fact]
    public void Lines_OfSeveralBlocks_ComeInOrder_EachWithItsOwnFinding()
    {
        const int count = 1_234;
        const int tampered = 777;
        using var anchor = Open();
        anchor.Append(1, Hash(1), [], At);
        anchor.Append(2, Hash(2), [], At);
        var two = File.ReadAllLines(AnchorPath);
        var lines = Enumerable.Range(0, count).Select(i => two[i % 2]).ToArray();
        lines[tampered] = lines[tampered].Replace("\"Sequence\":2,", "\"Sequence\":9,", StringComparison.Ordinal);
        File.WriteAllLines(AnchorPath, lines);

        Assert.Equal(
            Enumerable.Range(0, count).Select(i => i == tampered ? (9L, false) : ((i % 2) + 1L, true)),
            anchor.Read().Select(l => (l.Line.Sequence, l.IsSigned)));
    }

    [Fact]
    public void Line_HigherThanTheHeadButTamperedWith_IsPassedOver()
    {
        using var anchor = Open();
        anchor.Append(1, Hash(1), [], At);
        anchor.Append(2, Hash(2), [], At);
        File.AppendAllText(
            AnchorPath, File.ReadLines(AnchorPath).First().Replace("\"Sequence\":1,", "\"Sequence\":9,", StringComparison.Ordinal) + "\n");

        Assert.Equal(2, anchor.Last()?.Sequence);
    }

    [Fact]
    public void Last_BehindManyLines_ComesAtOnce()
    {
        const int lines = 20_000;
        using var anchor = Open();
        anchor.Append(1, Hash(1), [], At);
        var one = File.ReadLines(AnchorPath).Single();
        File.AppendAllLines(
            AnchorPath,
            Enumerable.Range(2, lines).Select(i => one.Replace("\"Sequence\":1,", $"\"Sequence\":-{i},", StringComparison.Ordinal)));

        // A signature costs 50 µs: all of them would keep every start waiting for a second.
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(1, anchor.Last()?.Sequence);
        var first = watch.Elapsed;
        watch.Restart();
        Assert.Equal(lines, anchor.Read().Count(l => !l.IsSigned));
        Assert.True(first < watch.Elapsed, $"{first} for the last line, {watch.Elapsed} for all.");
    }

    [Fact]
    public void File_Made_IsForItsOwnerOnly()
    {
        using var anchor = Open();
        anchor.Append(1, Hash(1), [], At);

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(AnchorPath));
        }
    }

    [Fact]
    public void Files_OfTwoInstallations_ShareOneFileWithoutHarm()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var one = Open();
        using var other = new HistoryAnchor(AnchorPath, "another", ECDsa.Create(key.ExportParameters(includePrivateParameters: true)));

        for (var i = 1; i <= 3; i++)
        {
            one.Append(i, Hash((byte)i), [], At);
            other.Append(i, Hash((byte)i), [], At);
        }

        Assert.Equal([(1, true), (2, true), (3, true)], one.Read().Select(l => ((int)l.Line.Sequence, l.IsSigned)));
        Assert.Equal([(1, true), (2, true), (3, true)], other.Read().Select(l => ((int)l.Line.Sequence, l.IsSigned)));
    }

    [Fact]
    public void Reserve_IsKeptForTheCommitThatFillsTheDiskAndGivenUpForIt()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "A file that is always full exists on Linux only.");
        var reserve = AnchorPath + ".reserve";
        using var anchor = Open();
        anchor.CatchUp();
        anchor.Append(1, Hash(1), [], At);
        Assert.Equal(64 * 1024, new FileInfo(reserve).Length);
        File.Move(AnchorPath, AnchorPath + "-aside");
        File.CreateSymbolicLink(AnchorPath, "/dev/full");
        anchor.CatchUp();

        Assert.Throws<IOException>(() => anchor.Append(2, Hash(2), [], At));
        Assert.False(File.Exists(reserve));

        File.Delete(AnchorPath);
        File.Move(AnchorPath + "-aside", AnchorPath);
        anchor.CatchUp();
        Assert.True(File.Exists(reserve));
        Assert.Equal(2, anchor.Last()?.Sequence);
    }

    public void Dispose()
    {
        _key.Dispose();
        _directory.Dispose();
    }

    private static byte[] Hash(byte of) => SHA256.HashData([of]);

    private HistoryAnchor Open() => new(AnchorPath, "installation", ECDsa.Create(_key.ExportParameters(includePrivateParameters: true)));
}
