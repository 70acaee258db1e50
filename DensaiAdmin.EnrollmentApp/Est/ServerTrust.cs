using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>
/// Whether it is the bank that answers: by what this system trusts, or only by the authorities stamped into the package. Why it is not is kept
/// for the person; nothing is ever sent over a connection that is refused here.
/// </summary>
internal sealed class ServerTrust(X509Certificate2Collection? authorities, TimeProvider time)
{
    /// <summary>Reads the stamped authorities; null: the system's.</summary>
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

    /// <summary>Judges a server's certificate; null when it is good.</summary>
    public TlsVerdict? Judge(X509Certificate2? certificate, X509Chain? offered, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return new TlsVerdict(ConnectionFaultKind.NotUnderstood, "TLS");
        }

        var now = time.GetUtcNow();
        var isRightName = !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);
        if (isRightName && Builds(certificate, offered, now))
        {
            return null;
        }

        // The bank's, were it another day?
        var within = new DateTimeOffset(certificate.NotBefore.ToUniversalTime()).AddSeconds(1);
        return isRightName && (now.UtcDateTime < certificate.NotBefore.ToUniversalTime() || now.UtcDateTime > certificate.NotAfter.ToUniversalTime()) && Builds(certificate, offered, within)
            ? new TlsVerdict(ConnectionFaultKind.ClockWrong, "")
            : new TlsVerdict(ConnectionFaultKind.TlsIntercepted, NameOf(certificate.IssuerName));
    }

    private bool Builds(X509Certificate2 certificate, X509Chain? offered, DateTimeOffset at)
    {
        using var chain = new X509Chain();
        // A proxy or a closed network may hide the CRL: whoever stands between could as well.
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

    /// <summary>As a network person knows it: common name, else organisation.</summary>
    public static string NameOf(X500DistinguishedName name)
    {
        var parts = name.EnumerateRelativeDistinguishedNames(reversed: false).Where(part => !part.HasMultipleElements).ToList();
        string? Of(string oid) => parts.LastOrDefault(part => part.GetSingleElementType().Value == oid)?.GetSingleElementValue();
        return Of("2.5.4.3") ?? Of("2.5.4.10") ?? name.Name;
    }
}

/// <summary>Why a server's certificate was refused.</summary>
internal sealed record TlsVerdict(ConnectionFaultKind Kind, string Detail);
