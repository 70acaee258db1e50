using DensaiAdmin.Core.Mail;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>Whether mails can go at all, and if not, what to set.</summary>
internal sealed class MailRelayCheck(IEnumerable<IHostedService> services) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Warning(
        "メールの送信状況を確認できません。",
        "ログを確認してください。",
        "It cannot be told whether mails go.",
        "See the log.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HealthFault>>(
            services.OfType<MailSender>().SingleOrDefault()?.RelayFault is { } fault ? [Words(fault.Trouble, fault.Answer)] : []);

    internal static HealthFault Words(RelayTrouble trouble, string answer)
    {
        var (cause, remedy, englishCause, englishRemedy) = trouble switch
        {
            RelayTrouble.Unreachable => (
                "メールサーバに接続できません", "Mail:Smtp:Host と Mail:Smtp:Port、ネットワークを確認してください。",
                "The mail server cannot be reached", "See to Mail:Smtp:Host, Mail:Smtp:Port and the network."),
            RelayTrouble.TlsFailed => (
                "メールサーバとの暗号化通信を開始できません", "メールサーバの証明書と、このサーバが信頼する認証局、Mail:Smtp:Security を確認してください。",
                "TLS with the mail server fails", "See to its certificate, to the CAs that this machine trusts and to Mail:Smtp:Security."),
            RelayTrouble.NotOffered => (
                "メールサーバが STARTTLS またはログインに対応していません", "Mail:Smtp:Security と Mail:Smtp:Port、Mail:Smtp:UserName を確認してください。",
                "The mail server offers no STARTTLS or no login", "See to Mail:Smtp:Security, Mail:Smtp:Port and Mail:Smtp:UserName."),
            RelayTrouble.LoginWanted => (
                "メールサーバがログインを求めています", "Mail:Smtp:UserName と Mail:Smtp:Password を設定してください。",
                "The mail server wants a login", "Set Mail:Smtp:UserName and Mail:Smtp:Password."),
            RelayTrouble.LoginRefused => (
                "メールサーバにログインできません", "Mail:Smtp:UserName と Mail:Smtp:Password を確認してください。",
                "The mail server refuses the login", "See to Mail:Smtp:UserName and Mail:Smtp:Password."),
            RelayTrouble.SenderRefused => (
                "メールサーバが差出人のアドレスを受け付けません", "Mail:From に、このメールサーバから送信できるアドレスを設定してください。",
                "The mail server does not accept the sender", "Set Mail:From to an address that this mail server sends for."),
            RelayTrouble.Refused => (
                "メールサーバがメールを受け付けません", "Mail:Smtp の設定とメールサーバのログを確認してください。",
                "The mail server takes no mails", "See to the settings Mail:Smtp:* and to the mail server's log."),
            RelayTrouble.DirectoryNotWritable => (
                "メールのディレクトリに書き込めません", "データディレクトリの mail の空き容量と権限を確認してください。",
                "The directory of the mails cannot be written", "See to the free space and the permissions of mail in the data directory."),
        };
        return HealthFault.Warning(
            $"{cause}({answer.TrimEnd('.')})。メールは送信待ちのまま残ります。", remedy, $"{englishCause} ({answer.TrimEnd('.')}); the mails wait.",
            englishRemedy);
    }
}
