using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// A PC whose clock is wrong, by hours, weeks and years: the clock is what is named, the certificate is never called what it is not, and
/// none is spent where the bank could not be recognised.
/// </summary>
[Collection(typeof(IssuingBanks))]
public sealed class IssuingAppClockJourney(IssuingBank app, Browser browser) : IssuingAppSteps(app, browser)
{
    private const string Id = "0501D60001K";

    [Fact]
    public async Task HoursWeeksAndYears_TheClockIsNamed_AndTheCertificateIsNotBlamed()
    {
        await RevokeAsync(Id);
        await using var pc = new OfficePc();
        var person = await NewPersonWithoutCertificateAsync();
        await pc.InstallAsync(await DownloadAsync(person));
        (await pc.IssueAsync(Id)).Succeeded();
        var issued = await IssuedAsync();

        foreach (var (ahead, said) in new[]
        {
            (TimeSpan.FromHours(2), "銀行より2時間進んでいます"),
            (TimeSpan.FromHours(-2), "銀行より2時間遅れています"),
            (TimeSpan.FromDays(30), "銀行より30日進んでいます"),
            (TimeSpan.FromDays(-30), "銀行より30日遅れています"),
            (TimeSpan.FromDays(730), "銀行より2年進んでいます"),
        })
        {
            pc.SetClock(ahead);
            var again = await pc.IssueAsync(Id);
            Assert.Equal((ahead, 1), (ahead, again.ExitCode));
            Assert.Contains(said, again.Error, StringComparison.Ordinal);
            Assert.EndsWith("(E-6202)", again.Error.Trim(), StringComparison.Ordinal);
        }

        Assert.Contains("から更新できます", (await pc.RunAsync(null, "list")).Succeeded().Output, StringComparison.Ordinal);
        await LookAtWindowAsync(pc, person, "銀行より2年進んでいます", "CCHK001-clock-ahead");

        // Before the bank's own certificate began nobody can tell it from another's: the clock is named all the same, and how far it is
        // off.
        pc.SetClock(TimeSpan.FromDays(-730));
        var unknown = await pc.IssueAsync(Id);
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("銀行より2年遅れています", unknown.Error, StringComparison.Ordinal);
        Assert.EndsWith("(E-6003)", unknown.Error.Trim(), StringComparison.Ordinal);
        var doctor = await pc.RunAsync(null, "doctor");
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains("時計", doctor.Error, StringComparison.Ordinal);
        await LookAtWindowAsync(pc, person, "銀行より2年遅れています", "CCHK001-clock-behind");

        Assert.Equal(issued, await IssuedAsync());
    }
    private static async Task LookAtWindowAsync(OfficePc pc, Person person, string said, string picture)
    {
        await using var started = await pc.StartAppAsync(person.Context);
        var window = new AppScreen(started.Window);
        await window.ReadyAsync("CCHK001");
        await Expect(window.Main).ToContainTextAsync(said, new() { Timeout = 60_000 });
        await Expect(window.Main).Not.ToContainTextAsync("期限切れ");
        await LookAsync(started.Window, picture);
    }
}
