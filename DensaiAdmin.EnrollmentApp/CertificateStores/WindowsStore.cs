using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Windows: CurrentUser\My, which Edge and Chrome read (Firefox through <c>security.osclientcerts.autoload</c>). The key is made by the TPM where
/// there is one, else by the software key storage provider, and cannot be exported. Its name holds the request's ID, so that a crash loses nothing.
/// </summary>
internal sealed class WindowsStore(IWindowsKeys keys, OpenRequests requests) : ICertificateStore
{
    public const string TpmProvider = "Microsoft Platform Crypto Provider";

    public string DisplayName => StoreText.Of("Windows");

    public Task<StoreFault?> CheckAsync(CancellationToken cancellation) => FaultAsync(() =>
    {
        requests.Probe();
        foreach (var certificate in keys.List())
        {
            certificate.Dispose();
        }
    });

    public Task<StoreResult<PendingRequest>> BeginAsync(string purpose, CancellationToken cancellation) =>
        StoreFaults.GuardAsync<PendingRequest>(requests.Directory, async () =>
        {
            using var only = await requests.LockAsync(cancellation);
            foreach (var open in requests.List().Where(open => string.Equals(open.Purpose, purpose, StringComparison.Ordinal)))
            {
                if (keys.Has(KeyName(open.Id), open.Holder))
                {
                    return new(Pending(open), null);
                }

                requests.Close(open.Id);
            }

            var id = OpenRequests.NewId();
            var (der, provider) = keys.Make(KeyName(id));
            var request = new OpenRequest(id, purpose, der, provider);
            requests.Keep(request);
            return new(Pending(request), null);
        });

    public Task<StoreResult<StoredCertificate>> InstallAsync(PendingRequest request, X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, string loginId, CancellationToken cancellation) =>
        StoreFaults.GuardAsync<StoredCertificate>(requests.Directory, () =>
        {
            if (!IsStored(certificate))
            {
                if (requests.Find(request.Id) is not { } open || !keys.Has(KeyName(open.Id), open.Holder) || !IsOf(open, certificate))
                {
                    return Task.FromResult(new StoreResult<StoredCertificate>(null, new(StoreFaultKind.KeyGone)));
                }

                keys.Add(certificate, KeyName(open.Id), open.Holder, $"Densai {loginId} {certificate.SerialNumber[..8]}");
            }

            foreach (var authority in authorities)
            {
                keys.AddAuthority(authority);
            }

            requests.Close(request.Id);
            return Task.FromResult(new StoreResult<StoredCertificate>(new(X509CertificateLoader.LoadCertificate(certificate.RawData), certificate.Thumbprint), null));
        });

    public Task AbandonAsync(PendingRequest request, CancellationToken cancellation)
    {
        // The request is closed when its certificate is stored: a key that is in use is never deleted here.
        if (requests.Find(request.Id) is { } open)
        {
            keys.Delete(KeyName(open.Id), open.Holder);
            requests.Close(open.Id);
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<StoredCertificate>> ListAsync(IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation)
    {
        var found = new List<StoredCertificate>();
        foreach (var certificate in keys.List())
        {
            using (certificate)
            {
                if (IssuedBy.AnyOf(authorities, certificate))
                {
                    found.Add(new(X509CertificateLoader.LoadCertificate(certificate.RawData), certificate.Thumbprint));
                }
            }
        }

        return Task.FromResult<IReadOnlyList<StoredCertificate>>([.. found.OrderByDescending(stored => stored.Certificate.NotBefore)]);
    }

    public Task<StoreResult<X509Certificate2>> OpenAsync(StoredCertificate certificate, CancellationToken cancellation) =>
        StoreFaults.GuardAsync<X509Certificate2>("", () =>
        {
            X509Certificate2? own = null;
            foreach (var stored in keys.List())
            {
                if (own is null && stored.RawData.AsSpan().SequenceEqual(certificate.Certificate.RawData))
                {
                    own = stored;
                }
                else
                {
                    stored.Dispose();
                }
            }

            return Task.FromResult(own is null ? new StoreResult<X509Certificate2>(null, new(StoreFaultKind.KeyGone)) : new(own, null));
        });

    public Task<StoreFault?> RemoveAsync(StoredCertificate certificate, CancellationToken cancellation) => FaultAsync(() => keys.Remove(certificate.Certificate));

    private Task<StoreFault?> FaultAsync(Action act)
    {
        try
        {
            act();
            return Task.FromResult<StoreFault?>(null);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return Task.FromResult<StoreFault?>(StoreFaults.Of(fault, requests.Directory));
        }
    }

    private bool IsStored(X509Certificate2 certificate)
    {
        var all = keys.List();
        var there = all.Any(stored => stored.RawData.AsSpan().SequenceEqual(certificate.RawData));
        foreach (var stored in all)
        {
            stored.Dispose();
        }

        return there;
    }

    private static bool IsOf(OpenRequest open, X509Certificate2 certificate) =>
        CertificateRequest.LoadSigningRequest(open.Der, HashAlgorithmName.SHA256).PublicKey.ExportSubjectPublicKeyInfo().AsSpan()
            .SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    private static string KeyName(string id) => "DensaiEnrollment-" + id;

    private static PendingRequest Pending(OpenRequest open) => new(
        open.Id, open.Purpose, open.Der, StoreText.Of(string.Equals(open.Holder, TpmProvider, StringComparison.Ordinal) ? "Tpm" : "Software"));
}
