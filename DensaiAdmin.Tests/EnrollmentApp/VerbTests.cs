using System.Globalization;
using System.Xml.Linq;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Verbs;
using DensaiAdmin.EnrollmentApp.Window;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>The app without a window, and what it is started with.</summary>
public sealed class VerbTests : IDisposable
{
    private const string Password = "correct-horse-battery";

    private readonly FakeTimeProvider _time = new(OpenWindow.Noon);
    private readonly FakeBank _bank;
    private readonly FakeStore _store;
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("densai-verb-").FullName;

    public VerbTests()
    {
        CultureInfo.CurrentUICulture = Words.Japanese;
        (_bank, _store) = (new FakeBank(_time), new FakeStore(_time));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Issue_StoresACertificate_AndSaysWhich()
    {
        Assert.Equal(0, await Verbs(Password).EnrollAsync(renew: false, "0501d00601n", Cancellation));

        var stored = Assert.Single(_store.Stored);
        Assert.Contains(stored.Certificate.SerialNumber, _out.ToString(), StringComparison.Ordinal);
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task Renew_PicksTheUsersNewestRenewableCertificate()
    {
        _store.Put(_bank, "0501D00601R", OpenWindow.Noon.AddYears(-1), OpenWindow.Noon.AddDays(20));
        _store.Put(_bank, "0501D00601U", OpenWindow.Noon.AddYears(-1), OpenWindow.Noon.AddDays(10));

        Assert.Equal(0, await Verbs(Password).EnrollAsync(renew: true, "0501D00601R", Cancellation));

        Assert.Equal(2, _store.Stored.Count(one => one.Certificate.Subject.Contains("0501D00601R", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(null, "更新できる電子証明書がこのパソコンにありません")]
    [InlineData(100, "から更新できます")]
    [InlineData(-1, "有効期限が切れています")]
    public async Task Renew_WithNothingToRenew_SaysWhy(int? days, string words)
    {
        if (days is { } left)
        {
            _store.Put(_bank, "0501D00601R", OpenWindow.Noon.AddYears(-1), OpenWindow.Noon.AddDays(left));
        }

        Assert.Equal(1, await Verbs(Password).EnrollAsync(renew: true, "0501D00601R", Cancellation));

        AssertOneLine(words);
        Assert.Equal(0, _bank.Enrollments);
    }

    [Fact]
    public async Task Refusal_IsOneLine_WithoutThePassword()
    {
        Assert.Equal(1, await Verbs("not the password").EnrollAsync(renew: false, "0501D00601N", Cancellation));

        AssertOneLine("ログインIDまたはログインパスワードが違います。");
        Assert.DoesNotContain("not the password", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "0501D00601N", "標準入力から1行で")]
    [InlineData(Password, "  ", "ログインIDを入力してください。")]
    public async Task MissingInput_IsOneLine(string password, string id, string words)
    {
        Assert.Equal(HeadlessVerbs.WrongUsage, await Verbs(password).EnrollAsync(renew: false, id, Cancellation));
        AssertOneLine(words);
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    [InlineData(1024 * 1024, false)]
    public async Task Password_ThatIsTooLong_IsSaidToBe(int length, bool tried)
    {
        Assert.Equal(tried
            ? HeadlessVerbs.NotDone
            : HeadlessVerbs.WrongUsage, await Verbs(new string('x', length)).EnrollAsync(renew: false, "0501D00601N", Cancellation));
        AssertOneLine(tried ? "ログインパスワードが違います" : "ログインパスワードが長すぎます。1024文字以内");
    }

    [Fact]
    public async Task Outdated_IsOneLine()
    {
        _bank.MinimumVersion = new Version(2, 0, 0);
        Assert.Equal(1, await Verbs(Password).EnrollAsync(renew: false, "0501D00601N", Cancellation));
        AssertOneLine("新しい版をインストールしてください。");
    }

    [Fact]
    public async Task SelfTestThatFails_IsSaid_ThoughTheCertificateIsThere()
    {
        _bank.HandshakeFault = new ConnectionFault(ConnectionFaultKind.ServerDown);
        Assert.Equal(HeadlessVerbs.StoredNotProved, await Verbs(Password).EnrollAsync(renew: false, "0501D00601N", Cancellation));
        AssertOneLine("動作を確認できませんでした");
        Assert.Single(_store.Stored);
    }

    [Fact]
    public async Task List_NamesEachWithItsState()
    {
        Assert.Equal(0, await Verbs("").ListAsync(Cancellation));
        Assert.Contains("ありません", _out.ToString(), StringComparison.Ordinal);
        _store.Put(_bank, "0501D00601R", OpenWindow.Noon.AddYears(-1), OpenWindow.Noon.AddDays(20));

        Assert.Equal(0, await Verbs("").ListAsync(Cancellation));

        Assert.Matches("0501D00601R\t[0-9A-F]{32}\t2026年12月11日 12時00分00秒\t更新できます", _out.ToString());
    }

    [Fact]
    public async Task Doctor_SaysWhatTheHelpDeskAsks_AndNoSecret()
    {
        var stamp = new ServerStamp(_bank.Server, null, null);
        var folder = new AppFolder(Path.Combine(_folder, "app"));

        Assert.Equal(0, await Verbs("").DoctorAsync(stamp, folder, new WindowBrowsers(folder, _ => null, _ => false), Cancellation));
        var text = _out.ToString();
        foreach (var part in new[] { "アプリの版: 1.0.0", "接続先: https://bank.example:7443", "TLSの信頼: OSの設定", "プロキシ: なし", "接続: 正常",
            "電子証明書の接続先: https://bank.example:7444: 正常", "時計の差: 0秒", "NSS（試験用）: 正常", "この銀行の証明書: 0件", "起動中のブラウザ: ", "異常は見つかりませんでした。" })
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }

        Assert.Empty(_error.ToString());
        if (OperatingSystem.IsLinux())
        {
            Assert.Matches("NSSのツール: /.*/certutil, /.*/pk12util\n", text);
        }
    }

    [Fact]
    public async Task Doctor_WithSomethingWrong_NamesItOnOneLine()
    {
        var folder = new AppFolder(Path.Combine(_folder, "app"));
        var stamp = new ServerStamp(_bank.Server, null, null);
        _bank.Faults.Enqueue(new ConnectionFault(ConnectionFaultKind.ServerDown));
        _store.CheckFault = new StoreFault(StoreFaultKind.ToolsMissing, "libnss3-tools");

        Assert.Equal(1, await Verbs("").DoctorAsync(stamp, folder, new WindowBrowsers(folder, _ => null, _ => false), Cancellation));

        Assert.Contains("libnss3-tools", _out.ToString(), StringComparison.Ordinal);
        AssertOneLine("確認が必要な項目があります: 接続、証明書の保存先");
    }

    [Fact]
    public async Task Doctor_TellsAClosedPort_AndAClockThatIsOff()
    {
        var folder = new AppFolder(Path.Combine(_folder, "app"));
        _bank.CertificateOriginFault = new ConnectionFault(ConnectionFaultKind.ServerDown);
        _bank.ClockBehind = TimeSpan.FromHours(1);

        Assert.Equal(1, await Verbs("").DoctorAsync(
            new ServerStamp(_bank.Server, null, null), folder, new WindowBrowsers(folder, _ => null, _ => false), Cancellation));

        Assert.Contains("https://bank.example:7444: 銀行のサーバが応答しません", _out.ToString(), StringComparison.Ordinal);
        Assert.Contains("時計の差: 3600秒", _out.ToString(), StringComparison.Ordinal);
        AssertOneLine("確認が必要な項目があります: 電子証明書の接続先、時計の差");
    }

    [Theory]
    [InlineData("http://taro:secret@proxy:8080", "http://***@proxy:8080")]
    [InlineData("taro:se@cret@proxy:8080", "***@proxy:8080")]
    [InlineData("http://proxy:8080/", "http://proxy:8080/")]
    public void Proxy_IsShownWithoutItsCredentials(string given, string shown) => Assert.Equal(shown, HeadlessVerbs.Redact(given));

    [Theory]
    [InlineData("densai-enrollment:issue", StartAt.Issue, "")]
    [InlineData("DENSAI-ENROLLMENT:issue", StartAt.Issue, "")]
    [InlineData("densai-enrollment://issue/", StartAt.Issue, "")]
    [InlineData("densai-enrollment:renew", StartAt.Renew, "")]
    [InlineData("densai-enrollment:renew?serial=00ab12", StartAt.Renew, "AB12")]
    [InlineData("densai-enrollment:renew?serial=", StartAt.Menu, "")]
    [InlineData("densai-enrollment:renew?serial=AB&server=https://evil.example", StartAt.Menu, "")]
    [InlineData("densai-enrollment:renew?serial=12345678901234567890123456789012345678901", StartAt.Menu, "")]
    [InlineData("densai-enrollment:issue?login=0501D00601M", StartAt.Menu, "")]
    [InlineData("densai-enrollment:doctor", StartAt.Menu, "")]
    [InlineData("densai-enrollment:", StartAt.Menu, "")]
    [InlineData("https://evil.example", StartAt.Menu, "")]
    [InlineData(null, StartAt.Menu, "")]
    public void StartArgument_TakesTwoFormsAndNothingElse(string? given, StartAt screen, string serial)
    {
        var read = StartArgument.Parse(given);
        Assert.Equal(new StartArgument(screen, serial), read);
        Assert.Equal(read, StartArgument.Parse(read.ToString()));
    }

    [Theory]
    [InlineData("", Verb.Window)]
    [InlineData("issue", Verb.Window)]
    [InlineData("densai-enrollment:issue", Verb.Window)]
    [InlineData("issue --headless --login-id 0501D00601N", Verb.Issue)]
    [InlineData("renew --headless --login-id 0501D00601N --server https://bank.example --trust ca.pem", Verb.Renew)]
    [InlineData("list", Verb.List)]
    [InlineData("doctor --headless --lang en", Verb.Doctor)]
    [InlineData("--help", Verb.Help)]
    [InlineData("issue -h", Verb.Help)]
    [InlineData("-h", Verb.Help)]
    [InlineData("-- list", Verb.List)]
    [InlineData("--", Verb.Window)]
    [InlineData("--login-id 0501D00601N --headless issue", Verb.Issue)]
    public void CommandLine_IsRead(string line, Verb verb) =>
        Assert.Equal(verb, CommandLine.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), out _)!.Verb);

    [Theory]
    [InlineData("issue --headless", "--login-id")]
    [InlineData("issue --login-id 0501D00601N", "--headless")]
    [InlineData("revoke --headless --login-id 0501D00601N", "revoke")]
    [InlineData("--headless", "--headless")]
    [InlineData("issue renew --headless --login-id A", "renew")]
    [InlineData("list --password secret", "--password")]
    [InlineData("list --server", "--server")]
    [InlineData("list --lang fr", "fr")]
    [InlineData("densai-enrollment:issue --headless --login-id A", "densai-enrollment:issue")]
    [InlineData("densai-enrollment:issue --server https://evil.example", "densai-enrollment:issue")]
    [InlineData("--server https://evil.example densai-enrollment:issue", "densai-enrollment:issue")]
    [InlineData("--trust evil.pem densai-enrollment:renew?serial=AB", "densai-enrollment:renew?serial=AB")]
    [InlineData("densai-enrollment:issue --lang en", "densai-enrollment:issue")]
    [InlineData("densai-enrollment:issue densai-enrollment:issue", "densai-enrollment:issue")]
    [InlineData("DENSAI-enrollment:issue --help", "DENSAI-enrollment:issue")]
    [InlineData("-- densai-enrollment:issue --server https://evil.example", "densai-enrollment:issue")]
    [InlineData("list --password=secret", "--password")]
    [InlineData("list --login-id A", "--login-id")]
    [InlineData("@arguments.rsp", "@arguments.rsp")]
    [InlineData("list @arguments.rsp", "@arguments.rsp")]
    [InlineData("[diagram]", "[diagram]")]
    [InlineData("[diagram] list", "[diagram]")]
    [InlineData("[suggest:1] list", "[suggest:1]")]
    [InlineData("list [diagram]", "[diagram]")]
    [InlineData("list --", "--")]
    [InlineData("list -- --headless", "--")]
    [InlineData("-- -- list", "--")]
    [InlineData("list -hh", "-hh")]
    [InlineData("list -?", "-?")]
    [InlineData("--version", "--version")]
    [InlineData("lst", "lst")]
    [InlineData("densai-enrollment list", "densai-enrollment")]
    [InlineData("list list", "list")]
    [InlineData("list --server https://a.example --server", "--server")]
    [InlineData("list --server=https://a.example", "--server")]
    [InlineData("list --server:secret", "--server")]
    [InlineData("list --headless=true", "--headless")]
    [InlineData("list --headless true", "true")]
    public void CommandLine_OfNoUse_IsRefused_AndTheWordIsNamed(string line, string word)
    {
        Assert.Null(CommandLine.Parse(line.Split(' '), out var misuse));
        Assert.Contains(word, misuse, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", misuse, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list --server https://a.example --lang en", "https://a.example")]
    [InlineData("--server https://a.example list --lang en", "https://a.example")]
    [InlineData("list --server https://a.example --server https://b.example --lang ja --lang en", "https://b.example")]
    [InlineData("list --server @arguments.rsp --lang en", "@arguments.rsp")]
    [InlineData("list --server --headless --lang en", "--headless")]
    [InlineData("list --server doctor --lang en", "doctor")]
    public void Option_TakesTheWordAfterIt_AsItStands_AndTheLastOneCounts(string line, string server)
    {
        var read = CommandLine.Parse(line.Split(' '), out var misuse);
        Assert.Equal(new CommandLine(Verb.List, StartArgument.Menu, null, server, null, English: true), read);
        Assert.Empty(misuse);
    }

    [Theory]
    [InlineData("list --lang en", true)]
    [InlineData("revoke --lang en --server", true)]
    [InlineData("list --lang ja", false)]
    [InlineData("list --lang", false)]
    [InlineData("list en", false)]
    public void English_IsAskedFor_ThoughTheRestMayBeWrong(string line, bool english) =>
        Assert.Equal(english, CommandLine.AsksEnglish(line.Split(' ')));

    [Fact]
    public void CommandLine_OfNoUse_IsOneShortLine_WhateverTheWordHolds()
    {
        Assert.Null(CommandLine.Parse(["list\n\u001b[2J" + new string('x', 10_000)], out var misuse));
        Assert.InRange(misuse.Length, 10, 120);
        Assert.DoesNotContain(misuse, char.IsControl);
    }

    [Fact]
    public void Stamp_ComesBeforeTheDefault_AndArgumentsBeforeTheStamp()
    {
        Assert.Equal(new ServerStamp(ServerStamp.DefaultServer, null, null), ServerStamp.Read(_folder, null, null, out _));
        var trust = Path.Combine(_folder, "server-trust.pem");
        File.WriteAllText(trust, _bank.Authority.ExportCertificatePem());
        File.WriteAllText(
            Path.Combine(_folder, "server.json"), """{"server":"https://bank.example","name":"証明書","trust":"server-trust.pem"}""");

        Assert.Equal(new ServerStamp(new Uri("https://bank.example"), trust, "証明書"), ServerStamp.Read(_folder, null, null, out _));
        Assert.Equal(new ServerStamp(new Uri("https://other.example"), null, "証明書"),
            ServerStamp.Read(_folder, "https://other.example", null, out _));
        Assert.Equal(trust, ServerStamp.Read(_folder, "https://other.example", trust, out _)!.TrustFile);
    }

    [Theory]
    [InlineData("""{"server":"http://bank.example"}""", null, null)]
    [InlineData("""{"server":42}""", null, null)]
    [InlineData("not json", null, null)]
    [InlineData("""{"server":"https://bank.example","trust":"missing.pem"}""", null, null)]
    [InlineData(null, "https://user@bank.example", null)]
    [InlineData(null, "bank", null)]
    [InlineData(null, null, "missing.pem")]
    [InlineData(null, null, "")]
    [InlineData(null, null, " ")]
    [InlineData(null, null, "a\0b")]
    [InlineData(null, "", null)]
    [InlineData("""["https://bank.example"]""", null, null)]
    [InlineData("""{"server":"https://bank.example","trust":"server.json"}""", null, null)]
    public void Stamp_ThatCannotBeRead_StopsTheStart(string? json, string? server, string? trust)
    {
        if (json is not null)
        {
            File.WriteAllText(Path.Combine(_folder, "server.json"), json);
        }

        Assert.Null(ServerStamp.Read(_folder, server, trust, out var fault));
        Assert.NotEmpty(fault);
    }

    [Fact]
    public void Stamp_ThatIsNoSmallFile_IsNotReadToItsEnd()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No such devices.");
        var large = Path.Combine(_folder, "large.pem");
        File.WriteAllText(large, _bank.Authority.ExportCertificatePem() + new string('\n', SettingsFile.MaxBytes));
        foreach (var trust in new[] { "/dev/zero", "/dev/stdin", _folder, large })
        {
            Assert.Null(ServerStamp.Read(_folder, null, trust, out var fault));
            Assert.Equal(trust, fault);
        }

        var stamp = Path.Combine(_folder, ServerStamp.FileName);
        File.CreateSymbolicLink(stamp, "/dev/zero");
        Assert.Null(ServerStamp.Read(_folder, null, null, out var named));
        Assert.Equal(stamp, named);
    }

    [Fact]
    public void Stamp_MayBeALink()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links want rights there.");
        var link = Path.Combine(_folder, "link.pem");
        File.WriteAllText(Path.Combine(_folder, "ca.pem"), _bank.Authority.ExportCertificatePem());
        File.CreateSymbolicLink(link, "ca.pem");

        Assert.Equal(link, ServerStamp.Read(_folder, null, link, out _)?.TrustFile);
    }

    [Theory]
    [InlineData("ja")]
    [InlineData("en")]
    public void EveryFault_HasItsWords(string language)
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        foreach (var detail in new[] { "", "detail-of-it" })
        {
            Sentence[] all =
            [
                .. Enum.GetValues<ConnectionFaultKind>().Select(kind => Sentences.Of(new ConnectionFault(kind, detail))),
                .. Enum.GetValues<StoreFaultKind>().Select(kind => Sentences.Of(new StoreFault(kind, detail))),
            ];
            Assert.All(all, sentence => Assert.DoesNotContain('{', sentence.Line));
            Assert.All(all, sentence => Assert.True(sentence.MayRetry));
        }
    }

    [Theory]
    [InlineData("ja")]
    [InlineData("en")]
    public void SentencesOfTheVerbs_NameNoButtonOfTheWindow(string language)
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        string[] buttons = [.. new[] { "Proxy_Change", "Issue_Button", "Renew_Button", "Auth_Button", "Again", "Back", "Close",
            "ToMenu" }.Select(Words.Of)];
        string[] all =
        [
            .. Enum.GetValues<ConnectionFaultKind>().Select(kind => Sentences.Of(new ConnectionFault(kind, "detail")).Line),
            .. Enum.GetValues<StoreFaultKind>().Select(kind => Sentences.Of(new StoreFault(kind, "detail")).Line),
            .. Resource(language == "en" ? "AppText.en.resx" : "AppText.resx")
                .Where(pair => pair.Key.StartsWith("Verb_", StringComparison.Ordinal)
                    || pair.Key.StartsWith("Refused_", StringComparison.Ordinal))
                .Select(pair => pair.Value),
        ];

        Assert.All(all, sentence => Assert.DoesNotContain(buttons, button =>
            sentence.Contains($"「{button}」", StringComparison.Ordinal) || sentence.Contains($"“{button}”", StringComparison.Ordinal)));
        Assert.All(all, sentence => Assert.DoesNotMatch("前の画面|go back|use Issue|Change settings", sentence));
    }

    [Fact]
    public async Task CertificateOrigin_ThatIsNotReached_CostsNoCertificate()
    {
        _bank.CertificateOriginFault =
            new ConnectionFault(ConnectionFaultKind.ProxyForbids, "http://proxy:8080/") { Place = "bank.example:7444" };

        Assert.Equal(1, await Verbs(Password).EnrollAsync(renew: false, "0501D00601N", Cancellation));

        AssertOneLine("「bank.example:7444 への接続を許可してください」");
        Assert.Equal((0, 0), (_bank.Enrollments, _store.OpenRequests));
    }

    [Fact]
    public async Task CertificateOrigin_ThatClosesAfterTheSurvey_CostsNoCertificateEither()
    {
        var closed = new ConnectionFault(ConnectionFaultKind.ServerDown);
        var parts = new Parts(_store, _bank, _bank, new FakeProxy(), _time);
        _bank.CertificateOriginFault = closed;

        var outcome = await new ObtainCertificate(parts).ContinueAsync(
            new EnrollmentJob("0501D00601N", null), new Credentials("0501D00601N", Password), new NoProgress(), Cancellation);

        Assert.Equal(closed, Assert.IsType<EnrollmentOutcome.NotReached>(outcome).Fault);
        Assert.Equal(0, _bank.Enrollments);
    }

    [Fact]
    public async Task Inspection_IsNamedWithItsIssuer_AndNobodyIsSentToANewCertificate()
    {
        _store.Put(_bank, "0501D00601R", OpenWindow.Noon.AddYears(-1), OpenWindow.Noon.AddDays(20));
        _bank.HandshakeFault =
            new ConnectionFault(ConnectionFaultKind.CertificateNotReceived, "Office Inspection CA") { Place = "bank.example:7444" };
        _bank.CertificateOriginFault = _bank.HandshakeFault with { Kind = ConnectionFaultKind.TlsIntercepted };

        Assert.Equal(1, await Verbs(Password).EnrollAsync(renew: true, "0501D00601R", Cancellation));

        AssertOneLine("Office Inspection CA の発行した証明書に置き換えられています");
        Assert.Contains("「bank.example:7444 への通信を検査の対象から外してください」", _error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("証明書発行", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, _bank.Enrollments);
    }

    [Theory]
    [InlineData(true, "すでにこのパソコンに保存されています", "E-6202")]
    [InlineData(false, "別のパソコンか、別の利用者の保存先", "E-1209")]
    public async Task CertificateThatIsInTheWay_IsSaidToBeHere_OrElsewhere(bool here, string words, string code)
    {
        if (here)
        {
            _store.Put(_bank, "0501D00601N", OpenWindow.Noon.AddDays(-100), OpenWindow.Noon.AddDays(200));
        }

        _bank.Answers.Enqueue(new EstOutcome.Refused("certificate-active", "有効な電子証明書が発行済みです。", null) { ErrorCode = "E-1209" });

        Assert.Equal(1, await Verbs(Password).EnrollAsync(renew: false, "0501D00601N", Cancellation));

        AssertOneLine(words);
        Assert.Contains(code, _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(here, !_error.ToString().Contains("失効", StringComparison.Ordinal)
            && !_error.ToString().Contains("発行済み", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StoreThatCannotBeRead_IsSaid_AndNobodyIsSentElsewhereForIt()
    {
        _store.Unreadable = new StoreFault(StoreFaultKind.Unreadable, "/home/clerk/.pki/nssdb");

        Assert.Equal(1, await Verbs("").ListAsync(Cancellation));
        AssertOneLine("/home/clerk/.pki/nssdb が壊れているため、中の電子証明書を確認できません");
        Assert.Equal("", _out.ToString());

        _error.GetStringBuilder().Clear();
        _bank.Answers.Enqueue(new EstOutcome.Refused("certificate-active", "有効な電子証明書が発行済みです。", null) { ErrorCode = "E-1209" });
        Assert.Equal(1, await Verbs(Password).EnrollAsync(renew: false, "0501D00601N", Cancellation));
        Assert.DoesNotContain("別の利用者", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30, 50, "から更新できます", 1)]
    [InlineData(30, 20, "", 0)]
    [InlineData(-30, 20, "", 0)]
    [InlineData(-730, -1, "有効期限が切れています", 1)]
    public async Task Validity_FollowsTheBanksClock(int pcAheadDays, int daysLeftAtTheBank, string words, int exit)
    {
        var bankNow = OpenWindow.Noon.AddDays(-pcAheadDays);
        _bank.ClockBehind = TimeSpan.FromDays(pcAheadDays);
        _store.Put(_bank, "0501D00601R", bankNow.AddYears(-1), bankNow.AddDays(daysLeftAtTheBank));

        Assert.Equal(exit, await Verbs(Password).EnrollAsync(renew: true, "0501D00601R", Cancellation));

        Assert.Contains(exit == 0 ? "このパソコンの時計は銀行より" : words, _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(60, 0)]
    public async Task RenewalWindow_IsTheBanks(int days, int exit)
    {
        _bank.RenewalWindowDays = days;
        _store.Put(_bank, "0501D00601R", OpenWindow.Noon.AddYears(-1), OpenWindow.Noon.AddDays(50));

        Assert.Equal(exit, await Verbs(Password).EnrollAsync(renew: true, "0501D00601R", Cancellation));
    }

    [Fact]
    public async Task RevokedCertificate_IsShownAsRevoked_AndNotRenewed()
    {
        _bank.Revoked.Add(_store.Put(_bank, "0501D00601R", OpenWindow.Noon.AddYears(-1), OpenWindow.Noon.AddDays(20)).SerialNumber);

        Assert.Equal(0, await Verbs("").ListAsync(Cancellation));
        Assert.EndsWith("\t失効済み\n", _out.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal(1, await Verbs(Password).EnrollAsync(renew: true, "0501D00601R", Cancellation));
        AssertOneLine("失効済みです");
        Assert.Equal((0, 0), (_bank.Handshakes, _bank.Enrollments));
    }

    [Fact]
    public async Task Password_ThatNeverComes_IsWaitedForOnlyUntilTheProgramIsToEnd()
    {
        using var ending = new CancellationTokenSource();
        using var silent = new SilentReader();
        var reading = new Terminal(silent, _out, _error, IsInteractive: false).ReadPasswordAsync("", ending.Token);

        await ending.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Theory]
    [InlineData("pipe:[7]", true, "/dev/null", "pipe:[7]")]
    [InlineData("pipe:[7]", false, "/dev/null", "pipe:[8]")]
    [InlineData("/dev/null", false, "/dev/null")]
    [InlineData("/tmp/password", false, "/tmp/password")]
    [InlineData(null, false)]
    public void ClosedInput_IsKnownByItsOtherEnd(string? input, bool closed, params string[] written) =>
        Assert.Equal(closed, Terminal.IsOurOwn(input, written));

    [Fact]
    public void English_AndJapanese_HaveTheSameKeys_AndNameTheSameThings()
    {
        var (japanese, english) = (Resource("AppText.resx"), Resource("AppText.en.resx"));
        Assert.Equal(japanese.Keys.Order(StringComparer.Ordinal), english.Keys.Order(StringComparer.Ordinal));
        Assert.All(japanese, pair => Assert.Equal(
            pair.Value.Contains("{0}", StringComparison.Ordinal), english[pair.Key].Contains("{0}", StringComparison.Ordinal)));
        Assert.All(english, pair => Assert.DoesNotMatch("[ぁ-んァ-ヶ]", pair.Value));
    }

    [Theory]
    [InlineData("ja", "2027年10月20日", "2027年10月20日 08時59分59秒", "発行後1年間", "あと2日")]
    [InlineData("en", "20 October 2027", "20 October 2027, 08:59:59", "valid for 1 year from", "2 days left")]
    public void DatesAndNumbers_AreWrittenInTheLanguageOfTheSentence(string language, string day, string exact, string year, string days)
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        var instant = new DateTimeOffset(2027, 10, 19, 23, 59, 59, TimeSpan.Zero);

        Assert.Equal((day, exact), (JapanTime.Day(instant), JapanTime.Exact(instant)));
        Assert.Contains(year, Words.Counted("Result_Note2", 1), StringComparison.Ordinal);
        Assert.Equal(days, Words.Counted("Days_Left", 2));
    }

    [Fact]
    public async Task List_InEnglish_HoldsNoJapaneseDate()
    {
        CultureInfo.CurrentUICulture = Words.English;
        _store.Put(_bank, "0501D00601R", OpenWindow.Noon.AddYears(-1), OpenWindow.Noon.AddDays(100));

        Assert.Equal(0, await Verbs("").ListAsync(Cancellation));
        Assert.Equal(1, await Verbs(Password).EnrollAsync(renew: true, "0501D00601R", Cancellation));

        Assert.DoesNotContain('年', _out.ToString() + _error);
        Assert.Contains("can be renewed from 20 January 2027", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-11-21T03:00:00Z", "2026-11-27T23:59:59Z", 7)]
    [InlineData("2026-11-21T14:59:59Z", "2026-11-27T23:59:59Z", 7)]
    [InlineData("2026-11-21T15:00:00Z", "2026-11-27T23:59:59Z", 6)]
    [InlineData("2026-11-27T23:59:59Z", "2026-11-27T23:59:59Z", 0)]
    public void DaysLeft_AreCountedInJapan(string now, string until, int days) =>
        Assert.Equal(days, JapanTime.DaysLeft(
            DateTimeOffset.Parse(now, CultureInfo.InvariantCulture), DateTimeOffset.Parse(until, CultureInfo.InvariantCulture)));

    public void Dispose()
    {
        _bank.Dispose();
        _out.Dispose();
        _error.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private HeadlessVerbs Verbs(string stdin) => new(
        new Parts(_store, _bank, _bank, new FakeProxy(), _time), new AppIdentity("", new Version(1, 0, 0)), new Terminal(
            new StringReader(stdin + "\n"), _out, _error, IsInteractive: false));

    private sealed class NoProgress : IEnrollmentProgress
    {
        public void StepStarted(EnrollmentStep step)
        {
        }

        public void Waiting(TimeSpan wait)
        {
        }
    }

    /// <summary>Standard input that somebody holds open and never writes to.</summary>
    private sealed class SilentReader : TextReader
    {
        private readonly ManualResetEventSlim _never = new();

        public override int Read()
        {
            _never.Wait();
            return -1;
        }

        protected override void Dispose(bool disposing)
        {
            _never.Set();
            base.Dispose(disposing);
        }
    }

    private void AssertOneLine(string words)
    {
        Assert.Contains(words, _error.ToString(), StringComparison.Ordinal);
        Assert.Single(_error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static Dictionary<string, string> Resource(string file)
    {
        return XDocument.Load(Repository.At("DensaiAdmin.EnrollmentApp", "Shared", file)).Root!.Elements("data")
            .ToDictionary(entry => entry.Attribute("name")!.Value, entry => entry.Element("value")!.Value, StringComparer.Ordinal);
    }
}
