namespace DensaiAdmin.Core.Mail;

/// <summary>Mail addresses as people give them.</summary>
public static class MailAddresses
{
    /// <summary>RFC 5321 4.5.3.1.3.</summary>
    public const int MostCharacters = 254;

    /// <summary>Whether the text is exactly one address to which a mail can be sent: no list, no display name, no folded line.</summary>
    public static bool IsOne(string text) => text.Length <= MostCharacters && MailComposer.IsRecipient(text);
}
