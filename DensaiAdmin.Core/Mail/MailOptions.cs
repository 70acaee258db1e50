namespace DensaiAdmin.Core.Mail;

/// <summary>How mails leave. <c>Mail:Transport</c>.</summary>
public enum MailTransport
{
    /// <summary>One <c>.eml</c> file per mail in <c>mail</c> below the data directory.</summary>
    Pickup,

    /// <summary>To the relay of <c>Mail:Smtp</c>.</summary>
    Smtp,
}

/// <summary>How the connection to the relay is protected. <c>Mail:Smtp:Security</c>.</summary>
public enum SmtpSecurity
{
    /// <summary>STARTTLS, and no mail without it: a relay that does not offer it, or someone who strips the offer, gets nothing.</summary>
    StartTls,

    /// <summary>TLS from the first octet (RFC 8314).</summary>
    Tls,

    /// <summary>None: only to a relay on the same machine or wire.</summary>
    None,
}

/// <summary>Section <c>Mail</c>.</summary>
public sealed class MailOptions
{
    public const string Section = "Mail";

    public MailTransport Transport { get; set; } = MailTransport.Pickup;

    /// <summary>Sender address. Default <c>no-reply@</c> and the host of the public origin.</summary>
    [SettingText(SettingKind.MailAddress)]
    public string From { get; set; } = "";

    public SmtpOptions Smtp { get; set; } = new();
}

/// <summary>Section <c>Mail:Smtp</c>.</summary>
public sealed class SmtpOptions
{
    public const string Section = "Mail:Smtp";

    [SettingText(SettingKind.Host)]
    public string Host { get; set; } = "localhost";

    /// <summary>Default by <see cref="Security"/>: 587, 465 or 25.</summary>
    [SettingNumber(1, 65535, "番", "(port number)")]
    public int? Port { get; set; }

    public SmtpSecurity Security { get; set; } = SmtpSecurity.StartTls;

    /// <summary>None: the relay asks for no login.</summary>
    [SettingText(SettingKind.Secret)]
    public string? UserName { get; set; }

    [SettingText(SettingKind.Secret)]
    public string? Password { get; set; }

    /// <summary>Tries whether a relay would take mails: connects, greets and logs in. No mail is sent.</summary>
    /// <returns>What is wrong, with what the relay said; null when nothing is.</returns>
    public static async Task<(RelayTrouble Trouble, string Answer)?> ProbeAsync(
        SmtpOptions options, TimeProvider clock, CancellationToken cancellation)
    {
        using var delivery = new SmtpDelivery(options, clock);
        var down = await delivery.ProbeAsync(cancellation);
        await delivery.EndAsync();
        return down is null ? null : (down.Trouble ?? RelayTrouble.Refused, down.Error ?? "");
    }

    internal int EffectivePort => Port ?? Security switch
    {
        SmtpSecurity.StartTls => 587,
        SmtpSecurity.Tls => 465,
        SmtpSecurity.None => 25,
    };
}
