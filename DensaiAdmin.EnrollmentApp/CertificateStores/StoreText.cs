using System.Globalization;
using System.Resources;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>Texts about the stores, in the current UI language.</summary>
internal static class StoreText
{
    private static readonly ResourceManager Words = new(typeof(StoreText));

    public static string Of(string key, string value) => string.Format(CultureInfo.InvariantCulture, Of(key), value);

    public static string Of(string key) => Words.GetString(key, CultureInfo.CurrentUICulture) ?? key;
}
