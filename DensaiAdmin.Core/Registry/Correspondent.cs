namespace DensaiAdmin.Core.Registry;

/// <summary>What a mail needs to know of a person.</summary>
internal sealed record Correspondent(long Id, long? CompanyId, string LoginId, string Name, string MailAddress, bool IsSuspended)
{
    public static Correspondent Of(User user) =>
        new(user.Id, user.CompanyId, user.LoginId, user.Name, user.MailAddress, user.SuspendedAt is not null);
}
