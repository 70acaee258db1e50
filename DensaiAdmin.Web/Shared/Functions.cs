using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.Shared;

/// <summary>The functions of the console by screen ID: what 最近の操作 calls them and where they are.</summary>
internal static class Functions
{
    public const string Densai = "BLNK001-D";
    public const string Gaitame = "BLNK001-G";
    public const string Revocation = "BRSK018";
    public const string Notices = "BNTC001";
    public const string Password = "BRSK002";
    public const string Accounts = "BRSK005";
    public const string Suspension = "BRSK011";

    private static readonly Dictionary<string, (string[] Path, string Href)> Known = new(StringComparer.Ordinal)
    {
        [Densai] = (["Tab_Densai"], Urls.Densai),
        [Gaitame] = (["Tab_Gaitame"], Urls.Gaitame),
        [Revocation] = (["Crumb_Users", "Function_Revocation"], Urls.Revocation),
        [Notices] = (["Function_Notices"], Urls.Notices),
        [Password] = (["Crumb_Users", "Function_Password"], Urls.Password),
        [Accounts] = (["Crumb_Users", "Function_Accounts"], Urls.Accounts),
        [Suspension] = (["Crumb_Users", "Function_Suspension"], Urls.Suspension),
    };

    /// <summary>Name and address of a function, or null when this version has it no longer.</summary>
    public static (string Name, string Href)? Find(string function, IStringLocalizer<SharedText> text) =>
        Known.TryGetValue(function, out var known) ? (string.Join(" > ", known.Path.Select(key => text[key].Value)), known.Href) : null;
}
