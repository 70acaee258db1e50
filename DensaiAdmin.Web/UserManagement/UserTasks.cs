using DensaiAdmin.Core.Registry;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>The acts of 利用者管理 as they stand in addresses, and what their screens have in common.</summary>
internal static class UserTasks
{
    private static readonly (UserOperationKind Kind, string Name)[] Names =
    [
        (UserOperationKind.Register, "new"), (UserOperationKind.Change, "change"), (UserOperationKind.Delete, "delete"),
        (UserOperationKind.ResetPassword, "reset"),
        (UserOperationKind.Suspend, "suspend"), (UserOperationKind.Release, "release"), (UserOperationKind.Unlock, "unlock"),
    ];

    public static bool IsSuspension(UserOperationKind kind) =>
        kind is UserOperationKind.Suspend or UserOperationKind.Release or UserOperationKind.Unlock;

    /// <summary>The act that an address names under its list; null when there is no such screen.</summary>
    public static UserOperationKind? Find(string? name, bool suspension)
    {
        var found = Names.Where(entry => entry.Name == name && IsSuspension(entry.Kind) == suspension).ToList();
        return found.Count == 1 ? found[0].Kind : null;
    }

    /// <summary>The confirm screen of an act on a user.</summary>
    public static string Confirm(UserOperationKind kind, string? loginId)
    {
        var name = Names.First(entry => entry.Kind == kind).Name;
        return (IsSuspension(kind) ? $"{Urls.Suspension}/{name}" : $"{Urls.Accounts}/{name}/confirm") + Id(loginId);
    }

    public static string Account(string loginId) => $"{Urls.Accounts}/user{Id(loginId)}";

    public static string Input(string? loginId) => loginId is null ? $"{Urls.Accounts}/new" : $"{Urls.Accounts}/change{Id(loginId)}";

    public static string Result(UserOperationKind kind, string number) =>
        $"{(IsSuspension(kind) ? Urls.Suspension : Urls.Accounts)}/result/{Uri.EscapeDataString(number)}";

    public static IReadOnlyList<Crumb> Crumbs(bool suspension, IStringLocalizer<UsersText> text, IStringLocalizer<SharedText> shared) =>
    [
        new(shared["Tab_Home"], Urls.Home),
        new(shared["Tab_Management"], Urls.Management),
        new(shared["Crumb_Users"], Urls.Users),
        new(text[suspension ? "Suspension" : "Accounts"]),
    ];

    /// <summary>The steps of an act's wizard: the list for 停止・解除, input for what is entered, and without either for the rest.</summary>
    public static IReadOnlyList<string> Steps(UserOperationKind kind, IStringLocalizer<UsersText> text) =>
    [
        text[kind is UserOperationKind.Register or UserOperationKind.Change
            ? "Step_Input"
            : "Step_Choose"], text["Step_Confirm"], text["Step_Done"],
    ];

    private static string Id(string? loginId) => loginId is null ? "" : "?id=" + Uri.EscapeDataString(loginId);
}
