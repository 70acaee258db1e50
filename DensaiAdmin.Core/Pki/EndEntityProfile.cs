namespace DensaiAdmin.Core.Pki;

/// <summary>What every client certificate has in common; the rest of the profile is fixed by <see cref="CertificateIssuer"/>.</summary>
/// <param name="Subject">From <c>Institution:*</c>.</param>
/// <param name="Addresses">From <c>Endpoints:Pki</c>.</param>
/// <param name="ValidityYears">From <c>CertificatePolicy:ValidityYears</c>; the lint holds every certificate to it.</param>
public sealed record EndEntityProfile(SubjectTemplate Subject, PkiAddresses Addresses, int ValidityYears);
