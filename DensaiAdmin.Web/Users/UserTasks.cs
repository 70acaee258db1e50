using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.Users;

/// <summary>The acts of 利用者管理 as they stand in addresses, and what their screens have in common.</summary>
internal static class UserTasks
{
    private static readonly (UserActKind Kind, string Name)[] Names =
    [
        (UserActKind.Register, "new"), (UserActKind.Change, "change"), (UserActKind.Delete, "delete"), (UserActKind.ResetPassword, "reset"),
        (UserActKind.Suspend, "suspend"), (UserActKind.Release, "release"), (UserActKind.Unlock, "unlock"),
    ];

    public static bool IsSuspension(UserActKind kind) => kind is UserActKind.Suspend or UserActKind.Release or UserActKind.Unlock;

    /// <summary>The act that an address names under its list; null when there is no such screen.</summary>
    public static UserActKind? Find(string? name, bool suspension)
    {
        var found = Names.Where(entry => entry.Name == name && IsSuspension(entry.Kind) == suspension).ToList();
        return found.Count == 1 ? found[0].Kind : null;
    }

    /// <summary>The confirm screen of an act on a user.</summary>
    public static string Confirm(UserActKind kind, string? loginId)
    {
        var name = Names.First(entry => entry.Kind == kind).Name;
        return (IsSuspension(kind) ? $"{Urls.Suspension}/{name}" : $"{Urls.Accounts}/{name}/confirm") + Id(loginId);
    }

    public static string Account(string loginId) => $"{Urls.Accounts}/user{Id(loginId)}";

    public static string Input(string? loginId) => loginId is null ? $"{Urls.Accounts}/new" : $"{Urls.Accounts}/change{Id(loginId)}";

    public static string Result(UserActKind kind, string number) => $"{(IsSuspension(kind) ? Urls.Suspension : Urls.Accounts)}/result/{Uri.EscapeDataString(number)}";

    public static IReadOnlyList<Crumb> Crumbs(bool suspension, IStringLocalizer<UsersText> text, IStringLocalizer<SharedText> shared) =>
    [
        new(shared["Tab_Home"], Urls.Home),
        new(shared["Tab_Management"], Urls.Management),
        new(shared["Crumb_Users"], Urls.Users),
        new(text[suspension ? "Suspension" : "Accounts"]),
    ];

    /// <summary>The steps of an act's wizard: the list for 停止・解除, input for what is entered, and without either for the rest.</summary>
    public static IReadOnlyList<string> Steps(UserActKind kind, IStringLocalizer<UsersText> text) =>
    [
        text[kind is UserActKind.Register or UserActKind.Change ? "Step_Input" : "Step_Choose"], text["Step_Confirm"], text["Step_Done"],
    ];

    private static string Id(string? loginId) => loginId is null ? "" : "?id=" + Uri.EscapeDataString(loginId);
}
