using System.Net;
using DensaiAdmin.EndToEnd.Pages;
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

/// <summary>
/// The first day of a company: the bank's letter, a login ID, a certificate, in; a colleague is registered, sets own passwords and is
/// in as well. And the same of a company that needs no certificate.
/// </summary>
public sealed class FirstDayJourney(AlwaysOpenBank app, Browser browser) : Journey(app, browser), IClassFixture<AlwaysOpenBank>
{
    private const string Password = "北洋でんさいの とても長いパスワード";
    private const string Confirmation = "kakunin-no-2026";
    private const string ColleaguesPassword = "my own long password";
    private const string ColleaguesConfirmation = "my own for acts";

    [Fact]
    public async Task Letter_LoginId_Certificate_Home_AndAColleagueToo()
    {
        var letter = await Letter.ReadAsync(App, "0501D70001");
        var master = await NewPersonWithoutCertificateAsync();
        var first = await LetterPage.OpenAsync(master);
        await LookAsync(master, "BLID001");
        await NarrowJourney.FitsInEnglishAsync(first, first.Id);

        await first.SendAsync(letter.Contract, letter.Branch, letter.Account, "AAAA-BBBB-CCCC-DDDD");
        await Expect(first.Alert).ToContainTextAsync("利用開始コード");
        await LookAsync(master, "BLID001-error");
        await first.SendAsync(letter);

        var applicant = new ApplicantPage(master);
        await applicant.ReadyAsync();
        await LookAsync(master, "BLID002");
        await NarrowJourney.FitsInEnglishAsync(applicant, applicant.Id);
        await applicant.WriteAsync("0501D00601M", "北洋 花子", "hanako");
        await applicant.SetPasswordsAsync("short", "short");
        await applicant.CheckAsync();
        await Expect(applicant.Alert).ToContainTextAsync("ログインパスワードは15文字以上");
        await Expect(applicant.Password).ToBeEmptyAsync();
        // Whether an ID is taken is told only to who has written everything else as it should be.
        await Expect(applicant.Alert).Not.ToContainTextAsync("別のログインID");
        await applicant.WriteAsync("0501D00601M", "北洋 花子", "hanako@example.jp");
        await applicant.SetPasswordsAsync(Password, Confirmation);
        await applicant.CheckAsync();
        await Expect(applicant.Alert).ToContainTextAsync("別のログインID");
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
        await NarrowJourney.FitsInEnglishAsync(done, done.Id);
        await done.Issue.ClickAsync();
        await master.Page.Locator("main[data-screen='BSMS001']").WaitForAsync();

        var user = await NewPersonAsync("hanako-70001", await ObtainAsync("hanako-70001", Password));
        var home = await user.LogInAsync(Password);
        await Expect(home.Header).ToContainTextAsync("北洋 花子 様");
        await Expect(home.Section("自分の証明書")).ToContainTextAsync("発行済み");

        const string id = "taro-70001";
        var initial = await RegisterAsync(user, "ｔａｒｏ－７０００１", id);
        var installed = await ObtainAsync(id, initial);
        var colleague = await NewPersonAsync(id, installed);
        await (await (await EntrancePage.OpenAsync(colleague)).LogInWithCertificateAsync()).SendAsync(initial);
        await PassTheGateAsync(colleague, initial);
        await new HomePage(colleague).LogOutAsync();
        await Expect((await (await NewPersonAsync(id, installed)).LogInAsync(ColleaguesPassword)).Header).ToContainTextAsync("北洋 太郎 様");
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

        const string id = "saburo-00900";
        var initial = await RegisterAsync(master, id, id);
        var colleague = await NewPersonWithoutCertificateAsync();
        await (await EntrancePage.OpenAsync(colleague)).SendPasswordAsync(id, initial);
        await PassTheGateAsync(colleague, initial);
        Assert.StartsWith(App.Public.ToString(), colleague.Page.Url, StringComparison.Ordinal);
        var password = await PasswordPage.OpenAsync(colleague);
        await LookAsync(colleague, "BRSK002-password");
        await password.FillAsync(ColleaguesPassword, "another long password");
        await password.Button("変更", exact: true).ClickAsync();
        await password.DoneAsync();
        var mail = await Mailbox.UntilAsync(App, "taro@example.jp", "変更したパスワード：ログインパスワード\n");
        Assert.Contains("ログインID：" + id, mail, StringComparison.Ordinal);
        await password.LogOutAsync();
        await (await EntrancePage.OpenAsync(colleague)).SendPasswordAsync(id, "another long password");
        await new HomePage(colleague).ReadyAsync();

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

    private async Task<CertificateFile> ObtainAsync(string loginId, string password)
    {
        var est = new EstClient(App);
        await est.MakeKeyAsync();
        var answer = await est.EnrollAsync(loginId, password);
        Assert.True(answer.Status == (int)HttpStatusCode.OK, $"{answer.Status} {answer.Reason} {answer.Body}");
        return await est.InstallAsync(answer);
    }

    /// <summary>BRSK005 to BRSK008: the initial password, which is shown once.</summary>
    private static async Task<string> RegisterAsync(Person master, string typed, string id)
    {
        var tasks = await (await new HomePage(master).OpenManagementAsync()).OpenUsersAsync();
        var input = await (await tasks.OpenAccountsAsync()).RegisterAsync();
        await input.Next.ClickAsync();
        await Expect(input.Alert).ToContainTextAsync("ログインIDを入力してください。");
        await input.LoginId.FillAsync(typed);
        await input.Name.FillAsync("北洋 太郎");
        await input.MailAddress.FillAsync("taro@example.jp");
        var confirmation = await input.GoOnAsync();
        await Expect(confirmation.Main).ToContainTextAsync(id);
        await confirmation.SendAsync("not the right one");
        await Expect(confirmation.Alert).ToContainTextAsync("あと4回");
        await confirmation.Password.FillAsync(Confirmation);
        await confirmation.Execute.DblClickAsync();
        var result = new UserResultPage(master, "BRSK008");
        await result.ReadyAsync();
        await Expect(result.Main).ToContainTextAsync("登録完了");
        var initial = await result.InitialPassword.InnerTextAsync();
        await master.Page.ReloadAsync();
        await result.ReadyAsync();
        await Expect(result.InitialPassword).ToHaveCountAsync(0);

        // What is done is not done again by going back.
        await master.Page.GoBackAsync();
        await Expect(new AccountPage(master).LoginId).ToBeEmptyAsync();
        return initial;
    }

    /// <summary>The first login's gate: nothing else is open until both passwords are the user's own.</summary>
    private static async Task PassTheGateAsync(Person person, string initial)
    {
        var passwords = new PasswordPage(person);
        await passwords.ReadyAsync();

        // Whatever address is asked for, and by whatever link of the page itself.
        foreach (var path in new[]
        {
            "/", "/notices", "/management", "/management/users", "/logins", "/services/densai", "/management/users/password/U-1",
        })
        {
            await person.GoToAsync(path);
            await passwords.ReadyAsync();
            Assert.EndsWith(PasswordPage.Path, person.Page.Url, StringComparison.Ordinal);
        }

        await person.Page.EvaluateAsync("() => document.documentElement.dataset.before = ''");
        await passwords.Tab("ホーム").ClickAsync();
        await Expect(person.Page.Locator("html[data-before]")).ToHaveCountAsync(0);
        await passwords.ReadyAsync();
        Assert.EndsWith(PasswordPage.Path, person.Page.Url, StringComparison.Ordinal);

        await passwords.FillFirstAsync("not the initial one", ColleaguesPassword, ColleaguesConfirmation);
        await passwords.Button("登録", exact: true).ClickAsync();
        await Expect(passwords.Alert).ToContainTextAsync("あと4回");
        await passwords.FillFirstAsync(initial, ColleaguesPassword, ColleaguesPassword);
        await passwords.Button("登録", exact: true).ClickAsync();
        await Expect(passwords.Alert).ToContainTextAsync("別のもの");
        await Expect(passwords.Field("初期パスワード")).ToBeEmptyAsync();
        await passwords.FillFirstAsync(initial, ColleaguesPassword, ColleaguesConfirmation);
        await passwords.Button("登録", exact: true).DblClickAsync();
        await passwords.DoneAsync();
        await passwords.Tab("ホーム").ClickAsync();
        await new HomePage(person).ReadyAsync();
    }

    /// <summary>axe finds nothing, nothing scrolls sideways, and a picture of each size is left.</summary>
    private static async Task LookAsync(Person person, string state)
    {
        await person.Page.AssertNoViolationsAsync(state);
        await NarrowJourney.FitsAsync(person, state);
    }
}
