using System.Net;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.LoginIdAcquisition;

/// <summary>BLID001–003 as a browser sees them: plain forms on the public origin.</summary>
[Web]
public sealed class LoginIdPagesTests : IAsyncLifetime
{
    private const string Company = "0501D70001";
    private const string Password = "a quite long password";
    private const string Confirmation = "another one";

    // Noon in Japan.
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 25, 3, 0, 0, TimeSpan.Zero));
    private RunningServer _server = null!;
    private HttpClient _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync(clock: _clock);
        _client = _server.PublicClient();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Letter_Applicant_Confirm_Done()
    {
        Assert.Contains("data-screen=\"BLID001\"", await ReadAsync("/login-id"), StringComparison.Ordinal);
        var cookie = await OpenAsync();
        Assert.Contains("でんさい70001株式会社", await ReadAsync("/login-id/user", cookie), StringComparison.Ordinal);
        Assert.Contains("お手続きの途中です", await ReadAsync("/login-id", cookie), StringComparison.Ordinal);

        // Everything wrong is said at once, at the top and at its field; what was typed stays, but for the passwords.
        var wrong = await PostAsync(
            "/login-id/user", Applicant("０５０１ｄ００６０１ｍ", "太郎", "nowhere", "short", "other", "short", "short"), cookie);
        foreach (var words in new[]
        {
            "メールアドレスを、name@example.jp のように一つだけ入力してください。",
            "ログインパスワードは15文字以上で入力してください。",
            "ログインパスワードと再入力の内容が一致しません。もう一度入力してください。",
            "確認用パスワードは8文字以上で入力してください。",
        })
        {
            Assert.Equal(2, wrong.Split(words).Length - 1);
        }

        // Whether the login ID is somebody's is told only to who has all else right.
        const string taken = "このログインIDは使用できません。別のログインIDを入力してください。";
        Assert.DoesNotContain(taken, wrong, StringComparison.Ordinal);
        var almost = await PostAsync(
            "/login-id/user", Applicant("０５０１ｄ００６０１ｍ", "太郎", "taro@example.jp", Password, Password, Confirmation, Confirmation + "x"),
            cookie);
        Assert.DoesNotContain(taken, almost, StringComparison.Ordinal);
        var right = await PostAsync(
            "/login-id/user", Applicant("０５０１ｄ００６０１ｍ", "太郎", "taro@example.jp", Password, Password, Confirmation, Confirmation), cookie);
        Assert.Equal(2, right.Split(taken).Length - 1);

        Assert.Contains("エラー: ", wrong, StringComparison.Ordinal);
        Assert.Contains("value=\"太郎\"", wrong, StringComparison.Ordinal);
        Assert.Contains("value=\"nowhere\"", wrong, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"short\"", wrong, StringComparison.Ordinal);

        using (var written = await SendAsync(
            "/login-id/user", Applicant("Hokuyo-Taro", "北洋 太郎", "taro@example.jp", Password, Password, Confirmation, Confirmation), cookie))
        {
            Assert.Equal((HttpStatusCode.SeeOther, "/login-id/confirm"), (written.StatusCode, written.Headers.Location?.ToString()));
        }

        var confirm = await ReadAsync("/login-id/confirm", cookie);
        Assert.Contains("data-screen=\"BLID002\"", confirm, StringComparison.Ordinal);
        Assert.Contains("Hokuyo-Taro", confirm, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, confirm, StringComparison.Ordinal);
        var back = await ReadAsync("/login-id/user", cookie);
        Assert.Contains("value=\"Hokuyo-Taro\"", back, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, back, StringComparison.Ordinal);

        // Pressed ten times at once, it is one registration.
        var form = await RunningServer.ShowFormAsync(_client, "/login-id/confirm", cookie);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RunningServer.PostAsync(
            _client, "/login-id/confirm", form, new(StringComparer.Ordinal) { ["_handler"] = "confirm" }, cookie)));
        Assert.All(
            answers,
            answer => Assert.Equal((HttpStatusCode.SeeOther, "/login-id/done"), (answer.StatusCode, answer.Headers.Location?.ToString())));
        var user = Assert.Single(await UsersAsync());
        Assert.Equal(("Hokuyo-Taro", UserRole.Master), (user.LoginId, user.Role));

        var done = await ReadAsync("/login-id/done", cookie);
        Assert.Contains("data-screen=\"BLID003\"", done, StringComparison.Ordinal);
        Assert.Matches("L-20261125-[0-9A-Z]{4}-[0-9A-Z]{4}", done);
        Assert.Contains("href=\"/certificate\"", done, StringComparison.Ordinal);
        foreach (var page in new[] { "/login-id/user", "/login-id/confirm" })
        {
            using var later = await RunningServer.GetAsync(_client, page, cookie);
            Assert.Equal("/login-id/done", later.Headers.Location?.ToString());
        }

        // The letter opens nothing any more.
        using var used = await SendAsync("/login-id", Letter());
        Assert.Null(RunningServer.CookieOf(used, "__Host-densai-login-id"));
    }

    [Fact]
    public async Task Letter_WrongInAnything_GetsOneSentence_AndKeepsWhatWasTyped()
    {
        const string sentence = "契約番号、代表口座、利用開始コードのいずれかが違うか、";
        foreach (var (field, value) in new[] { ("contract", "0501D99999"), ("branch", "999"), ("account", "1"), ("code", "ABCD") })
        {
            var fields = Letter();
            fields[field] = value;
            var html = await PostAsync("/login-id", fields);
            Assert.Equal(2, html.Split(sentence).Length - 1);
            Assert.Contains($"value=\"{value}\"", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Letter_WithMissingOrImpossibleParts_NamesThem()
    {
        var html = await PostAsync("/login-id", new(StringComparer.Ordinal)
        {
            ["_handler"] = "letter",
            ["contract"] = " ",
            ["branch"] = "12",
            ["account"] = "",
            ["code"] = "",
        });
        foreach (var words in new[] { "契約番号を入力してください。", "店番は数字3桁で入力してください。", "代表口座の口座番号を入力してください。", "利用開始コードを入力してください。" })
        {
            Assert.Equal(2, html.Split(words).Length - 1);
        }
    }

    [Fact]
    public async Task Closed_ShowsAClearPageWithoutAForm_AndRefusesEveryPost()
    {
        var cookie = await OpenAsync();
        using (var written = await SendAsync(
            "/login-id/user", Applicant("Hokuyo-Taro", "北洋 太郎", "taro@example.jp", Password, Password, Confirmation, Confirmation), cookie))
        {
            Assert.Equal(HttpStatusCode.SeeOther, written.StatusCode);
        }

        var letter = await RunningServer.ShowFormAsync(_client, "/login-id");
        var applicant = await RunningServer.ShowFormAsync(_client, "/login-id/user", cookie);
        var confirm = await RunningServer.ShowFormAsync(_client, "/login-id/confirm", cookie);
        _clock.Advance(TimeSpan.FromHours(7));

        foreach (var page in new[] { "/login-id", "/login-id/user", "/login-id/confirm" })
        {
            AssertClosed(await ReadAsync(page, cookie));
        }

        AssertClosed(await TextAsync(await RunningServer.PostAsync(_client, "/login-id", letter, Letter())));
        AssertClosed(await TextAsync(await RunningServer.PostAsync(
            _client, "/login-id/user", applicant, Applicant("x", "x", "x@example.jp", Password, Password, Confirmation, Confirmation),
            cookie)));
        AssertClosed(await TextAsync(await RunningServer.PostAsync(
            _client, "/login-id/confirm", confirm, new(StringComparer.Ordinal) { ["_handler"] = "confirm" }, cookie)));
        Assert.Empty(await UsersAsync());
    }

    [Fact]
    public async Task Pages_WithoutAnOpenApplication_SayToBeginAgain()
    {
        foreach (var cookie in new[] { null, "__Host-densai-login-id=" + new string('A', 43) })
        {
            foreach (var page in new[] { "/login-id/user", "/login-id/confirm" })
            {
                var html = await ReadAsync(page, cookie);
                Assert.Contains("はじめからお手続きください", html, StringComparison.Ordinal);
                Assert.DoesNotContain("<form method=\"post\" action=\"/login-id", html, StringComparison.Ordinal);
            }

            using var done = await RunningServer.GetAsync(_client, "/login-id/done", cookie);
            Assert.Equal("/login-id", done.Headers.Location?.ToString());
        }
    }

    [Fact]
    public async Task Pages_OnTheCertificateOrigin_AreNone()
    {
        foreach (var page in new[] { "/login-id", "/login-id/user", "/login-id/confirm", "/login-id/done" })
        {
            using var answer = await RunningServer.GetAsync(_server.Client(_server.DemoCertificate("0501D00601U")), page);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    private static void AssertClosed(string html)
    {
        Assert.Contains("ただいまの時間は、ログインID取得の受付を終了しています", html, StringComparison.Ordinal);
        Assert.Contains("8時から19時まで", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<form method=\"post\" action=\"/login-id", html, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Applicant(
        string loginId, string name, string mail, string password, string passwordAgain, string confirmation,
        string confirmationAgain) => new(StringComparer.Ordinal)
        {
            ["_handler"] = "applicant",
            ["loginId"] = loginId,
            ["name"] = name,
            ["mail"] = mail,
            ["password"] = password,
            ["passwordAgain"] = passwordAgain,
            ["confirmation"] = confirmation,
            ["confirmationAgain"] = confirmationAgain,
        };

    private static async Task<string> TextAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancellation));
        }
    }

    private Dictionary<string, string> Letter()
    {
        var text = File.ReadAllText(_server.DemoFile($"letters/{Company}.txt"));
        return new(StringComparer.Ordinal)
        {
            ["_handler"] = "letter",
            ["contract"] = Company,
            ["branch"] = "101",
            ["account"] = "7000123",
            ["code"] = text.Split("利用開始コード　：")[1].Split('\n')[0].Trim(),
        };
    }

    private async Task<string> OpenAsync()
    {
        using var opened = await SendAsync("/login-id", Letter());
        Assert.Equal((HttpStatusCode.SeeOther, "/login-id/user"), (opened.StatusCode, opened.Headers.Location?.ToString()));
        var cookie = Assert.Single(
            opened.Headers.GetValues("Set-Cookie"), c => c.StartsWith("__Host-densai-login-id=", StringComparison.Ordinal));
        foreach (var part in new[] { "; secure", "; httponly", "; samesite=strict", "; path=/" })
        {
            Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase);
        }

        return cookie.Split(';')[0];
    }

    private async Task<string> ReadAsync(string page, string? cookie = null) =>
        await TextAsync(await RunningServer.GetAsync(_client, page, cookie));

    private async Task<string> PostAsync(string page, Dictionary<string, string> fields, string? cookie = null) =>
        await TextAsync(await SendAsync(page, fields, cookie));

    private Task<HttpResponseMessage> SendAsync(string page, Dictionary<string, string> fields, string? cookie = null) =>
        RunningServer.PostFormAsync(_client, page, page, fields, cookie);

    private async Task<List<User>> UsersAsync()
    {
        await using var db = await _server.Services.GetRequiredService<IDbContextFactory<DensaiDbContext>>()
            .CreateDbContextAsync(Cancellation);
        return await db.Users.AsNoTracking().Where(u => u.Company!.Number == Company).ToListAsync(Cancellation);
    }
}
