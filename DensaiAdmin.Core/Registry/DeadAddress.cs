using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>
/// An address of which the mail world said for good that nobody is there. Kept by the address, not by the user: whoever gets
/// another address is rid of the mark, and a mail that arrives after all takes it away. Later mails are tried all the same.
/// </summary>
public sealed class DeadAddress
{
    internal const int MaxAnswer = 200;

    private DeadAddress()
    {
    }

    internal DeadAddress(string address, string answer, DateTimeOffset refusedAt)
    {
        Address = address;
        Answer = answer.Length > MaxAnswer ? answer[..MaxAnswer] : answer;
        RefusedAt = refusedAt;
    }

    public string Address { get; private set; } = "";

    /// <summary>What the relay said, without address or text.</summary>
    public string Answer { get; private set; } = "";

    /// <summary>The first time, UTC.</summary>
    public DateTimeOffset RefusedAt { get; private set; }
}

internal sealed class DeadAddressConfiguration : IEntityTypeConfiguration<DeadAddress>
{
    public void Configure(EntityTypeBuilder<DeadAddress> address)
    {
        address.HasKey(a => a.Address);
        address.Property(a => a.Address).HasMaxLength(254);
        address.Property(a => a.Answer).HasMaxLength(DeadAddress.MaxAnswer);
    }
}
