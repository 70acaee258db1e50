using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>Which browser shows the window, and which ones must be closed after an issue.</summary>
public sealed class WindowBrowserTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("densai-browser-").FullName;

    private string Path => System.IO.Path.Combine(_root, "bin");

    [Fact]
    public void AppWindow_HasItsSize_AndAProfileOfItsOwn()
    {
        var browsers = new WindowBrowsers(new AppFolder(_root), _ => null, _ => false);
        var arguments = browsers.Arguments(new Uri("http://127.0.0.1:4711/open?t=AB"));

        Assert.Equal("--app=http://127.0.0.1:4711/open?t=AB", arguments[0]);
        Assert.Contains("--window-size=720,560", arguments);
        Assert.Contains("--user-data-dir=" + browsers.ProfileFolder, arguments);
        Assert.StartsWith(_root, browsers.ProfileFolder, StringComparison.Ordinal);
        Assert.Contains("--no-first-run", arguments);
    }

    [Fact]
    public void Found_EachOnce_EdgeBeforeChromeBeforeChromium()
    {
        var there = new[] { "/a/chromium", "/b/google-chrome", "/b/chromium", "/b/microsoft-edge-stable" };
        var browsers = new WindowBrowsers(new AppFolder(_root), name => name == "PATH" ? "/a:/b" : null, there.Contains);

        Assert.Equal(["/b/microsoft-edge-stable", "/b/google-chrome", "/a/chromium"], browsers.Find().Select(browser => browser.Program));
    }

    [Fact]
    public async Task BrowserThatCannotStart_LeavesItToTheNext()
    {
        Program("microsoft-edge", "exit 1");
        var chromium = Program("chromium", $"echo \"$@\" > {_root}/shown");
        var browsers = Browsers();

        Assert.True(await browsers.OpenAsync(new Uri("http://127.0.0.1:1/open?t=AB"), TestContext.Current.CancellationToken));

        var shown = await ShownAsync();
        Assert.StartsWith("--app=file:///", shown, StringComparison.Ordinal);
        AssertLeads(shown["--app=".Length..].Split(' ')[0], "http://127.0.0.1:1/open?t=AB");
        Assert.True(File.Exists(chromium));
    }

    [Fact]
    public async Task SecondWindow_IsOneOfTheFirstBrowser_WhichIsClosedAtTheEnd()
    {
        // As Chromium does: the first process stays, later ones hand over to it.
        Program("chromium", $"if [ -e {_root}/first ]; then exit 0; fi; touch {_root}/first; exec sleep 60");
        var browsers = Browsers();

        Assert.True(await browsers.OpenAsync(new Uri("http://127.0.0.1:1/"), TestContext.Current.CancellationToken));
        var first = browsers.Opened!;
        Assert.True(await browsers.OpenAsync(new Uri("http://127.0.0.1:1/"), TestContext.Current.CancellationToken));

        Assert.Same(first, browsers.Opened);
        Assert.False(first.HasExited);
        browsers.CloseWindow();
        Assert.True(first.HasExited);
    }

    [Fact]
    public async Task NoAppWindow_FallsBackToTheDefaultBrowser()
    {
        Program("xdg-open", $"echo \"$@\" > {_root}/shown");

        Assert.True(
            await Browsers(("DISPLAY", ":0")).OpenAsync(new Uri("http://127.0.0.1:1/open?t=AB"), TestContext.Current.CancellationToken));

        AssertLeads(await ShownAsync(), "http://127.0.0.1:1/open?t=AB");
    }

    [Fact]
    public async Task PersonsOwnChoice_ComesFirst()
    {
        var chosen = Program("mine", $"echo \"$@\" > {_root}/shown");
        Program("chromium", "exit 1");

        Assert.True(
            await Browsers(("BROWSER", chosen)).OpenAsync(new Uri("http://127.0.0.1:1/open?t=AB"), TestContext.Current.CancellationToken));

        AssertLeads(await ShownAsync(), "http://127.0.0.1:1/open?t=AB");
    }

    [Theory]
    [InlineData("chromium")]
    [InlineData("google-chrome-beta")]
    [InlineData("brave-browser")]
    [InlineData("vivaldi-stable")]
    [InlineData("firefox-esr")]
    [InlineData("xdg-open")]
    public async Task NoSecret_StandsInAnArgument_AndThePageGoesWhenTheWindowHasCome(string program)
    {
        Program(program, $"echo \"$@\" > {_root}/shown");
        var browsers = Browsers(("DISPLAY", ":0"));
        var address = new Uri("http://127.0.0.1:1/open?t=5EC2E7");

        Assert.True(await browsers.OpenAsync(address, TestContext.Current.CancellationToken));

        Assert.DoesNotContain("5EC2E7", await ShownAsync(), StringComparison.Ordinal);
        Assert.NotEmpty(FilesThatHold("5EC2E7"));
        browsers.PageLoaded(address.Query);
        Assert.Empty(FilesThatHold("5EC2E7"));
    }

    [Fact]
    public async Task Page_OfAWindowThatNeverCame_GoesWithTheNextStart()
    {
        Program("chromium", "exit 0");
        await Browsers().OpenAsync(new Uri("http://127.0.0.1:1/open?t=5EC2E7"), TestContext.Current.CancellationToken);

        Browsers().RemoveProfile();

        Assert.Empty(FilesThatHold("5EC2E7"));
    }

    [Fact]
    public async Task Profile_IsToldBeforeTheFirstStart_ToKeepNothing()
    {
        var browsers = Browsers();
        Program("chromium", $"cp {browsers.ProfileFolder}/Default/Preferences {_root}/shown");

        Assert.True(await browsers.OpenAsync(new Uri("http://127.0.0.1:1/open?t=AB"), TestContext.Current.CancellationToken));

        using var told = System.Text.Json.JsonDocument.Parse(await ShownAsync());
        foreach (var setting in new[] { "credentials_enable_service", "profile.password_manager_enabled", "translate.enabled",
            "autofill.profile_enabled", "autofill.credit_card_enabled" })
        {
            Assert.False(setting.Split('.').Aggregate(told.RootElement, (at, name) => at.GetProperty(name)).GetBoolean(), setting);
        }
    }

    [Fact]
    public async Task Firefox_HasAProfileOfItsOwn_ThatKeepsNothing()
    {
        var browsers = Browsers(("DISPLAY", ":0"));
        Program("firefox-esr", $"echo \"$@\" > {_root}/shown");

        Assert.True(await browsers.OpenAsync(new Uri("http://127.0.0.1:1/open?t=AB"), TestContext.Current.CancellationToken));

        Assert.Contains("--profile " + browsers.ProfileFolder, await ShownAsync(), StringComparison.Ordinal);
        var told = await File.ReadAllTextAsync(
            System.IO.Path.Combine(browsers.ProfileFolder, "user.js"), TestContext.Current.CancellationToken);
        Assert.Contains("user_pref(\"signon.rememberSignons\", false);", told, StringComparison.Ordinal);
        Assert.Contains("user_pref(\"browser.privatebrowsing.autostart\", true);", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FolderThatCannotBeMade_StillGetsAWindow_WhosePageNobodyElseReads()
    {
        // A file stands where the folder should be, as a read-only home would have it.
        File.WriteAllText(System.IO.Path.Combine(_root, "app"), "");
        Program("chromium", $"echo \"$@\" > {_root}/shown");
        var browsers = Browsers();

        Assert.True(await browsers.OpenAsync(new Uri("http://127.0.0.1:1/open?t=AB"), TestContext.Current.CancellationToken));

        var page = new Uri((await ShownAsync()).Split(' ')[0]["--app=".Length..]).LocalPath;
        AssertLeads(page, "http://127.0.0.1:1/open?t=AB");
        browsers.RemoveProfile();
        Assert.False(Directory.Exists(System.IO.Path.GetDirectoryName(page)));
    }

    [Fact]
    public void BrowserOfAProgramThatWasCutOff_IsEnded_AndNoOther()
    {
        var browsers = Browsers();
        using var forgotten = Running("--user-data-dir=" + browsers.ProfileFolder);
        using var other = Running("--user-data-dir=" + browsers.ProfileFolder + "-of-another");

        browsers.EndOrphans();

        Assert.True(forgotten.HasExited);
        Assert.False(other.HasExited);
        other.Kill();
    }

    [Fact]
    public async Task NoBrowserAtAll_IsSaid() =>
        Assert.False(await Browsers().OpenAsync(new Uri("http://127.0.0.1:1/"), TestContext.Current.CancellationToken));

    [Fact]
    public void Profile_IsRemoved()
    {
        var browsers = Browsers();
        Directory.CreateDirectory(System.IO.Path.Combine(browsers.ProfileFolder, "Default"));

        browsers.RemoveProfile();
        browsers.RemoveProfile();

        Assert.False(Directory.Exists(browsers.ProfileFolder));
    }

    [Theory]
    [InlineData(null, "", "Chromium Firefox")]
    [InlineData(null, "Firefox", "Firefox Chromium")]
    [InlineData("/usr/bin/firefox", "", "Firefox Chromium")]
    [InlineData("firefox", "Chromium", "Firefox Chromium")]
    [InlineData("/usr/bin/opera", "Opera", "Chromium Firefox")]
    public void LoginPage_GoesToABrowserThatHasTheCertificate_ThePersonsOwnFirst(string? preferred, string used, string order)
    {
        BrowserStart[] readers = [new("Chromium", "/usr/bin/chromium", []), new("Firefox", "/usr/bin/firefox", ["--profile", "/p"])];
        BrowserStart[] found = [new("Microsoft Edge", "/usr/bin/microsoft-edge", [])];

        Assert.Equal(order, string.Join(' ', LoginBrowser.Choose(readers, found, preferred, [used]).Select(one => one.Name)));
    }

    [Fact]
    public void LoginPage_WhereEveryBrowserHasTheCertificate_GoesToThePersonsChoice_ThenToTheOneThatWasOpen()
    {
        BrowserStart[] found = [new("Microsoft Edge", "msedge", []), new("Google Chrome", "chrome", [])];

        Assert.Equal(
            ["choice", "chrome", "msedge"],
            LoginBrowser.Choose(null, found, "choice", ["Google Chrome"]).Select(one => one.Program));
    }

    [Fact]
    public void RunningBrowsers_AreNamedOnce_WithoutTheWindowOfTheAppItself()
    {
        RunningProcess[] processes =
        [
            new(10, 1, "chrome"), new(11, 10, "chrome"), new(20, 1, "firefox-esr"), new(30, 1, "bash"),
            new(40, 30, "msedge"), new(41, 40, "msedge"), new(42, 41, "msedge"),
        ];

        Assert.Equal(["Firefox", "Google Chrome"], RunningBrowsers.Among(processes, ownWindow: 40));
        Assert.Equal(["Firefox", "Google Chrome", "Microsoft Edge"], RunningBrowsers.Among(processes, ownWindow: null));
    }

    [Fact]
    public void RunningBrowsers_OfAnotherHome_AreNotToBeClosed_NorWhatTheyStarted() =>
        Assert.Equal(
            ["Firefox"],
            RunningBrowsers.Among(
                [
                    new(10, 1, "chromium") { IsElsewhere = true },
                    new(11, 10, "chromium"),
                    new(12, 11, "chromium"),
                    new(20, 1, "firefox"),
                ],
                null));

    [Fact]
    public void RunningBrowsers_WithParentsInACircle_AreStillListed() =>
        Assert.Equal(["Google Chrome"], RunningBrowsers.Among([new(10, 11, "chrome"), new(11, 10, "bash")], ownWindow: 40));

    [Fact]
    public void ProcessList_HoldsThisVeryProcess_AndItsParent()
    {
        var me = Assert.Single(RunningBrowsers.List(), process => process.Id == Environment.ProcessId);
        Assert.NotEqual(0, me.ParentId);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private Task<string> ShownAsync() =>
        File.ReadAllTextAsync(System.IO.Path.Combine(_root, "shown"), TestContext.Current.CancellationToken);

    private string[] FilesThatHold(string secret) =>
        [.. Directory.EnumerateFiles(System.IO.Path.Combine(_root, "app"), "*", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains(secret, StringComparison.Ordinal))];

    /// <summary>The page leads there, and this person alone reads it.</summary>
    private static void AssertLeads(string page, string address)
    {
        var file = page.Trim() is var given && given.StartsWith('/') ? given : new Uri(given).LocalPath;
        Assert.Contains($"content=\"0;url={address}\"", File.ReadAllText(file), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(System.IO.Path.GetDirectoryName(file)!));
        }
    }

    /// <summary>A process with this argument that waits for nothing.</summary>
    private static System.Diagnostics.Process Running(string argument) => System.Diagnostics.Process.Start(
        new System.Diagnostics.ProcessStartInfo(
            "sh", ["-c", "read line", "browser", argument])
        { RedirectStandardInput = true, UseShellExecute = false })!;

    private WindowBrowsers Browsers(params (string Name, string Value)[] environment) =>
        new(new AppFolder(System.IO.Path.Combine(_root, "app")), name => name == "PATH"
            ? Path
            : environment.FirstOrDefault(set => set.Name == name).Value, File.Exists);

    private string Program(string name, string script)
    {
        Directory.CreateDirectory(Path);
        var file = System.IO.Path.Combine(Path, name);
        File.WriteAllText(file, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return file;
    }
}
