using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Authority;

public sealed class AuthorityKeysTests : IDisposable
{
    readonly TestAuthority _authority = new();
    readonly TemporaryDirectory _files = new();

    public void Dispose()
    {
        _authority.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Create_Certificates_PassStrictOpenssl()
    {
        var root = _files.Write("root.pem", _authority.Keys.Root.ToPem());
        var issuing = _files.Write("issuing.pem", _authority.Keys.Current.IssuerCertificate.ToPem());
        var time = TestAuthority.Now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

        var evaluation = await Tool.OpenSsl(
            "verify", "-x509_strict", "-check_ss_sig", "-crl_check", "-attime", time, "-CAfile", root,
            "-CRLfile", _files.Write("root.crl", PemEncoding.WriteString("X509 CRL", _authority.Keys.RootCrl.Der.Span)), issuing);
        var rootText = (await Tool.OpenSsl("x509", "-in", root, "-noout", "-text")).Output;
        var issuingText = (await Tool.OpenSsl("x509", "-in", issuing, "-noout", "-text")).Output;

        Assert.True(evaluation.ExitCode == 0, evaluation.All);
        Assert.Contains("ecdsa-with-SHA384", rootText, StringComparison.Ordinal);
        Assert.Contains("NIST CURVE: P-384", rootText, StringComparison.Ordinal);
        Assert.Contains("CA:TRUE, pathlen:1", rootText, StringComparison.Ordinal);
        Assert.Contains("NIST CURVE: P-256", issuingText, StringComparison.Ordinal);
        Assert.Contains("CA:TRUE, pathlen:0", issuingText, StringComparison.Ordinal);
        Assert.Contains(
            "Subject: O = \"North Pacific Bank, Ltd.\", CN = North Pacific Bank Issuing CA", issuingText, StringComparison.Ordinal);
        Assert.Contains(
            $"URI:http://localhost:7080/pki/crl/{_authority.Keys.Root.SubjectKeyIdentifier}.crl", issuingText, StringComparison.Ordinal);
        Assert.Contains(
            $"URI:http://localhost:7080/pki/ca/{_authority.Keys.Root.SubjectKeyIdentifier}.cer", issuingText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_KeyFiles_AreSealedWithPbes2AndOpenWithOpenssl()
    {
        foreach (var file in Directory.GetFiles(_authority.CaDirectory, "*.key.pem"))
        {
            var opened = await Tool.OpenSsl("pkey", "-in", file, "-passin", "pass:a passphrase for tests only", "-noout", "-text");
            var wrong = await Tool.OpenSsl("pkey", "-in", file, "-passin", "pass:another", "-noout");
            var structure = (await Tool.OpenSsl("asn1parse", "-in", file)).Output;

            Assert.True(opened.ExitCode == 0, opened.All);
            Assert.NotEqual(0, wrong.ExitCode);
            Assert.Contains("PBES2", structure, StringComparison.Ordinal);
            Assert.Contains("hmacWithSHA256", structure, StringComparison.Ordinal);
            Assert.Contains("aes-256-cbc", structure, StringComparison.Ordinal);
        }
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Create_FilesAndDirectory_AreTheOwnersOnly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has access lists instead of modes.");

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_authority.CaDirectory));
        foreach (var file in Directory.GetFiles(_authority.CaDirectory))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public void Create_SealingByDefault_TakesManyRounds()
    {
        var store = new StoreOpening(new("nowhere"), "", "", TestAuthority.Now, IsProduction: true, ClockIsShifted: false);

        Assert.True(SealedKeyFile.Rounds >= 600_000);
        Assert.True(store.SealingRounds >= 100_000);
    }

    [Fact]
    public void Create_WhereACaIs_NeverOverwrites()
    {
        var before = File.ReadAllBytes(Path.Combine(_authority.CaDirectory, "root.cer"));

        Assert.Throws<InvalidOperationException>(
            () => AuthorityKeys.Create(_authority.CaDirectory, TestAuthority.Plan(TestAuthority.Now), TestAuthority.Passphrase));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_authority.CaDirectory, "root.cer")));
    }

    [Fact]
    public void Create_AfterOneThatWasKilled_StartsAnew()
    {
        var remains = _files.At(".ca-unfinished-0123");
        Directory.CreateDirectory(remains);
        File.WriteAllText(Path.Combine(remains, "root.cer"), "half");

        using var keys = AuthorityKeys.Create(_files.At("ca"), TestAuthority.Plan(TestAuthority.Now), TestAuthority.Passphrase);

        Assert.False(Directory.Exists(remains));
        Assert.True(AuthorityKeys.Exist(_files.At("ca")));
        Assert.Equal(RootKeyPlace.InDirectory, keys.RootKey.Place);
    }

    [Fact]
    public void Open_RightPassphrase_SignsAsBefore()
    {
        using var keys = Assert.IsType<AuthorityOpenOutcome.Opened>(AuthorityKeys.Open(_authority.CaDirectory, TestAuthority.Passphrase))
            .Keys;
        var issued = Assert.IsType<IssueOutcome.Issued>(
            new CertificateIssuer(keys.Current, TestAuthority.Profile).Issue(_authority.NewRequest()));

        Assert.Equal(_authority.Keys.Current.IssuerCertificate.SubjectKeyIdentifier, keys.Current.IssuerCertificate.SubjectKeyIdentifier);
        Assert.Equal(_authority.Keys.RootCrl.Der.ToArray(), keys.RootCrl.Der.ToArray());
        Assert.Equal(
            ProfileEvaluation.Ours,
            CertificateProfileCheck.Evaluate(
                issued.Certificate.Der, _authority.Keys.Issuing.Select(ca => ca.IssuerCertificate), _authority.Keys.Root));
    }

    [Fact]
    public void Open_WrongPassphrase_IsSaid() =>
        Assert.IsType<AuthorityOpenOutcome.WrongPassphrase>(AuthorityKeys.Open(_authority.CaDirectory, new KeyPassphrase("wrong")));

    [Fact]
    public void Open_NoCa_IsSaid() =>
        Assert.IsType<AuthorityOpenOutcome.NotCreated>(AuthorityKeys.Open(_files.At("none"), TestAuthority.Passphrase));

    [Theory]
    [InlineData("root.cer")]
    [InlineData("root.crl")]
    [InlineData("issuing-*.cer")]
    [InlineData("issuing-*.key.pem")]
    [InlineData("current")]
    public void Open_FileOverwritten_NamesIt(string pattern)
    {
        var file = Directory.GetFiles(_authority.CaDirectory, pattern).Single();
        File.WriteAllText(file, "something else");

        var outcome = Assert.IsType<AuthorityOpenOutcome.Damaged>(AuthorityKeys.Open(_authority.CaDirectory, TestAuthority.Passphrase));

        Assert.Equal(Path.GetFileName(file), outcome.File);
    }

    [Fact]
    public void Open_KeyOfAnotherCa_IsDamaged()
    {
        var file = Directory.GetFiles(_authority.CaDirectory, "issuing-*.key.pem").Single();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        SealedKeyFile.Write(file, other, TestAuthority.Passphrase, rounds: 1_000);

        var outcome = Assert.IsType<AuthorityOpenOutcome.Damaged>(AuthorityKeys.Open(_authority.CaDirectory, TestAuthority.Passphrase));

        Assert.Equal(Path.GetFileName(file), outcome.File);
    }

    [Fact]
    public void Open_CertificateOfAnotherRoot_IsDamaged()
    {
        using var other = new TestAuthority();
        File.Copy(Path.Combine(other.CaDirectory, "root.cer"), Path.Combine(_authority.CaDirectory, "root.cer"), overwrite: true);

        Assert.IsType<AuthorityOpenOutcome.Damaged>(AuthorityKeys.Open(_authority.CaDirectory, TestAuthority.Passphrase));
    }

    [Fact]
    public async Task ExportRootAndRemove_ToANewFile_LeavesNoKeyHereAndOneThatOpensThere()
    {
        var target = _files.At("root-export.pem");

        var outcome = _authority.Keys.ExportRootAndRemove(
            TestAuthority.Passphrase, target, new KeyPassphrase("of the export"), TestAuthority.Now);

        Assert.Equal(RootExportOutcome.Exported, outcome);
        Assert.Empty(Directory.GetFiles(_authority.CaDirectory, "root.key*"));
        Assert.Equal(new RootKeyStanding(RootKeyPlace.Exported, TestAuthority.Now, target), _authority.Keys.RootKey);
        Assert.Equal(
            RootExportOutcome.NotHere,
            _authority.Keys.ExportRootAndRemove(TestAuthority.Passphrase, _files.At("again"), TestAuthority.Passphrase, TestAuthority.Now));
        var publicKey = await Tool.OpenSsl("pkey", "-in", target, "-passin", "pass:of the export", "-pubout");
        Assert.Equal(_authority.Keys.Root.X509.PublicKey.GetECDsaPublicKey()!.ExportSubjectPublicKeyInfoPem(), publicKey.Output.Trim());
        Assert.IsType<AuthorityOpenOutcome.Opened>(AuthorityKeys.Open(_authority.CaDirectory, TestAuthority.Passphrase)).Keys.Dispose();
    }

    [Fact]
    public void ExportRootAndRemove_RefusedForAnyReason_KeepsTheKey()
    {
        var taken = _files.Write("taken", "someone's file");
        var passphrase = TestAuthority.Passphrase;

        Assert.Equal(RootExportOutcome.TargetExists, _authority.Keys.ExportRootAndRemove(passphrase, taken, passphrase, TestAuthority.Now));
        Assert.Equal("someone's file", File.ReadAllText(taken));
        Assert.Equal(
            RootExportOutcome.TargetInsideDirectory,
            _authority.Keys.ExportRootAndRemove(passphrase, Path.Combine(_authority.CaDirectory, "copy"), passphrase, TestAuthority.Now));
        Assert.Equal(
            RootExportOutcome.TargetNotWritable,
            _authority.Keys.ExportRootAndRemove(passphrase, _files.At("no/such/directory/root"), passphrase, TestAuthority.Now));
        Assert.Equal(
            RootExportOutcome.WrongPassphrase,
            _authority.Keys.ExportRootAndRemove(new KeyPassphrase("wrong"), _files.At("new"), passphrase, TestAuthority.Now));
        Assert.Equal(RootKeyPlace.InDirectory, _authority.Keys.RootKey.Place);
    }

    [Fact]
    public void ExportRootAndRemove_KilledBeforeTheRemoval_MayBeRunAgain()
    {
        var target = _files.At("root-export.pem");
        var copy = Path.Combine(_authority.CaDirectory, "root.key.pem");
        var sealedKey = File.ReadAllBytes(copy);
        _authority.Keys.ExportRootAndRemove(TestAuthority.Passphrase, target, TestAuthority.Passphrase, TestAuthority.Now);
        File.WriteAllBytes(copy, sealedKey);

        Assert.Equal(RootKeyPlace.InDirectory, _authority.Keys.RootKey.Place);
        Assert.Equal(
            RootExportOutcome.Exported,
            _authority.Keys.ExportRootAndRemove(TestAuthority.Passphrase, target, TestAuthority.Passphrase, TestAuthority.Now));
        Assert.Equal(RootKeyPlace.Exported, _authority.Keys.RootKey.Place);
    }

    [Fact]
    public void Sign_FromManyThreads_EverySignatureIsGood()
    {
        var issuer = _authority.Keys.Current;
        var good = 0;
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 16 }, number =>
        {
            var data = Encoding.ASCII.GetBytes($"to be signed {number}");
            if (issuer.SignatureAlgorithm.Verify(issuer.IssuerCertificate.SubjectPublicKeyInfo, data, issuer.Sign(data)))
            {
                Interlocked.Increment(ref good);
            }
        });

        Assert.Equal(400, good);
    }

    [Fact]
    public void KeyPassphrase_Printed_IsRedacted() =>
        Assert.DoesNotContain("tests", $"{TestAuthority.Passphrase}", StringComparison.Ordinal);
}
