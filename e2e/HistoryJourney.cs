using System.Text;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>What was done can be looked up: by a master for the company, by everybody for themselves, and as a file.</summary>
[Collection(typeof(SharedBank))]
public sealed class HistoryJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task Master_LooksUpWhatTheCompanyDid_OpensARecord_AndSavesTheList()
    {
        var master = await NewPersonAsync("0501D00601M");
        var home = await master.LogInAsync();
        var management = await home.OpenManagementAsync();
        await management.Main.GetByRole(AriaRole.Link, new() { Name = "操作履歴照会", Exact = true }).ClickAsync();
        var history = new HistoryPage(master);
        await history.ReadyAsync();
        var first = history.Rows.First;
        await Expect(first).ToContainTextAsync("0501D00601M");
        await Expect(first).ToContainTextAsync("証明書とパスワード");
        await Expect(history.Main).ToContainTextAsync("改変なし");
        await Expect(history.Main).Not.ToContainTextAsync("47701");

        await history.Select("操作").SelectOptionAsync(new SelectOptionValue { Label = "証明書失効" });
        await history.Select("利用者").SelectOptionAsync("0501D00601M");
        await history.Search.ClickAsync();
        await Expect(master.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(
            "user=0501D00601M&op=revocation", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)));
        var revocation = history.Rows.Filter(new() { HasText = "0501D00601S" });
        await Expect(revocation).ToHaveCountAsync(1);
        await Expect(history.Rows.Filter(new() { HasText = "ログイン" })).ToHaveCountAsync(0);

        await revocation.GetByRole(AriaRole.Link).ClickAsync();
        var record = new HistoryRecordPage(master);
        await record.ReadyAsync();
        await Expect(record.Value("対象")).ToContainTextAsync("でんさい00601承認者");
        await Expect(record.Value("記録の検証")).ToContainTextAsync("改変なし");
        await record.Main.GetByRole(AriaRole.Link, new() { Name = "一覧へ", Exact = true }).ClickAsync();
        await history.ReadyAsync();
        await Expect(history.Rows.Filter(new() { HasText = "0501D00601S" })).ToHaveCountAsync(1);

        var download = await master.Page.RunAndWaitForDownloadAsync(() => history.Csv.ClickAsync());
        var file = await File.ReadAllBytesAsync((await download.PathAsync())!);
        Assert.Equal(Encoding.UTF8.Preamble.ToArray(), file[..3]);
        var lines = Encoding.UTF8.GetString(file[3..]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("記録番号,日時,利用者,操作,", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines[1..], line => line.Contains("証明書失効,0501D00601S,正常", StringComparison.Ordinal));
        Assert.DoesNotContain(lines[1..], line => line.Contains(",ログイン,", StringComparison.Ordinal));

        history = await HistoryPage.OpenAsync(master, "?op=download");
        await Expect(history.Rows.First).ToContainTextAsync("操作履歴のCSV");
    }

    [Fact]
    public async Task Period_ThatRunsBackwards_IsRefusedInWords()
    {
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();
        var history = await HistoryPage.OpenAsync(master, "?from=2022-11-02&to=2022-11-01");

        await Expect(history.Alert).ToContainTextAsync("期間（開始）は、期間（終了）以前の日付を入力してください。");
    }

    [Fact]
    public async Task GeneralUser_SeesOwnActsOnly_AndReportsALoginThatWasNotTheirs()
    {
        var user = await NewPersonAsync("0501D00601U");
        var login = await (await EntrancePage.OpenAsync(user)).LogInWithCertificateAsync();
        await login.SendAsync("not-the-password-1");
        await login.ReadyAsync();
        await login.EnterAsync(DemoBank.LoginPassword);
        var history = await HistoryPage.OpenAsync(user);
        await Expect(history.Main).Not.ToContainTextAsync("0501D00601M");
        await Expect(history.Rows.Filter(new() { HasText = "ログインパスワードの誤り" }).First).ToContainTextAsync("残り4回");

        var logins = await PlainPage.OpenAsync(user, "BTOP002", "/logins");
        var failed = logins.Main.Locator("tbody tr").Nth(1);
        await Expect(failed).ToContainTextAsync("失敗");
        await Expect(logins.Main.Locator("tbody tr").First).ToContainTextAsync("Chrome（Linux）");
        await failed.GetByRole(AriaRole.Link).ClickAsync();
        var report = new PlainPage(user, "BTOP003");
        await report.ReadyAsync();
        await report.Main.GetByRole(AriaRole.Button, new() { Name = "申告する", Exact = true }).ClickAsync();
        var done = new PlainPage(user, "BTOP004");
        await done.ReadyAsync();
        await Expect(done.Main).ToContainTextAsync("申告を受け付けました");
        await Expect(done.Main).ToContainTextAsync("ログインパスワードと確認用パスワードを変更してください。");

        Assert.DoesNotContain(
            "http", await Mailbox.UntilAsync(App, "0501d00601u@example.jp", "身に覚えがないとの申告"), StringComparison.OrdinalIgnoreCase);
        await Mailbox.UntilAsync(App, "0501d00601m@example.jp", "貴社のご利用者から、身に覚えのないログインの申告");

        history = await HistoryPage.OpenAsync(user, "?op=loginreport");
        await Expect(history.Rows.First).ToContainTextAsync("身に覚えがない");
    }

    [Fact]
    public async Task Record_OfAnotherOrInvented_IsNotFound()
    {
        var user = await NewPersonAsync("0501D00601U");
        await user.LogInAsync();
        foreach (var path in new[]
        {
            $"{HistoryPage.Path}/1", $"{HistoryPage.Path}/999999", $"{HistoryPage.Path}/x",
            "/logins/1", "/notices/999999", "/own-certificate/00FF",
        })
        {
            var answer = await user.Page.GotoAsync(new Uri(App.Certificate, path).ToString());
            Assert.True(answer?.Status == 404, $"{path} answers {answer?.Status}");
        }
    }
}
