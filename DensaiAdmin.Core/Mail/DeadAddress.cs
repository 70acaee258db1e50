using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.History;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// An address of which the mail world said for good that nobody is there. Kept by the address, not by the user: whoever gets
/// another address is rid of the mark, and a mail that arrives after all takes it away. Later mails are tried all the same.
/// </summary>
public sealed class DeadAddress
{
    private DeadAddress()
    {
    }

    internal DeadAddress(string address, string answer, DateTimeOffset refusedAt)
    {
        Address = address;
        Answer = answer;
        RefusedAt = refusedAt;
    }

    public string Address { get; private set; } = "";

    /// <summary>What the relay said, without address or text.</summary>
    public string Answer { get; private set; } = "";

    /// <summary>The first time, UTC.</summary>
    public DateTimeOffset RefusedAt { get; private set; }

    internal static void Mark(Act act, OutboxMail mail, string answer)
    {
        if (act.Db.DeadAddresses.Find(mail.Address) is not null)
        {
            return;
        }

        act.Db.DeadAddresses.Add(new DeadAddress(mail.Address, answer.Length > 200 ? answer[..200] : answer, act.Now));
        act.Record(new HistoryEntry
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

    internal static void Clear(Act act, long mailId) =>
        act.Sql.Execute("DELETE FROM DeadAddresses WHERE Address = (SELECT Address FROM OutboxMails WHERE Id = $mail)", ("$mail", mailId));
}

internal sealed class DeadAddressConfiguration : IEntityTypeConfiguration<DeadAddress>
{
    public void Configure(EntityTypeBuilder<DeadAddress> address)
    {
        address.HasKey(a => a.Address);
        address.Property(a => a.Address).HasMaxLength(254);
        address.Property(a => a.Answer).HasMaxLength(200);
    }
}
