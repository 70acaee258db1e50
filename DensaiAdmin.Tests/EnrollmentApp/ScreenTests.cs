using System.Globalization;
using System.Net;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Window;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>The app's screens as a person goes through them, with a bank and a store that do what the test says.</summary>
[Web]
public sealed class ScreenTests
{
    private const string Id = "0501D00601N";
    private const string Password = "correct-horse-battery";

    [Fact]
    public async Task Issue_GoesFromTheMenuToTheResult()
    {
        await using var window = await OpenWindow.StartAsync();

        var menu = await window.GetAsync("/");
        Assert.Equal("CCHK001", OpenWindow.ScreenOf(menu));
        Assert.Contains("ここに更新可能な証明書が表示されます", menu, StringComparison.Ordinal);
        Assert.Contains("証明書の発行を行う場合は、「証明書発行」ボタンを押下し、表示する画面で必要情報を入力してください。", menu, StringComparison.Ordinal);

        var asked = await window.GetAsync("/authenticate?");
        Assert.Equal("CCHK002", OpenWindow.ScreenOf(asked));
        Assert.Contains("電子証明書発行に必要な本人認証を行います。", asked, StringComparison.Ordinal);

        // Full-width and lower case are the same ID.
        var result = await window.AuthenticateAsync(" ０５０１d00601ｎ ", Password);
        Assert.Equal("CCHK007", OpenWindow.ScreenOf(result));
        Assert.Contains("電子証明書の発行とインストールが完了しました。", result, StringComparison.Ordinal);
        Assert.Contains("電子証明書を有効にするには、一度全てのブラウザを閉じてください。", result, StringComparison.Ordinal);
        Assert.Contains("有効期間満了の40日前に、ログイン後のトップページおよび電子メールでお知らせします。", result, StringComparison.Ordinal);
        Assert.Contains("NSS（試験用）", result, StringComparison.Ordinal);
        Assert.Contains("TPM", result, StringComparison.Ordinal);
        Assert.Contains("鍵の読み出しと、銀行への接続を確認しました。", result, StringComparison.Ordinal);
        var stored = Assert.Single(window.Store.Stored);
        Assert.Contains(Id, stored.Certificate.Subject, StringComparison.Ordinal);
        foreach (var half in Serial.Halves(stored.Certificate.SerialNumber))
        {
            Assert.Contains(half, result, StringComparison.Ordinal);
        }

        Assert.Equal(1, window.Bank.Handshakes);
        Assert.Equal(0, window.Store.OpenRequests);
    }

    [Fact]
    public async Task BrowserThatWouldNotHaveIt_IsNamedBeforeThePassword()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Store.BrowsersWithout = ["Firefox", "Opera"];

        Assert.Contains("保存できます。ただし Firefox、Opera には保存できません", await window.GetAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Result_IsSavedAsText()
    {
        await using var window = await OpenWindow.StartAsync();
        await window.AuthenticateAsync(Id, Password);

        using var answer = await window.Browser.GetAsync("/result/save", TestContext.Current.CancellationToken);

        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Contains(Id, answer.Content.Headers.ContentDisposition.FileNameStar, StringComparison.Ordinal);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains($"Common Name : North Pacific Bank, LTD {Id}\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Organization : North Pacific Bank, Ltd.\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongPassword_IsSaidInTheLanguageOfTheMoment()
    {
        await using var window = await OpenWindow.StartAsync();
        Assert.Contains("ログインIDまたはログインパスワードが違います。", await window.AuthenticateAsync(Id, "not the password"), StringComparison.Ordinal);

        var english = await window.SendAsync("/language", ("to", "en"), ("back", "/authenticate"));

        Assert.Contains("The login ID or the login password is wrong.", english, StringComparison.Ordinal);
        Assert.DoesNotContain("違います", english, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusalForGood_PromisesNoOtherTry()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Answers.Enqueue(new EstOutcome.Refused("certificate-active", "", null));

        var stopped = await window.AuthenticateAsync(Id, Password);

        Assert.Contains("有効な電子証明書が発行済みです", stopped, StringComparison.Ordinal);
        Assert.DoesNotContain("もう一度試すと", stopped, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Menu_ListsWhatCanBeRenewed_AndSaysWhyTheRestCannot()
    {
        await using var window = await OpenWindow.StartAsync();
        var soon = Put(window, "0501D00601R", days: 6);
        var later = Put(window, "0501D00601U", days: 41);
        var expired = Put(window, "0501D00601T", days: -1);

        var menu = await window.GetAsync("/");

        Assert.Contains("あと6日", menu, StringComparison.Ordinal);
        Assert.Contains("2026年11月27日 08時59分59秒", menu, StringComparison.Ordinal);
        Assert.Contains("2026年11月22日から更新できます。", menu, StringComparison.Ordinal);
        Assert.Contains("有効期限切れ", menu, StringComparison.Ordinal);
        Assert.Contains("失効の手続きのあと", menu, StringComparison.Ordinal);
        Assert.Contains($"value=\"{SerialText.Normalize(soon.SerialNumber)}\" checked", menu, StringComparison.Ordinal);
        foreach (var fixedRow in new[] { later, expired })
        {
            Assert.Contains($"value=\"{SerialText.Normalize(fixedRow.SerialNumber)}\" disabled", menu, StringComparison.Ordinal);
            Assert.Equal("CCHK001", OpenWindow.ScreenOf(await window.GetAsync("/authenticate?serial=" + fixedRow.SerialNumber)));
        }
    }

    [Fact]
    public async Task Renewal_NamesTheCertificate_AndOffersToRemoveTheOldOneAfterTheTest()
    {
        await using var window = await OpenWindow.StartAsync();
        var old = Put(window, "0501D00601R", days: 20);
        await window.GetAsync("/");

        var asked = await window.GetAsync("/authenticate?serial=" + old.SerialNumber);
        Assert.Contains("value=\"0501D00601R\"", asked, StringComparison.Ordinal);
        var result = await window.AuthenticateAsync("0501D00601R", Password, old.SerialNumber);

        Assert.Equal("CCHK007", OpenWindow.ScreenOf(result));
        Assert.Contains("以前の証明書を削除", result, StringComparison.Ordinal);
        Assert.Equal(2, window.Store.Stored.Count);
        var after = await window.SendAsync("/result/remove");
        Assert.Contains("以前の電子証明書を1件削除しました", after, StringComparison.Ordinal);
        Assert.DoesNotContain("以前の証明書を削除", after, StringComparison.Ordinal);
        Assert.NotEqual(old.SerialNumber, Assert.Single(window.Store.Stored).Certificate.SerialNumber);
    }

    [Fact]
    public async Task OldOne_IsNotOfferedForRemoval_WhileTheNewOneIsNotProved()
    {
        await using var window = await OpenWindow.StartAsync();
        var old = Put(window, "0501D00601R", days: 20);
        await window.GetAsync("/");
        window.Bank.HandshakeFault = new ConnectionFault(ConnectionFaultKind.ServerDown);

        var result = await window.AuthenticateAsync("0501D00601R", Password, old.SerialNumber);

        Assert.Contains("インストールしましたが、動作を確認できませんでした", result, StringComparison.Ordinal);
        Assert.DoesNotContain("以前の証明書を削除", result, StringComparison.Ordinal);
        await window.SendAsync("/result/remove");
        Assert.Equal(2, window.Store.Stored.Count);
    }

    [Fact]
    public async Task Removal_ThatFails_SaysSo_AndMayBeTriedAgain()
    {
        await using var window = await OpenWindow.StartAsync();
        var old = Put(window, "0501D00601R", days: 20);
        await window.GetAsync("/");
        await window.AuthenticateAsync("0501D00601R", Password, old.SerialNumber);
        window.Store.RemoveFault = new StoreFault(StoreFaultKind.ReadOnly, "/home/taro/.pki/nssdb");

        var refused = await window.SendAsync("/result/remove");

        Assert.Contains("/home/taro/.pki/nssdb に書き込めるようにしてから", refused, StringComparison.Ordinal);
        Assert.Contains("以前の電子証明書を1件削除しました", await window.SendAsync("/result/remove"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongPassword_IsSaidInOneWording_KeepsTheId_AndEmptiesThePassword()
    {
        await using var window = await OpenWindow.StartAsync();

        var refused = await window.AuthenticateAsync(Id, "not the password");

        Assert.Equal("CCHK002", OpenWindow.ScreenOf(refused));
        Assert.Contains("<title>エラー: ", refused, StringComparison.Ordinal);
        Assert.Equal(2, refused.Split("ログインIDまたはログインパスワードが違います。").Length - 1);
        Assert.Contains($"value=\"{Id}\"", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("not the password", refused, StringComparison.Ordinal);

        Assert.Equal("CCHK007", OpenWindow.ScreenOf(await window.AuthenticateAsync(Id, Password)));
        // The key of the first try served the second.
        Assert.Equal(window.Bank.Requests[0], window.Bank.Requests[1]);
    }

    [Theory]
    [InlineData("", Password, "login-id", "ログインIDを入力してください。")]
    [InlineData("  ", Password, "login-id", "ログインIDを入力してください。")]
    [InlineData("0501:D", Password, "login-id", "ログインIDを入力してください。")]
    [InlineData(Id, "", "password", "ログインパスワードを入力してください。")]
    public async Task Form_ThatIsNotFilledIn_NamesTheField_AndAsksNobody(string id, string password, string field, string words)
    {
        await using var window = await OpenWindow.StartAsync();

        var refused = await window.SendAsync("/authenticate", ("login-id", id), ("password", password));

        Assert.Equal("CCHK002", OpenWindow.ScreenOf(refused));
        Assert.Contains($"data-focus=\"{field}\"", refused, StringComparison.Ordinal);
        Assert.Equal(3, refused.Split(words).Length);
        Assert.Equal(0, window.Bank.Enrollments);
    }

    [Fact]
    public async Task Refusal_OfCredentials_IsTheBanksSentenceAndItsOwnCode()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Answers.Enqueue(new EstOutcome.Refused("bad-credentials", "初期パスワードの有効期限が切れています。", null) { ErrorCode = "E-1008" });

        var refused = await window.AuthenticateAsync(Id, Password);

        Assert.Equal("CCHK002", OpenWindow.ScreenOf(refused));
        Assert.Contains("初期パスワードの有効期限が切れています。", refused, StringComparison.Ordinal);
        Assert.Contains("E-1008", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("certificate-active", "2026年12月24日から更新できます。", false)]
    [InlineData("certificate-expired", "2026年12月24日から更新できます。", false)]
    [InlineData("certificate-revoked", "発行の手続きで新たに取得", false)]
    [InlineData("certificate-required", "銀行に届きませんでした", false)]
    [InlineData("not-in-renewal-window", "2026年12月24日から更新できます。", false)]
    [InlineData("method-not-certificate", "2026年12月24日から更新できます。", false)]
    [InlineData("key-not-accepted", "新しい版に更新", false)]
    [InlineData("bad-request", "新しい版に更新", false)]
    [InlineData("user-suspended", "2026年12月24日から更新できます。", true)]
    [InlineData("user-locked", "2026年12月24日から更新できます。", true)]
    [InlineData("too-many-requests", "5分ほど待ってから", true)]
    [InlineData("something-new", "2026年12月24日から更新できます。", true)]
    public async Task Refusal_IsASentenceWithTheNextStep(string code, string words, bool mayRetry)
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Answers.Enqueue(new EstOutcome.Refused(code, "2026年12月24日から更新できます。", TimeSpan.FromMinutes(5)));

        var refused = await window.AuthenticateAsync(Id, Password);

        Assert.Equal("CCHK003", OpenWindow.ScreenOf(refused));
        Assert.Contains(words, refused, StringComparison.Ordinal);
        Assert.Contains(DensaiAdmin.EnrollmentApp.Screens.ErrorCodes.OfReason(code).ToString(), refused, StringComparison.Ordinal);
        Assert.Equal(mayRetry, refused.Contains("もう一度試す</button>", StringComparison.Ordinal));
        // From wherever it stopped, the whole way is open again.
        await window.SendAsync("/back");
        Assert.Equal("CCHK007", OpenWindow.ScreenOf(await window.AuthenticateAsync(Id, Password)));
    }

    [Fact]
    public async Task KeyReused_IsAnsweredByANewKey_WithoutAWord_ButOnlyOnce()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Answers.Enqueue(new EstOutcome.Refused("key-reused", "", null));

        Assert.Equal("CCHK007", OpenWindow.ScreenOf(await window.AuthenticateAsync(Id, Password)));
        Assert.Equal(2, window.Bank.Enrollments);
        Assert.NotEqual(window.Bank.Requests[0], window.Bank.Requests[1]);

        await window.SendAsync("/back");
        window.Bank.Answers.Enqueue(new EstOutcome.Refused("key-reused", "", null));
        window.Bank.Answers.Enqueue(new EstOutcome.Refused("key-reused", "", null));
        Assert.Contains("新しい鍵でも受け付けられませんでした", await window.AuthenticateAsync(Id, Password), StringComparison.Ordinal);
        Assert.Equal(4, window.Bank.Enrollments);
    }

    [Fact]
    public async Task BusyBank_IsWaitedForByItself()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Answers.Enqueue(new EstOutcome.Refused("too-many-requests", "", TimeSpan.FromSeconds(20)));
        await window.SendAsync("/authenticate", ("login-id", Id), ("password", Password));
        await Waiting.UntilAsync(() => window.Session.Waiting is not null);

        Assert.Contains("20秒ほど待って", await window.GetAsync("/progress"), StringComparison.Ordinal);
        await Waiting.UntilAsync(() => !window.Session.IsRunning, () => window.Time.Advance(TimeSpan.FromSeconds(20)));

        Assert.Equal("CCHK007", OpenWindow.ScreenOf(await window.GetAsync("/progress")));
        Assert.Equal(window.Bank.Requests[0], window.Bank.Requests[1]);
    }

    [Fact]
    public async Task LostAnswer_IsAskedForAgain_WithTheSameRequest_AndNoSecondCertificate()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.LosesNextAnswer = true;

        var stopped = await window.AuthenticateAsync(Id, Password);
        Assert.Contains("銀行のサーバが応答しません", stopped, StringComparison.Ordinal);
        Assert.Contains("証明書が二重に発行されることはありません", stopped, StringComparison.Ordinal);
        await window.SendAsync("/again");

        Assert.Equal("CCHK007", OpenWindow.ScreenOf(await window.StoppedAsync()));
        Assert.Equal(window.Bank.Requests[0], window.Bank.Requests[1]);
        Assert.Single(window.Store.Stored);
    }

    [Theory]
    [InlineData(StoreFaultKind.ToolsMissing, "libnss3-tools", "パッケージ libnss3-tools をインストールして")]
    [InlineData(StoreFaultKind.NoBrowser, "", "ブラウザをインストールして一度起動")]
    [InlineData(StoreFaultKind.ReadOnly, "/home/taro/.pki", "/home/taro/.pki に書き込めるように")]
    [InlineData(StoreFaultKind.DiskFull, "/home", "空きを作ってから")]
    [InlineData(StoreFaultKind.PasswordProtected, "/home/taro/.pki", "のパスワードを解除して")]
    [InlineData(StoreFaultKind.KeyGone, "", "鍵は失われましたが")]
    [InlineData(StoreFaultKind.Failed, "SEC_ERROR_IO", "SEC_ERROR_IO")]
    public async Task StoreFault_BeforeTheBankIsAsked_AndAfterIt_IsASentence_AndCanBeTriedAgain(
        StoreFaultKind kind, string detail, string words)
    {
        await using var window = await OpenWindow.StartAsync();
        window.Store.CheckFault = new StoreFault(kind, detail);

        Assert.Contains(words, await window.AuthenticateAsync(Id, Password), StringComparison.Ordinal);
        Assert.Equal(0, window.Bank.Enrollments);

        window.Store.InstallFault = new StoreFault(kind, detail);
        await window.SendAsync("/again");
        var stopped = await window.StoppedAsync();
        Assert.Contains(words, stopped, StringComparison.Ordinal);
        Assert.Equal(1, window.Bank.Enrollments);

        await window.SendAsync("/again");
        Assert.Equal("CCHK007", OpenWindow.ScreenOf(await window.StoppedAsync()));
        Assert.Single(window.Store.Stored);
        // A certificate that was received is not asked for again.
        Assert.Equal(kind == StoreFaultKind.KeyGone ? 2 : 1, window.Bank.Enrollments);
    }

    [Theory]
    [InlineData(ConnectionFaultKind.NoNetwork, "bank.example", "接続先 bank.example が見つかりません")]
    [InlineData(ConnectionFaultKind.ServerDown, "", "しばらくしてから")]
    [InlineData(ConnectionFaultKind.ClockWrong, "", "日付と時刻を正しく合わせて")]
    [InlineData(ConnectionFaultKind.TlsIntercepted, "CN=Office Inspection", "別の発行者（CN=Office Inspection）")]
    [InlineData(ConnectionFaultKind.ProxyForbids, "http://10.0.0.1:8080/", "接続を許可してください")]
    [InlineData(ConnectionFaultKind.ProxySettingNotUsable, "HTTPS_PROXY", "環境変数 HTTPS_PROXY の値が")]
    [InlineData(ConnectionFaultKind.CertificateNotReceived, "Office Inspection", "発行し直す必要はありません")]
    [InlineData(ConnectionFaultKind.ProxyNotReached, "http://10.0.0.1:8080/", "プロキシ http://10.0.0.1:8080/ が応答しません")]
    [InlineData(ConnectionFaultKind.NotUnderstood, "", "接続先が正しくないか")]
    public async Task ConnectionFault_IsASentence_OnTheMenuAndInAJob_AndCanBeTriedAgain(
        ConnectionFaultKind kind, string detail, string words)
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Faults.Enqueue(new ConnectionFault(kind, detail));

        var menu = await window.GetAsync("/");
        Assert.Equal("CCHK001", OpenWindow.ScreenOf(menu));
        Assert.Contains(words, menu, StringComparison.Ordinal);
        Assert.DoesNotContain(words, await window.GetAsync("/?again=1"), StringComparison.Ordinal);

        window.Bank.Answers.Enqueue(new EstOutcome.NotReached(new ConnectionFault(kind, detail)));
        Assert.Contains(words, await window.AuthenticateAsync(Id, Password), StringComparison.Ordinal);
        await window.SendAsync("/again");
        Assert.Equal("CCHK007", OpenWindow.ScreenOf(await window.StoppedAsync()));
    }

    [Fact]
    public async Task Proxy_IsAskedFor_SaysWhenItIsWrong_AndTheJobGoesOn()
    {
        const string proxy = "http://172.16.127.37:8080/";
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Faults.Enqueue(new ConnectionFault(ConnectionFaultKind.ProxyAsksCredentials, proxy));

        var asked = await window.GetAsync("/");
        Assert.Equal("CCHK008", OpenWindow.ScreenOf(asked));
        Assert.Contains($"プロキシ{proxy}には、ユーザ名とパスワードを指定する必要があります。", asked, StringComparison.Ordinal);
        Assert.Contains("ログイン ID・パスワードではありません", asked, StringComparison.Ordinal);
        Assert.DoesNotContain("エラー", asked, StringComparison.Ordinal);

        window.Bank.Faults.Enqueue(new ConnectionFault(ConnectionFaultKind.ProxyRefusesCredentials, proxy));
        var again = await window.SendAsync("/proxy", ("user", "taro"), ("proxy-password", "wrong"));
        Assert.Equal("CCHK008", OpenWindow.ScreenOf(again));
        Assert.Contains("プロキシのユーザ名またはパスワードが違います。", again, StringComparison.Ordinal);
        Assert.Contains("value=\"taro\"", again, StringComparison.Ordinal);

        Assert.Contains(
            "ユーザ名を入力してください。", await window.SendAsync("/proxy", ("user", " "), ("proxy-password", "")), StringComparison.Ordinal);
        Assert.Equal("CCHK001", OpenWindow.ScreenOf(await window.SendAsync("/proxy", ("user", "taro"), ("proxy-password", "right"))));
        Assert.Equal("right", window.Proxy.Password);

        // A proxy that asks in the middle of a job does not start it again.
        window.Bank.Answers.Enqueue(new EstOutcome.NotReached(new ConnectionFault(ConnectionFaultKind.ProxyAsksCredentials, proxy)));
        Assert.Equal("CCHK008", OpenWindow.ScreenOf(await window.AuthenticateAsync(Id, Password)));
        await window.SendAsync("/proxy", ("user", "taro"), ("proxy-password", "right"));
        Assert.Equal("CCHK007", OpenWindow.ScreenOf(await window.StoppedAsync()));
        Assert.Equal(window.Bank.Requests[0], window.Bank.Requests[1]);
    }

    [Fact]
    public async Task ProxySettings_AreSet_OrSayWhatIsWrong()
    {
        await using var window = await OpenWindow.StartAsync();

        Assert.Contains("「ホスト名:ポート番号」の形で", await window.SendAsync("/proxy/settings", ("way", "address"), ("address", "proxy")),
            StringComparison.Ordinal);
        Assert.Equal(
            "CCHK001", OpenWindow.ScreenOf(await window.SendAsync("/proxy/settings", ("way", "address"), ("address", "ｐｒｏｘｙ:8080"))));
        Assert.Equal("proxy:8080", window.Proxy.Address);
        // Who comes back finds what was chosen.
        var settings = await window.GetAsync("/proxy/settings");
        Assert.Contains("value=\"address\" checked", settings, StringComparison.Ordinal);
        Assert.Contains("value=\"proxy:8080\"", settings, StringComparison.Ordinal);
        await window.SendAsync("/proxy/settings", ("way", "none"));
        Assert.Equal(ProxyWay.None, window.Proxy.Way);
        await window.SendAsync("/proxy/settings", ("way", "system"));
        Assert.Equal(ProxyWay.System, window.Proxy.Way);
    }

    [Fact]
    public async Task VersionBelowTheMinimum_StopsEverywhere()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.MinimumVersion = new Version(1, 0, 1);

        Assert.Equal("CCHK010", OpenWindow.ScreenOf(await window.GetAsync("/")));
        Assert.Equal("CCHK010", OpenWindow.ScreenOf(await window.GetAsync("/authenticate")));
        Assert.Equal("CCHK010", OpenWindow.ScreenOf(await window.SendAsync("/authenticate", ("login-id", Id), ("password", Password))));
        Assert.Equal(0, window.Bank.Enrollments);
    }

    [Fact]
    public async Task NewerVersion_IsSaid_AndStopsNobody()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Version = new Version(1, 2, 0);

        var menu = await window.GetAsync("/");

        Assert.Equal("CCHK001", OpenWindow.ScreenOf(menu));
        Assert.Contains("新しい版（1.2.0）があります", menu, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SlowBank_IsWaitedForWithoutHoldingThePage_AndItsAnswerIsShownWhenItCame()
    {
        await using var window = await OpenWindow.StartAsync();
        Put(window, "0501D00601R", days: 6);
        window.Bank.HoldInformation = new TaskCompletionSource();

        Assert.Contains("このパソコンの証明書を確認しています。", await window.GetAsync("/"), StringComparison.Ordinal);
        window.Bank.HoldInformation.SetResult();
        await window.Session.SurveyAsync(afresh: false);
        var asked = window.Bank.Questions;

        // A page that reads itself anew takes the answer that came, and does not ask again and again.
        Assert.Contains("あと6日", await window.GetAsync("/"), StringComparison.Ordinal);
        Assert.InRange(window.Bank.Questions, asked, asked + 1);
    }

    [Fact]
    public async Task SlowBank_TellsThePagesOnce_AndThosePagesReadWhatWasFound()
    {
        await using var window = await OpenWindow.StartAsync();
        Put(window, "0501D00601R", days: 6);
        window.Bank.HoldInformation = new TaskCompletionSource();
        var cancellation = TestContext.Current.CancellationToken;
        await using var told = window.Presence.ListenAsync(cancellation).GetAsyncEnumerator(cancellation);
        await told.MoveNextAsync();

        await Task.WhenAll(window.GetAsync("/"), window.GetAsync("/"));
        window.Bank.HoldInformation.SetResult();
        await told.MoveNextAsync();
        Assert.Equal("progress", told.Current);
        Assert.Contains("6日", await window.ReadAnewAsync(), StringComparison.Ordinal);

        window.Presence.Notify("moved");
        await told.MoveNextAsync();
        Assert.Equal("moved", told.Current);
        Assert.Equal(1, window.Bank.Questions);
    }

    [Theory]
    [InlineData("02:00:00", "銀行より2時間進んでいます")]
    [InlineData("-01:59:59", "銀行より2時間遅れています")]
    [InlineData("01:59:00", "銀行より119分進んでいます")]
    [InlineData("1.23:59:40", "銀行より2日進んでいます")]
    [InlineData("-29.23:59:59", "銀行より30日遅れています")]
    [InlineData("729", "銀行より729日進んでいます")]
    [InlineData("-730", "銀行より2年遅れています")]
    public void Clock_IsSaidInTheLargestUnitThatSaysIt(string ahead, string words) =>
        Assert.Equal(words, Sentences.Clock(TimeSpan.Parse(ahead, CultureInfo.InvariantCulture)));

    [Fact]
    public async Task Menu_SaysHowFarTheClockIsOff_WhereTheBankCouldNotBeRecognisedForIt()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Faults.Enqueue(new ConnectionFault(ConnectionFaultKind.ClockWrong) { ClockAhead = TimeSpan.FromDays(-730) });

        var menu = await window.GetAsync("/");

        Assert.Contains("このパソコンの時計は銀行より2年遅れています。日付と時刻を正しく合わせてから", menu, StringComparison.Ordinal);
        Assert.Contains("銀行より2年遅れています。日付と時刻を合わせてください", menu, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Choice_FromTheListThatIsShown_Holds_ThoughTheBankIsBeingAskedAnew()
    {
        await using var window = await OpenWindow.StartAsync();
        var own = Put(window, "0501D00601R", days: 6);
        await window.GetAsync("/");
        window.Bank.HoldInformation = new TaskCompletionSource();
        Assert.Contains("確認しています", await window.GetAsync("/"), StringComparison.Ordinal);

        Assert.Equal("CCHK002", OpenWindow.ScreenOf(await window.GetAsync("/authenticate?serial=" + own.SerialNumber)));
        window.Bank.HoldInformation.SetResult();
    }

    [Fact]
    public async Task StartArgument_OpensStraightThere_AndOnlyOnce()
    {
        await using var window = await OpenWindow.StartAsync();
        var own = Put(window, "0501D00601R", days: 20);

        window.Session.Start = StartArgument.Parse("densai-enrollment:renew?serial=" + own.SerialNumber);
        var renewal = await window.GetAsync("/");
        Assert.Equal("CCHK002", OpenWindow.ScreenOf(renewal));
        Assert.Contains("value=\"0501D00601R\"", renewal, StringComparison.Ordinal);
        Assert.Equal("CCHK001", OpenWindow.ScreenOf(await window.GetAsync("/")));

        window.Session.Start = StartArgument.Parse("densai-enrollment:issue");
        Assert.Equal("CCHK002", OpenWindow.ScreenOf(await window.GetAsync("/")));

        window.Session.Start = StartArgument.Parse("densai-enrollment:renew?serial=4242");
        Assert.Equal("CCHK001", OpenWindow.ScreenOf(await window.GetAsync("/")));
    }

    [Theory]
    [InlineData(null, "このパソコンに電子証明書はありません。", "証明書発行")]
    [InlineData(100, "0501D00601R の電子証明書があります（2027年03月01日まで）。することはありません。", null)]
    [InlineData(20, "「証明書更新」を押してください。", "証明書更新")]
    [InlineData(-1, "有効期限が切れています", null)]
    [InlineData(1000, "失効済みです。", "証明書発行")]
    public async Task Menu_SaysWhatThisPcHolds_AndFillsTheOneRightButton(int? days, string words, string? filled)
    {
        await using var window = await OpenWindow.StartAsync();
        if (days is { } left)
        {
            var own = Put(window, "0501D00601R", left);
            if (left == 1000)
            {
                window.Bank.Revoked.Add(own.SerialNumber);
            }
        }

        var menu = await window.GetAsync("/");

        Assert.Contains("このパソコンの状態", menu, StringComparison.Ordinal);
        Assert.Contains(words, menu, StringComparison.Ordinal);
        AssertFilled(menu, filled);
        foreach (var line in new[] { "つながる", "時計", "保存先", "証明書を使う接続先" })
        {
            Assert.Contains($"<b>{line}</b>", menu, StringComparison.Ordinal);
        }

        Assert.Equal(4, menu.Split("<li class=\"is-ok\">").Length - 1);
    }

    [Fact]
    public async Task Menu_SaysAClockThatIsOff_AndJudgesByTheBanks()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.ClockBehind = TimeSpan.FromDays(30);
        Put(window, "0501D00601R", days: -5);

        var menu = await window.GetAsync("/");

        Assert.Contains("銀行より30日進んでいます。日付と時刻を合わせてください", menu, StringComparison.Ordinal);
        Assert.DoesNotContain("有効期限切れ", menu, StringComparison.Ordinal);
        AssertFilled(menu, "証明書更新");
    }

    [Fact]
    public async Task Password_IsNotAskedBeforeTheCheckIsDone()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.HoldInformation = new TaskCompletionSource();

        Assert.Equal("CCHK001", OpenWindow.ScreenOf(await window.GetAsync("/authenticate")));
        window.Bank.HoldInformation.SetResult();
        await window.Session.SurveyAsync(afresh: false);

        // What was pressed meanwhile goes on by itself, whether the page's script or the person's own click is there first; and once.
        Assert.Equal("CCHK002", OpenWindow.ScreenOf(await window.ReadAnewAsync()));
        Assert.Equal("CCHK002", OpenWindow.ScreenOf(await window.GetAsync("/")));
        Assert.Equal("CCHK001", OpenWindow.ScreenOf(await window.GetAsync("/")));
    }

    [Fact]
    public async Task Password_IsNotAskedWhereACertificateCouldNotBeUsed()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.CertificateOriginFault =
            new ConnectionFault(ConnectionFaultKind.ProxyForbids, "http://proxy:8080/") { Place = "bank.example:7444" };
        window.Session.Start = StartArgument.Parse("densai-enrollment:issue");

        var menu = await window.GetAsync("/");

        Assert.Equal("CCHK001", OpenWindow.ScreenOf(menu));
        Assert.Contains("「bank.example:7444 への接続を許可してください」", menu, StringComparison.Ordinal);
        AssertFilled(menu, "もう一度試す");
        Assert.Equal("CCHK001", OpenWindow.ScreenOf(await window.GetAsync("/authenticate")));
        window.Bank.CertificateOriginFault = null;
        Assert.Equal("CCHK001", OpenWindow.ScreenOf(await window.GetAsync("/?again=1")));
        Assert.Equal("CCHK002", OpenWindow.ScreenOf(await window.GetAsync("/authenticate")));
    }

    [Fact]
    public async Task Link_ToACertificateThatIsNotHere_SaysSo_Once()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Session.Start = StartArgument.Parse("densai-enrollment:renew?serial=4242");

        Assert.Contains("更新する電子証明書がこのパソコンにありません", await window.GetAsync("/"), StringComparison.Ordinal);
        Assert.DoesNotContain("更新する電子証明書がこのパソコンにありません", await window.GetAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryError_HasACode_ATelephone_AndTheDiagnosisToHandOn()
    {
        await using var window = await OpenWindow.StartAsync();
        await window.GetAsync("/");
        AssertHelp("E-1002", await window.AuthenticateAsync(Id, "not the password"));
        AssertHelp("E-1001", await window.SendAsync("/authenticate", ("login-id", ""), ("password", "")));
        window.Store.InstallFault = new StoreFault(StoreFaultKind.DiskFull, "/home");
        AssertHelp("E-6104", await window.AuthenticateAsync(Id, Password));
        await window.SendAsync("/back");
        window.Bank.CertificateOriginFault = new ConnectionFault(ConnectionFaultKind.ServerDown);
        AssertHelp("E-6002", await window.GetAsync("/?again=1"));
        AssertHelp("E-6011", await window.SendAsync("/proxy/settings", ("way", "address"), ("address", "proxy")));
        window.Bank.MinimumVersion = new Version(2, 0, 0);
        AssertHelp("E-6203", await window.GetAsync("/?again=1"));
        Assert.Contains("ダウンロード画面を開く", await window.GetAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Record_IsWrittenWhereItIsSaid_AndLaterAgain()
    {
        await using var window = await OpenWindow.StartAsync();
        await window.AuthenticateAsync(Id, Password);
        var file = Path.Combine(window.Folder.Path, "saved", $"証明書情報-{Id}.txt");

        Assert.Contains(
            $"保存しました: {Path.GetDirectoryName(file)}／証明書情報-{Id}.txt", await window.SendAsync("/result/save"), StringComparison.Ordinal);
        Assert.Contains(
            "証明書発行日 : 2026年11月21日\r\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        File.Delete(file);
        await window.SendAsync("/back");
        await window.GetAsync("/");
        await window.SendAsync("/receipt", ("serial", window.Store.Stored[0].Certificate.SerialNumber));
        Assert.True(File.Exists(file));

        // A folder that cannot be made: a file stands there.
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        await File.WriteAllTextAsync(Path.GetDirectoryName(file)!, "", TestContext.Current.CancellationToken);
        Assert.Contains("保存できませんでした", await window.SendAsync("/receipt", ("serial", window.Store.Stored[0].Certificate.SerialNumber)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Browsers_AreTickedOff()
    {
        await using var window = await OpenWindow.StartAsync();

        Assert.Equal([("Chromium", true), ("Firefox", true)], window.Session.OpenState(["Chromium", "Firefox"]));
        Assert.Equal([("Chromium", false), ("Firefox", true)], window.Session.OpenState(["Firefox"]));
    }

    [Fact]
    public async Task LoginPage_IsOpenedInABrowserThatHasTheCertificate_OrNone()
    {
        await using var window = await OpenWindow.StartAsync();
        await window.AuthenticateAsync(Id, Password);
        var asked = Path.Combine(window.Folder.Path, "asked");

        window.Store.Readers = [new("Chrome", "/nowhere/google-chrome", [])];
        Assert.Contains("Chrome を開いて、銀行のログイン画面に進んでください", await window.SendAsync("/open/login"), StringComparison.Ordinal);

        // What fails at once did not open it.
        window.Store.Readers =
        [
            new("Chromium", "/bin/sh", ["-c", "exit 3"]),
            new("Firefox", "/bin/sh", ["-c", "echo \"$@\" >\"$0\"", asked, "--profile", "/p"]),
        ];
        Assert.Contains("Firefox でログイン画面を開きました", await window.SendAsync("/open/login"), StringComparison.Ordinal);
        Assert.Equal($"--profile /p {window.Bank.Server}\n", await File.ReadAllTextAsync(asked, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("", "login-id")]
    [InlineData("?serial=", "password")]
    public async Task Caret_BeginsInTheFirstFieldThatIsEmpty(string query, string field)
    {
        await using var window = await OpenWindow.StartAsync();
        var own = Put(window, "0501D00601R", days: 20);
        await window.GetAsync("/");

        var asked = await window.GetAsync("/authenticate" + query + (query.Length > 0 ? own.SerialNumber : ""));

        Assert.Matches($"id=\"{field}\"[^>]*data-takes-focus=\"true\"", asked);
        Assert.Single(asked.Split("data-takes-focus").Skip(1));
    }

    private static void AssertHelp(string code, string page)
    {
        foreach (var part in new[] { $"<span class=\"id\">{code}</span>", "0120-000-000", "診断をコピー", "診断を印刷", "証明書発行アプリ 診断",
            $"エラーコード: {code}" })
        {
            Assert.Contains(part, page, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(Password, page, StringComparison.Ordinal);
    }

    private static void AssertFilled(string page, string? words) => Assert.Equal(
        words is null ? [] : [words],
        System.Text.RegularExpressions.Regex.Matches(
            page, "btn--primary[^>]*>(?<words>[^<]+)<", System.Text.RegularExpressions.RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(5)).Select(found => found.Groups["words"].Value));

    [Fact]
    public async Task Work_IsShownStepByStep_AndEndsThoughTheWindowIsGone()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Hold = new TaskCompletionSource();
        var working = await window.SendAsync("/authenticate", ("login-id", Id), ("password", Password));
        Assert.Equal("CCHK003", OpenWindow.ScreenOf(working));
        foreach (var step in new[] { "鍵を作成", "申請", "受取", "保存" })
        {
            Assert.Contains(step, working, StringComparison.Ordinal);
        }

        // No page, no heartbeat: the certificate is stored all the same before the program ends.
        window.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.False(window.Presence.IsOver());
        window.Bank.Hold.SetResult();
        Assert.Equal("CCHK007", OpenWindow.ScreenOf(await window.StoppedAsync()));
        Assert.Single(window.Store.Stored);
    }

    [Theory]
    [InlineData(StartAt.Menu)]
    [InlineData(StartAt.Issue)]
    public async Task Menu_WhileAJobRuns_LeadsToIt(StartAt start)
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Hold = new TaskCompletionSource();
        await window.SendAsync("/authenticate", ("login-id", Id), ("password", Password));
        window.Session.Start = new StartArgument(start);

        Assert.Equal("CCHK003", OpenWindow.ScreenOf(await window.GetAsync("/")));
        window.Bank.Hold.SetResult();
        Assert.Equal("CCHK007", OpenWindow.ScreenOf(await window.StoppedAsync()));
        Assert.Equal("CCHK001", OpenWindow.ScreenOf(await window.GetAsync("/")));
    }

    [Fact]
    public async Task SecondClick_StartsNoSecondJob()
    {
        await using var window = await OpenWindow.StartAsync();
        window.Bank.Hold = new TaskCompletionSource();
        await window.SendAsync("/authenticate", ("login-id", Id), ("password", Password));
        await window.SendAsync("/authenticate", ("login-id", Id), ("password", Password));
        await window.SendAsync("/again");
        window.Bank.Hold.SetResult();

        await window.StoppedAsync();

        Assert.Equal(1, window.Bank.Enrollments);
    }

    [Fact]
    public async Task Close_SaysGoodbye_AndEnds()
    {
        await using var window = await OpenWindow.StartAsync();

        var page = await window.SendAsync("/close");

        Assert.Equal("CCHK011", OpenWindow.ScreenOf(page));
        window.Time.Advance(Presence.LastPageLimit);
        Assert.True(window.Presence.IsOver());
    }

    [Fact]
    public async Task English_IsWhole_AndComesBackToWhereItWasChosen()
    {
        await using var window = await OpenWindow.StartAsync();

        var page = await window.SendAsync("/language", ("to", "en"), ("back", "/authenticate"));

        Assert.Equal("CCHK002", OpenWindow.ScreenOf(page));
        Assert.Contains("<html lang=\"en\">", page, StringComparison.Ordinal);
        Assert.Contains("Authenticate and issue", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("[ぁ-んァ-ヶ]", page);
        Assert.Equal("CCHK001", OpenWindow.ScreenOf(await window.SendAsync("/language", ("to", "ja"), ("back", "https://evil.example/"))));
    }

    [Fact]
    public async Task UnknownAddress_IsAPageWithAWayBack()
    {
        await using var window = await OpenWindow.StartAsync();
        using var answer = await window.Browser.GetAsync("/admin", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("CCHK012", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static System.Security.Cryptography.X509Certificates.X509Certificate2 Put(OpenWindow window, string id, int days)
    {
        // A certificate ends at 23:59:59 UTC, which is the next morning in Japan.
        var until = new DateTimeOffset(OpenWindow.Noon.UtcDateTime.Date.AddDays(days - 1), TimeSpan.Zero).AddDays(1).AddSeconds(-1);
        return window.Store.Put(window.Bank, id, until.AddYears(-1), until);
    }
}
