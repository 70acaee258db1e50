using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Mail;

/// <summary>Marks and clears <see cref="DeadAddress"/>, as mails are refused and taken.</summary>
internal static class DeadAddresses
{
    public static void Mark(UnitOfWork work, OutboxMail mail, string answer)
    {
        if (work.Db.DeadAddresses.Find(mail.Address) is not null)
        {
            return;
        }

        work.Db.DeadAddresses.Add(new DeadAddress(mail.Address, answer, work.Now));
        work.Record(new HistoryEntry
        {
            Operation = HistoryOperation.Operation,
            Result = HistoryResult.Refused,
            CompanyId = mail.CompanyId,
            Source = "server",
            TargetUserId = mail.RecipientId,
            Detail = "mail-address-dead",
            Value = answer,
        });
    }

    public static void Clear(UnitOfWork work, long mailId) =>
        work.Sql.Execute(
            """
            DELETE FROM "DeadAddresses" WHERE "Address" = (SELECT "Address" FROM "OutboxMails" WHERE "Id" = @mail)
            """,
            ("@mail", mailId));
}
