namespace DensaiAdmin.Web.Shared;

/// <summary>Normal states stay quiet; only what needs action has an edge.</summary>
public enum ChipKind
{
    Ok,
    Soon,
    Bad,
    Off,
    None,
    Wait,
}
