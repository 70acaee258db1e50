namespace DensaiAdmin.Core.Pki;

/// <summary>A certificate's subject as the CA writes it: O, OU, CN, in this order (R18).</summary>
public sealed record SubjectName(string Organization, string OrganizationalUnit, string CommonName)
{
    public override string ToString() => $"O={Organization}, OU={OrganizationalUnit}, CN={CommonName}";
}

/// <summary>
/// What the institution's settings say about subjects. The subject in a request is never read.
/// </summary>
/// <param name="Organization">O.</param>
/// <param name="OrganizationalUnit">OU.</param>
/// <param name="CommonName">CN. Contains <c>{loginId}</c>, which is replaced by the login ID as stored.</param>
public sealed record SubjectTemplate(string Organization, string OrganizationalUnit, string CommonName)
{
    public const string LoginIdPlace = "{loginId}";

    public SubjectName For(string loginId) =>
        new(Organization, OrganizationalUnit, CommonName.Replace(LoginIdPlace, loginId, StringComparison.Ordinal));
}
