using System.Text;
using DensaiAdmin.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Lines = DensaiAdmin.Core.Store.AnchorLines;

namespace DensaiAdmin.Tests.Store;

/// <summary>The lines of an anchor, read from either end: the same ones, whatever lies between them.</summary>
public sealed class AnchorLinesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string FileOfLines => _directory.At("lines");

    [Property(MaxTest = 50, Arbitrary = [typeof(Lengths)])]
    public void Lines_OfAnyLength_AreTheSameFromEitherEnd(int[] lengths)
    {
        var lines = lengths.Index().Select(line => new string((char)('a' + (line.Index % 26)), line.Item)).ToList();
        var expected = lines.Where(line => line.Length > 0).ToList();
        foreach (var end in new[] { "", "\n" })
        {
            File.WriteAllText(FileOfLines, string.Join('\n', lines) + end);
            Assert.Equal(expected, FromStart());
            Assert.Equal(expected, FromEnd());
        }
    }

    [Fact]
    public void Damage_OfAGigabyteWithoutALineFeed_IsPassedOver_AndNeverKept()
    {
        using (var stream = File.Create(FileOfLines))
        {
            stream.Write("first\nsecond\n"u8);
            stream.Seek(1L << 30, SeekOrigin.Current);
            stream.Write("\nlast but one\nlast\n"u8);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(["first", "second", "last but one", "last"], FromStart());
        Assert.Equal(["first", "second", "last but one", "last"], FromEnd());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16L * Lines.LongestLine);
    }

    [Fact]
    public void Device_WhichHasNoEnd_IsRefused()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "Unix only.");
        Assert.Throws<IOException>(() => Lines.Open("/dev/zero").Dispose());
    }

    public void Dispose() => _directory.Dispose();

    private List<string> FromStart()
    {
        using var stream = Lines.Open(FileOfLines);
        return [.. Lines.FromStart(stream).Select(line => Encoding.UTF8.GetString(line.Span))];
    }

    private List<string> FromEnd()
    {
        using var stream = Lines.Open(FileOfLines);
        return [.. Lines.FromEnd(stream).Select(line => Encoding.UTF8.GetString(line.Span)).Reverse()];
    }

    /// <summary>About a block and two, so that lines end with one, begin with one or fill some; and short ones between.</summary>
    public static class Lengths
    {
        public static Arbitrary<int[]> OfLines() =>
            Gen.OneOf(Gen.Choose(0, 300), Gen.Choose(65_500, 65_600), Gen.Choose(131_000, 131_100)).ArrayOf().ToArbitrary();
    }
}
