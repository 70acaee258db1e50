using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using Microsoft.Extensions.Primitives;

namespace DensaiAdmin.Web.Tls;

/// <summary>
/// What TLS needs on both listeners, made once and swapped whole when a server certificate is renewed or an issuing CA
/// comes or goes: no handshake builds anything it could share.
/// </summary>
internal sealed class TransportCertificates
{
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    // TLS 1.2 with authenticated encryption and forward secrecy only (RFC 9325 4.2). With a list of its own a connection is never a resumed
    // one on Linux, on the public origin either: a whole handshake is the price. Windows has no such list in a program: there the system's
    // own settings rule.
    private static readonly CipherSuitesPolicy? Suites = OperatingSystem.IsWindows() ? null : new(
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);

    private volatile Prepared? _prepared;
    private ConfigurationReloadToken _replaced = new();

    /// <summary>The certificate the public origin shows.</summary>
    public X509Certificate2 Public => Current.Public;

    /// <summary>The certificate the certificate origin shows; may be the same.</summary>
    public X509Certificate2 Certificate => Current.Certificate;

    /// <summary>By what a client certificate is evaluated; the one place of our roots and issuers. Not to be changed.</summary>
    public X509ChainPolicy ClientChain => Current.Chain;

    /// <summary>Tells once that everything was replaced.</summary>
    public IChangeToken Replaced => _replaced;

    /// <summary>Replaces everything; connections made from now on see it.</summary>
    /// <param name="serverForPublic">With its private key.</param>
    /// <param name="serverForCertificate">With its private key; may be the same.</param>
    /// <param name="serverChain">Intermediates to send after the server certificate.</param>
    /// <param name="roots">Our root CAs: the only trust for client certificates.</param>
    /// <param name="issuers">Our issuing CAs with live certificates.</param>
    public void Set(
        X509Certificate2 serverForPublic,
        X509Certificate2 serverForCertificate,
        X509Certificate2Collection serverChain,
        X509Certificate2Collection roots,
        X509Certificate2Collection issuers)
    {
        // Chromium offers a leaf only when its direct issuer is named, so the issuing CAs are named beside the root. Windows
        // sends names from a machine store only; without names a browser there offers every certificate it has.
        var named = new X509Certificate2Collection(roots);
        named.AddRange(issuers);
        var trust = OperatingSystem.IsWindows() ? null : SslCertificateTrust.CreateForX509Collection(named, sendTrustInHandshake: true);

        // Time is evaluated against the application's clock where the certificate is diagnosed, so that an expired certificate
        // is told apart from a foreign one.
        var chain = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid,
        };
        chain.ApplicationPolicy.Add(ClientAuthentication);
        chain.CustomTrustStore.AddRange(roots);
        chain.ExtraStore.AddRange(issuers);

        _prepared = new(
            serverForPublic,
            serverForCertificate,
            SslStreamCertificateContext.Create(serverForPublic, serverChain, offline: true),
            SslStreamCertificateContext.Create(serverForCertificate, serverChain, offline: true, trust),
            chain);
        Interlocked.Exchange(ref _replaced, new()).OnReload();
    }

    /// <summary>Options of a connection to the public origin.</summary>
    public SslServerAuthenticationOptions ForPublic() => new()
    {
        ServerCertificateContext = Current.PublicContext,
        EnabledSslProtocols = Listeners.Protocols,
        CipherSuitesPolicy = Suites,
        AllowRenegotiation = false,
    };

    /// <summary>Options of a connection to the certificate origin.</summary>
    /// <param name="presented">Told what the peer presented, before the handshake ends.</param>
    public SslServerAuthenticationOptions ForCertificate(Action<TlsCertificate> presented)
    {
        var current = Current;
        return new()
        {
            ServerCertificateContext = current.CertificateContext,
            EnabledSslProtocols = Listeners.Protocols,
            CipherSuitesPolicy = Suites,
            AllowRenegotiation = false,
            ClientCertificateRequired = true,
            // A resumed session would be served as the old certificate's owner without proof of the key.
            AllowTlsResume = false,
            // The peer's intermediates are added to the policy of the handshake; a shared one would grow.
            CertificateChainPolicy = current.Chain.Clone(),
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            {
                if (certificate is X509Certificate2 given)
                {
                    presented(new(given.RawData, errors == SslPolicyErrors.None));
                }

                return true;
            },
        };
    }

    private Prepared Current => _prepared ?? throw new InvalidOperationException("No TLS certificates are set yet.");

    private sealed record Prepared(
        X509Certificate2 Public,
        X509Certificate2 Certificate,
        SslStreamCertificateContext PublicContext,
        SslStreamCertificateContext CertificateContext,
        X509ChainPolicy Chain);
}

/// <summary>
/// The client certificate of a connection, kept as a feature of the connection. The key was proven by TLS; whose certificate it
/// is and whether it may be used is judged by the application.
/// </summary>
internal sealed class TlsCertificate(byte[] der, bool chainsToUs)
{
    public byte[] Der { get; } = der;

    /// <summary>SHA-256 over the DER, upper hex.</summary>
    public Sha256Hash Sha256Fingerprint { get; } = Sha256Hash.Of(der);

    /// <summary>Whether the chain, time aside, ends in our root and the certificate is for client authentication.</summary>
    public bool ChainsToUs { get; } = chainsToUs;
}
