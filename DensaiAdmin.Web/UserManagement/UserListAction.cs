using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>A button in the bar under a list.</summary>
/// <param name="Name">What it says.</param>
/// <param name="Kind">The act it leads to; null for 照会.</param>
/// <param name="IsMain">The one filled button of the screen.</param>
public sealed record UserListAction(string Name, UserOperationKind? Kind, bool IsMain = true);
