using DensaiAdmin.Core.Certificates;

namespace DensaiAdmin.Web.Renewal;

/// <summary>Addresses that start 証明書発行アプリケーション on this PC, by the scheme that its installer registers.</summary>
internal static class AppLink
{
    private const string Scheme = "densai-enrollment:";

    /// <summary>Starts in renewal, with this certificate chosen.</summary>
    public static string Renew(SerialNumber serialNumber) => $"{Scheme}renew?serial={serialNumber}";
}
