namespace DensaiAdmin.Core.Pki;

/// <summary>
/// The addresses that certificates carry, below the PKI origin. Plain http on purpose: who fetches a CRL to check a certificate
/// cannot first check another one (RFC 5280 8).
/// </summary>
/// <param name="Origin">Setting <c>Endpoints:Pki</c>, for example <c>http://localhost:7080</c>; a slash at the end is ignored.</param>
public sealed record PkiAddresses(string Origin)
{
    public string Ocsp => $"{Base}/pki/ocsp";

    public string Crl(AuthorityCertificate issuer) => $"{Base}/pki/crl/{issuer.SubjectKeyIdentifier}.crl";

    public string Certificate(AuthorityCertificate issuer) => $"{Base}/pki/ca/{issuer.SubjectKeyIdentifier}.cer";

    string Base => Origin.TrimEnd('/');
}
