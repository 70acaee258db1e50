namespace DensaiAdmin.Web.Shared;

/// <summary>One filled button per screen; red only for the last step of a revocation.</summary>
public enum ActionKind
{
    Outlined,
    Primary,
    Danger,
}
