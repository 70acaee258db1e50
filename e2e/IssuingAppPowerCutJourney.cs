namespace DensaiAdmin.EndToEnd;

/// <summary>
/// The server is killed at each step of an issue, one after the other, and started again; the clerk tries again each time. What is said is
/// true each time, and one certificate comes of it all.
/// </summary>
[Collection(typeof(IssuingBanks))]
public sealed class IssuingAppPowerCutJourney(IssuingBank app, Browser browser) : IssuingAppSteps(app, browser)
{
    private const string Id = "0501D47701T";

    [Fact]
    public async Task ServerKilledAtEachStep_OneCertificate_AndTrueWords()
    {
        await RevokeAsync(Id);
        await using var proxy = new CuttingProxy(App, App.KillAsync);
        await using var pc = new OfficePc(proxy.Address);
        await pc.InstallAsync(await DownloadAsync(await NewPersonWithoutCertificateAsync()));
        var before = await IssuedAsync();

        foreach (var (cut, issued) in new[] { (Cut.FirstWord, 0), (Cut.Request, 0), (Cut.Answer, 1) })
        {
            var stopped = await IssueAsync(pc, proxy, cut);
            Assert.Equal((cut, 1), (cut, stopped.ExitCode));
            Assert.Contains("(E-6016)", Assert.Single(stopped.Error.Trim().Split('\n')), StringComparison.Ordinal);
            Assert.Equal((cut, issued), (cut, (await IssuedAsync()).Except(before).Count()));
            Assert.DoesNotContain(Id, await pc.StoredAsync(), StringComparison.Ordinal);
        }

        // The same key brings the certificate whose answer was lost; what could not be tried is there, and not to be asked for again.
        var stored = await IssueAsync(pc, proxy, Cut.Trial);
        Assert.Equal(3, stored.ExitCode);
        var only = Assert.Single((await IssuedAsync()).Except(before));
        Assert.Contains(only, stored.Output, StringComparison.Ordinal);
        Assert.Contains(Id, await pc.StoredAsync(), StringComparison.Ordinal);

        var again = await IssueAsync(pc, proxy, Cut.Nowhere);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("(E-6202)", again.Error, StringComparison.Ordinal);
        (await pc.RunAsync(null, "doctor")).Succeeded();
        Assert.Single((await IssuedAsync()).Except(before));
    }

    private async Task<Ran> IssueAsync(OfficePc pc, CuttingProxy proxy, Cut at)
    {
        proxy.CutAt(at);
        var ran = await pc.IssueAsync(Id);
        if (at != Cut.Nowhere)
        {
            Assert.True(proxy.At == Cut.Nowhere, $"{at} never came: {ran.Error}");
            await App.StartAsync();
        }

        return ran;
    }
}
