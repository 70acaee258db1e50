namespace DensaiAdmin.Web.Shared;

public enum AlertKind
{
    Info,
    Soon,
    Bad,
    Ok,
}
