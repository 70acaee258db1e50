using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;
using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.EnrollmentApp;

/// <summary>The real parts, for the life of the program.</summary>
internal static class Connection
{
    /// <exception cref="System.Security.Cryptography.CryptographicException">The trust file holds no certificate.</exception>
    public static Parts Of(ServerStamp stamp, AppFolder folder, TimeProvider time)
    {
        X509Certificate2Collection? authorities = stamp.TrustFile is { } trust ? BankTrust.Read(trust) : null;
        var proxy = new ProxyChoice(stamp.Server, folder.TryMake() ? Path.Combine(folder.Path, "proxy.json") : null);
        var bank = new EstClient(stamp.Server, authorities, proxy, time);
        return new Parts(ThisPc.Store(folder.Path), bank, bank, proxy, time);
    }
}
