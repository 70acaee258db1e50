using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Where the browsers of this PC find certificates. The private key is created here and never leaves the PC (R1). Everything belongs to the
/// person who runs the app; nothing needs an administrator.
/// </summary>
internal interface ICertificateStore
{
    /// <summary>Its name on the result screen, e.g. 「Windows 証明書ストア（個人）」.</summary>
    string DisplayName { get; }

    /// <summary>Whether a certificate could be stored now; null when it could.</summary>
    Task<StoreFault?> CheckAsync(CancellationToken cancellation);

    /// <summary>
    /// Browsers of this person that would not get the certificate although others would, as found by the last <see cref="CheckAsync"/>.
    /// </summary>
    IReadOnlyList<string> BrowsersWithout => [];

    /// <summary>
    /// What the last <see cref="CheckAsync"/> could not read, so that its certificates are unknown; null where everything was read.
    /// </summary>
    StoreFault? Unreadable => null;

    /// <summary>Browsers in whose stores the last certificate was read back; null where every browser of this person has it.</summary>
    IReadOnlyList<BrowserStart>? Readers => null;

    /// <summary>
    /// Every place that a certificate would be written to, and what is wrong with it, for the help desk. Empty where the operating system
    /// has one store for all browsers.
    /// </summary>
    Task<IReadOnlyList<StorePlace>> InspectAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<StorePlace>>([]);

    /// <summary>
    /// Creates a key pair and its PKCS#10 request and keeps both durably, so that an app that was killed between request and storage
    /// resumes with the same key. Where a request for <paramref name="purpose"/> is open already, that one is returned.
    /// </summary>
    /// <param name="purpose">
    /// Login ID and, for a renewal, the serial of the certificate that is renewed: <c>issue 0501D00601N</c>, <c>renew 0501D00601R 4F…</c>.
    /// </param>
    Task<StoreResult<PendingRequest>> BeginAsync(string purpose, CancellationToken cancellation);

    /// <summary>
    /// Stores the certificate with the key of its request, and the CA certificates, under a nickname that contains the login ID. May be
    /// repeated.
    /// </summary>
    Task<StoreResult<StoredCertificate>> InstallAsync(
        PendingRequest request,
        X509Certificate2 certificate,
        IReadOnlyList<X509Certificate2> authorities,
        string loginId,
        CancellationToken cancellation);

    /// <summary>Gives up an open request that the bank refused finally, and deletes its key.</summary>
    Task AbandonAsync(PendingRequest request, CancellationToken cancellation);

    /// <summary>The certificates here that <paramref name="authorities"/> issued and whose key is here, newest first.</summary>
    Task<IReadOnlyList<StoredCertificate>> ListAsync(IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation);

    /// <summary>The certificate with a usable private key, for TLS in a renewal and in the self-test. The caller disposes of it.</summary>
    Task<StoreResult<X509Certificate2>> OpenAsync(StoredCertificate certificate, CancellationToken cancellation);

    /// <summary>Removes a certificate and its key: an older one after a renewal, when the person asks for it.</summary>
    Task<StoreFault?> RemoveAsync(StoredCertificate certificate, CancellationToken cancellation);
}

/// <summary>An open request for a certificate.</summary>
/// <param name="Id">Identifies the key in the store; random, not secret.</param>
/// <param name="Purpose">As given to <see cref="ICertificateStore.BeginAsync"/>.</param>
/// <param name="Der">The PKCS#10 request.</param>
/// <param name="KeyProtection">What holds the key, for the result screen, e.g. 「TPM」; empty where there is nothing to say.</param>
internal sealed record PendingRequest(string Id, string Purpose, ReadOnlyMemory<byte> Der, string KeyProtection);

/// <summary>A certificate in the store.</summary>
/// <param name="Certificate">Without its private key.</param>
/// <param name="Place">By which the store finds it again.</param>
public sealed record StoredCertificate(X509Certificate2 Certificate, string Place);

/// <summary>How to start a browser so that it uses a certain store.</summary>
/// <param name="Name">The product, as shown.</param>
/// <param name="Program">A file, or a name on the PATH.</param>
/// <param name="Arguments">Those before the address.</param>
internal sealed record BrowserStart(string Name, string Program, IReadOnlyList<string> Arguments);

/// <summary>One of several places in which certificates are stored.</summary>
/// <param name="Browsers">Which browsers read it, as shown; empty where none on this PC does.</param>
/// <param name="Path">A directory.</param>
/// <param name="IsUsed">Whether a browser reads it that this person can start.</param>
/// <param name="Fault">Why nothing can be stored there; null where it can.</param>
internal sealed record StorePlace(string Browsers, string Path, bool IsUsed, StoreFault? Fault);

/// <summary>A value, or why there is none.</summary>
internal readonly record struct StoreResult<T>(T? Value, StoreFault? Fault)
    where T : class;

/// <summary>Why a store did not do what it was asked to.</summary>
/// <param name="Kind">Each has a sentence with the next step.</param>
/// <param name="Detail">What the sentence names: a path, a package, a program's last line.</param>
public sealed record StoreFault(StoreFaultKind Kind, string Detail = "");

public enum StoreFaultKind
{
    /// <summary>Linux: certutil or pk12util is missing; Detail names the package.</summary>
    ToolsMissing,

    /// <summary>No browser was found that uses this store, or none that was ever started; Detail names those that are installed.</summary>
    NoBrowser,

    /// <summary>The profile cannot be written; Detail is its path.</summary>
    ReadOnly,

    /// <summary>No room on the disk; Detail is the path.</summary>
    DiskFull,

    /// <summary>The store is protected by a password of its own; Detail is its path.</summary>
    PasswordProtected,

    /// <summary>The database is damaged, and this app must not repair it; Detail is its path.</summary>
    Broken,

    /// <summary>The database is damaged and is replaced as soon as there is a certificate to store; Detail is its path.</summary>
    Unreadable,

    /// <summary>Another program is using the database; Detail is its path.</summary>
    Busy,

    /// <summary>The key of the request is gone.</summary>
    KeyGone,

    /// <summary>Anything else; Detail is what the system reported.</summary>
    Failed,
}
