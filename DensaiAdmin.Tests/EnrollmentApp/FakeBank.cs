using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>A bank with a CA of its own, for tests of the app's screens: it answers what it is told to, and else issues.</summary>
internal sealed class FakeBank : IEstClient, IBank, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TimeProvider _time;
    private readonly Dictionary<string, X509Certificate2> _issued = new(StringComparer.Ordinal);

    public FakeBank(TimeProvider time)
    {
        _time = time;
        var request = new CertificateRequest("CN=Pretend Bank CA", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = time.GetUtcNow();
        Authority = request.CreateSelfSigned(now.AddYears(-3), now.AddYears(10));
    }

    public X509Certificate2 Authority { get; }

    public Uri Server { get; } = new("https://bank.example:7443");

    public string Password { get; init; } = "correct-horse-battery";

    public Version? Version { get; set; }

    public Version? MinimumVersion { get; set; }

    /// <summary>Said instead of anything else, once each.</summary>
    public Queue<EstOutcome> Answers { get; } = new();

    /// <summary>Faults of every question but enrolment, once each.</summary>
    public Queue<ConnectionFault> Faults { get; } = new();

    public ConnectionFault? HandshakeFault { get; set; }

    public ConnectionFault? CertificateOriginFault { get; set; }

    /// <summary>Serials on the bank's list of revoked certificates.</summary>
    public HashSet<string> Revoked { get; } = new(StringComparer.Ordinal);

    public int RenewalWindowDays { get; set; } = 40;

    public string? Telephone { get; set; } = "0120-000-000";

    /// <summary>How far the bank's clock is behind that of the PC.</summary>
    public TimeSpan ClockBehind { get; set; }

    /// <summary>The answer is sent and lost on the way.</summary>
    public bool LosesNextAnswer { get; set; }

    /// <summary>Held, an enrolment waits until it is completed.</summary>
    public TaskCompletionSource? Hold { get; set; }

    public List<byte[]> Requests { get; } = [];

    public int Enrollments => Requests.Count;

    public int Handshakes { get; private set; }

    /// <summary>Held, the bank's description of itself waits until it is completed.</summary>
    public TaskCompletionSource? HoldInformation { get; set; }

    /// <summary>How often the bank was asked for its description.</summary>
    public int Questions { get; private set; }

    public async Task<(BankInformation? Information, ConnectionFault? Fault)> GetInformationAsync(CancellationToken cancellation)
    {
        Questions++;
        if (HoldInformation is { } hold)
        {
            await hold.Task.WaitAsync(cancellation);
        }

        return Faults.TryDequeue(out var fault) ? (null, fault) : (new BankInformation(new Uri("https://bank.example:7444"), Version,
            MinimumVersion, _time.GetUtcNow() - ClockBehind)
        { RenewalWindowDays = RenewalWindowDays, Telephone = Telephone }, null);
    }

    public Task<ConnectionFault?> ReachCertificateOriginAsync(CancellationToken cancellation) => Task.FromResult(CertificateOriginFault);

    public string? IssuerSeen(Uri origin) => "Pretend TLS CA";

    public Task<bool?> IsRevokedAsync(
        X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation) =>
        Task.FromResult<bool?>(Revoked.Contains(certificate.SerialNumber));

    public Task<(IReadOnlyList<X509Certificate2> Authorities, ConnectionFault? Fault)> GetAuthoritiesAsync(
        CancellationToken cancellation) =>
        Task.FromResult<(IReadOnlyList<X509Certificate2>, ConnectionFault?)>(
            Faults.TryDequeue(out var fault) ? ([], fault) : ([Authority], null));

    public Task<EstOutcome> EnrollAsync(
        ReadOnlyMemory<byte> certificationRequest, Credentials credentials, CancellationToken cancellation) =>
        AnswerAsync(certificationRequest, credentials, cancellation);

    public Task<EstOutcome> ReenrollAsync(
        ReadOnlyMemory<byte> certificationRequest, X509Certificate2 current, Credentials credentials, CancellationToken cancellation)
    {
        Assert.True(current.HasPrivateKey);
        return AnswerAsync(certificationRequest, credentials, cancellation);
    }

    public Task<ConnectionFault?> TryHandshakeAsync(X509Certificate2 certificate, CancellationToken cancellation)
    {
        Handshakes++;
        return Task.FromResult(HandshakeFault);
    }

    /// <summary>A certificate for a key, valid for a year from <paramref name="from"/>.</summary>
    public X509Certificate2 Issue(PublicKey key, string loginId, DateTimeOffset from, DateTimeOffset? until = null)
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)(serial[0] & 0x7F | 0x40);
        var request = new CertificateRequest(
            new X500DistinguishedName(
                $"O=\"North Pacific Bank, Ltd.\", OU=\"North Pacific Bank, Ltd.\", CN=\"North Pacific Bank, LTD {loginId}\""), key,
                HashAlgorithmName.SHA256);
        return request.Create(Authority.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), from, until ?? from.AddYears(1), serial);
    }

    public void Dispose()
    {
        Authority.Dispose();
        _key.Dispose();
    }

    private async Task<EstOutcome> AnswerAsync(
        ReadOnlyMemory<byte> certificationRequest, Credentials credentials, CancellationToken cancellation)
    {
        Requests.Add(certificationRequest.ToArray());
        if (Hold is { } hold)
        {
            await hold.Task.WaitAsync(cancellation);
        }

        if (Answers.TryDequeue(out var answer))
        {
            return answer;
        }

        if (credentials.Password != Password)
        {
            return new EstOutcome.Refused("bad-credentials", "ログインIDまたはログインパスワードが違います。", null);
        }

        var asked = CertificateRequest.LoadSigningRequest(certificationRequest.ToArray(), HashAlgorithmName.SHA256);
        var key = Convert.ToHexString(asked.PublicKey.ExportSubjectPublicKeyInfo());
        if (!_issued.TryGetValue(key, out var certificate))
        {
            _issued[key] = certificate = Issue(asked.PublicKey, credentials.LoginId, _time.GetUtcNow());
        }

        if (LosesNextAnswer)
        {
            LosesNextAnswer = false;
            return new EstOutcome.NotReached(new ConnectionFault(ConnectionFaultKind.ServerDown));
        }

        return new EstOutcome.Issued(certificate);
    }
}

/// <summary>A store of certificates and keys that is nowhere; each fault happens once.</summary>
internal sealed class FakeStore(TimeProvider time) : ICertificateStore
{
    private readonly Dictionary<string, (PendingRequest Request, ECDsa Key)> _open = new(StringComparer.Ordinal);
    private readonly List<(StoredCertificate Stored, ECDsa Key)> _stored = [];

    public string DisplayName => "NSS（試験用）";

    public IReadOnlyList<string> BrowsersWithout { get; set; } = [];

    public IReadOnlyList<BrowserStart>? Readers { get; set; }

    public StoreFault? Unreadable { get; set; }

    public StoreFault? CheckFault { get; set; }

    public StoreFault? BeginFault { get; set; }

    public StoreFault? InstallFault { get; set; }

    public StoreFault? OpenFault { get; set; }

    public StoreFault? RemoveFault { get; set; }

    public int OpenRequests => _open.Count;

    public IReadOnlyList<StoredCertificate> Stored => [.. _stored.Select(one => one.Stored)];

    /// <summary>Puts a certificate there as an earlier issue would have.</summary>
    public X509Certificate2 Put(FakeBank bank, string loginId, DateTimeOffset from, DateTimeOffset until)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = bank.Issue(new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).PublicKey, loginId, from, until);
        _stored.Add((new StoredCertificate(certificate, certificate.SerialNumber), key));
        return certificate;
    }

    public Task<StoreFault?> CheckAsync(CancellationToken cancellation) => Task.FromResult(Take(CheckFault, () => CheckFault = null));

    public Task<StoreResult<PendingRequest>> BeginAsync(string purpose, CancellationToken cancellation)
    {
        if (Take(BeginFault, () => BeginFault = null) is { } fault)
        {
            return Task.FromResult(new StoreResult<PendingRequest>(null, fault));
        }

        if (!_open.TryGetValue(purpose, out var open))
        {
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var der = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequest();
            _open[purpose] = open = (new PendingRequest(Guid.NewGuid().ToString("N"), purpose, der, "TPM"), key);
        }

        return Task.FromResult(new StoreResult<PendingRequest>(open.Request, null));
    }

    public Task<StoreResult<StoredCertificate>> InstallAsync(
        PendingRequest request, X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, string loginId,
            CancellationToken cancellation)
    {
        if (Take(InstallFault, () => InstallFault = null) is { } fault)
        {
            return Task.FromResult(new StoreResult<StoredCertificate>(null, fault));
        }

        var stored = new StoredCertificate(certificate, certificate.SerialNumber);
        _stored.Add((stored, _open[request.Purpose].Key));
        _open.Remove(request.Purpose);
        return Task.FromResult(new StoreResult<StoredCertificate>(stored, null));
    }

    public Task AbandonAsync(PendingRequest request, CancellationToken cancellation)
    {
        _open.Remove(request.Purpose);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<StoredCertificate>> ListAsync(IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<StoredCertificate>>(
        [
            .. _stored.Select(one => one.Stored).Where(one => authorities.Any(authority => authority.Subject == one.Certificate.Issuer))
                .OrderByDescending(one => one.Certificate.NotBefore),
        ]);

    public Task<StoreResult<X509Certificate2>> OpenAsync(StoredCertificate certificate, CancellationToken cancellation) =>
        Task.FromResult(Take(OpenFault, () => OpenFault = null) is { } fault
            ? new StoreResult<X509Certificate2>(null, fault)
            : new StoreResult<X509Certificate2>(
                certificate.Certificate.CopyWithPrivateKey(_stored.Single(one => one.Stored.Place == certificate.Place).Key), null));

    public Task<StoreFault?> RemoveAsync(StoredCertificate certificate, CancellationToken cancellation)
    {
        if (Take(RemoveFault, () => RemoveFault = null) is { } fault)
        {
            return Task.FromResult<StoreFault?>(fault);
        }

        _stored.RemoveAll(one => one.Stored.Place == certificate.Place);
        return Task.FromResult<StoreFault?>(null);
    }

    public DateTimeOffset Now => time.GetUtcNow();

    private static StoreFault? Take(StoreFault? fault, Action forget)
    {
        forget();
        return fault;
    }
}

internal sealed class FakeProxy : IProxyChoice
{
    public string? Address { get; private set; }

    public string? UserName { get; private set; }

    public string? Password { get; private set; }

    public ProxyWay Way { get; private set; }

    public void UseCredentials(string userName, string password) => (UserName, Password) = (userName, password);

    public void UseSystem() => Way = ProxyWay.System;

    public void UseNone() => Way = ProxyWay.None;

    public bool UseAddress(string address)
    {
        if (!address.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        (Way, Address) = (ProxyWay.Address, address);
        return true;
    }
}
