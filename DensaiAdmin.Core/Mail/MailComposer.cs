using System.Globalization;
using System.Text;
using DensaiAdmin.Core.Registry;
using MimeKit;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// Makes the message of a row: the same octets of identity (Message-ID, Date) whenever it is made, so that a repetition is
/// known as one (R6). Nothing in a row can add a header or a recipient.
/// </summary>
internal sealed class MailComposer(MailboxAddress from)
{
    /// <summary>The message, or null when the row's address is not exactly one address.</summary>
    public MimeMessage? Compose(OutboxMail mail)
    {
        if (Recipient(mail.Address) is not { } recipient)
        {
            return null;
        }

        var message = new MimeMessage
        {
            MessageId = $"{mail.MailNumber.ToLowerInvariant()}@{from.Domain}",
            Date = JapanTime.ToJst(mail.CreatedAt),
        };
        message.Headers.Replace(Folded(HeaderId.Subject, "Subject", HeaderText.Unstructured("Subject", OneLine(mail.Subject))));
        message.Headers.Replace(Folded(HeaderId.From, "From", HeaderText.Mailbox("From", from.Name ?? "", from.Address)));
        message.To.Add(recipient);
        // RFC 3834: no absence note shall answer it.
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        // The boundary is the mail's own as well: made again, the message is the same octet by octet.
        message.Body = new MultipartAlternative(
            Part("plain", mail.Text), Part("html", MailHtml.Of(mail.Text)))
        { Boundary = "=_" + mail.MailNumber };
        return message;
    }

    private static Header Folded(HeaderId id, string name, byte[] value)
    {
        var header = new Header(id, name);
        header.SetRawValue(value);
        return header;
    }

    private static TextPart Part(string subtype, string content)
    {
        var part = new TextPart(subtype) { ContentTransferEncoding = ContentEncoding.Base64 };
        part.SetText(Encoding.UTF8, content);
        return part;
    }

    /// <summary>The bank as the sender.</summary>
    public static MailboxAddress Sender(MailOptions options, InstitutionOptions institution) =>
        Recipient(options.From) is { } address ? new MailboxAddress(Encoding.UTF8, OneLine(institution.BankName), address.Address)
            : throw new InvalidOperationException("Mail:From is not a mail address.");

    // A list, a group, a display name, a comment, a folded line: all of these are no address of one person.
    private static MailboxAddress? Recipient(string address)
    {
        if (address.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) || !address.Contains('@', StringComparison.Ordinal))
        {
            return null;
        }

        return MailboxAddress.TryParse(StrictParser, address, out var mailbox)
            && string.Equals(mailbox.Address, address, StringComparison.Ordinal)
            && mailbox.Route.Count == 0
            && string.IsNullOrEmpty(mailbox.Name)
            ? mailbox
            : null;
    }

    private static readonly ParserOptions StrictParser = new()
    {
        AddressParserComplianceMode = RfcComplianceMode.Strict,
        AllowAddressesWithoutDomain = false,
        AllowUnquotedCommasInAddresses = false,
    };

    private static string OneLine(string text) =>
        string.Concat(text.Select(c => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            ? ' '
            : c));
}
