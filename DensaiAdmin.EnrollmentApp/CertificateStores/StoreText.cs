using System.Resources;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>Words about the stores, in the language of the screen.</summary>
internal static class StoreText
{
    private static readonly ResourceManager Words = new(typeof(StoreText));

    public static string Of(string key) => Words.GetString(key, System.Globalization.CultureInfo.CurrentUICulture) ?? key;
}
