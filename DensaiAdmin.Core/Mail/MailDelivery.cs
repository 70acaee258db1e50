using MimeKit;

namespace DensaiAdmin.Core.Mail;

/// <summary>What came of handing one mail over.</summary>
internal enum DeliveryVerdict
{
    /// <summary>Taken.</summary>
    Delivered,

    /// <summary>This one not now.</summary>
    Deferred,

    /// <summary>Never: this mail is not taken.</summary>
    Refused,

    /// <summary>Never, and no other either: nobody is at this address.</summary>
    AddressDead,

    /// <summary>The connection broke or stalled over this mail; nobody knows whether it was taken.</summary>
    Broken,

    /// <summary>No mail can be handed over at present, whichever it is.</summary>
    Down,
}

/// <param name="Verdict">What came of it.</param>
/// <param name="Error">Why not, without address or text of the mail.</param>
internal sealed record DeliveryOutcome(DeliveryVerdict Verdict, string? Error = null)
{
    public static readonly DeliveryOutcome Delivered = new(DeliveryVerdict.Delivered);
}

/// <summary>The way out of the house. Used by one sender, one mail at a time.</summary>
internal interface IMailDelivery
{
    Task<DeliveryOutcome> DeliverAsync(MimeMessage message, string name);

    /// <summary>No more mails wait for now.</summary>
    Task EndAsync();
}

/// <summary>One file per mail. The name is the mail's own, so that a mail written twice is still one file.</summary>
internal sealed class PickupDelivery(string directory) : IMailDelivery
{
    private static readonly FormatOptions Format = NewFormat();

    public async Task<DeliveryOutcome> DeliverAsync(MimeMessage message, string name)
    {
        using var content = new MemoryStream();
        await message.WriteToAsync(Format, content);
        try
        {
            DurableFile.CreateDirectory(directory);
            DurableFile.Write(Path.Combine(directory, name + ".eml"), content.GetBuffer().AsSpan(0, (int)content.Length));
            return DeliveryOutcome.Delivered;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new(DeliveryVerdict.Down, "The mail directory cannot be written.");
        }
    }

    public Task EndAsync() => Task.CompletedTask;

    private static FormatOptions NewFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        return format;
    }
}
