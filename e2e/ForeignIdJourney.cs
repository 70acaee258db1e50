using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using DensaiAdmin.EndToEnd.Pages;

namespace DensaiAdmin.EndToEnd;

/// <summary>Nobody learns from an address whether another company's certificate exists.</summary>
[Collection(typeof(SharedBank))]
public sealed class ForeignIdJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task ForeignAndInventedSerial_AreTheSamePageNotFound()
    {
        using var foreign = App.DemoCertificate("0501D47701M");
        using var own = App.DemoCertificate("0501D00601R");
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();

        var (ownStatus, _) = await LookAsync(master, own.SerialNumber);
        var (foreignStatus, foreignText) = await LookAsync(master, foreign.SerialNumber);
        var (inventedStatus, inventedText) = await LookAsync(master, Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));
        var (nonsenseStatus, nonsenseText) = await LookAsync(master, "not-a-serial");

        Assert.Equal((int)HttpStatusCode.OK, ownStatus);
        Assert.Equal((int)HttpStatusCode.NotFound, foreignStatus);
        Assert.Equal((int)HttpStatusCode.NotFound, inventedStatus);
        Assert.Equal((int)HttpStatusCode.NotFound, nonsenseStatus);
        Assert.Equal(inventedText, foreignText);
        Assert.Equal(inventedText, nonsenseText);
        Assert.DoesNotContain("47701", foreignText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_AtWhatIsNotThere_IsOneRecord_ThoughThePageAsksTwice()
    {
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();
        var invented = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

        await LookAsync(master, invented);
        Assert.Equal(1, await RecordsOfAsync(invented));
        await LookAsync(master, invented);
        Assert.Equal(2, await RecordsOfAsync(invented));
    }

    [Fact]
    public async Task InventedReceiptNumber_IsNotFoundEither()
    {
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();
        var answer = await master.Page.GotoAsync(new Uri(App.Certificate, $"{UserListPage.Path}/result/R-20260101-AAAA").ToString());
        Assert.Equal((int)HttpStatusCode.NotFound, answer?.Status);
    }

    private async Task<int> RecordsOfAsync(string asked) => int.Parse(
        (await Tool.RunAsync("sqlite3", "-readonly", "-cmd", ".timeout 10000", Path.Combine(App.DataDirectory, "densai.db"),
            $"SELECT count(*) FROM HistoryRecords WHERE Operation = 'ForeignAccess' AND Value = '{asked}'")).Succeeded().Output,
        CultureInfo.InvariantCulture);

    private async Task<(int Status, string Text)> LookAsync(Person person, string serial)
    {
        var answer = await person.Page.GotoAsync(new Uri(App.Certificate, $"{UserListPage.Path}/{serial}").ToString());
        await person.Page.Locator("main[data-ready='true']").WaitForAsync();
        return (answer!.Status, await person.Page.Locator("main").InnerTextAsync());
    }
}
