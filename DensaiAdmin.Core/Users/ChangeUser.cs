using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Users;

/// <summary>利用者情報の変更: name and mail address.</summary>
internal static class ChangeUser
{
    public static UserActOutcome Run(UserAct act, User target, UserData becomes)
    {
        if (becomes.FaultsOfChange() is { Count: > 0 } faults)
        {
            return new UserActOutcome.NotUsable(faults);
        }

        var (name, mailAddress) = (target.Name, target.MailAddress);
        target.Change(becomes.Name, becomes.MailAddress);
        var receipt = act.Receipt(UserOperationKind.Change, target);
        receipt.Detail = string.Join(',', Changed());
        // The history keeps what stood before, so that an address that was turned away can be followed.
        return act.Finish(receipt, target, "changed", $"{receipt.Detail}: {name} <{mailAddress}>");

        IEnumerable<UserField> Changed()
        {
            if (target.Name != name)
            {
                yield return UserField.Name;
            }

            if (target.MailAddress != mailAddress)
            {
                yield return UserField.MailAddress;
            }
        }
    }
}
