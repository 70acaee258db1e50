namespace DensaiAdmin.Web.Mail;

/// <summary>Words of this room's screens.</summary>
public sealed class MailsText;
