using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>What <see cref="WindowsStore"/> needs of Windows. A second implementation stands in for it where there is no Windows.</summary>
internal interface IWindowsKeys
{
    /// <summary>Creates a non-exportable key with this name, and its PKCS#10 request.</summary>
    (byte[] Request, string Provider) Make(string name);

    bool Has(string name, string provider);

    void Delete(string name, string provider);

    /// <summary>Puts a certificate bound to the key of that name into CurrentUser\My.</summary>
    void Add(X509Certificate2 certificate, string name, string provider, string friendlyName);

    /// <summary>
    /// Puts a CA certificate into CurrentUser\CA. The root goes there as well, because Windows asks the person about every certificate that
    /// is added to CurrentUser\Root.
    /// </summary>
    void AddAuthority(X509Certificate2 certificate);

    /// <summary>The certificates of CurrentUser\My that have a key. The caller disposes of them.</summary>
    IReadOnlyList<X509Certificate2> List();

    /// <summary>Removes a certificate of CurrentUser\My and its key.</summary>
    void Remove(X509Certificate2 certificate);
}
