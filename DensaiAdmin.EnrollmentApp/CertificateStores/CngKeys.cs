using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <inheritdoc cref="IWindowsKeys"/>
[SupportedOSPlatform("windows")]
internal sealed class CngKeys : IWindowsKeys
{
    private static readonly CngProvider[] Providers = [new(WindowsStore.TpmProvider), CngProvider.MicrosoftSoftwareKeyStorageProvider];

    public (byte[] Request, string Provider) Make(string name)
    {
        CryptographicException? last = null;
        foreach (var provider in Providers)
        {
            try
            {
                using var key = CngKey.Create(CngAlgorithm.ECDsaP256, name, new CngKeyCreationParameters
                {
                    Provider = provider,
                    ExportPolicy = CngExportPolicies.None,
                    KeyUsage = CngKeyUsages.Signing,
                });
                using var signer = new ECDsaCng(key);
                var request = new CertificateRequest("CN=DensaiEnrollment", signer, HashAlgorithmName.SHA256);
                return (request.CreateSigningRequest(), provider.Provider);
            }
            catch (CryptographicException fault)
            {
                // No TPM, or a TPM without this curve: the software provider is next.
                last = fault;
            }
        }

        throw last!;
    }

    public bool Has(string name, string provider) => CngKey.Exists(name, new CngProvider(provider));

    public void Delete(string name, string provider)
    {
        if (Has(name, provider))
        {
            CngKey.Open(name, new CngProvider(provider)).Delete();
        }
    }

    public void Add(X509Certificate2 certificate, string name, string provider, string friendlyName)
    {
        using var key = CngKey.Open(name, new CngProvider(provider));
        using var signer = new ECDsaCng(key);
        using var bound = certificate.CopyWithPrivateKey(signer);
        bound.FriendlyName = friendlyName;
        using var store = Open(StoreName.My, OpenFlags.ReadWrite);
        store.Add(bound);
    }

    public void AddAuthority(X509Certificate2 certificate)
    {
        using var store = Open(StoreName.CertificateAuthority, OpenFlags.ReadWrite);
        store.Add(certificate);
    }

    public IReadOnlyList<X509Certificate2> List()
    {
        using var store = Open(StoreName.My, OpenFlags.ReadOnly);
        return [.. store.Certificates.Where(certificate => certificate.HasPrivateKey)];
    }

    public void Remove(X509Certificate2 certificate)
    {
        using var store = Open(StoreName.My, OpenFlags.ReadWrite);
        foreach (var stored in store.Certificates.Where(stored => stored.IsSameAs(certificate)))
        {
            using (stored)
            {
                var key = (stored.GetECDsaPrivateKey() as ECDsaCng)?.Key ?? (stored.GetRSAPrivateKey() as RSACng)?.Key;
                store.Remove(stored);
                key?.Delete();
            }
        }
    }

    private static X509Store Open(StoreName name, OpenFlags flags)
    {
        var store = new X509Store(name, StoreLocation.CurrentUser);
        store.Open(flags);
        return store;
    }
}
