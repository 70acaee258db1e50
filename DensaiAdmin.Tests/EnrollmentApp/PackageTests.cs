using System.Security.Cryptography;
using System.Text.Json;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary><c>./package</c>: what it makes, what it says about it and what it refuses.</summary>
public sealed class PackageTests(PackagedApp packaged) : IClassFixture<PackagedApp>
{
    [Fact]
    public void Manifest_NamesEachFileWithItsSizeAndHash()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(packaged.At("packages.json")));
        var root = json.RootElement;
        Assert.Equal(
            ("1.2.3", "1.1.0", "https://bank.test:8443"), (Said(root, "version"), Said(root, "minimumVersion"), Said(root, "server")));
        var only = Assert.Single(root.GetProperty("packages").EnumerateArray());
        var file = packaged.At(Said(only, "file"));
        Assert.Equal(("linux", "densai-enrollment_1.2.3_amd64.deb"), (Said(only, "os"), Path.GetFileName(file)));
        Assert.Equal(new FileInfo(file).Length, only.GetProperty("size").GetInt64());
        Assert.Equal(HashOf(file), Said(only, "sha256"));
        Assert.Equal($"{HashOf(file)}  {Path.GetFileName(file)}\n", File.ReadAllText(packaged.At("SHA256SUMS")));
        Assert.InRange(new FileInfo(file).Length, 10_000_000, 60_000_000);
    }

    [Fact]
    public async Task SigningCommand_SeesProgramThenPackageThenHashes_AndOnlyWhatItSignedIsCalledSigned()
    {
        // The command signs packages only, as its exit codes say.
        var lines = await File.ReadAllLinesAsync(packaged.At("signed.log"), TestContext.Current.CancellationToken);

        Assert.Equal(["densai-enrollment", "densai-enrollment_1.2.3_amd64.deb", "SHA256SUMS"], lines.Select(Path.GetFileName));
        using var json = JsonDocument.Parse(File.ReadAllText(packaged.At("packages.json")));
        Assert.True(json.RootElement.GetProperty("packages")[0].GetProperty("signed").GetBoolean());
    }

    [Fact]
    public async Task DebianPackage_HoldsProgramStampSchemeAndIcons()
    {
        var listing = (await Tool.Run("dpkg-deb", ["-c", packaged.Deb])).Output;

        Assert.Matches(@"-rwxr-xr-x root/root .* \./opt/densai-enrollment/densai-enrollment\n", listing);
        Assert.Contains("./usr/bin/densai-enrollment -> /opt/densai-enrollment/densai-enrollment", listing);
        Assert.Matches(@"-rw-r--r-- root/root .* \./opt/densai-enrollment/server-trust\.pem\n", listing);
        Assert.Contains("./usr/share/applications/densai-enrollment.desktop", listing);
        Assert.Contains("./usr/share/icons/hicolor/256x256/apps/densai-enrollment.png", listing);
        Assert.Contains("libnss3-tools", (await Tool.Run("dpkg-deb", ["-f", packaged.Deb, "Depends"])).Output);
    }

    [Fact]
    public async Task DebianPackage_Unpacked_KnowsItsBankAndRuns()
    {
        using var directory = new TemporaryDirectory();
        Assert.Equal(0, (await Tool.Run("dpkg-deb", ["-x", packaged.Deb, directory.Path])).ExitCode);
        var program = directory.At("opt/densai-enrollment");

        using var stamp = JsonDocument.Parse(File.ReadAllText(Path.Combine(program, "server.json")));
        Assert.Equal(("https://bank.test:8443", "試験銀行の証明書発行アプリ", "server-trust.pem"),
            (Said(stamp.RootElement, "server"), Said(stamp.RootElement, "name"), Said(stamp.RootElement, "trust")));
        Assert.Contains("MimeType=x-scheme-handler/densai-enrollment;",
            File.ReadAllText(directory.At("usr/share/applications/densai-enrollment.desktop")));
        // It starts, finds no such verb and says how it is used: nothing of .NET need be installed.
        Assert.Equal(2, (await Tool.Run(Path.Combine(program, "densai-enrollment"), ["no-such-verb"])).ExitCode);
    }

    [Fact]
    public async Task Installer_OfWindows_IsMadeWithoutAWarning()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.At("payload"));
        directory.Write("payload/DensaiEnrollment.exe", "in the program's place");
        directory.Write("payload/server.json", "{}");
        directory.Write("notes.txt", "﻿ご利用にあたって");
        var setup = directory.At("DensaiEnrollment-1.2.3-Setup.exe");

        var made = await Tool.Run("makensis", [
            "-V2", "-WX", "-INPUTCHARSET", "UTF8", "-DVERSION=1.2.3", "-DPAYLOAD=" + directory.At("payload"), "-DOUTPUT=" + setup,
            "-DNAME=試験銀行の証明書発行アプリ",
            Repository.At("DensaiAdmin.EnrollmentApp", "packaging", "windows.nsi"),
        ]);

        Assert.True(made.ExitCode == 0, made.All);
        Assert.Empty(made.All.Trim());
        Assert.Equal("MZ"u8.ToArray(), File.ReadAllBytes(setup)[..2]);
    }

    [Theory]
    [InlineData("--server", "http://bank.test")]
    [InlineData("--server", "https://bank.test/path")]
    [InlineData("--version", "1.0")]
    [InlineData("--trust", "/nowhere.pem")]
    [InlineData("--name", "a\"b")]
    [InlineData("--unknown", "x")]
    public async Task Package_OfSomethingElse_IsRefusedInOneLine(string option, string value)
    {
        var refused = await PackagedApp.RunAsync(["linux", option, value, "--output", packaged.At("refused")]);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Single(refused.Errors.Trim().Split('\n'));
        Assert.False(Directory.Exists(packaged.At("refused")));
    }

    [Fact]
    public async Task Package_WithAPrivateKeyForTrust_IsRefused()
    {
        using var key = ECDsa.Create();
        using var directory = new TemporaryDirectory();
        var trust =
            directory.Write("trust.pem", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" + key.ExportPkcs8PrivateKeyPem());

        Assert.Contains(
            "private key", (await PackagedApp.RunAsync(["linux", "--trust", trust, "--output", packaged.At("refused")])).Errors);
    }

    private static string HashOf(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

    private static string Said(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}

/// <summary>The Debian package, made once; the others are made the same way and take their time.</summary>
public sealed class PackagedApp : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();

    public string Deb => At("densai-enrollment_1.2.3_amd64.deb");

    public string At(string name) => Path.Combine(_directory.At("out"), name);

    public async ValueTask InitializeAsync()
    {
        using var bank = new TestAuthority();
        var trust = _directory.Write("ca.pem", PemEncoding.WriteString("CERTIFICATE", bank.Keys.Certificates.First().Der.ToArray()));
        Directory.CreateDirectory(At(""));
        var sign = _directory.Write(
            "sign", $"#!/bin/sh\necho \"$1\" >>'{At("signed.log")}'\ncase \"$1\" in *.deb) exit 0;; esac\nexit 3\n");
#pragma warning disable CA1416 // ./package is for systems that have file modes.
        File.SetUnixFileMode(sign, UnixFileMode.UserRead | UnixFileMode.UserExecute);
#pragma warning restore CA1416

        var made = await RunAsync(["linux", "--server", "https://bank.test:8443", "--trust", trust, "--name", "試験銀行の証明書発行アプリ", "--version",
            "1.2.3", "--minimum", "1.1.0", "--output", At("")], sign);

        Assert.True(made.ExitCode == 0, made.All);
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static async Task<ToolAnswer> RunAsync(IEnumerable<string> arguments, string? sign = null)
    {
        // Longer than a tool may take: it builds the program.
        var start = new System.Diagnostics.ProcessStartInfo(Repository.At("package"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["DENSAI_SIGN"] = sign;
        using var process = System.Diagnostics.Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, await output, [], await errors);
    }
}
