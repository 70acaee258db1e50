using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>What every store promises, whatever holds the keys. One subclass per store.</summary>
public abstract class CertificateStoreContract : IDisposable
{
    private protected const string LoginId = "0501D00601N";

    private protected TestAuthority Bank { get; } = new(DateTimeOffset.UtcNow);

    private protected TemporaryDirectory Directory { get; } = new();

    private protected IReadOnlyList<X509Certificate2> Authorities =>
        field ??= [.. Bank.Keys.Certificates.Select(authority => X509CertificateLoader.LoadCertificate(authority.Der.ToArray()))];

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The store as the app finds it at its start; each call is a new app on the same PC.</summary>
    private protected abstract ICertificateStore Open();

    [Fact]
    public async Task Check_OnAHealthyPc_FindsNothing() => Assert.Null(await Open().CheckAsync(Cancellation));

    [Fact]
    public async Task Begin_MakesASignedRequestOfP256()
    {
        var request = await BeginAsync(Open(), "issue " + LoginId);

        var read = CertificateRequest.LoadSigningRequest(request.Der.ToArray(), HashAlgorithmName.SHA256);
        using var key = read.PublicKey.GetECDsaPublicKey();
        Assert.Equal("1.2.840.10045.3.1.7", key!.ExportParameters(includePrivateParameters: false).Curve.Oid.Value);
        Assert.Equal("issue " + LoginId, request.Purpose);
        Assert.DoesNotContain(LoginId, request.Id);
    }

    [Fact]
    public async Task Begin_AgainAfterACrash_GoesOnWithTheSameRequest()
    {
        var first = await BeginAsync(Open(), "issue " + LoginId);

        var second = await BeginAsync(Open(), "issue " + LoginId);

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(first.Der.ToArray(), second.Der.ToArray());
    }

    [Fact]
    public async Task Begin_ForAnotherPurpose_MakesAnotherKey()
    {
        var first = await BeginAsync(Open(), "issue " + LoginId);

        var second = await BeginAsync(Open(), "renew " + LoginId + " 4F");

        Assert.NotEqual(KeyOf(first), KeyOf(second));
    }

    [Fact]
    public async Task Abandon_GivesTheKeyUp()
    {
        var store = Open();
        var first = await BeginAsync(store, "issue " + LoginId);

        await store.AbandonAsync(first, Cancellation);

        Assert.Equal(StoreFaultKind.KeyGone, (await InstallAsync(store, first)).Fault?.Kind);
        Assert.NotEqual(KeyOf(first), KeyOf(await BeginAsync(Open(), "issue " + LoginId)));
    }

    [Fact]
    public async Task Install_OfAnotherAppsRequest_ServesTls()
    {
        var request = await BeginAsync(Open(), "issue " + LoginId);

        var stored = await InstalledAsync(Open(), request);

        using var opened = (await Open().OpenAsync(stored, Cancellation)).Value;
        Assert.True(opened!.HasPrivateKey);
        using var key = opened.GetECDsaPrivateKey()!;
        using var other = opened.GetECDsaPublicKey()!;
        byte[] said = [1, 2, 3];
        Assert.True(other.VerifyData(said, key.SignData(said, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256));
    }

    [Fact]
    public async Task Install_Twice_IsOnce()
    {
        var request = await BeginAsync(Open(), "issue " + LoginId);
        using var certificate = Issue(request);

        var first = await Open().InstallAsync(request, certificate, Authorities, LoginId, Cancellation);
        var second = await Open().InstallAsync(request, certificate, Authorities, LoginId, Cancellation);

        Assert.Null(first.Fault);
        Assert.Null(second.Fault);
        Assert.Single(await Open().ListAsync(Authorities, Cancellation));
    }

    [Fact]
    public async Task Install_ThenBegin_MakesANewKey()
    {
        var request = await BeginAsync(Open(), "issue " + LoginId);
        await InstalledAsync(Open(), request);

        Assert.NotEqual(KeyOf(request), KeyOf(await BeginAsync(Open(), "issue " + LoginId)));
    }

    [Fact]
    public async Task Install_OfACertificateForAnotherKey_IsRefused()
    {
        var store = Open();
        var request = await BeginAsync(store, "issue " + LoginId);
        using var foreign = X509CertificateLoader.LoadCertificate(Bank.Issue().Der.ToArray());

        Assert.Equal(StoreFaultKind.KeyGone, (await store.InstallAsync(request, foreign, Authorities, LoginId, Cancellation)).Fault?.Kind);
    }

    [Fact]
    public async Task List_AfterARenewal_ShowsBothAndOpensEach()
    {
        // The subject is the same: a store that finds by name would open the wrong key.
        var old = await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId), DateTimeOffset.UtcNow.AddDays(-340));
        var renewed = await InstalledAsync(Open(), await BeginAsync(Open(), "renew " + LoginId + " " + old.Certificate.SerialNumber));

        var listed = await Open().ListAsync(Authorities, Cancellation);

        Assert.Equal(
            [renewed.Certificate.SerialNumber, old.Certificate.SerialNumber], listed.Select(stored => stored.Certificate.SerialNumber));
        foreach (var stored in listed)
        {
            using var opened = (await Open().OpenAsync(stored, Cancellation)).Value;
            Assert.Equal(stored.Certificate.RawData, opened!.RawData);
        }
    }

    [Fact]
    public async Task List_OfAnotherBank_IsEmpty()
    {
        await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));
        using var other = new TestAuthority(DateTimeOffset.UtcNow);

        Assert.Empty(await Open().ListAsync(
            [.. other.Keys.Certificates.Select(authority => X509CertificateLoader.LoadCertificate(authority.Der.ToArray()))],
            Cancellation));
    }

    [Fact]
    public async Task Remove_OfTheOlder_LeavesTheNewer()
    {
        var old = await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId), DateTimeOffset.UtcNow.AddDays(-340));
        var renewed = await InstalledAsync(Open(), await BeginAsync(Open(), "renew " + LoginId + " " + old.Certificate.SerialNumber));

        Assert.Null(await Open().RemoveAsync(old, Cancellation));

        var left = Assert.Single(await Open().ListAsync(Authorities, Cancellation));
        Assert.Equal(renewed.Certificate.SerialNumber, left.Certificate.SerialNumber);
        using var opened = (await Open().OpenAsync(left, Cancellation)).Value;
        Assert.NotNull(opened);
        Assert.Equal(StoreFaultKind.KeyGone, (await Open().OpenAsync(old, Cancellation)).Fault?.Kind);
    }

    public virtual void Dispose()
    {
        Bank.Dispose();
        Directory.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static async Task<PendingRequest> BeginAsync(ICertificateStore store, string purpose)
    {
        var (value, fault) = await store.BeginAsync(purpose, Cancellation);
        Assert.Null(fault);
        return value!;
    }

    private protected X509Certificate2 Issue(PendingRequest request, DateTimeOffset? at = null)
    {
        var accepted = Assert.IsType<Core.Pki.CertificationRequestOutcome.Accepted>(
            Core.Pki.CertificationRequest.Parse(request.Der.Span, Bank.Keys.Certificates)).Key;
        return X509CertificateLoader.LoadCertificate(Bank.Issue(Bank.NewRequest(LoginId, accepted, at)).Der.ToArray());
    }

    private protected async Task<StoreResult<StoredCertificate>> InstallAsync(
        ICertificateStore store, PendingRequest request, DateTimeOffset? at = null)
    {
        using var certificate = Issue(request, at);
        return await store.InstallAsync(request, certificate, Authorities, LoginId, Cancellation);
    }

    private protected async Task<StoredCertificate> InstalledAsync(
        ICertificateStore store, PendingRequest request, DateTimeOffset? at = null)
    {
        var (value, fault) = await InstallAsync(store, request, at);
        Assert.Null(fault);
        return value!;
    }

    private static string KeyOf(PendingRequest request) => NssKey.OfRequest(request.Der.ToArray());
}

public sealed class MemoryStoreTests : CertificateStoreContract
{
    private readonly MemoryStore _store = new();

    private protected override ICertificateStore Open() => _store;

    public override void Dispose()
    {
        _store.Dispose();
        base.Dispose();
    }
}

/// <summary>The store of Windows over keys in memory: the order of its acts and what it keeps, not Windows itself.</summary>
public sealed class WindowsStoreTests : CertificateStoreContract
{
    private readonly MemoryKeys _keys = new();

    private protected override ICertificateStore Open() => new WindowsStore(_keys, new OpenRequests(Directory.At("requests")));

    [Fact]
    public async Task Begin_NamesTheKeyAfterTheRequest_AndSaysWhatHoldsIt()
    {
        var request = await BeginAsync(Open(), "issue " + LoginId);

        Assert.Equal("DensaiEnrollment-" + request.Id, Assert.Single(_keys.Keys).Key);
        Assert.NotEmpty(request.KeyProtection);
    }

    [Fact]
    public async Task Install_NamesTheCertificateAfterTheLoginId_AndStoresTheAuthorities()
    {
        await InstalledAsync(Open(), await BeginAsync(Open(), "issue " + LoginId));

        Assert.Contains(LoginId, Assert.Single(_keys.FriendlyNames));
        Assert.Equal(Authorities.Count, _keys.Authorities.Count);
    }

    [Fact]
    public async Task Check_WhereNoRequestCouldBeKept_SaysSo()
    {
        // A file stands where the folder should be.
        Directory.Write("requests", "");

        Assert.NotNull(await Open().CheckAsync(Cancellation));
    }

    private sealed class MemoryKeys : IWindowsKeys
    {
        public Dictionary<string, ECDsa> Keys { get; } = new(StringComparer.Ordinal);

        public List<string> FriendlyNames { get; } = [];

        public List<byte[]> Authorities { get; } = [];

        private List<(byte[] Certificate, ECDsa Key, string Name)> Stored { get; } = [];

        public (byte[] Request, string Provider) Make(string name)
        {
            Keys[name] = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return (TestAuthority.Request(Keys[name]), WindowsStore.TpmProvider);
        }

        public bool Has(string name, string provider) => Keys.ContainsKey(name);

        public void Delete(string name, string provider) => Keys.Remove(name);

        public void Add(X509Certificate2 certificate, string name, string provider, string friendlyName)
        {
            Stored.Add((certificate.RawData, Keys[name], name));
            FriendlyNames.Add(friendlyName);
        }

        public void AddAuthority(X509Certificate2 certificate) => Authorities.Add(certificate.RawData);

        public IReadOnlyList<X509Certificate2> List() =>
            [.. Stored.Select(stored =>
            {
                using var certificate = X509CertificateLoader.LoadCertificate(stored.Certificate);
                return certificate.CopyWithPrivateKey(stored.Key);
            })];

        public void Remove(X509Certificate2 certificate)
        {
            Keys.Remove(Stored.Single(stored => stored.Certificate.AsSpan().SequenceEqual(certificate.RawData)).Name);
            Stored.RemoveAll(stored => stored.Certificate.AsSpan().SequenceEqual(certificate.RawData));
        }
    }
}
