using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Tests.Verbs;

/// <summary>Verb <c>doctor</c> on a store and its anchor, without a server.</summary>
[Web]
public class DoctorTests
{
    [Fact]
    public async Task Store_ThatAgreesWithItsAnchor_IsInOrder()
    {
        using var house = await VerbHouse.OpenAsync();

        Assert.Equal("✓ 操作履歴 / history: アンカーと一致しています。 / agrees with its anchor.", await LineAsync(house));
    }

    [Fact]
    public async Task Store_OlderThanItsAnchor_IsToldInTheWordsOfTheStart_AndChangesNothing()
    {
        using var house = await VerbHouse.OpenAsync();
        house.CopyData("old");
        Assert.Equal(0, (await house.RunAsync("crl", "now")).ExitCode);
        house.PutBack("old");
        var anchor = await File.ReadAllBytesAsync(house.AnchorFile, TestContext.Current.CancellationToken);
        var words = Words(house, StoreRefusal.OlderThanAnchor);

        Assert.Contains(words, (await house.RunAsync("crl", "now")).Error, StringComparison.Ordinal);
        Assert.StartsWith($"✗ 操作履歴 / history: History:AnchorFile: {words} / ", await LineAsync(house), StringComparison.Ordinal);
        Assert.Equal(1, (await house.RunAsync("doctor")).ExitCode);
        Assert.Equal(anchor, await File.ReadAllBytesAsync(house.AnchorFile, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AnchorFile_ThatIsMissing_IsTold_AndNoneIsMade()
    {
        using var house = await VerbHouse.OpenAsync();
        File.Delete(house.AnchorFile);

        Assert.StartsWith(
            $"! 操作履歴 / history: History:AnchorFile: {Words(house, StoreRefusal.AnchorMissing)} / ", await LineAsync(house),
            StringComparison.Ordinal);
        Assert.False(File.Exists(house.AnchorFile));
    }

    [Fact]
    public async Task Store_ThatAServerWorksOn_IsLeftToTheServer()
    {
        using var house = await VerbHouse.OpenAsync();
        await using var server = await house.StartServerAsync();

        Assert.Null(await LineAsync(house));
    }

    private static async Task<string?> LineAsync(VerbHouse house) =>
        (await house.RunAsync("doctor")).Output.Split('\n')
            .SingleOrDefault(line => line.Contains("操作履歴 / history:", StringComparison.Ordinal));

    private static string Words(VerbHouse house, StoreRefusal refusal) =>
        StoreRefusals.Words(refusal, null, house.DataDirectory, house.AnchorFile).Japanese;
}
