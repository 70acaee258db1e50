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

        Assert.StartsWith("--app=http://127.0.0.1:1/open?t=AB", await File.ReadAllTextAsync(System.IO.Path.Combine(_root, "shown"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
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

        Assert.True(await Browsers(("DISPLAY", ":0")).OpenAsync(new Uri("http://127.0.0.1:1/open?t=AB"), TestContext.Current.CancellationToken));

        Assert.Equal("http://127.0.0.1:1/open?t=AB\n", await File.ReadAllTextAsync(System.IO.Path.Combine(_root, "shown"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task PersonsOwnChoice_ComesFirst()
    {
        var chosen = Program("mine", $"echo \"$@\" > {_root}/shown");
        Program("chromium", "exit 1");

        Assert.True(await Browsers(("BROWSER", chosen)).OpenAsync(new Uri("http://127.0.0.1:1/"), TestContext.Current.CancellationToken));

        Assert.Equal("http://127.0.0.1:1/\n", await File.ReadAllTextAsync(System.IO.Path.Combine(_root, "shown"), TestContext.Current.CancellationToken));
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
    public void RunningBrowsers_WithParentsInACircle_AreStillListed() =>
        Assert.Equal(["Google Chrome"], RunningBrowsers.Among([new(10, 11, "chrome"), new(11, 10, "bash")], ownWindow: 40));

    [Fact]
    public void ProcessList_HoldsThisVeryProcess_AndItsParent()
    {
        var me = Assert.Single(RunningBrowsers.List(), process => process.Id == Environment.ProcessId);
        Assert.NotEqual(0, me.ParentId);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private WindowBrowsers Browsers(params (string Name, string Value)[] environment) =>
        new(new AppFolder(System.IO.Path.Combine(_root, "app")), name => name == "PATH" ? Path : environment.FirstOrDefault(set => set.Name == name).Value, File.Exists);

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
