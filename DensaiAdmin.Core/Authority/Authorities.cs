using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Authority;

/// <summary>Why the CA directory was not opened. Nothing in it was changed.</summary>
public enum AuthorityRefusal
{
    /// <summary><c>Authority:KeyPassphrase</c> does not open the keys.</summary>
    WrongPassphrase,

    /// <summary>A file is missing or not what it was.</summary>
    Damaged,
}

/// <summary>How the CA directory is to be opened, or made when there is none.</summary>
/// <param name="DataDirectory">The CA lives in <c>ca</c> below it.</param>
/// <param name="Passphrase">Setting <c>Authority:KeyPassphrase</c>.</param>
/// <param name="Institution">Names in the CAs' and in every client certificate's subject.</param>
/// <param name="Policy">Section <c>CertificatePolicy</c>.</param>
/// <param name="Addresses">From <c>Endpoints:Pki</c>.</param>
/// <param name="RealNow">The machine's time: other programs judge by it. UTC.</param>
/// <param name="ApplicationNow">The application's time, which may be set. UTC.</param>
public sealed record AuthoritiesOpening(
    string DataDirectory,
    KeyPassphrase Passphrase,
    InstitutionOptions Institution,
    CertificatePolicyOptions Policy,
    PkiAddresses Addresses,
    DateTimeOffset RealNow,
    DateTimeOffset ApplicationNow)
{
    internal string CaDirectory => Path.Combine(DataDirectory, "ca");

    internal EndEntityProfile Profile => new(
        new SubjectTemplate(Institution.Organization, Institution.OrganizationalUnit, Institution.CommonNameTemplate), Addresses,
        Policy.ValidityYears);

    // RFC 5280 appendix A: no more than 64 characters in a name.
    internal AuthorityPlan Plan
    {
        get
        {
            var earlier = RealNow < ApplicationNow ? RealNow : ApplicationNow;
            var later = RealNow > ApplicationNow ? RealNow : ApplicationNow;
            return new AuthorityPlan
            {
                Organization = Institution.Organization,
                RootCommonName = CommonName("Densai Root CA"),
                IssuingCommonName = CommonName("Densai Issuing CA"),
                Addresses = Addresses,
                NotBefore = earlier.AddDays(-400),
                RootNotAfter = later.AddYears(20),
                IssuingNotAfter = later.AddYears(15),
                CreatedAt = earlier,
                SealingRounds = SealingRounds,
            };
        }
    }

    /// <summary>Fewer only where tests make many CAs.</summary>
    internal int SealingRounds { get; init; } = SealedKeyFile.Rounds;

    // A browser's picker shows the issuer's common name and little else: it names the service.
    private string CommonName(string role)
    {
        var room = 64 - role.Length - 1;
        var name = Institution.Organization;
        return $"{(name.Length > room ? name[..room] : name)} {role}";
    }
}

/// <summary>The CAs of this installation while it runs: who issues, with what profile, and every certificate that others need.</summary>
public sealed class Authorities : IDisposable
{
    /// <summary>Takes the keys over.</summary>
    public Authorities(AuthorityKeys keys, EndEntityProfile profile)
    {
        Keys = keys;
        Certificates = [.. keys.Certificates];
        IssuingCertificates = [.. keys.Issuing.Select(ca => ca.IssuerCertificate)];
        Issuer = new CertificateIssuer(keys.Current, profile);
    }

    public AuthorityKeys Keys { get; }

    /// <summary>Builds, lints and signs client certificates with the current issuing CA.</summary>
    public CertificateIssuer Issuer { get; }

    public AuthorityCertificate Root => Keys.Root;

    /// <summary>The certificate of the CA that issues now.</summary>
    public AuthorityCertificate Current => Keys.Current.IssuerCertificate;

    /// <summary>Root and every issuing CA.</summary>
    public IReadOnlyList<AuthorityCertificate> Certificates { get; }

    /// <summary>Every issuing CA whose certificates may still live.</summary>
    public IReadOnlyList<AuthorityCertificate> IssuingCertificates { get; }

    /// <summary>Opens the CA directory; makes root and issuing CA when there is none.</summary>
    /// <returns>The CAs, or why not, with the damaged file's name.</returns>
    public static (Authorities? Authorities, AuthorityRefusal? Refusal, string? File) Open(AuthoritiesOpening opening) =>
        AuthorityKeys.Open(opening.CaDirectory, opening.Passphrase).Match<(Authorities?, AuthorityRefusal?, string?)>(
            keys => (new Authorities(keys, opening.Profile), null, null),
            () => (new Authorities(
                AuthorityKeys.Create(opening.CaDirectory, opening.Plan, opening.Passphrase), opening.Profile), null, null),
            () => (null, AuthorityRefusal.WrongPassphrase, null),
            file => (null, AuthorityRefusal.Damaged, file));

    /// <summary>Opens the CA directory as it is, for those who look; one that is not there is damaged.</summary>
    /// <returns>The CAs, or why not, with the damaged file's name.</returns>
    public static (Authorities? Authorities, AuthorityRefusal? Refusal, string? File) OpenExisting(AuthoritiesOpening opening) =>
        AuthorityKeys.Open(opening.CaDirectory, opening.Passphrase).Match<(Authorities?, AuthorityRefusal?, string?)>(
            keys => (new Authorities(keys, opening.Profile), null, null),
            () => (null, AuthorityRefusal.Damaged, "ca"),
            () => (null, AuthorityRefusal.WrongPassphrase, null),
            file => (null, AuthorityRefusal.Damaged, file));

    public void Dispose() => Keys.Dispose();
}
