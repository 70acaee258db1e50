using DensaiAdmin.Core.Store;
using MimeKit;

namespace DensaiAdmin.Core.Mail;

/// <summary>What came of handing one mail over.</summary>
internal enum DeliveryResult
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

    /// <summary>Something about this mail throws.</summary>
    Unsendable,
}

/// <summary>What is wrong with the way out itself, whichever mail is tried.</summary>
public enum RelayTrouble
{
    /// <summary>The relay does not answer, or refuses the connection.</summary>
    Unreachable,

    /// <summary>Its certificate is not trusted, or TLS failed.</summary>
    TlsFailed,

    /// <summary>It does not offer what <c>Mail:Smtp:Security</c> or the login asks for.</summary>
    NotOffered,

    /// <summary>It wants a login and none is set (530).</summary>
    LoginWanted,

    /// <summary>It does not accept the login.</summary>
    LoginRefused,

    /// <summary>It does not accept <c>Mail:From</c> as a sender.</summary>
    SenderRefused,

    /// <summary>It refuses to work, or breaks off over one mail after the other.</summary>
    Refused,

    /// <summary>The directory of <c>Mail:Transport</c> <c>Pickup</c> cannot be written.</summary>
    DirectoryNotWritable,
}

/// <param name="Evaluation">What came of it.</param>
/// <param name="Error">Why not, without address or text of the mail.</param>
/// <param name="Trouble">With <see cref="DeliveryResult.Down"/>: what is wrong.</param>
internal sealed record DeliveryOutcome(DeliveryResult Evaluation, string? Error = null, RelayTrouble? Trouble = null)
{
    /// <summary>With <see cref="DeliveryResult.Unsendable"/>: what it threw.</summary>
    public Exception? Exception { get; init; }

    public static readonly DeliveryOutcome Delivered = new(DeliveryResult.Delivered);

    public static DeliveryOutcome Down(RelayTrouble trouble, string error) => new(DeliveryResult.Down, error, trouble);
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
            return DeliveryOutcome.Down(RelayTrouble.DirectoryNotWritable, "The mail directory cannot be written.");
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
