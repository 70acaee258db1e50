using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;

namespace DensaiAdmin.Core.Users;

/// <summary>
/// 利用者情報の削除: what the user holds ends with the user (R20). Where certificates were revoked the receipt has their serials, and a list
/// was asked for.
/// </summary>
internal static class DeleteUser
{
    public static UserActOutcome.Done Run(UserAct act, User target, SessionWatch sessions, CrlSignal crl)
    {
        var work = act.Work;
        var receipt = act.Receipt(UserOperationKind.Delete, target);
        var revoked = Revoke(act, target, receipt);
        if (revoked.Count > 0)
        {
            target.NoteCurrentRevoked(work.Now);
            receipt.SerialNumbers = string.Join(',', revoked);
            work.AfterCommit(crl.Request);
        }

        target.Delete(work.Now);
        receipt.SessionsEnded = sessions.EndAll(
            work, target.Id, revoked.Count > 0 ? SessionEndReason.CertificateRevoked : SessionEndReason.UserSuspended);
        return act.Finish(receipt, target, "deleted", target.Name);
    }

    // A renewal that was not used yet leaves two certificates; both go.
    private static List<string> Revoke(UserAct act, User target, UserOperation receipt)
    {
        var work = act.Work;
        var revoked = new List<string>();
        foreach (var certificate in work.Db.Certificates.Where(c => c.UserId == target.Id && c.RevokedAt == null).ToList())
        {
            var reason = certificate.HasExpiredAt(work.Now)
                ? X509RevocationReason.CessationOfOperation
                : X509RevocationReason.AffiliationChanged;
            work.Revoke(certificate, act.By.LoginId, reason);
            work.Record(act.Entry(HistoryOperation.Revocation, target, receipt) with
            {
                SerialNumber = certificate.SerialNumber.ToString(),
                Detail = "revoked-by-deletion",
                Value = reason.ToString(),
            });
            revoked.Add(certificate.SerialNumber.ToString());
        }

        return revoked;
    }
}
