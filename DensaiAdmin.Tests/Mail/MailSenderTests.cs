using System.Text;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace DensaiAdmin.Tests.Mail;

public class MailSenderTests
{
    [Fact]
    public async Task Pickup_WritesOneFilePerMail_ThatReadsBackWhole()
    {
        await using var office = await PostOffice.Open();
        await office.Queue();
        using var sender = office.NewSender();

        await PostOffice.Send(sender);

        var row = office.Rows.Single(m => m.RecipientId == office.Owner.Id);
        var message = office.PickedUp().Single(m => m.To.Mailboxes.Single().Address == row.Address);
        Assert.Equal(row.Subject, message.Subject);
        Assert.Equal(row.Text, message.TextBody!.ReplaceLineEndings("\n"));
        Assert.Equal(
            ["text/plain", "text/html"], Assert.IsType<MultipartAlternative>(message.Body).Select(part => part.ContentType.MimeType));
        Assert.Equal(MailHtml.Of(row.Text), message.HtmlBody!.ReplaceLineEndings("\n"));
        Assert.Equal("no-reply@bank.example.jp", message.From.Mailboxes.Single().Address);
        Assert.Equal("北洋銀行", message.From.Mailboxes.Single().Name);
        Assert.Equal(row.CreatedAt, message.Date.AddTicks(row.CreatedAt.Ticks % TimeSpan.TicksPerSecond));
        Assert.Equal($"{row.MailNumber.ToLowerInvariant()}@bank.example.jp", message.MessageId);
        Assert.Equal("auto-generated", message.Headers[HeaderId.AutoSubmitted]);
        Assert.Equal(3, office.PickedUp().Count);
        Assert.All(office.Rows, m => Assert.Equal(office.Bank.Now, m.SentAt));
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.EnumerateFiles(office.PickupDirectory))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
    }

    [Fact]
    public async Task Pickup_AfterACrashBeforeTheNote_IsStillOneFile()
    {
        await using var office = await PostOffice.Open();
        await office.Queue();
        using (var first = office.NewSender())
        {
            await PostOffice.Send(first);
        }

        await office.Bank.Act(work => work.Db.OutboxMails.ExecuteUpdate(set => set.SetProperty(m => m.SentAt, (DateTimeOffset?)null)));
        using var second = office.NewSender();
        await PostOffice.Send(second);

        Assert.Equal(3, office.PickedUp().Count);
    }

    [Fact]
    public async Task Smtp_SendsEachMailOnce_OverOneConnection()
    {
        await using var office = await PostOffice.Open();
        await using var relay = new ScriptedRelay();
        await office.Queue(mails: 40);
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);
        await PostOffice.Send(sender);

        Assert.Equal(120, relay.Mails.Count);
        Assert.Equal(120, relay.Mails.Select(MessageId).Distinct().Count());
        Assert.All(relay.Mails, mail => Assert.Equal("no-reply@bank.example.jp", mail.From));
        Assert.All(relay.Mails, mail => Assert.Single(mail.To));
        Assert.Equal(1, relay.Connections);
    }

    [Theory]
    [InlineData("greeting", "421 busy")]
    [InlineData("MAIL", "421 closing")]
    [InlineData("RCPT", "421 closing")]
    [InlineData("RCPT", "450 try later")]
    [InlineData("RCPT", "451 try later")]
    [InlineData("DATA", "451 try later")]
    [InlineData("end", "451 try later")]
    [InlineData("MAIL", "550 sender not allowed")]
    [InlineData("EHLO", "502 no")]
    public async Task Smtp_TemporaryRefusal_IsTriedAgainAMinuteLater_AndComesOnce(string at, string answer)
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay([new(
            at, RelayFault.Answer,
            answer), .. at == "EHLO" ? [new RelayStep("HELO", RelayFault.Answer, "502 no")] : Array.Empty<RelayStep>()]);
        await office.Queue();
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);
        Assert.Empty(relay.Mails);
        var row = Assert.Single(office.Rows);
        // What is said of the relay or the sender is no attempt at this mail.
        var isOfTheRelay = at is "EHLO" or "greeting" || answer.StartsWith("550", StringComparison.Ordinal);
        Assert.Equal((isOfTheRelay ? 0 : 1, null, null), (row.Attempts, row.SentAt, row.FailedAt));
        Assert.NotNull(row.LastError);
        Assert.Equal(office.Bank.Now.AddMinutes(1), row.NextAttemptAt);

        office.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        await PostOffice.Send(sender);
        await PostOffice.Send(sender);
        Assert.Single(relay.Mails);
        Assert.NotNull(Assert.Single(office.Rows).SentAt);
    }

    [Theory]
    [InlineData("RCPT", "550 no such user")]
    [InlineData("RCPT", "553 not here")]
    [InlineData("end", "554 not this")]
    public async Task Smtp_FinalRefusal_IsGivenUpAndStaysVisible_AndTheOthersGo(string at, string answer)
    {
        await using var office = await PostOffice.Open();
        await using var relay = new ScriptedRelay([new(at, RelayFault.Answer, answer)]);
        await office.Queue();
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);
        office.Bank.Clock.Advance(TimeSpan.FromDays(1));
        await PostOffice.Send(sender);

        Assert.Equal(2, relay.Mails.Count);
        var failed = Assert.Single(office.Rows, m => m.FailedAt is not null);
        Assert.Null(failed.SentAt);
        Assert.Contains(answer[..3], failed.LastError, StringComparison.Ordinal);
        Assert.DoesNotContain("@", failed.LastError, StringComparison.Ordinal);
        Assert.Equal(at == "RCPT" ? [failed.Address] : [], office.Bank.Read(db => db.DeadAddresses.Select(a => a.Address).ToList()));
    }

    [Fact]
    public async Task Address_RefusedForGood_IsMarked_StaysTried_AndIsClearedByAMailThatArrives()
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay(
            [new("RCPT", RelayFault.Answer, "550 5.1.1 no such user"), new("RCPT", RelayFault.Answer, "550 5.1.1 no such user")]);
        using var sender = office.NewSender(relay);
        var ledger = new MailLedger(office.Bank.Contexts);
        await office.Queue();
        await PostOffice.Send(sender);
        var since = office.Bank.Now;
        office.Bank.Clock.Advance(TimeSpan.FromHours(1));
        await office.Queue();
        await PostOffice.Send(sender);

        Assert.Equal(since, await ledger.DeadSinceAsync(office.Company.Id, office.Owner.Id, TestContext.Current.CancellationToken));
        var page = await ledger.ListAsync(new MailQuery { CompanyId = office.Company.Id }, TestContext.Current.CancellationToken);
        Assert.All(page.Rows, line => Assert.Equal((MailState.Failed, true), (line.State, line.AddressIsDead)));
        var record = Assert.Single(office.Bank.History(), r => r.Detail == "mail-address-dead");
        Assert.Equal((office.Company.Id, office.Owner.Id), (record.CompanyId!.Value, record.TargetUserId!.Value));

        office.Bank.Clock.Advance(TimeSpan.FromHours(1));
        await office.Queue();
        await PostOffice.Send(sender);

        Assert.Single(relay.Mails);
        Assert.Null(await ledger.DeadSinceAsync(office.Company.Id, office.Owner.Id, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Mailbox_ThatIsFull_IsGivenUp_ButNotDead()
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay([new("RCPT", RelayFault.Answer, "552 5.2.2 mailbox full")]);
        await office.Queue();
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);

        Assert.Equal(MailState.Failed, Assert.Single(office.Rows).State);
        Assert.Empty(office.Bank.Read(db => db.DeadAddresses.ToList()));
    }

    [Fact]
    public async Task Smtp_AnswerToDataLost_RepeatsWithTheSameMessageId()
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay([new("end", RelayFault.Drop)]);
        await office.Queue();
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);
        Assert.Null(Assert.Single(office.Rows).SentAt);
        office.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        await PostOffice.Send(sender);

        Assert.Equal(2, relay.Mails.Count);
        Assert.Equal(relay.Mails[0].Content, relay.Mails[1].Content);
        Assert.NotNull(Assert.Single(office.Rows).SentAt);
    }

    [Theory]
    [InlineData("greeting")]
    [InlineData("RCPT")]
    [InlineData("end")]
    public async Task Smtp_RelayStalls_IsLeftInTime(string at)
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay([new(at, RelayFault.Stall)]);
        await office.Queue();
        using var sender = office.NewSender(relay);

        var sending = PostOffice.Send(sender);
        await relay.Stalled;
        office.Bank.Clock.Advance(SmtpDelivery.LongestWait);
        await sending;

        Assert.Equal(at == "greeting" ? 0 : 1, Assert.Single(office.Rows).Attempts);
        office.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        await PostOffice.Send(sender);
        Assert.Single(relay.Mails);
    }

    [Theory]
    [InlineData("MAIL", "530 5.7.0 Authentication required", RelayTrouble.LoginWanted)]
    [InlineData("MAIL", "550 5.7.1 sender not allowed", RelayTrouble.SenderRefused)]
    [InlineData("MAIL", "451 4.3.0 not now", RelayTrouble.SenderRefused)]
    [InlineData("greeting", "554 no service for you", RelayTrouble.Refused)]
    internal async Task Relay_ThatTakesNoMailAtAll_IsToldInWords_AndCostsNoMailAnAttempt(string at, string answer, RelayTrouble trouble)
    {
        await using var office = await PostOffice.Open();
        await using var relay = new ScriptedRelay([new(at, RelayFault.Answer, answer)]);
        await office.Queue(mails: 2);
        using var sender = office.NewSender(relay);

        var next = await PostOffice.Send(sender);

        Assert.Equal(office.Bank.Now.AddMinutes(1), next);
        Assert.Equal(trouble, sender.RelayFault?.Trouble);
        Assert.Equal(office.Bank.Now, sender.RelayFault?.Since);
        Assert.All(office.Rows, m => Assert.Equal((0, MailState.Waiting), (m.Attempts, m.State)));
        Assert.All(office.Rows, m => Assert.NotNull(m.LastError));

        office.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        await PostOffice.Send(sender);
        Assert.Equal(6, relay.Mails.Count);
        Assert.Null(sender.RelayFault);
    }

    [Fact]
    public async Task Relay_ThatDoesNotWorkForUs_MarksNoAddressDead()
    {
        await using var office = await PostOffice.Open();
        await using var relay = new ScriptedRelay(
            Enumerable.Repeat(new RelayStep("RCPT", RelayFault.Answer, "550 5.7.1 Relaying denied"), 3));
        await office.Queue(mails: 2);
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);

        Assert.Empty(office.Bank.Read(db => db.DeadAddresses.ToList()));
        Assert.Equal(RelayTrouble.Refused, sender.RelayFault?.Trouble);
        Assert.All(office.Rows, m => Assert.Null(m.FailedAt));
        office.Bank.Clock.Advance(TimeSpan.FromMinutes(2));
        await PostOffice.Send(sender);
        Assert.Equal(6, relay.Mails.Count);
    }

    [Theory]
    [InlineData(PoisonAt.Rule)]
    [InlineData(PoisonAt.Delivery)]
    internal async Task Poison_IsSetAside_TheOthersGo_AndItIsGivenUpForPeopleToSee(PoisonAt at)
    {
        await using var office = await PostOffice.Open();
        await office.Queue(mails: 2);
        var poison = office.Rows[0];
        var taken = new List<string>();
        var delivery = new TrialDelivery(message =>
        {
            if (at == PoisonAt.Delivery && message.MessageId!.StartsWith(poison.MailNumber, StringComparison.OrdinalIgnoreCase))
            {
                throw new FormatException("poison");
            }

            taken.Add(message.MessageId!);
        });
        using var sender = new MailSender(
            new MailComposer(new MimeKit.MailboxAddress("", "no-reply@bank.example.jp")),
            delivery, office.Bank.Contexts, office.Bank.Writer, office.Signal, office.Owed,
            (_, mail, _) => at == PoisonAt.Rule && mail.Id == poison.Id ? throw new FormatException("poison") : false,
            office.Bank.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<MailSender>.Instance);

        await PostOffice.Send(sender);
        Assert.Equal(5, taken.Count);
        Assert.Equal(MailState.Retrying, office.Rows[0].State);
        Assert.Equal(1, sender.Unsendable);
        for (var i = 0; i < 2; i++)
        {
            office.Bank.Clock.Advance(TimeSpan.FromHours(1));
            await PostOffice.Send(sender);
        }

        Assert.Equal(MailState.Failed, office.Rows[0].State);
        Assert.Equal("The mail itself cannot be sent: FormatException", office.Rows[0].LastError);
        Assert.All(office.Rows.Skip(1), m => Assert.Equal(MailState.Sent, m.State));
        Assert.Null(sender.RelayFault);
    }

    /// <summary>R6: what one address brings about keeps no mail of another from going.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    public async Task Mails_ThatTheRelayBreaksOffOver_StandingFirst_KeepNoOtherFromGoing(int broken)
    {
        await using var office = await PostOffice.Open(masters: false);
        await office.Queue(mails: broken);
        office.Bank.Clock.Advance(TimeSpan.FromHours(1));
        await office.Queue(mails: 4);
        var refused = office.Rows.Take(broken).Select(m => m.MailNumber).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var delivery = new TrialDelivery(_ => { })
        {
            Outcome = message => refused.Contains(message.MessageId!.Split('@')[0])
                ? new(DeliveryResult.Broken, "550 RecipientNotAccepted")
                : DeliveryOutcome.Delivered,
        };
        using var sender = NewSender(office, delivery);

        for (var round = 0; round < broken; round++)
        {
            var next = await PostOffice.Send(sender);
            office.Bank.Clock.Advance(next - office.Bank.Now);
        }

        Assert.Equal(Enumerable.Repeat(MailState.Sent, 4), office.Rows.Skip(broken).Select(m => m.State));
        Assert.All(office.Rows.Take(broken), m => Assert.InRange(m.Attempts, 1, broken));
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 no such user")]
    [InlineData("end", "554 not this")]
    [InlineData("RCPT", "450 4.2.1 try later")]
    public async Task Relay_ThatAnswersAboutAMailAgain_IsNoLongerInTrouble_WhateverItSays(string at, string answer)
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay(
            [new("greeting", RelayFault.Answer, "554 no service for you"), new(at, RelayFault.Answer, answer)]);
        await office.Queue();
        using var sender = office.NewSender(relay);
        await PostOffice.Send(sender);
        Assert.NotNull(sender.RelayFault);

        office.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        await PostOffice.Send(sender);

        Assert.Empty(relay.Mails);
        Assert.Equal(1, Assert.Single(office.Rows).Attempts);
        Assert.Null(sender.RelayFault);
    }

    [Fact]
    public async Task Smtp_OneMailThatBreaksTheConnection_DoesNotHoldUpTheOthers()
    {
        await using var office = await PostOffice.Open();
        await using var relay = new ScriptedRelay([new("RCPT", RelayFault.Drop)]);
        await office.Queue(mails: 2);
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);

        Assert.Equal(5, relay.Mails.Count);
        Assert.Equal(1, Assert.Single(office.Rows, m => m.SentAt is null).Attempts);
    }

    [Fact]
    public async Task Smtp_RelayDownForThreeDays_IsAskedEverMoreSeldom_ThenEveryMailGoesOnce()
    {
        await using var office = await PostOffice.Open();
        await office.Queue(mails: 2);
        int port;
        await using (var once = new ScriptedRelay())
        {
            port = once.Port;
        }

        using var sender = office.NewSender(PostOffice.SmtpTo(port));
        var until = office.Bank.Now.AddDays(3);
        var tries = 0;
        while (office.Bank.Now < until)
        {
            var next = await PostOffice.Send(sender);
            tries++;
            Assert.InRange(next - office.Bank.Now, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
            office.Bank.Clock.Advance(next - office.Bank.Now);
        }

        Assert.InRange(tries, 70, 90);
        Assert.All(office.Rows, m => Assert.Equal(0, m.Attempts));
        await using var relay = new ScriptedRelay();
        using var later = office.NewSender(relay);
        await PostOffice.Send(later);
        Assert.Equal(6, relay.Mails.Select(MessageId).Distinct().Count());
        Assert.Equal(6, relay.Mails.Count);
        Assert.All(office.Rows, m => Assert.NotNull(m.SentAt));
    }

    [Fact]
    public async Task Smtp_StillDownAfterFiveDays_IsGivenUp()
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay(Enumerable.Repeat(new RelayStep("greeting", RelayFault.Answer, "421 no"), 1000));
        await office.Queue();
        using var sender = office.NewSender(relay);
        await PostOffice.Send(sender);

        office.Bank.Clock.Advance(MailSender.GiveUpAfter);
        await PostOffice.Send(sender);

        Assert.Equal(office.Bank.Now, Assert.Single(office.Rows).FailedAt);
    }

    [Fact]
    public async Task Smtp_StartTlsStripped_GetsNothing()
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay();
        await office.Queue();
        using var sender = office.NewSender(PostOffice.SmtpTo(relay.Port, SmtpSecurity.StartTls));

        await PostOffice.Send(sender);

        Assert.Empty(relay.Mails);
        Assert.Contains("STARTTLS", Assert.Single(office.Rows).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Smtp_LoginWhereNoneIsOffered_GetsNothing()
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay();
        await office.Queue();
        var options = PostOffice.SmtpTo(relay.Port);
        options.Smtp.UserName = "densai";
        options.Smtp.Password = "not-to-be-seen";
        using var sender = office.NewSender(options);

        await PostOffice.Send(sender);

        Assert.Empty(relay.Mails);
        Assert.DoesNotContain("not-to-be-seen", Assert.Single(office.Rows).LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a@example.jp\r\nBcc: b@example.jp")]
    [InlineData("a@example.jp, b@example.jp")]
    [InlineData("a@example.jp;b@example.jp")]
    [InlineData("A <a@example.jp>")]
    [InlineData("all: a@example.jp;")]
    [InlineData("<@relay.example:a@example.jp>")]
    [InlineData("a@example.jp (b@example.jp)")]
    [InlineData("a\u0000@example.jp")]
    [InlineData("a")]
    [InlineData("a@")]
    [InlineData("@example.jp")]
    public async Task Address_ThatIsNotExactlyOne_IsGivenUp_AndNothingGoesOut(string address)
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay();
        var user = await office.Bank.Act(work =>
        {
            var strange = new User(
                null, "strange", "太郎", address, UserRole.General, TestBank.CheapHash("a"), TestBank.CheapHash("b"), work.Now);
            work.Db.Users.Add(strange);
            work.Db.SaveChanges();
            work.Record(Records.Of(HistoryOperation.Revocation, HistoryResult.Done, "revoked", strange, "Superseded"));
            return strange;
        });
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);

        Assert.Equal(address, user.MailAddress);
        Assert.Empty(relay.Mails);
        Assert.NotNull(Assert.Single(office.Rows).FailedAt);
    }

    [Fact]
    public async Task Subject_WithLineBreaks_AddsNoHeader()
    {
        await using var office = await PostOffice.Open(masters: false);
        await office.Queue();
        await office.Bank.Act(work => work.Db.OutboxMails.ExecuteUpdate(set => set
            .SetProperty(m => m.Subject, "お知らせ\r\nBcc: evil@example.jp\r\n\r\n本文")
            .SetProperty(m => m.Text, "一行目\n.\nBcc: evil@example.jp\n.\r\nQUIT\n終わり")));
        await using var relay = new ScriptedRelay();
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);

        var mail = Assert.Single(relay.Mails);
        Assert.Equal(["0501d00601u@example.jp"], mail.To);
        var message = Parse(mail);
        Assert.Empty(message.Bcc);
        Assert.Equal("お知らせ  Bcc: evil@example.jp    本文", message.Subject);
        Assert.EndsWith("終わり", message.TextBody!.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sender_WhenTheStoreCannotNote_DoesNotSendAgain()
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay();
        await office.Queue();
        using var sender = office.NewSender(relay);
        office.Bank.Sql($"CREATE TRIGGER broken BEFORE UPDATE ON OutboxMails BEGIN SELECT RAISE(ABORT, 'broken'); END");

        await Assert.ThrowsAnyAsync<Exception>(() => PostOffice.Send(sender));
        await Assert.ThrowsAnyAsync<Exception>(() => PostOffice.Send(sender));
        office.Bank.Sql($"DROP TRIGGER broken");
        await PostOffice.Send(sender);

        Assert.Single(relay.Mails);
        Assert.NotNull(Assert.Single(office.Rows).SentAt);
    }

    [Fact]
    public async Task Sender_Running_WakesForAnAct_AndForTheClock()
    {
        await using var office = await PostOffice.Open(masters: false);
        await using var relay = new ScriptedRelay([new("RCPT", RelayFault.Answer, "450 later")]);
        using var sender = office.NewSender(relay);
        await sender.StartAsync(TestContext.Current.CancellationToken);

        await office.Queue();
        Assert.True(await Within(TimeSpan.FromSeconds(30), () => office.Rows.Single().Attempts == 1));
        // The minute may pass before the sender has begun to wait for it; then the next one wakes it.
        do
        {
            office.Bank.Clock.Advance(MailSender.ShortestRetry);
        }
        while (!await Within(TimeSpan.FromSeconds(10), () => office.Rows.Single().SentAt is not null));
        await sender.StopAsync(TestContext.Current.CancellationToken);

        Assert.Single(relay.Mails);
    }

    private static async Task<bool> Within(TimeSpan max, Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(max);
        while (!limit.IsCancellationRequested)
        {
            if (condition())
            {
                return true;
            }

            await Task.Yield();
        }

        return false;
    }

    private static string MessageId(ReceivedMail mail) => Parse(mail).MessageId!;

    private static MimeMessage Parse(ReceivedMail mail)
    {
        using var content = new MemoryStream(Encoding.Latin1.GetBytes(mail.Content));
        return MimeMessage.Load(content, TestContext.Current.CancellationToken);
    }

    internal enum PoisonAt
    {
        Rule,
        Delivery,
    }

    private static MailSender NewSender(PostOffice office, TrialDelivery delivery) => new(
        new MailComposer(new MailboxAddress("", "no-reply@bank.example.jp")), delivery, office.Bank.Contexts, office.Bank.Writer,
        office.Signal, office.Owed, (_, _, _) => false, office.Bank.Clock,
        Microsoft.Extensions.Logging.Abstractions.NullLogger<MailSender>.Instance);

    private sealed class TrialDelivery(Action<MimeKit.MimeMessage> deliver) : IMailDelivery
    {
        public Func<MimeMessage, DeliveryOutcome> Outcome { get; init; } = _ => DeliveryOutcome.Delivered;

        public Task<DeliveryOutcome> DeliverAsync(MimeKit.MimeMessage message, string name)
        {
            deliver(message);
            return Task.FromResult(Outcome(message));
        }

        public Task EndAsync() => Task.CompletedTask;
    }
}
