using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Windows: CurrentUser\My, which Edge and Chrome read (Firefox through <c>security.osclientcerts.autoload</c>). The TPM creates the key
/// where there is one, otherwise the software key storage provider, and it cannot be exported. Its name contains the ID of the request, so
/// that nothing is lost in a crash.
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
            if (await requests.ResumeAsync(purpose, open => Task.FromResult(keys.Has(KeyName(open.Id), open.Holder))) is { } resumed)
            {
                return new(Pending(resumed), null);
            }

            var id = PrivateFiles.NewName();
            var (der, provider) = keys.Make(KeyName(id));
            var request = new OpenRequest(id, purpose, der, provider);
            requests.Keep(request);
            return new(Pending(request), null);
        });

    public Task<StoreResult<StoredCertificate>> InstallAsync(
        PendingRequest request,
        X509Certificate2 certificate,
        IReadOnlyList<X509Certificate2> authorities,
        string loginId,
        CancellationToken cancellation) =>
        StoreFaults.GuardAsync<StoredCertificate>(requests.Directory, () =>
        {
            if (!IsStored(certificate))
            {
                if (requests.Find(request.Id) is not { } open || !keys.Has(KeyName(open.Id), open.Holder) || !certificate.IsFor(open.Der))
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
            var stored = new StoredCertificate(X509CertificateLoader.LoadCertificate(certificate.RawData), certificate.Thumbprint);
            return Task.FromResult(new StoreResult<StoredCertificate>(stored, null));
        });

    public Task AbandonAsync(PendingRequest request, CancellationToken cancellation)
    {
        // A request is closed once its certificate is stored, so a key that is in use is never deleted here.
        if (requests.Find(request.Id) is { } open)
        {
            keys.Delete(KeyName(open.Id), open.Holder);
            requests.Close(open.Id);
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<StoredCertificate>> ListAsync(IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation) =>
        Task.FromResult(Identities.Of(keys.List(), authorities));

    public Task<StoreResult<X509Certificate2>> OpenAsync(StoredCertificate certificate, CancellationToken cancellation) =>
        StoreFaults.GuardAsync<X509Certificate2>("", () => Task.FromResult(Identities.Take(keys.List(), certificate.Certificate)));

    public Task<StoreFault?> RemoveAsync(StoredCertificate certificate, CancellationToken cancellation) =>
        FaultAsync(() => keys.Remove(certificate.Certificate));

    private Task<StoreFault?> FaultAsync(Action operation)
    {
        try
        {
            operation();
            return Task.FromResult<StoreFault?>(null);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return Task.FromResult<StoreFault?>(StoreFaults.Of(fault, requests.Directory));
        }
    }

    private bool IsStored(X509Certificate2 certificate) => Identities.Contains(keys.List(), certificate.Thumbprint);

    private static string KeyName(string id) => "DensaiEnrollment-" + id;

    private static PendingRequest Pending(OpenRequest open) => new(
        open.Id, open.Purpose, open.Der, StoreText.Of(open.Holder == TpmProvider ? "Tpm" : "Software"));
}
