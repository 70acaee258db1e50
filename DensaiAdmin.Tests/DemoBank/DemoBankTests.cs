using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.DemoBank;

public class DemoBankTests
{
    /// <summary>What scripts and journeys rely on: company, login ID, name, role, state, JST days left.</summary>
    static readonly (string? Company, string LoginId, string Name, UserRole Role, CertificateStatus Status, int? DaysLeft)[] Promised =
    [
        ("0501D00601", "0501D00601M", "でんさい00601マスタ", UserRole.Master, CertificateStatus.Issued, 300),
        ("0501D00601", "0501D00601S", "でんさい00601承認者", UserRole.General, CertificateStatus.Revoked, null),
        ("0501D00601", "0501D00601T", "でんさい00601担当者", UserRole.General, CertificateStatus.Expired, -30),
        ("0501D00601", "0501D00601U", "でんさい00601一般", UserRole.General, CertificateStatus.Issued, 200),
        ("0501D00601", "0501D00601R", "でんさい00601更新", UserRole.General, CertificateStatus.Issued, 20),
        ("0501D00601", "0501D00601N", "でんさい00601新規", UserRole.General, CertificateStatus.NotIssued, null),
        ("0501D47701", "0501D47701M", "でんさい47701マスタ", UserRole.Master, CertificateStatus.Issued, 8),
        ("0501D47701", "0501D47701T", "でんさい47701担当者", UserRole.General, CertificateStatus.Issued, 100),
        ("0501D00900", "0501D00900M", "でんさい00900マスタ", UserRole.Master, CertificateStatus.NotIssued, null),
        ("0501D60001", "0501D60001M", "でんさい60001マスタ", UserRole.Master, CertificateStatus.Issued, 200),
        ("0501D60001", "0501D60001K", "でんさい60001副マスタ", UserRole.Master, CertificateStatus.Issued, 200),
        ("0501D60001", "0501D60001T", "でんさい60001担当者", UserRole.General, CertificateStatus.Issued, 39),
        (null, "counter1", "窓口担当一", UserRole.CounterClerk, CertificateStatus.Issued, 300),
        (null, "counter2", "窓口承認者二", UserRole.CounterApprover, CertificateStatus.Issued, 300),
    ];

    public static TheoryData<string> Clocks =>
    [
        "2026-11-22T05:00:00Z",
        "2026-08-31T14:59:59.9994Z", // the last moment of a day in Japan
        "2026-08-31T15:00:00Z", // the first of the next
        "2028-02-29T03:00:00Z",
        "2028-02-28T15:00:00Z",
        "2026-12-31T15:00:00Z",
        "2029-03-01T00:00:00Z",
    ];

    [Theory]
    [MemberData(nameof(Clocks))]
    public async Task DemoBank_AtFirstStart_IsAsPromised(string clock)
    {
        using var installation = new DemoInstallation(At(clock));

        Assert.Equal(DemoBankOutcome.Created, await installation.EnsureAsync());

        var users = installation.Read(db => db.Users.AsNoTracking().Include(u => u.Company).Include(u => u.CurrentCertificate).ToList());
        var found = users.Select(u => (
            u.Company?.Number, u.LoginId, u.Name, u.Role, u.CertificateStatusAt(installation.Now),
            u.CertificateRevokedAt is null && u.CertificateNotAfter is { } notAfter
                ? JapanTime.DaysUntil(notAfter, installation.Now)
                : (int?)null));
        Assert.Equal(Promised.OrderBy(p => p.LoginId, StringComparer.Ordinal), found.OrderBy(f => f.LoginId, StringComparer.Ordinal));
        Assert.All(users, u => Assert.Equal(u.LoginId.ToLowerInvariant() + "@example.jp", u.MailAddress));
        Assert.Equal(["0501D00900"], installation.Read(
            db => db.Companies.Where(c => c.AuthenticationMethod == AuthenticationMethod.IdAndPassword).Select(c => c.Number).ToList()));
        Assert.All(users.Where(u => u.CurrentCertificate is not null), u =>
        {
            var certificate = u.CurrentCertificate!;
            Assert.Equal(ValidityPolicy.NotAfter(certificate.IssuedAt, 1), certificate.NotAfter);
            Assert.True(certificate.IssuedAt < installation.Now && certificate.IssuedAt < (certificate.RevokedAt ?? installation.Now));
        });
    }

    [Fact]
    public void BackDating_OnAnyDay_GivesTheDaysAskedForButNeverTheTwentyNinthOfFebruary()
    {
        var first = new DateTimeOffset(2026, 1, 1, 14, 59, 59, TimeSpan.Zero);
        foreach (var now in Enumerable.Range(0, 2 * 4 * 366).Select(half => first.AddSeconds(half * 43_200L)))
        {
            foreach (var days in new[] { 300, 200, 150, 100, 39, 20, 8, -30 })
            {
                var notAfter = ValidityPolicy.NotAfter(BackDating.IssuedAt(now, days, 1), 1);
                var left = JapanTime.DaysUntil(notAfter, now);
                var wanted = JapanTime.JstDate(now).AddDays(days - 1);
                Assert.Equal(wanted is { Month: 2, Day: 29 } ? days - 1 : days, left);
            }
        }
    }

    [Fact]
    public async Task DemoBank_Passwords_AreThePromisedOnes()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        await installation.EnsureAsync();

        var hashes = installation.Read(db => db.Users.Select(u => new { u.LoginPassword, u.ConfirmationPassword }).ToList());
        var login = hashes.Select(h => h.LoginPassword.Stored).Distinct(StringComparer.Ordinal).Select(PasswordHash.FromStored);
        Assert.True(Assert.Single(login).Matches(new SuppliedPassword("Densai-Demo-2026")));
        var confirmation = hashes.Select(h => h.ConfirmationPassword.Stored).Distinct(StringComparer.Ordinal)
            .Select(PasswordHash.FromStored);
        Assert.True(Assert.Single(confirmation).Matches(new SuppliedPassword("Kakunin-Demo-2026")));
    }

    [Fact]
    public async Task DemoBank_Files_AreTheHoldersAndPrivate()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        await installation.EnsureAsync();

        var holders = Promised.Where(p => p.Status != CertificateStatus.NotIssued).Select(p => p.LoginId);
        var expected = holders.SelectMany(id => new[] { id + ".p12", id + ".pem" }).Concat(["ca.pem", "letters"])
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            expected,
            Directory.EnumerateFileSystemEntries(installation.DemoDirectory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(installation.DemoDirectory));
            Assert.Equal(
                [UnixFileMode.UserRead | UnixFileMode.UserWrite],
                Directory.GetFiles(installation.DemoDirectory).Select(File.GetUnixFileMode).Distinct());
        }

        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries(installation.Store.DataDirectory),
            entry => Path.GetFileName(entry).StartsWith(".demo", StringComparison.Ordinal));

        var trust = new X509Certificate2Collection();
        trust.ImportFromPemFile(installation.File("ca.pem"));
        Assert.Equal(
            installation.Authorities.Certificates.Append(installation.TlsAuthority).Select(c => Convert.ToHexString(c.X509.RawData))
                .Order(StringComparer.Ordinal),
            trust.Select(c => Convert.ToHexString(c.RawData)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task DemoLetters_CarryWhatOpensTheirCompany()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        await installation.EnsureAsync();

        foreach (var (company, branch, account) in new[] { ("0501D70001", "101", "7000123"), ("0501D00900", "102", "0900456") })
        {
            var file = installation.File($"letters/{company}.txt");
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            var letter = installation.Read(
                db => db.ActivationLetters.AsNoTracking().Include(l => l.Company).Single(l => l.Company.Number == company));
            Assert.StartsWith("2026年11月22日\n", text, StringComparison.Ordinal);
            Assert.Contains($"{letter.Company.Name} 御中", text, StringComparison.Ordinal);
            Assert.Contains($"店番 {branch}　口座番号 {account}", text, StringComparison.Ordinal);
            Assert.Contains(JapanTime.Format(letter.ExpiresAt), text, StringComparison.Ordinal);
            Assert.Equal(branch + account, letter.Account);
            var code = text.Split("利用開始コード　：")[1].Split('\n')[0];
            Assert.True(letter.Code.Matches(ActivationCode.Typed(code)));
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }

        // Nobody is in the company that begins, so that the others are as they were.
        Assert.Empty(installation.Read(db => db.Users.Where(u => u.Company!.Number == "0501D70001").ToList()));
    }

    [Theory]
    [InlineData("2026-11-22T05:00:00Z")]
    [InlineData("2028-02-29T15:00:00Z")]
    public async Task DemoCertificates_CheckedByOpenSsl_AreGoodAtAnInstantOfTheirValidity(string clock)
    {
        using var installation = new DemoInstallation(At(clock));
        await installation.EnsureAsync();

        foreach (var holder in installation.Read(
            db => db.Certificates.AsNoTracking().Select(c => new { c.User.LoginId, c.NotAfter, c.Der }).ToList()))
        {
            var pem = installation.File(holder.LoginId + ".pem");
            var at = holder.NotAfter.AddMinutes(-1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            var verified = await Tool.OpenSsl(
                "verify", "-x509_strict", "-purpose", "sslclient", "-attime", at, "-CAfile", installation.File("ca.pem"), pem);
            Assert.True(verified.ExitCode == 0, verified.All);

            using var fromFile = X509Certificate2.CreateFromPemFile(pem);
            Assert.Equal(holder.Der, fromFile.RawData);
            Assert.True(fromFile.HasPrivateKey);
        }
    }

    [Fact]
    public async Task DemoPkcs12_OpenedByOthers_HoldsKeyCertificateAndIssuerUnderTheLoginId()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        await installation.EnsureAsync();
        var file = installation.File("0501D00601U.p12");

        var listed = await Tool.OpenSsl("pkcs12", "-in", file, "-passin", "pass:demo", "-nodes", "-info");
        Assert.True(listed.ExitCode == 0, listed.All);
        Assert.Contains("friendlyName: DensaiAdmin 0501D00601U", listed.Output, StringComparison.Ordinal);
        Assert.Contains("AES-256-CBC", listed.Errors, StringComparison.Ordinal);
        Assert.Equal(2, listed.Output.Split("BEGIN CERTIFICATE").Length - 1);
        Assert.Contains("BEGIN PRIVATE KEY", listed.Output, StringComparison.Ordinal);

        using var loaded = X509CertificateLoader.LoadPkcs12FromFile(file, "demo");
        Assert.True(loaded.HasPrivateKey);
        Assert.Contains("0501D00601U", loaded.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DemoPkcs12_ImportedIntoNss_IsListedByItsName()
    {
        if (!File.Exists("/usr/bin/pk12util"))
        {
            Assert.Skip("NSS tools are not installed here.");
        }

        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        await installation.EnsureAsync();
        using var nss = new TemporaryDirectory();
        var database = "sql:" + nss.Path;
        Assert.Equal(0, (await Tool.Run("certutil", ["-N", "-d", database, "--empty-password"])).ExitCode);

        var imported = await Tool.Run("pk12util", ["-i", installation.File("0501D00601M.p12"), "-d", database, "-W", "demo"]);
        Assert.True(imported.ExitCode == 0, imported.All);
        var listed = await Tool.Run("certutil", ["-L", "-d", database]);
        Assert.Contains("DensaiAdmin 0501D00601M", listed.Output, StringComparison.Ordinal);
        var keys = await Tool.Run("certutil", ["-K", "-d", database]);
        Assert.Contains("DensaiAdmin 0501D00601M", keys.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DemoBank_AtTheSecondStart_ChangesNothing()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        await installation.EnsureAsync();
        var before = Contents(installation);
        var sequence = installation.Anchor.Last()!.Sequence;
        installation.Clock.Advance(TimeSpan.FromDays(3));
        installation.Restart();

        Assert.Equal(DemoBankOutcome.Present, await installation.EnsureAsync());

        Assert.Equal(before, Contents(installation));
        Assert.Equal(sequence, installation.Read(db => db.HistoryRecords.Max(r => r.Sequence)));
        Assert.Equal(Promised.Length, installation.Read(db => db.Users.Count()));
    }

    [Fact]
    public async Task DemoBank_WithANewTlsAuthority_OnlyRewritesTheTrustFile()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        await installation.EnsureAsync();
        var before = Contents(installation);
        var other = LocalTlsCertificate.Create(installation.Now, installation.Now, TestAuthority.Passphrase).Authority;

        Assert.Equal(DemoBankOutcome.Present, await installation.EnsureAsync(other));

        var trust = await File.ReadAllTextAsync(installation.File("ca.pem"), TestContext.Current.CancellationToken);
        Assert.Contains(other.ToPem(), trust, StringComparison.Ordinal);
        Assert.DoesNotContain(installation.TlsAuthority.ToPem(), trust, StringComparison.Ordinal);
        Assert.Equal(before.Where(f => f.Name != "ca.pem"), Contents(installation).Where(f => f.Name != "ca.pem"));
    }

    [Fact]
    public async Task DemoBank_KilledBeforeItsCommit_IsMadeAnew()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        var remains = Directory.CreateDirectory(Path.Combine(installation.Store.DataDirectory, ".demo-unfinished"));
        await File.WriteAllTextAsync(Path.Combine(remains.FullName, "0501D00601M.p12"), "torn", TestContext.Current.CancellationToken);

        Assert.Equal(DemoBankOutcome.Created, await installation.EnsureAsync());

        using var loaded = X509CertificateLoader.LoadPkcs12FromFile(installation.File("0501D00601M.p12"), "demo");
        Assert.False(remains.Exists && Directory.Exists(remains.FullName));
    }

    [Fact]
    public async Task DemoBank_KilledBetweenCommitAndReveal_ShowsItsFilesAtTheNextStart()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        await installation.EnsureAsync();
        var before = Contents(installation);
        Directory.Move(installation.DemoDirectory, Path.Combine(installation.Store.DataDirectory, ".demo-unfinished"));
        installation.Restart();

        Assert.Equal(DemoBankOutcome.Present, await installation.EnsureAsync());

        Assert.Equal(before, Contents(installation));
    }

    [Fact]
    public async Task DemoBank_WhereUsersAreAlready_IsNotAdded()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        var hash = TestBank.CheapHash("whatever it may be");
        await installation.Act(
            work => work.Db.Users.Add(new User(null, "operator9", "運用", "", UserRole.CounterClerk, hash, hash, work.Now)));

        Assert.Equal(DemoBankOutcome.NotEmpty, await installation.EnsureAsync());

        Assert.Equal(1, installation.Read(db => db.Users.Count()));
        Assert.False(Directory.Exists(installation.DemoDirectory));
        Assert.False(installation.Read(db => db.Installations.Single().EverHeldDemoBank));
    }

    [Fact]
    public async Task DemoBank_Created_IsInTheHistoryAndInTheAnchor()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        await installation.EnsureAsync();

        var serials = installation.Read(db => db.Certificates.Select(c => c.SerialNumber).ToList());
        var revoked = installation.Read(db => db.Certificates.Single(c => c.RevokedAt != null));
        var records = installation.Read(db => db.HistoryRecords.AsNoTracking().ToList());
        Assert.All(records, r => Assert.Equal("demo", r.Detail));
        Assert.Equal(
            serials.Select(s => s.ToString()).Order(StringComparer.Ordinal),
            records.Where(r => r.Operation == HistoryOperation.Issue).Select(r => r.SerialNumber).Order(StringComparer.Ordinal));
        Assert.Equal(revoked.SerialNumber.ToString(), Assert.Single(records, r => r.Operation == HistoryOperation.Revocation).SerialNumber);
        Assert.Equal(serials.Order(), installation.Anchor.Last()!.Issued().Order());
        Assert.Equal([revoked.SerialNumber], installation.Anchor.Last()!.Revoked());
        Assert.True(
            (await new VerifyHistory(installation.Contexts, installation.Anchor).RunAsync(TestContext.Current.CancellationToken)).IsIntact);
        Assert.True(installation.Read(db => db.Installations.Single().EverHeldDemoBank));
    }

    [Fact]
    public async Task DemoReset_OfADemoBank_MakesTheNextStartAFirstStartUnderANewInstallation()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        await installation.EnsureAsync();
        var before = (installation.Installation, installation.Authorities.Current.SubjectKeyIdentifier, await File.ReadAllBytesAsync(
            installation.File("0501D00601M.p12"), TestContext.Current.CancellationToken));
        var passphrase = Path.Combine(installation.Store.DataDirectory, "dev-passphrase");
        await File.WriteAllTextAsync(passphrase, "kept", TestContext.Current.CancellationToken);
        Assert.Equal(ResetOutcome.InUse, ResetDemoBank.Run(installation.Store));
        installation.Close();

        Assert.Equal(ResetOutcome.Emptied, ResetDemoBank.Run(installation.Store));

        Assert.Equal(
            ["dev-passphrase", "in-use.lock"],
            Directory.EnumerateFileSystemEntries(installation.Store.DataDirectory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        installation.Clock.SetUtcNow(installation.Now.AddDays(400));
        installation.Open();
        Assert.Equal(DemoBankOutcome.Created, await installation.EnsureAsync());
        Assert.NotEqual(before.Installation, installation.Installation);
        Assert.NotEqual(before.SubjectKeyIdentifier, installation.Authorities.Current.SubjectKeyIdentifier);
        Assert.NotEqual(
            before.Item3, await File.ReadAllBytesAsync(installation.File("0501D00601M.p12"), TestContext.Current.CancellationToken));
        Assert.Equal(
            CertificateStatus.Issued,
            installation.Read(db => db.Users.Single(u => u.LoginId == "0501D00601R")).CertificateStatusAt(installation.Now));
    }

    [Fact]
    public async Task DemoReset_OfABankThatWasNeverDemo_IsRefused()
    {
        using var installation = new DemoInstallation(At("2026-11-22T05:00:00Z"));
        var hash = TestBank.CheapHash("whatever it may be");
        await installation.Act(
            work => work.Db.Users.Add(new User(null, "operator9", "運用", "", UserRole.CounterClerk, hash, hash, work.Now)));
        installation.Close();

        Assert.Equal(ResetOutcome.NotDemo, ResetDemoBank.Run(installation.Store));

        installation.Open();
        Assert.Equal(1, installation.Read(db => db.Users.Count()));
    }

    static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);

    static List<(string Name, string Content)> Contents(DemoInstallation installation) =>
        [.. Directory.EnumerateFiles(installation.DemoDirectory).Order(StringComparer.Ordinal).Select(
            f => (Path.GetFileName(f), Convert.ToHexString(File.ReadAllBytes(f))))];
}
