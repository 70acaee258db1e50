using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>
/// Verifies that it is the bank that answers: by what this operating system trusts, or only by the authorities stamped into the package.
/// Nothing is ever sent over a connection that is refused here; the reason is kept for the person.
/// </summary>
internal sealed class ServerTrust(X509Certificate2Collection? authorities, TimeProvider time)
{
    /// <summary>Reads the stamped authorities; null where those of the operating system count.</summary>
    public static X509Certificate2Collection? Read(string? trustFile)
    {
        if (trustFile is null)
        {
            return null;
        }

        var all = new X509Certificate2Collection();
        all.ImportFromPem(SettingsFile.Read(trustFile));
        return all;
    }

    /// <summary>Verifies a server's certificate; null when it is accepted.</summary>
    public TlsFault? Verify(X509Certificate2? certificate, X509Chain? offered, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return new TlsFault(ConnectionFaultKind.NotUnderstood, "TLS");
        }

        var now = time.GetUtcNow();
        var isRightName = !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);
        if (isRightName && Builds(certificate, offered, now))
        {
            return null;
        }

        // Would it be accepted on a day on which it is valid?
        var (notBefore, notAfter) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        var isOutOfDate = now.UtcDateTime < notBefore || now.UtcDateTime > notAfter;
        return isRightName && isOutOfDate && Builds(certificate, offered, new DateTimeOffset(notBefore).AddSeconds(1))
            ? new TlsFault(ConnectionFaultKind.ClockWrong, "")
            : new TlsFault(ConnectionFaultKind.TlsIntercepted, NameOf(certificate.IssuerName));
    }

    private bool Builds(X509Certificate2 certificate, X509Chain? offered, DateTimeOffset at)
    {
        using var chain = new X509Chain();
        // Behind a proxy or in a closed network the CRL may not be reachable, and an attacker on the way could block it as well.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = at.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1"));
        chain.ChainPolicy.ExtraStore.AddRange(offered?.ChainPolicy.ExtraStore ?? []);
        if (authorities is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return chain.Build(certificate);
    }

    /// <summary>As a network administrator knows it: the common name, otherwise the organization.</summary>
    public static string NameOf(X500DistinguishedName name) =>
        DistinguishedName.Value(name, DistinguishedName.CommonName)
        ?? DistinguishedName.Value(name, DistinguishedName.Organization)
        ?? name.Name;
}

/// <summary>Why a server's certificate was refused.</summary>
internal sealed record TlsFault(ConnectionFaultKind Kind, string Detail);
