namespace DensaiAdmin.Web.Shared;

public enum NoticeKind
{
    Info,
    Soon,
    Bad,
    Ok,
}
