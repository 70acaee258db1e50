using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MimeKit;

namespace DensaiAdmin.Tests.Mail;

/// <summary>A bank with a company of two masters and a general user, its outbox, and a sender that the test winds by hand.</summary>
internal sealed class PostOffice : IAsyncDisposable
{
    private PostOffice(TestBank bank, Company company, User owner)
    {
        (Bank, Company, Owner) = (bank, company, owner);
    }

    public TestBank Bank { get; }

    public Company Company { get; }

    /// <summary>The general user whom the mails are about.</summary>
    public User Owner { get; }

    public OutboxSignal Signal { get; } = new();

    public QueueOwedMails Owed => Bank.NewOwed(Signal);

    public ExpiryMailPolicy Policy { get; } = new([]);

    public QueueExpiryMails Notices => new(
        Bank.Writer, Bank.Contexts, new Outbox(Options.Create(new InstitutionOptions()), Signal), Policy, Bank.Clock);

    public string PickupDirectory => Path.Combine(Bank.Store.DataDirectory, "mail");

    public IReadOnlyList<OutboxMail> Rows => Bank.Read(db => db.OutboxMails.OrderBy(m => m.Id).ToList());

    public static async Task<PostOffice> Open(bool masters = true, DateTimeOffset? startAt = null)
    {
        var bank = TestBank.Open(startAt);
        var company = await bank.AddCompany();
        if (masters)
        {
            await bank.AddUser("0501D00601M", company, UserRole.Master);
            await bank.AddUser("0501D00601K", company, UserRole.Master);
            await bank.AddUser("0501D47701M", await bank.AddCompany("0501D47701"), UserRole.Master);
        }

        return new(bank, company, await bank.AddUser("0501D00601U", company));
    }

    /// <summary>Revocations of the owner's certificates, as far as the history knows, and their mails.</summary>
    public async Task Queue(int mails = 1)
    {
        await Record(Owner, mails);
        await Owed.RunAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The same, of whose mails nobody has thought yet.</summary>
    public Task Record(User owner, int records = 1, X509RevocationReason reason = X509RevocationReason.Superseded) => Bank.Act(work =>
    {
        for (var i = 0; i < records; i++)
        {
            work.Record(Records.Of(HistoryOperation.Revocation, HistoryResult.Done, "revoked", owner, reason.ToString()));
        }
    });

    public MailSender NewSender(ScriptedRelay relay) => NewSender(SmtpTo(relay.Port));

    public MailSender NewSender(MailOptions? options = null)
    {
        options ??= new MailOptions();
        options.From = "no-reply@bank.example.jp";
        return new(
            Options.Create(options), Options.Create(new InstitutionOptions()), Bank.Store, Bank.Contexts, Bank.Writer, Signal, Owed,
            new ObsoleteExpiryMails(Policy).Contain, Bank.Clock, NullLogger<MailSender>.Instance);
    }

    public static MailOptions SmtpTo(int port, SmtpSecurity security = SmtpSecurity.None) => new()
    {
        Transport = MailTransport.Smtp,
        Smtp = new SmtpOptions { Host = "127.0.0.1", Port = port, Security = security },
    };

    public static Task<DateTimeOffset> Send(MailSender sender) => sender.SendDueAsync(TestContext.Current.CancellationToken);

    public IReadOnlyList<MimeMessage> PickedUp() =>
        Directory.Exists(PickupDirectory)
            ? [.. Directory.EnumerateFiles(PickupDirectory, "*.eml").Order(StringComparer.Ordinal).Select(f => MimeMessage.Load(f))]
            : [];

    public ValueTask DisposeAsync()
    {
        Bank.Dispose();
        return ValueTask.CompletedTask;
    }
}
