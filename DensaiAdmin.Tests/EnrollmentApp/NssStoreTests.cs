using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>The real tools on a home directory of the test's own.</summary>
public sealed class NssStoreTests : CertificateStoreContract
{
    private readonly RecordingRunner _programs = new(new ProgramRunner());

    private string Home => Directory.At("home");

    private string Primary => Path.Combine(Home, ".pki/nssdb");

    private string Firefox => Path.Combine(Home, ".mozilla/firefox/k3x.default-release");

    private string Scratch => Directory.At("scratch");

    private protected override ICertificateStore Open() => Open(_programs);

    [Fact]
    public async Task Begin_WithoutADatabase_MakesTheOneThatEveryChromiumReads()
    {
        await BeginAsync(Open(), "issue " + LoginId);

        Assert.True(File.Exists(Path.Combine(Primary, "key4.db")));
#pragma warning disable CA1416 // The store exists where file modes do.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Primary));
#pragma warning restore CA1416
    }

    [Fact]
    public async Task Begin_WithTheNewerDatabaseOnly_UsesThatOne()
    {
        var newer = Path.Combine(Home, ".local/share/pki/nssdb");
        System.IO.Directory.CreateDirectory(newer);

        await BeginAsync(Open(), "issue " + LoginId);

        Assert.True(File.Exists(Path.Combine(newer, "key4.db")));
        Assert.False(System.IO.Directory.Exists(Primary));
    }

    [Fact]
    public async Task Install_IsSeenByNssAsAPersonsCertificate_WithItsAuthorities()
    {
        var stored = await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));

        var listing = (await Tool.Run("certutil", ["-L", "-d", "sql:" + Primary])).Output;
        Assert.Matches($@"Densai {LoginId} {stored.Certificate.SerialNumber[..8]}\s+u,u,u", listing);
        Assert.Equal(Authorities.Count, listing.Split('\n').Count(
            line => line.StartsWith("Densai CA", StringComparison.Ordinal) && line.TrimEnd().EndsWith(" ,,", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Install_LeavesATrustedAuthorityTrusted()
    {
        await Open().CheckAsync(Cancellation);
        await Tool.Run("certutil", ["-A", "-n", "mine", "-t", "C,,", "-d", "sql:" + Primary], Authorities[0].RawData);

        await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));

        Assert.Matches(@"mine\s+C,,", (await Tool.Run("certutil", ["-L", "-d", "sql:" + Primary])).Output);
    }

    [Fact]
    public async Task Install_WithAFirefoxProfile_PutsItThereToo_AndRemoveTakesItFromBoth()
    {
        await MakeFirefoxAsync();
        var stored = await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));

        Assert.Contains(LoginId, (await Tool.Run("certutil", ["-K", "-d", "sql:" + Firefox])).Output);
        Assert.Single(await Open().ListAsync(Authorities, Cancellation));

        Assert.Null(await Open().RemoveAsync(stored, Cancellation));
        foreach (var database in new[] { Primary, Firefox })
        {
            Assert.Contains("no keys found", (await Tool.Run("certutil", ["-K", "-d", "sql:" + database])).All);
        }
    }

    [Fact]
    public async Task Install_WithAFirefoxProfileBehindAPassword_StillInstalls()
    {
        await MakeFirefoxAsync("a primary password");

        var stored = await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));

        Assert.Equal(
            stored.Certificate.SerialNumber, Assert.Single(await Open().ListAsync(Authorities, Cancellation)).Certificate.SerialNumber);
    }

    [Fact]
    public async Task Check_OfADatabaseBehindAPassword_SaysSo()
    {
        System.IO.Directory.CreateDirectory(Primary);
        await Tool.Run("certutil", ["-N", "-d", "sql:" + Primary, "-f", Directory.Write("pin", "a password of its own\n")]);

        Assert.Equal(new StoreFault(StoreFaultKind.PasswordProtected, Primary), await Open().CheckAsync(Cancellation));
        Assert.Equal(StoreFaultKind.PasswordProtected, (await Open().BeginAsync("issue " + LoginId, Cancellation)).Fault?.Kind);
    }

    [Fact]
    public async Task Check_WithoutTools_NamesThePackage() =>
        Assert.Equal(new StoreFault(StoreFaultKind.ToolsMissing, "libnss3-tools"), await Open(new NoPrograms()).CheckAsync(Cancellation));

    [Fact]
    public async Task Check_WithoutABrowser_SaysSo()
    {
        Open();
        File.Delete(Directory.At("bin/chromium"));

        Assert.Equal(StoreFaultKind.NoBrowser, (await Store(_programs, Home).CheckAsync(Cancellation))?.Kind);
    }

    [Fact]
    public async Task Check_WhereNothingCanBeWritten_NamesThePath()
    {
        // Not even root makes a directory there.
        Open();
        var fault = await Store(_programs, "/sys/kernel").CheckAsync(Cancellation);

        Assert.Equal(new StoreFault(StoreFaultKind.ReadOnly, "/sys/kernel/.pki/nssdb"), fault);
    }

    [Theory]
    [InlineData("certutil: unable to generate key(s): PR_NO_DEVICE_SPACE_ERROR: The device for storing the file is full.",
        nameof(StoreFaultKind.DiskFull))]
    [InlineData("certutil: function failed: SEC_ERROR_READ_ONLY: security library: read-only database.", nameof(StoreFaultKind.ReadOnly))]
    [InlineData("certutil: something else entirely", nameof(StoreFaultKind.Failed))]
    public async Task Begin_WhereTheToolRefuses_SaysWhyAndLeavesNothingOpen(string words, string kind)
    {
        await Open().CheckAsync(Cancellation);
        var refusing = new RecordingRunner(
            new ProgramRunner())
        { Answer = arguments => arguments.Contains("-R") ? new ProgramAnswer(255, [], words) : null };

        var (_, fault) = await Open(refusing).BeginAsync("issue " + LoginId, Cancellation);

        Assert.Equal(kind, fault?.Kind.ToString());
        Assert.Empty(new OpenRequests(Directory.At("requests")).List());
        // And trying again works.
        await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));
    }

    [Fact]
    public async Task Begin_AfterDyingBeforeTheRequestWasKept_ForgetsThatKey()
    {
        var first = await BeginAsync(Open(), "issue " + LoginId);
        var requests = Directory.At("requests");
        File.Delete(Path.Combine(requests, first.Id + ".json"));
        await File.WriteAllBytesAsync(Path.Combine(requests, first.Id + ".csr"), first.Der, Cancellation);

        var second = await BeginAsync(Open(), "issue " + LoginId);

        Assert.Equal(
            [NssKey.OfRequest(second.Der.ToArray())], NssKey.Parse((await Tool.Run("certutil", ["-K", "-d", "sql:" + Primary])).Output));
        Assert.Empty(System.IO.Directory.GetFiles(requests, "*.csr"));
    }

    [Fact]
    public async Task Begin_WhereTheDatabaseWasThrownAway_MakesANewKey()
    {
        var first = await BeginAsync(Open(), "issue " + LoginId);
        System.IO.Directory.Delete(Primary, recursive: true);

        Assert.NotEqual(first.Id, (await BeginAsync(Open(), "issue " + LoginId)).Id);
    }

    [Fact]
    public async Task EveryAct_LeavesNoKeyAndNoPasswordInArgumentsFilesOrOpenPipes()
    {
        await MakeFirefoxAsync();
        var stored = await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));
        using var opened = (await Open().OpenAsync(stored, Cancellation)).Value;

        // Whatever went through a pipe to pk12util is a password: nowhere else may it stand.
        var passwords = _programs.Calls.Where(call => call.Program == "pk12util" && call.Input.Length > 0)
            .Select(call => Encoding.ASCII.GetString(call.Input)).ToList();
        Assert.NotEmpty(passwords);
        var exports = _programs.Calls.Where(call => call.Arguments.Contains("-o") && call.Program == "pk12util")
            .Select(call => Encoding.ASCII.GetString(call.Input)).ToList();
        Assert.Equal(exports.Count, exports.Distinct(StringComparer.Ordinal).Count());
        var key = opened!.GetECDsaPrivateKey()!.ExportParameters(includePrivateParameters: true).D!;
        var secrets = passwords.Select(Encoding.ASCII.GetBytes).Append(key).Append(Encoding.ASCII.GetBytes(Convert.ToHexString(key)))
            .Append(Encoding.ASCII.GetBytes(Convert.ToBase64String(key))).ToList();

        Assert.All(_programs.Calls, call => Assert.All(secrets, secret => Assert.True(
            Encoding.UTF8.GetBytes(string.Join('\0', call.Arguments)).AsSpan().IndexOf(secret) < 0, call.Program)));
        Assert.All(System.IO.Directory.EnumerateFiles(Directory.Path, "*", SearchOption.AllDirectories), file =>
            Assert.All(secrets, secret => Assert.True(
            File.ReadAllBytes(file).AsSpan().IndexOf(secret) < 0, file)));
        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(Scratch));
        Assert.Equal([".lock", ".making"], NamesIn(Directory.At("requests")));
    }

    [Fact]
    public async Task Install_WhereCopyingToFirefoxFails_LeavesNoFileInScratch()
    {
        await MakeFirefoxAsync();
        var failing = new RecordingRunner(
            new ProgramRunner())
        { Answer = arguments => arguments.Contains("-i") ? throw new IOException("broken") : null };

        await InstallAsync(Open(failing), await BeginAsync(Open(), "issue " + LoginId));

        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(Scratch));
    }

    [Fact]
    public async Task Readers_AreStartedWithWhatTheyReadHere()
    {
        OnlyFirefox();
        await MakeFirefoxAsync();
        // The Firefox that made this profile lies where no PATH leads.
        System.IO.Directory.CreateDirectory(Directory.At("opt"));
        var last = Directory.Write("opt/firefox", "");
        await File.WriteAllTextAsync(
            Path.Combine(Firefox, "compatibility.ini"), $"[Compatibility]\nLastPlatformDir={Path.GetDirectoryName(last)}\n", Cancellation);
        System.IO.Directory.CreateDirectory(Directory.At("snap-programs"));
        Directory.Write("snap-programs/chromium", "");
        System.IO.Directory.CreateDirectory(Path.Combine(Home, "snap/chromium/current"));
        System.IO.Directory.CreateDirectory(Path.Combine(Home, ".var/app/com.google.Chrome"));
        System.IO.Directory.CreateDirectory(Directory.At("flatpak-apps/com.google.Chrome"));
        var store = Store(_programs, Home);

        await InstalledAsync(store, await BeginAsync(store, "issue " + LoginId));

        Assert.Equal(
            [$"{Directory.At("snap-programs/chromium")}", "flatpak run com.google.Chrome", $"{last} --profile {Firefox}"],
            store.Readers!.Select(reader => string.Join(' ', [reader.Program, .. reader.Arguments])));
    }

    public static TheoryData<string, string, string> Places() => new()
    {
        { "bin/chromium", ".pki/nssdb", "Chromium" },
        { "bin/google-chrome-beta", ".pki/nssdb", "Chrome" },
        { "bin/microsoft-edge-dev", ".pki/nssdb", "Edge" },
        { "bin/brave-browser", ".pki/nssdb", "Brave" },
        { "bin/brave-browser-nightly", ".pki/nssdb", "Brave" },
        { "bin/vivaldi-stable", ".pki/nssdb", "Vivaldi" },
        { "bin/opera-beta", ".pki/nssdb", "Opera" },
        { "home/snap/chromium/current/", "snap/chromium/current/.pki/nssdb", "Chromium" },
        { "home/snap/brave/current/", "snap/brave/current/.pki/nssdb", "Brave" },
        { "home/snap/chromium/current/.local/share/pki/nssdb/", "snap/chromium/current/.local/share/pki/nssdb", "Chromium" },
        { "home/.var/app/com.google.Chrome/", ".var/app/com.google.Chrome/.pki/nssdb", "Chrome" },
        { "home/.var/app/org.chromium.Chromium/data/pki/nssdb/", ".var/app/org.chromium.Chromium/data/pki/nssdb", "Chromium" },
        { "home/.mozilla/firefox/", ".mozilla/firefox/k3x.default-release", "Firefox" },
        { "home/.config/mozilla/firefox/", ".config/mozilla/firefox/k3x.default-release", "Firefox" },
        { "home/snap/firefox/current/../common/.mozilla/firefox/", "snap/firefox/common/.mozilla/firefox/k3x.default-release", "Firefox" },
        { "home/.var/app/org.mozilla.firefox/.mozilla/firefox/", ".var/app/org.mozilla.firefox/.mozilla/firefox/k3x.default-release",
            "Firefox" },
        { "home/.var/app/org.mozilla.firefox/config/mozilla/firefox/",
            ".var/app/org.mozilla.firefox/config/mozilla/firefox/k3x.default-release", "Firefox" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task EveryBrowser_FindsTheCertificateWhereItLooks_AndIsNamed(string there, string database, string name)
    {
        // A PC with this one browser and no other.
        var isFirefox = name == "Firefox";
        Prepare();
        File.Delete(Directory.At("bin/chromium"));
        if (there.EndsWith('/'))
        {
            System.IO.Directory.CreateDirectory(Directory.At(there.Replace("current/../", "current/", StringComparison.Ordinal)));
            System.IO.Directory.CreateDirectory(Path.GetFullPath(Directory.At(there)));
        }
        else
        {
            Directory.Write(there, "");
        }

        if (isFirefox)
        {
            Directory.Write("bin/firefox-esr", "");
            var root = Path.GetFullPath(Directory.At(there));
            System.IO.Directory.CreateDirectory(Path.Combine(root, "k3x.default-release"));
            await File.WriteAllTextAsync(
                Path.Combine(
                root, "profiles.ini"),
                "[Install4F96D1932A9F858E]\nDefault=k3x.default-release\n\n"
                + "[Profile0]\nName=default-release\nIsRelative=1\nPath=k3x.default-release\n", Cancellation);
        }

        var store = Store(_programs, Home);
        Assert.Null(await store.CheckAsync(Cancellation));
        await InstalledAsync(store, await BeginAsync(store, "issue " + LoginId));

        Assert.Contains(LoginId, (await Tool.Run("certutil", ["-K", "-d", "sql:" + Path.Combine(Home, database)])).Output);
        Assert.Contains($"（{name}用）", store.DisplayName, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FirefoxAtAnAbsolutePath_HasItToo()
    {
        var elsewhere = Directory.At("elsewhere");
        System.IO.Directory.CreateDirectory(elsewhere);
        System.IO.Directory.CreateDirectory(Path.Combine(Home, ".mozilla/firefox"));
        await File.WriteAllTextAsync(Path.Combine(Home, ".mozilla/firefox/profiles.ini"),
            $"[Profile0]\nName=work\nIsRelative=0\nPath={elsewhere}\nDefault=1\n", Cancellation);
        OnlyFirefox();

        await InstalledAsync(Store(_programs, Home), await BeginAsync(Store(_programs, Home), "issue " + LoginId));

        Assert.Contains(LoginId, (await Tool.Run("certutil", ["-K", "-d", "sql:" + elsewhere])).Output);
    }

    [Fact]
    public async Task Check_OfABrowserThatNeverRan_NamesIt_BeforeAnythingIsSpent()
    {
        OnlyFirefox();

        Assert.Equal(new StoreFault(StoreFaultKind.NoBrowser, "Firefox"), await Store(_programs, Home).CheckAsync(Cancellation));
        Assert.Equal(StoreFaultKind.NoBrowser, (await Store(_programs, Home).BeginAsync("issue " + LoginId, Cancellation)).Fault?.Kind);
    }

    [Fact]
    public async Task Check_WhereTheOnlyBrowserHasAPrimaryPassword_SaysSo_ThoughAnotherProfileWouldTakeIt()
    {
        await MakeFirefoxAsync("a primary password");
        var other = Path.Combine(Home, ".mozilla/firefox/other");
        System.IO.Directory.CreateDirectory(other);
        await File.WriteAllTextAsync(
            Path.Combine(Home, ".mozilla/firefox/profiles.ini"),
            "[Install4F96D1932A9F858E]\nDefault=k3x.default-release\n"
            + "[Profile0]\nName=a\nIsRelative=1\nPath=k3x.default-release\n[Profile1]\nName=b\nIsRelative=1\nPath=other\n", Cancellation);
        OnlyFirefox();

        Assert.Equal(new StoreFault(StoreFaultKind.PasswordProtected, Firefox), await Store(_programs, Home).CheckAsync(Cancellation));
    }

    [Fact]
    public async Task Install_NamesOnlyWhatItWroteTo()
    {
        await MakeFirefoxAsync("a primary password");
        var store = Open();
        Directory.Write("bin/firefox-esr", "");
        Directory.Write("bin/vivaldi", "");

        await InstalledAsync(store, await BeginAsync(store, "issue " + LoginId));

        Assert.Contains("（Chromium・Vivaldi用）", store.DisplayName, StringComparison.Ordinal);
        Assert.Equal([Directory.At("bin/chromium"), Directory.At("bin/vivaldi")], store.Readers!.Select(reader => reader.Program));
        Assert.Equal(["Firefox"], store.BrowsersWithout);
        var places = await store.InspectAsync(Cancellation);
        Assert.Equal(StoreFaultKind.PasswordProtected, Assert.Single(places, place => place.Browsers == "Firefox").Fault?.Kind);
    }

    [Fact]
    public async Task Install_WhereTheOnlyBrowserRefusesAtTheLastMoment_IsNotDone_AndGoesOnLater()
    {
        await MakeFirefoxAsync();
        OnlyFirefox();
        var refusing = new RecordingRunner(new ProgramRunner())
        {
            Answer = arguments => arguments.Contains("-i")
            ? new ProgramAnswer(1, [], "SEC_ERROR_READ_ONLY")
            : null
        };
        var request = await BeginAsync(Store(_programs, Home), "issue " + LoginId);
        using var certificate = Issue(request);

        var refused = await Store(refusing, Home).InstallAsync(request, certificate, Authorities, LoginId, Cancellation);

        Assert.Equal(new StoreFault(StoreFaultKind.ReadOnly, Firefox), refused.Fault);
        var store = Store(_programs, Home);
        Assert.Null((await store.InstallAsync(request, certificate, Authorities, LoginId, Cancellation)).Fault);
        Assert.Contains("（Firefox用）", store.DisplayName, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChromiumsOwnDatabaseBehindAPassword_LeavesItToFirefox()
    {
        System.IO.Directory.CreateDirectory(Primary);
        await Tool.Run("certutil", ["-N", "-d", "sql:" + Primary, "-f", Directory.Write("pin", "a password of its own\n")]);
        await MakeFirefoxAsync();
        var store = Open();
        Directory.Write("bin/firefox-esr", "");

        await InstalledAsync(store, await BeginAsync(store, "issue " + LoginId));

        Assert.Contains("（Firefox用）", store.DisplayName, StringComparison.Ordinal);
        Assert.Single(await store.ListAsync(Authorities, Cancellation));
    }

    [Theory]
    [InlineData("key4.db", "")]
    [InlineData("key4.db", "not a database at all, and longer than a head of one")]
    [InlineData("key4.db", null)]
    [InlineData("cert9.db", "")]
    [InlineData("cert9.db", null)]
    public async Task BrokenDatabase_IsSetAside_AndItIsSaidWhere(string file, string? content)
    {
        await Open().CheckAsync(Cancellation);
        Break(Path.Combine(Primary, file), content);
        var store = Open();

        Assert.Null(await store.CheckAsync(Cancellation));
        await InstalledAsync(store, await BeginAsync(store, "issue " + LoginId));

        Assert.Contains($"{Primary}.broken に残しました", store.DisplayName, StringComparison.Ordinal);
        Assert.NotEmpty(System.IO.Directory.EnumerateFiles(Primary + ".broken"));
        Assert.Contains(LoginId, (await Tool.Run("certutil", ["-K", "-d", "sql:" + Primary])).Output);
    }

    [Fact]
    public async Task BrokenDatabase_StaysWhereItIs_UntilThereIsACertificate_AndIsSaid()
    {
        await Open().CheckAsync(Cancellation);
        Break(Path.Combine(Primary, "key4.db"), "overwritten");
        var store = Open();
        var unreadable = new StoreFault(StoreFaultKind.Unreadable, Primary);

        var refused = await BeginAsync(store, "issue " + LoginId);
        Assert.Equal(unreadable, store.Unreadable);
        Assert.Equal(unreadable, Assert.Single(await store.InspectAsync(Cancellation)).Fault);
        // Another start goes on with the same request.
        Assert.Equal(refused.Der, (await BeginAsync(Open(), "issue " + LoginId)).Der);
        await store.AbandonAsync(refused, Cancellation);

        Assert.Equal("overwritten", await File.ReadAllTextAsync(Path.Combine(Primary, "key4.db"), Cancellation));
        Assert.False(System.IO.Directory.Exists(Primary + ".broken"));
        Assert.Empty(System.IO.Directory.EnumerateDirectories(Directory.At("requests")));
    }

    [Fact]
    public async Task BrokenDatabase_RefusalOfOnePerson_LeavesTheKeyOfAnother()
    {
        await Open().CheckAsync(Cancellation);
        Break(Path.Combine(Primary, "key4.db"), "overwritten");
        var store = Open();
        var waiting = await BeginAsync(store, "issue " + LoginId);
        var refused = await BeginAsync(store, "issue another");

        await store.AbandonAsync(refused, Cancellation);

        await InstalledAsync(store, waiting);
        Assert.Single(await Open().ListAsync(Authorities, Cancellation));
        Assert.Empty(System.IO.Directory.EnumerateDirectories(Directory.At("requests")));
    }

    [Theory]
    [InlineData("cert9.db")]
    [InlineData("key4.db")]
    public async Task DatabaseThatAnotherProgramWorksIn_IsBusy_AndNothingIsMoved(string file)
    {
        await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));
        using (var other = await HoldAsync(Path.Combine(Primary, file)))
        {
            Assert.Equal(new StoreFault(StoreFaultKind.Busy, Primary), (await Open().BeginAsync("issue another", Cancellation)).Fault);
            await ReleaseAsync(other);
        }

        Assert.False(System.IO.Directory.Exists(Primary + ".broken"));
        Assert.Single(await Open().ListAsync(Authorities, Cancellation));
    }

    [Fact]
    public async Task DatabaseThatAnotherProgramWorksInForAMoment_IsWaitedFor()
    {
        await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));
        using var other = await HoldAsync(Path.Combine(Primary, "cert9.db"));
        var looks = 0;
        var patient = new RecordingRunner(new ProgramRunner())
        {
            Answer = arguments =>
            {
                if (arguments.Contains("-K") && ++looks == 2)
                {
                    ReleaseAsync(other).GetAwaiter().GetResult();
                }

                return null;
            },
        };

        Assert.Null(await Open(patient).CheckAsync(Cancellation));
        Assert.Null(Open().Unreadable);
    }

    [Fact]
    public async Task ManyAppsAtOnce_OnAPcWithoutADatabase_MakeOne()
    {
        Open();

        var found = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Open().CheckAsync(Cancellation)));

        Assert.All(found, Assert.Null);
        Assert.Equal(["cert9.db", "key4.db"], NamesIn(Primary));
    }

    [Fact]
    public async Task RequestThatWasCutOffWhileItWasKept_IsSweptAway()
    {
        System.IO.Directory.CreateDirectory(Directory.At("requests"));
        var cutOff = Directory.Write("requests/0123456789ABCDEF0123456789ABCDEF.json.new", "{");

        await BeginAsync(Open(), "issue " + LoginId);

        Assert.False(File.Exists(cutOff));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("loop")]
    public async Task PlaceWhereAFileOrALinkStandsInTheWay_IsSaidInWords(string way)
    {
        Open();
        System.IO.Directory.CreateDirectory(Home);
        var inTheWay = Path.Combine(Home, ".pki");
        if (way == "file")
        {
            await File.WriteAllTextAsync(inTheWay, "", Cancellation);
        }
        else
        {
            File.CreateSymbolicLink(inTheWay, inTheWay);
        }

        Assert.Equal(new StoreFault(StoreFaultKind.ReadOnly, Primary), await Open().CheckAsync(Cancellation));
    }

    private static IEnumerable<string?> NamesIn(string folder) =>
        System.IO.Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    /// <summary>Another program with a lock on a database: locks of one process are in the way of others only.</summary>
    private static async Task<Process> HoldAsync(string file)
    {
        const string program = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
            + "c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()";
        var start = new ProcessStartInfo("python3", ["-c", program, file])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var other = Process.Start(start)!;
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync(Cancellation));
        return other;
    }

    private static async Task ReleaseAsync(Process other)
    {
        other.StandardInput.Close();
        await other.WaitForExitAsync(Cancellation);
    }

    [Fact]
    public async Task BrokenDatabaseOfFirefox_IsLeftAlone_AndSaid()
    {
        await MakeFirefoxAsync();
        Break(Path.Combine(Firefox, "key4.db"), "overwritten");
        OnlyFirefox();

        Assert.Equal(new StoreFault(StoreFaultKind.Broken, Firefox), await Store(_programs, Home).CheckAsync(Cancellation));

        // And is in nobody else's way.
        await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));
        Assert.Equal("overwritten", await File.ReadAllTextAsync(Path.Combine(Firefox, "key4.db"), Cancellation));
    }

    [Fact]
    public async Task DatabaseThatWasCutShortWhileItWasMade_IsNone_AndTryingAgainMakesOne()
    {
        Open();
        var full = new RecordingRunner(new ProgramRunner())
        {
            Answer = arguments =>
            {
                if (!arguments.Contains("-N"))
                {
                    return null;
                }

                File.WriteAllText(
                    Path.Combine(arguments.Single(argument => argument.StartsWith("sql:", StringComparison.Ordinal))[4..], "cert9.db"), "");
                return new ProgramAnswer(255, [], "certutil: function failed: PR_NO_DEVICE_SPACE_ERROR");
            },
        };

        Assert.Equal(new StoreFault(StoreFaultKind.DiskFull, Primary), await Open(full).CheckAsync(Cancellation));
        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(Primary));
        await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("file")]
    public async Task ScratchThatCannotBeUsed_IsInNobodysWay(string scratch)
    {
        await MakeFirefoxAsync();
        Directory.Write("file", "");
        Open();
        var store = new NssStore(At(Home) with { Scratch = Directory.At(scratch) }, _programs, new OpenRequests(Directory.At("requests")));

        await InstalledAsync(store, await BeginAsync(store, "issue " + LoginId));

        Assert.Contains(LoginId, (await Tool.Run("certutil", ["-K", "-d", "sql:" + Firefox])).Output);
    }

    [Fact]
    public async Task FolderOfFirefoxThatCannotBeRead_IsNamed_AndNothingElseSuffers()
    {
        // Not even root reads this file: the disk answers with an error, as it does where the folder is closed to this person.
        var root = Path.Combine(Home, ".mozilla/firefox");
        System.IO.Directory.CreateDirectory(root);
        File.CreateSymbolicLink(Path.Combine(root, "profiles.ini"), "/proc/self/mem");
        var store = Open();
        Directory.Write("bin/firefox-esr", "");

        await InstalledAsync(store, await BeginAsync(store, "issue " + LoginId));

        Assert.Contains("（Chromium用）", store.DisplayName, StringComparison.Ordinal);
        Assert.Equal(new StoreFault(StoreFaultKind.ReadOnly, root),
            Assert.Single(await store.InspectAsync(Cancellation), place => place.Browsers == "Firefox").Fault);
        File.Delete(Directory.At("bin/chromium"));
        Assert.Equal(new StoreFault(StoreFaultKind.ReadOnly, root), await store.CheckAsync(Cancellation));
    }

    [Fact]
    public async Task Runner_OfAToolThatAsksWithoutEnd_StopsIt()
    {
        // certutil -N on a database that is there asks for its password for ever.
        await Open().CheckAsync(Cancellation);

        var answer = await new ProgramRunner().RunAsync("certutil", ["-N", "-d", "sql:" + Primary], default, Cancellation);

        Assert.Equal((-1, "certutil: unbounded output"), (answer!.ExitCode, answer.LastErrorLine));
    }

    private ICertificateStore Open(IProgramRunner programs)
    {
        Prepare();
        return Store(programs, Home);
    }

    private void Prepare()
    {
        System.IO.Directory.CreateDirectory(Home);
        System.IO.Directory.CreateDirectory(Scratch);
        System.IO.Directory.CreateDirectory(Directory.At("bin"));
        Directory.Write("bin/chromium", "");
    }

    private void OnlyFirefox()
    {
        Prepare();
        File.Delete(Directory.At("bin/chromium"));
        Directory.Write("bin/firefox-esr", "");
    }

    private static void Break(string file, string? content)
    {
        File.Delete(file);
        if (content is not null)
        {
            File.WriteAllText(file, content);
        }
    }

    private NssStore Store(IProgramRunner programs, string home) =>
        new(At(home), programs, new OpenRequests(Directory.At("requests")));

    /// <summary>A PC on which nothing of the machine that runs the test is installed.</summary>
    private NssPlaces At(string home) =>
        new(home, Directory.At("bin"), Scratch)
        {
            SnapPrograms = Directory.At("snap-programs"),
            FlatpakApps = Directory.At("flatpak-apps")
        };

    private async Task MakeFirefoxAsync(string? password = null)
    {
        System.IO.Directory.CreateDirectory(Firefox);
        IEnumerable<string> how = password is null ? ["--empty-password"] : ["-f", Directory.Write("primary", password + "\n")];
        Assert.Equal(0, (await Tool.Run("certutil", ["-N", "-d", "sql:" + Firefox, .. how])).ExitCode);
    }

    private sealed class NoPrograms : IProgramRunner
    {
        public Task<ProgramAnswer?> RunAsync(
            string program, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation) =>
            Task.FromResult<ProgramAnswer?>(null);
    }
}

/// <summary>Remembers what programs were asked.</summary>
internal sealed class RecordingRunner(IProgramRunner inner) : IProgramRunner
{
    public ConcurrentQueue<(string Program, IReadOnlyList<string> Arguments, byte[] Input)> Calls { get; } = new();

    /// <summary>Answers in place of the program; null: the program does.</summary>
    public Func<IReadOnlyList<string>, ProgramAnswer?> Answer { get; init; } = _ => null;

    public Task<ProgramAnswer?> RunAsync(
        string program, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        Calls.Enqueue((program, arguments, input.ToArray()));
        return Answer(arguments) is { } answer
            ? Task.FromResult<ProgramAnswer?>(answer)
            : inner.RunAsync(program, arguments, input, cancellation);
    }
}
