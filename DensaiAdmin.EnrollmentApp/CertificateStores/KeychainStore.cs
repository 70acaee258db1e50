using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// macOS: the login keychain, which Safari, Chrome and Edge read, through <c>security</c>. The key is imported as non-extractable, together
/// with a self-signed placeholder until the bank's certificate arrives. The browsers named here may use it without asking the person.
/// </summary>
internal sealed class KeychainStore(
    IProgramRunner programs, OpenRequests requests, Func<IReadOnlyList<X509Certificate2>>? identities = null) : ICertificateStore
{
    private static readonly string[] Products =
    [
        "Google Chrome", "Google Chrome Beta", "Google Chrome Canary", "Microsoft Edge", "Microsoft Edge Beta", "Microsoft Edge Dev",
        "Chromium", "Brave Browser", "Brave Browser Beta", "Vivaldi", "Opera", "Opera Beta", "Firefox", "Firefox Developer Edition",
        "Safari",
    ];

    private static string Home => Environment.GetFolderPath(
        Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    // Installed for everybody, or by a person who is not an administrator.
    private static IEnumerable<string> Browsers => new[] { "/Applications", Path.Combine(Home, "Applications") }
        .SelectMany(_ => Products, (folder, product) => $"{folder}/{product}.app");

    public string DisplayName => StoreText.Of("MacOS");

    public async Task<StoreFault?> CheckAsync(CancellationToken cancellation)
    {
        try
        {
            requests.Probe();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return StoreFaults.Of(fault, requests.Directory);
        }

        return await programs.RunAsync("security", ["show-keychain-info", "login.keychain"], default, cancellation) switch
        {
            null => new(StoreFaultKind.ToolsMissing, "security"),
            { Succeeded: true } => null,
            var answer => new(StoreFaultKind.PasswordProtected, answer.LastErrorLine),
        };
    }

    public Task<StoreResult<PendingRequest>> BeginAsync(string purpose, CancellationToken cancellation) =>
        StoreFaults.GuardAsync<PendingRequest>(requests.Directory, async () =>
        {
            using var only = await requests.LockAsync(cancellation);
            if (await requests.ResumeAsync(purpose, open => Task.FromResult(HasIdentity(open.Holder))) is { } resumed)
            {
                return new(Pending(resumed), null);
            }

            var id = PrivateFiles.NewName();
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var form = new CertificateRequest("CN=DensaiEnrollment " + id, key, HashAlgorithmName.SHA256);
            using var placeholder = form.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
            if (await ImportKeyAsync(placeholder, cancellation) is { } fault)
            {
                return new(null, fault);
            }

            var request = new OpenRequest(id, purpose, form.CreateSigningRequest(), placeholder.Thumbprint);
            requests.Keep(request);
            return new(Pending(request), null);
        });

    public Task<StoreResult<StoredCertificate>> InstallAsync(
        PendingRequest request,
        X509Certificate2 certificate,
        IReadOnlyList<X509Certificate2> authorities,
        string loginId,
        CancellationToken cancellation) =>
        StoreFaults.GuardAsync<StoredCertificate>(requests.Directory, async () =>
        {
            foreach (var one in authorities.Prepend(certificate))
            {
                if (await ImportCertificateAsync(one, cancellation) is { } fault)
                {
                    return new(null, fault);
                }
            }

            if (!HasIdentity(certificate.Thumbprint))
            {
                return new(null, new(StoreFaultKind.KeyGone));
            }

            if (requests.Find(request.Id) is { } open)
            {
                await SecurityAsync(["delete-certificate", "-Z", open.Holder], cancellation);
                requests.Close(open.Id);
            }

            return new(new(X509CertificateLoader.LoadCertificate(certificate.RawData), certificate.Thumbprint), null);
        });

    public async Task AbandonAsync(PendingRequest request, CancellationToken cancellation)
    {
        if (requests.Find(request.Id) is { } open)
        {
            await SecurityAsync(["delete-identity", "-Z", open.Holder], cancellation);
            requests.Close(open.Id);
        }
    }

    public Task<IReadOnlyList<StoredCertificate>> ListAsync(IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation) =>
        Task.FromResult(Identities.Of(All(), authorities));

    public Task<StoreResult<X509Certificate2>> OpenAsync(StoredCertificate certificate, CancellationToken cancellation) =>
        Task.FromResult(Identities.Take(All(), certificate.Certificate));

    public async Task<StoreFault?> RemoveAsync(StoredCertificate certificate, CancellationToken cancellation) =>
        HasIdentity(certificate.Certificate.Thumbprint)
            ? FaultOf(await SecurityAsync(["delete-identity", "-Z", certificate.Certificate.Thumbprint], cancellation))
            : null;

    private async Task<StoreFault?> ImportKeyAsync(X509Certificate2 placeholder, CancellationToken cancellation)
    {
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        var sealedKey = placeholder.Export(X509ContentType.Pkcs12, password);
        return await WithFileAsync(sealedKey, ".p12", async file =>
        {
            // The command with its password goes to standard input, because other accounts can read an argument list.
            var command = new StringBuilder()
                .Append(CultureInfo.InvariantCulture, $"import \"{file}\" -k login.keychain -f pkcs12 -P {password} -x");
            foreach (var browser in Browsers.Where(Directory.Exists).Append(Environment.ProcessPath ?? ""))
            {
                command.Append(CultureInfo.InvariantCulture, $" -T \"{browser}\"");
            }

            var input = Encoding.UTF8.GetBytes(command.Append('\n').ToString());
            return FaultOf(await programs.RunAsync("security", ["-i"], input, cancellation));
        });
    }

    private Task<StoreFault?> ImportCertificateAsync(X509Certificate2 certificate, CancellationToken cancellation) =>
        WithFileAsync(certificate.RawData, ".cer", async file =>
        {
            var answer = await SecurityAsync(["import", file, "-k", "login.keychain", "-t", "cert"], cancellation);
            return answer?.Errors.Contains("already exists", StringComparison.Ordinal) == true ? null : FaultOf(answer);
        });

    private async Task<StoreFault?> WithFileAsync(byte[] content, string extension, Func<string, Task<StoreFault?>> operation)
    {
        var file = Path.Combine(requests.Directory, PrivateFiles.NewName() + extension);
        try
        {
            await using (var stream = PrivateFiles.Create(file))
            {
                await stream.WriteAsync(content);
            }

            return await operation(file);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
            File.Delete(file);
        }
    }

    private Task<ProgramAnswer?> SecurityAsync(IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        programs.RunAsync("security", arguments, default, cancellation);

    private static StoreFault? FaultOf(ProgramAnswer? answer) => answer switch
    {
        null => new(StoreFaultKind.ToolsMissing, "security"),
        { Succeeded: true } => null,
        _ => new(StoreFaultKind.Failed, answer.LastErrorLine),
    };

    private bool HasIdentity(string thumbprint) => Identities.Contains(All(), thumbprint);

    private IReadOnlyList<X509Certificate2> All()
    {
        if (identities is not null)
        {
            return identities();
        }

        // On macOS this is the login keychain.
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
        store.Open(OpenFlags.ReadOnly);
        return [.. store.Certificates.Where(certificate => certificate.HasPrivateKey)];
    }

    private static PendingRequest Pending(OpenRequest open) => new(open.Id, open.Purpose, open.Der, "");
}
