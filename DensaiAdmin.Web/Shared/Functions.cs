using DensaiAdmin.Core.Registry;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.Shared;

/// <summary>A function of the console.</summary>
/// <param name="Id">What 最近の操作 stores: the screen ID, with a letter where two functions share one.</param>
/// <param name="ScreenId">As shown.</param>
/// <param name="Path">Words of the menus that lead there, the function's own last.</param>
/// <param name="Href">Where it is.</param>
/// <param name="MastersOnly">Others do not see it.</param>
/// <param name="IsMenu">Home and the menus: to be found, but no operation.</param>
internal sealed record Function(
    string Id, string ScreenId, IReadOnlyList<string> Path, string Href, bool MastersOnly = false, bool IsMenu = false)
{
    public string Name(IStringLocalizer<SharedText> text) => text[Path[^1]];

    /// <summary>利用者管理 &gt; 証明書失効.</summary>
    public string FullName(IStringLocalizer<SharedText> text) => string.Join(" > ", Path.Select(key => text[key].Value));

    public bool IsFor(UserRole role) => !MastersOnly || role == UserRole.Master;
}

/// <summary>The functions of the console by screen ID: what 最近の操作 calls them, where they are, and what 画面を探す finds.</summary>
internal static class Functions
{
    public const string Densai = "BLNK001-D";
    public const string Gaitame = "BLNK001-G";
    public const string Revocation = "BRSK018";
    public const string Announcements = "BNTC001";
    public const string Mails = "BMLG001";
    public const string Password = "BRSK002";
    public const string Accounts = "BRSK005";
    public const string Suspension = "BRSK011";

    /// <summary>In the order of the menus.</summary>
    public static readonly IReadOnlyList<Function> All =
    [
        new("BTOP001", "BTOP001", ["Tab_Home"], Urls.Home, IsMenu: true),
        new(Densai, "BLNK001", ["Tab_Densai"], Urls.Densai),
        new(Gaitame, "BLNK001", ["Tab_Gaitame"], Urls.Gaitame),
        new(Announcements, Announcements, ["Function_Notices"], Urls.Announcements),
        new("BTOP002", "BTOP002", ["Function_Logins"], Urls.Logins),
        new("BCRT001", "BCRT001", ["Function_Certificate"], Urls.CertificateInfo),
        new("BSSK001", "BSSK001", ["Tab_Management", "Function_Menu"], Urls.Management, IsMenu: true),
        new("BCMP001", "BCMP001", ["Tab_Management", "Function_Company"], Urls.Company),
        new("BRSK001", "BRSK001", ["Tab_Management", "Crumb_Users"], Urls.Users, IsMenu: true),
        new(Password, Password, ["Crumb_Users", "Function_Password"], Urls.Password),
        new(Accounts, Accounts, ["Crumb_Users", "Function_Accounts"], Urls.Accounts, MastersOnly: true),
        new(Suspension, Suspension, ["Crumb_Users", "Function_Suspension"], Urls.Suspension, MastersOnly: true),
        new(Revocation, Revocation, ["Crumb_Users", "Function_Revocation"], Urls.Revocation, MastersOnly: true),
        new("BSRS001", "BSRS001", ["Tab_Management", "Function_History"], Urls.History),
        new(Mails, Mails, ["Tab_Management", "Function_Mails"], Urls.Mails, MastersOnly: true),
    ];

    /// <summary>Name and address of a function, or null when this version has it no longer.</summary>
    public static (string Name, string Href)? Find(string function, IStringLocalizer<SharedText> text) =>
        All.FirstOrDefault(known => known.Id == function) is { } found ? (found.FullName(text), found.Href) : null;

    /// <summary>The function at an address, menus left out; null where there is none.</summary>
    public static Function? At(string path) =>
        All.FirstOrDefault(
            known => !known.IsMenu && string.Equals(known.Href, path.Split('?', '#')[0], StringComparison.OrdinalIgnoreCase));
}
