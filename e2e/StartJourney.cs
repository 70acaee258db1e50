using System.Diagnostics;

namespace DensaiAdmin.EndToEnd;

/// <summary>Somebody starts the application: for the first time, again, and in production with everything still to be set.</summary>
[Collection(typeof(LockOutBank))]
public sealed class StartJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    private static readonly TimeSpan SecondStart = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task SecondStart_IsQuick_AndChangesNothing()
    {
        Assert.Contains(App.Public.GetLeftPart(UriPartial.Authority), App.LogSince(0), StringComparison.Ordinal);
        Assert.Contains("0501D00601M", App.LogSince(0), StringComparison.Ordinal);
        var certificate = await File.ReadAllBytesAsync(App.DemoFile("0501D00601M.p12"));
        var list = await RevocationList.FetchAsync(App);
        await App.StopAsync();

        var watch = Stopwatch.StartNew();
        await App.StartAsync();

        var (took, waited) = (watch.Elapsed, App.WaitedForAProcessor());
        Assert.True(took < SecondStart + waited, $"The second start took {took}, of which it waited {waited} for a processor");
        Assert.Equal(certificate, await File.ReadAllBytesAsync(App.DemoFile("0501D00601M.p12")));
        Assert.Equal(list.Serials, (await RevocationList.FetchAsync(App)).Serials);
    }

    [Fact]
    public async Task Production_WithNothingSet_NamesEverySettingAtOnce()
    {
        var refused = await App.StartToBeRefusedAsync(Production(App.NewFolder()));

        Assert.NotEqual(0, refused.ExitCode);
        foreach (var setting in new[]
        {
            "Endpoints:Public", "Endpoints:ServerCertificate:Path", "Authority:KeyPassphrase", "Institution", "Mail:Transport",
            "History:AnchorFile",
        })
        {
            Assert.Contains(setting, refused.Output + refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Production_OnDataOfTheDemoBank_IsRefused()
    {
        var refused = await App.StartToBeRefusedAsync(Production(App.DataDirectory));

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(App.DataDirectory, refused.Output + refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verbs_KnowWhatTheyAreAskedFor()
    {
        Assert.Equal(2, (await App.RunVerbAsync("no-such-verb")).ExitCode);
        Assert.Equal(2, (await App.RunVerbAsync("revoke")).ExitCode);
        (await App.RunVerbAsync("ca", "show")).Succeeded();
        var before = await RevocationList.FetchAsync(App);
        (await App.RunVerbAsync("crl", "now")).Succeeded();
        Assert.True((await RevocationList.FetchAsync(App)).Number > before.Number);
        var refused = await App.RunVerbAsync("demo", "reset");
        Assert.Equal(1, refused.ExitCode);
        Assert.Single(refused.Error.Trim().Split('\n'));
    }

    private static Dictionary<string, string?> Production(string data) => new(StringComparer.Ordinal)
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["DOTNET_ENVIRONMENT"] = "Production",
        ["Data__Directory"] = data,
        ["Endpoints__Public"] = null,
        ["Endpoints__Certificate"] = null,
        ["Endpoints__Pki"] = null,
    };
}
