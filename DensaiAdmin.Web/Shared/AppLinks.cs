namespace DensaiAdmin.Web.Shared;

/// <summary>Addresses that start the installed issuing app, written once. Its installer registers the scheme.</summary>
internal static class AppLinks
{
    /// <summary>証明書発行.</summary>
    public const string Issue = "densai-enrollment:issue";

    /// <summary>証明書更新 of the certificate with that serial.</summary>
    public static string Renew(string serial) => "densai-enrollment:renew?serial=" + Uri.EscapeDataString(serial);
}
