using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>
/// A certificate store in memory that keeps the same promises as the real ones. It outlives the app that uses it: hand the same one to a
/// second app to see what happens after a crash.
/// </summary>
internal sealed class MemoryStore : ICertificateStore, IDisposable
{
    private readonly ConcurrentDictionary<string, (PendingRequest Request, ECDsa Key)> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (X509Certificate2 Certificate, ECDsa Key)> _stored = new(StringComparer.Ordinal);

    public string DisplayName { get; init; } = "試験用の証明書ストア";

    /// <summary>What <see cref="CheckAsync"/> says; null: all is well.</summary>
    public StoreFault? CheckFault { get; set; }

    /// <summary>What the next calls of <see cref="BeginAsync"/> end in.</summary>
    public StoreFault? BeginFault { get; set; }

    /// <summary>What the next calls of <see cref="InstallAsync"/> end in.</summary>
    public StoreFault? InstallFault { get; set; }

    /// <summary>What the next calls of <see cref="OpenAsync"/> end in.</summary>
    public StoreFault? OpenFault { get; set; }

    /// <summary>What the next calls of <see cref="RemoveAsync"/> end in.</summary>
    public StoreFault? RemoveFault { get; set; }

    /// <summary>Keys made so far.</summary>
    public int KeysMade { get; private set; }

    public IReadOnlyList<PendingRequest> OpenRequests => [.. _open.Values.Select(open => open.Request)];

    public IReadOnlyList<X509Certificate2> Certificates => [.. _stored.Values.Select(stored => stored.Certificate)];

    /// <summary>The authorities that came with the certificates.</summary>
    public ConcurrentDictionary<string, X509Certificate2> Authorities { get; } = new(StringComparer.Ordinal);

    public Task<StoreFault?> CheckAsync(CancellationToken cancellation) => Task.FromResult(CheckFault);

    public Task<StoreResult<PendingRequest>> BeginAsync(string purpose, CancellationToken cancellation)
    {
        if (BeginFault is { } fault)
        {
            return Task.FromResult(new StoreResult<PendingRequest>(null, fault));
        }

        var open = _open.Values.FirstOrDefault(o => string.Equals(o.Request.Purpose, purpose, StringComparison.Ordinal));
        if (open.Request is null)
        {
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var der = new CertificateRequest("CN=DensaiEnrollment", key, HashAlgorithmName.SHA256).CreateSigningRequest();
            open = (new(Guid.NewGuid().ToString("N"), purpose, der, ""), key);
            _open[open.Request.Id] = open;
            KeysMade++;
        }

        return Task.FromResult(new StoreResult<PendingRequest>(open.Request, null));
    }

    public Task<StoreResult<StoredCertificate>> InstallAsync(
        PendingRequest request,
        X509Certificate2 certificate,
        IReadOnlyList<X509Certificate2> authorities,
        string loginId,
        CancellationToken cancellation)
    {
        if (InstallFault is { } fault)
        {
            return Task.FromResult(new StoreResult<StoredCertificate>(null, fault));
        }

        var place = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        if (!_stored.ContainsKey(place))
        {
            if (!_open.TryGetValue(request.Id, out var open)
                || !open.Key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
            {
                return Task.FromResult(new StoreResult<StoredCertificate>(null, new StoreFault(StoreFaultKind.KeyGone)));
            }

            _stored[place] = (X509CertificateLoader.LoadCertificate(certificate.RawData), open.Key);
            _open.TryRemove(request.Id, out _);
        }

        foreach (var authority in authorities)
        {
            Authorities[authority.GetCertHashString(HashAlgorithmName.SHA256)] = X509CertificateLoader.LoadCertificate(authority.RawData);
        }

        return Task.FromResult(new StoreResult<StoredCertificate>(new StoredCertificate(_stored[place].Certificate, place), null));
    }

    public Task AbandonAsync(PendingRequest request, CancellationToken cancellation)
    {
        if (_open.TryRemove(request.Id, out var open))
        {
            open.Key.Dispose();
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<StoredCertificate>> ListAsync(IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<StoredCertificate>>([.. _stored
            .Where(stored => IssuedBy.AnyOf(authorities, stored.Value.Certificate))
            .Select(stored => new StoredCertificate(stored.Value.Certificate, stored.Key))
            .OrderByDescending(stored => stored.Certificate.NotBefore)]);

    public Task<StoreResult<X509Certificate2>> OpenAsync(StoredCertificate certificate, CancellationToken cancellation) =>
        Task.FromResult(OpenFault is { } fault ? new StoreResult<X509Certificate2>(null, fault)
            : _stored.TryGetValue(certificate.Place, out var stored)
                ? new StoreResult<X509Certificate2>(stored.Certificate.CopyWithPrivateKey(stored.Key), null)
            : new StoreResult<X509Certificate2>(null, new StoreFault(StoreFaultKind.KeyGone)));

    public Task<StoreFault?> RemoveAsync(StoredCertificate certificate, CancellationToken cancellation)
    {
        if (RemoveFault is null && _stored.TryRemove(certificate.Place, out var stored))
        {
            stored.Key.Dispose();
        }

        return Task.FromResult(RemoveFault);
    }

    /// <summary>Puts a certificate with its key (ECDSA) here as if the app had issued it before.</summary>
    public StoredCertificate Add(X509Certificate2 withKey)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(withKey.GetECDsaPrivateKey()!.ExportPkcs8PrivateKey(), out _);
        var place = withKey.GetCertHashString(HashAlgorithmName.SHA256);
        _stored[place] = (X509CertificateLoader.LoadCertificate(withKey.RawData), key);
        return new StoredCertificate(_stored[place].Certificate, place);
    }

    public void Dispose()
    {
        foreach (var key in _open.Values.Select(open => open.Key).Concat(_stored.Values.Select(stored => stored.Key)))
        {
            key.Dispose();
        }

        foreach (var certificate in Certificates.Concat(Authorities.Values))
        {
            certificate.Dispose();
        }
    }
}
