using System.Security.Claims;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Certificate;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace DensaiAdmin.Web.Tls;

/// <summary>
/// Who the client certificate of a connection is, as a scheme beside that of the session, which asks it and is the only one that
/// challenges: a person is told by BLGI003 what is wrong, never by a bare 403.
/// </summary>
internal static class CertificateScheme
{
    public const string Name = "certificate";

    /// <summary>Claim: SHA-256 over the DER, upper hex.</summary>
    public const string Fingerprint = "densai:certificate";

    public static AuthenticationBuilder AddCertificateScheme(this AuthenticationBuilder authentication)
    {
        authentication.Services.AddSingleton<ICertificateValidationCache, HandshakeResults>();
        authentication.Services.AddSingleton<IOptionsChangeTokenSource<CertificateAuthenticationOptions>, Rotation>();
        authentication.Services.AddOptions<CertificateAuthenticationOptions>(Name).Configure<TransportCertificates>((options, transport) =>
        {
            var chain = transport.ClientChain;
            options.AllowedCertificateTypes = CertificateTypes.Chained;
            options.ChainTrustValidationMode = chain.TrustMode;
            options.CustomTrustStore = chain.CustomTrustStore;
            options.AdditionalChainCertificates = chain.ExtraStore;
            options.RevocationMode = chain.RevocationMode;
            options.ValidateCertificateUse = true;
            // The application's clock decides, where the certificate is diagnosed.
            options.ValidateValidityPeriod = false;
        });
        return authentication.AddCertificate(Name);
    }

    /// <summary>
    /// Answers with what the handshake of this connection found, so that no request builds a chain a second time. It stores nothing: a
    /// result kept by certificate would outlive a rotation and be another connection's.
    /// </summary>
    private sealed class HandshakeResults : ICertificateValidationCache
    {
        public AuthenticateResult? Get(HttpContext context, X509Certificate2 certificate) => context.Features.Get<TlsCertificate>() switch
        {
            // Then the library evaluates the certificate itself; without our claim, so that no session counts behind it.
            null => null,
            { ChainsToUs: true } presented => AuthenticateResult.Success(new(PrincipalOf(presented), Name)),
            _ => AuthenticateResult.Fail("The certificate does not chain to our root, or is not for client authentication."),
        };

        public void Put(HttpContext context, X509Certificate2 certificate, AuthenticateResult result)
        {
        }

        private static ClaimsPrincipal PrincipalOf(TlsCertificate presented) =>
            new(new ClaimsIdentity([new Claim(Fingerprint, presented.Sha256Fingerprint.ToString())], Name));
    }

    private sealed class Rotation(TransportCertificates transport) : IOptionsChangeTokenSource<CertificateAuthenticationOptions>
    {
        public string Name => CertificateScheme.Name;

        public IChangeToken GetChangeToken() => transport.Replaced;
    }
}
