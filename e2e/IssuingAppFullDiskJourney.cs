namespace DensaiAdmin.EndToEnd;

/// <summary>
/// The person's disk is full, or becomes so when the certificate is on its way: it is said, one certificate comes of it all, and once
/// there is room trying again brings it.
/// </summary>
[Collection(typeof(IssuingBanks))]
public sealed class IssuingAppFullDiskJourney(IssuingBank app, Browser browser) : IssuingAppSteps(app, browser)
{
    private const string Id = "0501D60001M";

    [Fact]
    public async Task FullAtEachStep_OneCertificate_AndTrueWords()
    {
        await RevokeAsync(Id);
        SmallDisk? disk = null;
        await using var proxy = new CuttingProxy(App, () =>
        {
            disk!.Leave(0);
            return Task.CompletedTask;
        });
        await using var pc = new OfficePc(proxy.Address);
        await pc.InstallAsync(await DownloadAsync(await NewPersonWithoutCertificateAsync()));
        await using (disk = await SmallDisk.MountAsync(pc.Home))
        {
            var before = await IssuedAsync();

            // No room for anything; for the request only; for a database that is not there yet. Nothing is asked for.
            foreach (var left in new[] { 0, 40, 96 })
            {
                disk.Leave(left);
                await AssertNoRoomAsync(pc);
                Assert.Equal(before, await IssuedAsync());
            }

            // What the bank sent cannot be kept, and is not there by half.
            disk.Clear();
            proxy.CutAt(Cut.Answer);
            await AssertNoRoomAsync(pc);
            Assert.Equal(Cut.Nowhere, proxy.At);
            var only = Assert.Single((await IssuedAsync()).Except(before));
            Assert.DoesNotContain(Id, await pc.StoredAsync(), StringComparison.Ordinal);
            await AssertNoRoomAsync(pc);

            disk.Clear();
            Assert.Contains(only, (await pc.IssueAsync(Id)).Succeeded().Output, StringComparison.Ordinal);
            Assert.Contains(Id, await pc.StoredAsync(), StringComparison.Ordinal);
            Assert.Single((await IssuedAsync()).Except(before));
            AssertNoSecretLeft(pc, DemoBank.LoginPassword);
        }
    }

    private static async Task AssertNoRoomAsync(OfficePc pc)
    {
        var stopped = await pc.IssueAsync(Id);
        Assert.Equal(1, stopped.ExitCode);
        Assert.EndsWith("(E-6104)", Assert.Single(stopped.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }
}
