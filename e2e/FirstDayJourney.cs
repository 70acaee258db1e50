using System.Net;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>A server that takes applications at any hour of the day on which the journeys run.</summary>
public sealed class AlwaysOpenBank : AppUnderTest
{
    public override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["LoginIdAcquisition__Opens"] = "00:00:00",
        ["LoginIdAcquisition__Closes"] = "23:59:59.9999999",
    };
}

/// <summary>The first day of a company: the bank's letter, a login ID, a certificate, in. And of one that needs no certificate.</summary>
public sealed class FirstDayJourney(AlwaysOpenBank app, Browser browser) : Journey(app, browser), IClassFixture<AlwaysOpenBank>
{
    private const string Password = "北洋でんさいの とても長いパスワード";
    private const string Confirmation = "kakunin-no-2026";

    [Fact]
    public async Task Letter_LoginId_Certificate_Home()
    {
        var letter = await Letter.ReadAsync(App, "0501D70001");
        var master = await NewPersonWithoutCertificateAsync();
        var first = await LetterPage.OpenAsync(master);
        await LookAsync(master, "BLID001");

        await first.SendAsync(letter.Contract, letter.Branch, letter.Account, "AAAA-BBBB-CCCC-DDDD");
        await Expect(first.Alert).ToContainTextAsync("利用開始コード");
        await LookAsync(master, "BLID001-error");
        await first.SendAsync(letter);

        var applicant = new ApplicantPage(master);
        await applicant.ReadyAsync();
        await LookAsync(master, "BLID002");
        await applicant.WriteAsync("0501D00601M", "北洋 花子", "hanako");
        await applicant.SetPasswordsAsync("short", "short");
        await applicant.CheckAsync();
        await Expect(applicant.Alert).ToContainTextAsync("別のログインID");
        await Expect(applicant.Password).ToBeEmptyAsync();
        await LookAsync(master, "BLID002-error");

        await applicant.WriteAsync("hanako-70001", "北洋 花子", "hanako@example.jp");
        await applicant.SetPasswordsAsync(Password, Confirmation);
        await applicant.CheckAsync();
        await Expect(applicant.Heading).ToHaveTextAsync("登録内容の確認");
        await LookAsync(master, "BLID002-confirm");
        await applicant.Back.ClickAsync();
        await Expect(applicant.LoginId).ToHaveValueAsync("hanako-70001");
        await applicant.SetPasswordsAsync(Password, Confirmation);
        await applicant.CheckAsync();
        await applicant.Register.DblClickAsync();
        var done = new AcquiredPage(master);
        await done.ReadyAsync();
        await LookAsync(master, "BLID003");
        await done.Issue.ClickAsync();
        await master.Page.Locator("main[data-screen='BSMS001']").WaitForAsync();

        var est = new EstClient(App);
        await est.MakeKeyAsync();
        var answer = await est.EnrollAsync("hanako-70001", Password);
        Assert.True(answer.Status == (int)HttpStatusCode.OK, $"{answer.Status} {answer.Reason} {answer.Body}");
        var user = await NewPersonAsync("hanako-70001", await est.InstallAsync(answer));
        var home = await user.LogInAsync(Password);
        await Expect(home.Header).ToContainTextAsync("北洋 花子 様");
        await Expect(home.Section("自分の証明書")).ToContainTextAsync("発行済み");
    }

    [Fact]
    public async Task CompanyOfThePasswordMethod_IsInWithItsNewLoginId_OnThePublicOrigin()
    {
        var master = await NewPersonWithoutCertificateAsync();
        var letter = await LetterPage.OpenAsync(master);
        await letter.SendAsync(await Letter.ReadAsync(App, "0501D00900"));
        var applicant = new ApplicantPage(master);
        await applicant.ReadyAsync();
        await applicant.WriteAsync("ｊｉｒｏ－００９００", "北洋 次郎", "jiro@example.jp");
        await applicant.SetPasswordsAsync(Password, Confirmation);
        await applicant.CheckAsync();
        await applicant.Register.ClickAsync();
        await new AcquiredPage(master).ReadyAsync();

        var entrance = await EntrancePage.OpenAsync(master);
        await entrance.SendPasswordAsync("JIRO-00900", "not the password");
        await Expect(entrance.Alert).ToContainTextAsync("ログインIDまたはログインパスワードが違うか、電子証明書方式のご契約です。");
        await LookAsync(master, "BLGI001-refused");
        await entrance.SendPasswordAsync("JIRO-00900", Password);
        var home = new HomePage(master);
        await home.ReadyAsync();
        Assert.StartsWith(App.Public.ToString(), master.Page.Url, StringComparison.Ordinal);
        await Expect(home.Header).ToContainTextAsync("北洋 次郎 様");
        await LookAsync(master, "BTOP001-password");
        await (await home.OpenManagementAsync()).OpenUsersAsync();

        // Another login of the same user ends this one, and it says so.
        var elsewhere = await NewPersonWithoutCertificateAsync();
        await (await EntrancePage.OpenAsync(elsewhere)).SendPasswordAsync("jiro-00900", Password);
        await new HomePage(elsewhere).ReadyAsync();
        var ended = new DiagnosisPage(master);
        await ended.ReadyAsync();
        await Expect(ended.Main).ToContainTextAsync("別の場所でログインされたため");
        await LookAsync(master, "BLGI003-password");
        await new HomePage(elsewhere).LogOutAsync();
    }

    /// <summary>axe finds nothing, nothing scrolls sideways, and a picture of each size is left.</summary>
    private static async Task LookAsync(Person person, string state)
    {
        await person.Page.AssertNoViolationsAsync(state);
        await NarrowJourney.FitsAsync(person, state);
        await person.Page.SetViewportSizeAsync(Desk.Width, Desk.Height);
    }
}
