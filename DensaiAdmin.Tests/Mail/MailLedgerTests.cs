using DensaiAdmin.Core.Announcements;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Mail;

public class MailLedgerTests
{
    [Fact]
    public async Task Ledger_HasTheCompanysMails_TheNewestFirst_WithWhatBecameOfThem()
    {
        await using var office = await PostOffice.Open();
        await using var relay = new ScriptedRelay(
            [new("RCPT", RelayFault.Answer, "450 later"), new("RCPT", RelayFault.Answer, "550 unknown")]);
        await office.Queue();
        using var sender = office.NewSender(relay);
        await PostOffice.Send(sender);
        office.Bank.Clock.Advance(TimeSpan.FromSeconds(10));
        await office.Queue();
        var ledger = new MailLedger(office.Bank.Contexts);

        var all = await ledger.ListAsync(new MailQuery { CompanyId = office.Company.Id }, TestContext.Current.CancellationToken);

        Assert.Equal(6, all.Total);
        Assert.Equal([MailState.Waiting, MailState.Waiting, MailState.Waiting], all.Rows.Take(3).Select(line => line.State));
        Assert.Equal([MailState.Retrying, MailState.Failed, MailState.Sent], all.Rows.Skip(3).Reverse().Select(line => line.State));
        Assert.All(all.Rows, line => Assert.Equal("0501D00601U", line.OwnerLoginId));
        Assert.Equal(
            ["0501D00601K", "0501D00601M", "0501D00601U"],
            all.Rows.Select(line => line.RecipientLoginId).Distinct().Order(StringComparer.Ordinal));
        foreach (var (state, count) in new (MailState State, int Count)[]
        {
            (MailState.Sent, 1), (MailState.Failed, 1), (MailState.Waiting, 4), (MailState.Withdrawn, 0),
        })
        {
            Assert.Equal(count, (await ledger.ListAsync(
                new MailQuery { CompanyId = office.Company.Id, State = state }, TestContext.Current.CancellationToken)).Total);
        }

        var other = office.Bank.Read(db => db.Companies.Single(c => c.Number == "0501D47701").Id);
        Assert.Empty((await ledger.ListAsync(new MailQuery { CompanyId = other }, TestContext.Current.CancellationToken)).Rows);
    }

    [Fact]
    public async Task Ledger_IsPaged_AndAPageBeyondTheLastIsTheLast()
    {
        await using var office = await PostOffice.Open(masters: false);
        await office.Queue(mails: 7);
        var ledger = new MailLedger(office.Bank.Contexts);

        Task<MailPage> Page(int number) =>
            ledger.ListAsync(
                new MailQuery { CompanyId = office.Company.Id, Page = number, PageSize = 3 }, TestContext.Current.CancellationToken);

        var (first, second, third, beyond) = (await Page(1), await Page(2), await Page(3), await Page(99));
        Assert.Equal([3, 3, 1, 1], new[] { first, second, third, beyond }.Select(page => page.Rows.Count));
        Assert.Equal(7, first.Rows.Concat(second.Rows).Concat(third.Rows).Select(line => line.MailNumber).Distinct().Count());
    }

    [Fact]
    public async Task Number_IsFoundHoweverItIsTyped_ButNobodyElses()
    {
        await using var office = await PostOffice.Open();
        await office.Queue();
        var board = new AnnouncementBoard(
            office.Bank.Writer, office.Bank.Contexts,
            new SessionWatch(Options.Create(new SessionOptions()), office.Bank.Anchor.Revoked, office.Bank.Clock), office.Bank.Clock);
        var row = office.Rows.Single(m => m.RecipientId == office.Owner.Id);
        var fullWidth = string.Concat(row.MailNumber.Select(c => (char)(c + 0xFEE0)));

        foreach (var typed in new[] { row.MailNumber, row.MailNumber.ToLowerInvariant(), row.MailNumber.Replace(
            "-", "", StringComparison.Ordinal), $" {row.MailNumber}\n", fullWidth })
        {
            Assert.Equal(
                row.Subject,
                (await board.FindMailAsync(office.Company.Id, office.Owner.Id, typed, TestContext.Current.CancellationToken))?.Subject);
        }

        foreach (var typed in new[] { "", "N", "N-AAAAA-AAAAA", row.MailNumber + "A", new string('N', 100_000), office.Rows.First(
            m => m.RecipientId != office.Owner.Id).MailNumber })
        {
            Assert.Null(await board.FindMailAsync(office.Company.Id, office.Owner.Id, typed, TestContext.Current.CancellationToken));
        }
    }
}
