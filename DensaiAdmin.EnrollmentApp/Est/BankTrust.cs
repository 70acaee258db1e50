using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>
/// Whether TLS shows the bank. What the system trusts, or, where the package names authorities, these alone. What was wrong is kept, so
/// that a person is told more than that it did not work. For one connection.
/// </summary>
internal sealed class BankTrust(X509Certificate2Collection? authorities, TimeProvider time)
{
    /// <summary>Why the certificate shown last was refused; null when it was not.</summary>
    public ConnectionFault? Fault { get; private set; }

    public bool Accepts(X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        Fault = null;
        if (shown is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            Fault = new ConnectionFault(ConnectionFaultKind.NotUnderstood);
            return false;
        }

        using var certificate = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        var named = !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);
        X509ChainStatusFlags status;
        if (authorities is null)
        {
            status = chain is null ? X509ChainStatusFlags.PartialChain : All(chain);
        }
        else
        {
            using var own = new X509Chain();
            own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            own.ChainPolicy.CustomTrustStore.AddRange(authorities);
            own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            own.ChainPolicy.DisableCertificateDownloads = true;
            own.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
            if (chain is not null)
            {
                own.ChainPolicy.ExtraStore.AddRange(chain.ChainElements.Select(element => element.Certificate).ToArray());
            }

            own.Build(certificate);
            status = All(own);
        }

        // Whether it was revoked is not asked on the way: an office network that lets nothing else out would end every issue here.
        status &= ~(X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation);
        if (named && status == X509ChainStatusFlags.NoError)
        {
            return true;
        }

        // A chain that is right but for the time says more about this PC's clock than about the bank.
        Fault = named && status == X509ChainStatusFlags.NotTimeValid
            ? new ConnectionFault(ConnectionFaultKind.ClockWrong, Enrollment.JapanTime.Exact(time.GetUtcNow()))
            : new ConnectionFault(ConnectionFaultKind.TlsIntercepted, NameOf(certificate));
        return false;
    }

    private static X509ChainStatusFlags All(X509Chain chain) => chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);

    // As its own words call the issuer: the common name, and what stands beside it where there is none.
    private static string NameOf(X509Certificate2 certificate) =>
        certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true) is { Length: > 0 } name ? name : certificate.Issuer;

    /// <summary>Authorities from a PEM file.</summary>
    /// <exception cref="CryptographicException">It holds none.</exception>
    public static X509Certificate2Collection Read(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("There is no certificate in the file.");
    }
}
