using System.Globalization;

namespace DensaiAdmin.Web.Shared;

/// <summary>Addresses of the screens, written once.</summary>
internal static class Urls
{
    public const string Home = "/";
    public const string Login = "/login";
    public const string Certificate = "/certificate";
    public const string Renewal = "/renewal";
    public const string RenewalApp = "/renewal/app";
    public const string LoginIdAcquisition = "/login-id";
    public const string LoginIdApplicant = "/login-id/user";
    public const string LoginIdConfirm = "/login-id/confirm";
    public const string LoginIdDone = "/login-id/done";
    public const string Densai = "/services/densai";
    public const string Gaitame = "/services/gaitame";
    public const string Logins = "/logins";
    public const string Announcements = "/notices";
    public const string CertificateInfo = "/own-certificate";
    public const string Management = "/management";
    public const string Company = "/management/company";
    public const string Mails = "/management/mails";
    public const string Expiries = "/management/users/expiries.ics";
    public const string History = "/management/history";
    public const string Users = "/management/users";
    public const string Password = "/management/users/password";
    public const string Accounts = "/management/users/accounts";
    public const string Suspension = "/management/users/suspension";
    public const string Revocation = "/management/users/revocation";

    public const string HistoryCsv = "/management/history.csv";

    public const string RevocationCsv = "/management/users/revocation.csv";

    /// <summary>A package of the issuing app.</summary>
    public static string AppPackage(string file) => $"{Certificate}/app/{file}";

    public static string HistoryRecord(long recordNumber) => string.Create(CultureInfo.InvariantCulture, $"{History}/{recordNumber}");

    public static string LoginReport(long recordNumber) => string.Create(CultureInfo.InvariantCulture, $"{Logins}/{recordNumber}");

    public static string Announcement(long id) => string.Create(CultureInfo.InvariantCulture, $"{Announcements}/{id}");

    public static string CertificateInfoOf(string serial) => $"{CertificateInfo}/{serial}";

    public static string CertificatePem(string serial) => $"{CertificateInfo}/pem/{serial}";

    public static string PasswordResult(string number) => $"{Password}/{Uri.EscapeDataString(number)}";

    public static string RevocationConfirm(string serial) =>
        string.Create(CultureInfo.InvariantCulture, $"{Revocation}/{Uri.EscapeDataString(serial)}");

    public static string RevocationReceipt(string number) => $"{Revocation}/receipt/{number}";

    public static string RevocationResult(string number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Revocation}/result/{Uri.EscapeDataString(number)}");
}
