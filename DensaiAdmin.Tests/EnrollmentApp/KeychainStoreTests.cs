using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using DensaiAdmin.EnrollmentApp.CertificateStores;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>
/// The store of macOS over a keychain in memory that understands the commands: their order and what they give away, not macOS itself.
/// </summary>
public sealed partial class KeychainStoreTests : CertificateStoreContract
{
    private readonly MemoryKeychain _keychain = new();

    private protected override ICertificateStore Open() =>
        new KeychainStore(_keychain, new OpenRequests(Directory.At("requests")), _keychain.Identities);

    [Fact]
    public async Task Begin_ImportsTheKeyNonExtractable_WithItsPasswordOnStandardInputOnly()
    {
        await BeginAsync(Open(), "issue " + LoginId);

        var command = Assert.Single(_keychain.Commands);
        Assert.Contains(" -x", command);
        Assert.DoesNotContain(_keychain.Arguments, argument => _keychain.Passwords.Any(argument.Contains));
    }

    [Fact]
    public async Task EveryAct_LeavesNoFileButTheLock()
    {
        await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));

        Assert.Equal([".lock"], System.IO.Directory.EnumerateFiles(Directory.At("requests")).Select(Path.GetFileName));
        Assert.DoesNotContain(
            _keychain.Identities(), identity => identity.Subject.StartsWith("CN=DensaiEnrollment", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_OfALockedKeychain_SaysSo()
    {
        _keychain.IsLocked = true;

        Assert.Equal(StoreFaultKind.PasswordProtected, (await Open().CheckAsync(Cancellation))?.Kind);
    }

    public override void Dispose()
    {
        _keychain.Dispose();
        base.Dispose();
    }

    private sealed partial class MemoryKeychain : IProgramRunner, IDisposable
    {
        private readonly List<ECDsa> _keys = [];
        private readonly List<byte[]> _certificates = [];

        public bool IsLocked { get; set; }

        public List<string> Arguments { get; } = [];

        public List<string> Commands { get; } = [];

        public List<string> Passwords { get; } = [];

        public Task<ProgramAnswer?> RunAsync(
            string program, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation)
        {
            Assert.Equal("security", program);
            Arguments.AddRange(arguments);
            return Task.FromResult<ProgramAnswer?>(arguments[0] switch
            {
                "show-keychain-info" => IsLocked ? new(36, [], "User interaction is not allowed.") : new(0, [], ""),
                "-i" => ImportKey(Encoding.UTF8.GetString(input.Span)),
                "import" => ImportCertificate(File.ReadAllBytes(arguments[1])),
                "delete-identity" => Delete(arguments[2], withKey: true),
                "delete-certificate" => Delete(arguments[2], withKey: false),
                _ => new(1, [], "unknown command"),
            });
        }

        public IReadOnlyList<X509Certificate2> Identities() =>
            [.. _certificates.Select(der => X509CertificateLoader.LoadCertificate(der)).SelectMany(certificate => _keys
                .Where(key => key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
                .Select(key => certificate.CopyWithPrivateKey(key)))];

        public void Dispose() => _keys.ForEach(key => key.Dispose());

        private ProgramAnswer ImportKey(string command)
        {
            Commands.Add(command);
            var given = Import().Match(command);
            Passwords.Add(given.Groups["password"].Value);
            using var placeholder = X509CertificateLoader.LoadPkcs12FromFile(
                given.Groups["file"].Value, given.Groups["password"].Value, X509KeyStorageFlags.Exportable);
            var key = ECDsa.Create();
            using var own = placeholder.GetECDsaPrivateKey()!;
            key.ImportParameters(own.ExportParameters(includePrivateParameters: true));
            _keys.Add(key);
            return ImportCertificate(placeholder.RawData);
        }

        private ProgramAnswer ImportCertificate(byte[] der)
        {
            if (_certificates.Any(stored => stored.AsSpan().SequenceEqual(der)))
            {
                return new(1, [], "security: SecKeychainItemImport: The specified item already exists in the keychain.");
            }

            _certificates.Add(der);
            return new(0, [], "");
        }

        private ProgramAnswer Delete(string thumbprint, bool withKey)
        {
            foreach (var identity in Identities().Where(identity => identity.Thumbprint == thumbprint))
            {
                if (withKey)
                {
                    _keys.RemoveAll(
                        key => key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(identity.PublicKey.ExportSubjectPublicKeyInfo()));
                }

                _certificates.RemoveAll(der => der.AsSpan().SequenceEqual(identity.RawData));
            }

            return new(0, [], "");
        }

        [GeneratedRegex(
            "^import \"(?<file>[^\"]+)\" .* -P (?<password>[0-9A-F]{64}) ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
        private static partial Regex Import();
    }
}
