using System.Collections.Concurrent;
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
        Assert.Equal(Authorities.Count, listing.Split('\n').Count(line => line.StartsWith("Densai CA", StringComparison.Ordinal) && line.TrimEnd().EndsWith(" ,,", StringComparison.Ordinal)));
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

        Assert.Equal(stored.Certificate.SerialNumber, Assert.Single(await Open().ListAsync(Authorities, Cancellation)).Certificate.SerialNumber);
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
    [InlineData("certutil: unable to generate key(s): PR_NO_DEVICE_SPACE_ERROR: The device for storing the file is full.", nameof(StoreFaultKind.DiskFull))]
    [InlineData("certutil: function failed: SEC_ERROR_READ_ONLY: security library: read-only database.", nameof(StoreFaultKind.ReadOnly))]
    [InlineData("certutil: something else entirely", nameof(StoreFaultKind.Failed))]
    public async Task Begin_WhereTheToolRefuses_SaysWhyAndLeavesNothingOpen(string words, string kind)
    {
        await Open().CheckAsync(Cancellation);
        var refusing = new RecordingRunner(new ProgramRunner()) { Answer = arguments => arguments.Contains("-R") ? new ProgramAnswer(255, [], words) : null };

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

        Assert.Equal([NssKey.OfRequest(second.Der.ToArray())], NssKey.Parse((await Tool.Run("certutil", ["-K", "-d", "sql:" + Primary])).Output));
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
        var passwords = _programs.Calls.Where(call => call.Program == "pk12util" && call.Input.Length > 0).Select(call => Encoding.ASCII.GetString(call.Input)).ToList();
        Assert.NotEmpty(passwords);
        var exports = _programs.Calls.Where(call => call.Arguments.Contains("-o") && call.Program == "pk12util").Select(call => Encoding.ASCII.GetString(call.Input)).ToList();
        Assert.Equal(exports.Count, exports.Distinct(StringComparer.Ordinal).Count());
        var key = opened!.GetECDsaPrivateKey()!.ExportParameters(includePrivateParameters: true).D!;
        var secrets = passwords.Select(Encoding.ASCII.GetBytes).Append(key).Append(Encoding.ASCII.GetBytes(Convert.ToHexString(key))).Append(Encoding.ASCII.GetBytes(Convert.ToBase64String(key))).ToList();

        Assert.All(_programs.Calls, call => Assert.All(secrets, secret => Assert.True(
            Encoding.UTF8.GetBytes(string.Join('\0', call.Arguments)).AsSpan().IndexOf(secret) < 0, call.Program)));
        Assert.All(System.IO.Directory.EnumerateFiles(Directory.Path, "*", SearchOption.AllDirectories), file => Assert.All(secrets, secret => Assert.True(
            File.ReadAllBytes(file).AsSpan().IndexOf(secret) < 0, file)));
        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(Scratch));
        Assert.Equal([".lock"], System.IO.Directory.EnumerateFiles(Directory.At("requests")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Install_WhereCopyingToFirefoxFails_LeavesNoFileInScratch()
    {
        await MakeFirefoxAsync();
        var failing = new RecordingRunner(new ProgramRunner()) { Answer = arguments => arguments.Contains("-i") ? throw new IOException("broken") : null };

        await InstallAsync(Open(failing), await BeginAsync(Open(), "issue " + LoginId));

        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(Scratch));
    }

    [Fact]
    public async Task Runner_OfAToolThatAsksWithoutEnd_StopsIt()
    {
        // certutil -N on a database that is there asks for its password for ever.
        await Open().CheckAsync(Cancellation);

        var answer = await new ProgramRunner().RunAsync("certutil", ["-N", "-d", "sql:" + Primary], default, Cancellation);

        Assert.False(answer!.Succeeded);
    }

    private ICertificateStore Open(IProgramRunner programs)
    {
        System.IO.Directory.CreateDirectory(Home);
        System.IO.Directory.CreateDirectory(Scratch);
        System.IO.Directory.CreateDirectory(Directory.At("bin"));
        Directory.Write("bin/chromium", "");
        return Store(programs, Home);
    }

    private NssStore Store(IProgramRunner programs, string home) =>
        new(new NssPlaces(home, Directory.At("bin"), Scratch), programs, new OpenRequests(Directory.At("requests")));

    private async Task MakeFirefoxAsync(string? password = null)
    {
        System.IO.Directory.CreateDirectory(Firefox);
        IEnumerable<string> how = password is null ? ["--empty-password"] : ["-f", Directory.Write("primary", password + "\n")];
        Assert.Equal(0, (await Tool.Run("certutil", ["-N", "-d", "sql:" + Firefox, .. how])).ExitCode);
    }

    private sealed class NoPrograms : IProgramRunner
    {
        public Task<ProgramAnswer?> RunAsync(string program, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation) =>
            Task.FromResult<ProgramAnswer?>(null);
    }
}

/// <summary>Remembers what programs were asked.</summary>
internal sealed class RecordingRunner(IProgramRunner inner) : IProgramRunner
{
    public ConcurrentQueue<(string Program, IReadOnlyList<string> Arguments, byte[] Input)> Calls { get; } = new();

    /// <summary>Answers in place of the program; null: the program does.</summary>
    public Func<IReadOnlyList<string>, ProgramAnswer?> Answer { get; init; } = _ => null;

    public Task<ProgramAnswer?> RunAsync(string program, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        Calls.Enqueue((program, arguments, input.ToArray()));
        return Answer(arguments) is { } answer ? Task.FromResult<ProgramAnswer?>(answer) : inner.RunAsync(program, arguments, input, cancellation);
    }
}
