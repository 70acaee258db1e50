using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Where browsers of this PC find certificates. The private key is made here and never leaves it (R1). Everything is for the person
/// who runs the app; nothing needs an administrator.
/// </summary>
internal interface ICertificateStore
{
    /// <summary>Its name for the result screen, e.g. 「Windows 証明書ストア（個人）」.</summary>
    string DisplayName { get; }

    /// <summary>Whether a certificate could be stored now; null when it could.</summary>
    Task<StoreFault?> CheckAsync(CancellationToken cancellation);

    /// <summary>Browsers of this person that would not have the certificate, though others would: as <see cref="CheckAsync"/> found last.</summary>
    IReadOnlyList<string> Without => [];

    /// <summary>What could not be read, so that nobody knows what is in it, as <see cref="CheckAsync"/> found last; null: nothing.</summary>
    StoreFault? Unreadable => null;

    /// <summary>Browsers that have the certificate stored last, as it was read back; null: every browser of this person has it.</summary>
    IReadOnlyList<BrowserStart>? Readers => null;

    /// <summary>Every place a certificate would go to, and what is wrong with it: for the help desk. None where the system keeps one for all browsers.</summary>
    Task<IReadOnlyList<StorePlace>> LookAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<StorePlace>>([]);

    /// <summary>
    /// Makes a key pair and its PKCS#10 request and keeps both durably, so that an app that died between asking and storing goes on with the
    /// same key; where such a request is open already for <paramref name="purpose"/>, it is the one returned.
    /// </summary>
    /// <param name="purpose">Login ID and, for a renewal, the serial of the certificate renewed: <c>issue 0501D00601N</c>, <c>renew 0501D00601R 4F…</c>.</param>
    Task<StoreResult<PendingRequest>> BeginAsync(string purpose, CancellationToken cancellation);

    /// <summary>Stores the certificate with the key of its request, and the authorities beside it, under a nickname that contains the login ID. May be repeated.</summary>
    Task<StoreResult<StoredCertificate>> InstallAsync(PendingRequest request, X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, string loginId, CancellationToken cancellation);

    /// <summary>Gives up an open request: the bank refused for good. The key goes too.</summary>
    Task AbandonAsync(PendingRequest request, CancellationToken cancellation);

    /// <summary>The certificates here whose issuer is one of <paramref name="authorities"/> and whose key is here, newest first.</summary>
    Task<IReadOnlyList<StoredCertificate>> ListAsync(IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation);

    /// <summary>The certificate with a usable private key, for TLS: a renewal and the self-test. The caller disposes it.</summary>
    Task<StoreResult<X509Certificate2>> OpenAsync(StoredCertificate certificate, CancellationToken cancellation);

    /// <summary>Removes a certificate and its key: an older one after a renewal, on request.</summary>
    Task<StoreFault?> RemoveAsync(StoredCertificate certificate, CancellationToken cancellation);
}

/// <summary>An open request for a certificate.</summary>
/// <param name="Id">Names the key in the store; random, no secret.</param>
/// <param name="Purpose">As given to <see cref="ICertificateStore.BeginAsync"/>.</param>
/// <param name="Der">The PKCS#10 request.</param>
/// <param name="KeyProtection">What holds the key, for the result screen, e.g. 「TPM」; empty when there is nothing to say.</param>
internal sealed record PendingRequest(string Id, string Purpose, ReadOnlyMemory<byte> Der, string KeyProtection);

/// <summary>A certificate in the store.</summary>
/// <param name="Certificate">Without its private key.</param>
/// <param name="Place">What the store finds it by.</param>
public sealed record StoredCertificate(X509Certificate2 Certificate, string Place);

/// <summary>How a browser is started with what it reads here.</summary>
/// <param name="Name">Its product, as shown.</param>
/// <param name="Program">A file, or a name on the PATH.</param>
/// <param name="Arguments">What comes before the address.</param>
internal sealed record BrowserStart(string Name, string Program, IReadOnlyList<string> Arguments);

/// <summary>One of several places where certificates are kept.</summary>
/// <param name="Browsers">Who reads it, as shown; empty: nobody on this PC.</param>
/// <param name="Path">A directory.</param>
/// <param name="IsUsed">A browser that this person can start reads it.</param>
/// <param name="Fault">Why nothing could be stored there; null: it could.</param>
internal sealed record StorePlace(string Browsers, string Path, bool IsUsed, StoreFault? Fault);

/// <summary>A value, or why there is none.</summary>
internal readonly record struct StoreResult<T>(T? Value, StoreFault? Fault)
    where T : class;

/// <summary>Why a store did not do what it was asked.</summary>
/// <param name="Kind">Each has a sentence with the next step.</param>
/// <param name="Detail">What the sentence names: a path, a package, a program's last line.</param>
public sealed record StoreFault(StoreFaultKind Kind, string Detail = "");

public enum StoreFaultKind
{
    /// <summary>Linux: certutil or pk12util is missing; Detail names the package.</summary>
    ToolsMissing,

    /// <summary>No browser that uses this store was found, or none that ever ran; Detail names those that are installed.</summary>
    NoBrowser,

    /// <summary>The profile cannot be written; Detail is its path.</summary>
    ReadOnly,

    /// <summary>No room on the disk; Detail is the path.</summary>
    DiskFull,

    /// <summary>The store is protected by a password of its own; Detail is its path.</summary>
    PasswordProtected,

    /// <summary>The database is damaged and is not this app's to mend; Detail is its path.</summary>
    Broken,

    /// <summary>The database is damaged; one is made in its place when there is a certificate to be stored. Detail is its path.</summary>
    Unreadable,

    /// <summary>Another program works in the database; Detail is its path.</summary>
    Busy,

    /// <summary>The key of the request is gone.</summary>
    KeyGone,

    /// <summary>Anything else; Detail is what the system said.</summary>
    Failed,
}
