namespace DensaiAdmin.Web.Mails;

/// <summary>Words of this room's screens.</summary>
public sealed class MailsText;
