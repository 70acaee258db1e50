using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Announcements;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Mail;

public class QueuedMailTests
{
    private static readonly string[] All = ["0501d00601k@example.jp", "0501d00601m@example.jp", "0501d00601u@example.jp"];

    [Fact]
    public async Task Issue_TellsTheOwnerAndTheMastersOfTheCompany_AndNobodyElse()
    {
        await using var office = await PostOffice.Open();

        var certificate = await Issue(office);

        Assert.Equal(All, office.Rows.Select(m => m.Address).Order(StringComparer.Ordinal));
        Assert.All(office.Rows, mail =>
        {
            Assert.Equal(MailKind.CertificateIssued, mail.Kind);
            Assert.Equal("【北洋銀行】電子証明書の発行が完了しました", mail.Subject);
            Assert.Contains("0501D00601U", mail.Text, StringComparison.Ordinal);
            Assert.Contains(certificate.SerialNumber.ToString(), mail.Text, StringComparison.Ordinal);
            Assert.Contains("証明書有効期限：" + JapanTime.Format(certificate.NotAfter), mail.Text, StringComparison.Ordinal);
            Assert.Contains("通知番号：" + mail.MailNumber, mail.Text, StringComparison.Ordinal);
        });
        Assert.Equal(3, office.Rows.Select(m => m.MailNumber).Distinct().Count());
    }

    [Theory]
    [InlineData(X509RevocationReason.Unspecified, "証明書が利用できなくなった")]
    [InlineData(X509RevocationReason.CessationOfOperation, "有効期限切れ")]
    [InlineData(X509RevocationReason.Superseded, "パソコンの入替え")]
    [InlineData(X509RevocationReason.KeyCompromise, "パソコンの紛失・盗難")]
    [InlineData(X509RevocationReason.AffiliationChanged, "退職・異動")]
    public async Task Revocation_SaysWhenAndWhy(X509RevocationReason reason, string shown)
    {
        await using var office = await PostOffice.Open();

        await office.Record(office.Owner, reason: reason);
        await office.Bank.MailsAsync();

        Assert.Equal(All, office.Rows.Select(m => m.Address).Order(StringComparer.Ordinal));
        Assert.All(office.Rows, mail =>
        {
            Assert.Contains("失効日時：2026年09月01日 00時30分00秒", mail.Text, StringComparison.Ordinal);
            Assert.Contains("失効理由：" + shown, mail.Text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Lock_TellsTheMasterAndTheOtherMasters()
    {
        await using var office = await PostOffice.Open();

        await office.Bank.Act(work => work.Record(Records.Of(
            HistoryOperation.Lock, HistoryResult.Refused, "locked", work.Db.Users.Single(u => u.LoginId == "0501D00601M"),
            nameof(PasswordPath.Confirmation))));
        await office.Bank.MailsAsync();

        Assert.Equal(
            ["0501d00601k@example.jp", "0501d00601m@example.jp"], office.Rows.Select(m => m.Address).Order(StringComparer.Ordinal));
        Assert.Contains(
            "お客様の確認用パスワードをロックしました", office.Rows.Single(m => m.Address.StartsWith("0501d00601m", StringComparison.Ordinal)).Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Masters_DeletedOrSuspended_AreNotTold()
    {
        await using var office = await PostOffice.Open();
        await office.Bank.Act(work => work.Db.Users.Single(u => u.LoginId == "0501D00601K").Suspend(work.Now));

        await office.Queue();

        Assert.Equal(
            ["0501d00601m@example.jp", "0501d00601u@example.jp"], office.Rows.Select(m => m.Address).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task BankStaff_WithoutAnAddress_GetNoMail()
    {
        await using var office = await PostOffice.Open();
        await office.Bank.Act(work =>
        {
            var clerk = new User(
                null, "counter1", "窓口担当一", "", UserRole.CounterClerk, TestBank.CheapHash("a"), TestBank.CheapHash("b"), work.Now);
            work.Db.Users.Add(clerk);
            work.Db.SaveChanges();
            work.Record(Records.Of(HistoryOperation.Revocation, HistoryResult.Done, "revoked", clerk, "Superseded"));
        });

        Assert.Empty(await office.Bank.MailsAsync());
    }

    [Fact]
    public async Task Board_ShowsEachRecipientTheNumberOfTheOwnMail_AndNobodyElses()
    {
        await using var office = await PostOffice.Open();
        await office.Queue();
        var board = new AnnouncementBoard(
            office.Bank.Writer, office.Bank.Contexts,
            new SessionWatch(Options.Create(new SessionOptions()), office.Bank.Anchor.Revoked, office.Bank.Clock), office.Bank.Clock);

        foreach (var row in office.Rows)
        {
            var shown = Assert.Single(
                await board.ListMailsAsync(row.CompanyId, row.RecipientId, 10, TestContext.Current.CancellationToken));
            Assert.Equal(new FoundMail(row.MailNumber, row.Subject, row.CreatedAt), shown);
        }

        var foreign = office.Bank.Read(db => db.Users.Single(u => u.LoginId == "0501D47701M"));
        Assert.Empty(await board.ListMailsAsync(foreign.CompanyId, foreign.Id, 10, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Act_ThatFails_OwesNoMail()
    {
        await using var office = await PostOffice.Open();

        await Assert.ThrowsAsync<InvalidOperationException>(() => office.Bank.Act(work =>
        {
            work.Record(Records.Of(HistoryOperation.Revocation, HistoryResult.Done, "revoked", office.Owner, "Superseded"));
            throw new InvalidOperationException("The act breaks.");
        }));

        Assert.Empty(await office.Bank.MailsAsync());
    }

    [Theory]
    [InlineData("http://evil.example/ 太郎")]
    [InlineData("HTTPS://EVIL.example")]
    [InlineData("hTTp")]
    [InlineData("太郎\r\nhttp\r\n")]
    public Task Name_ThatLooksLikeALink_MakesNone(string name) => CheckName(name);

    [Fact]
    public Task Name_WithLineBreaks_BeginsNoLineOfItsOwn() => CheckName("太郎\r\n通知番号：N-AAAAA-AAAAA\u2028\u202e様");

    [Property(MaxTest = 20)]
    public void Mail_WhateverTheName_HasNoLinkAndItsOwnLines(NonEmptyString name) => CheckName(name.Get).GetAwaiter().GetResult();

    private static async Task CheckName(string name)
    {
        await using var office = await PostOffice.Open(masters: false);
        var owner = await office.Bank.AddUser("0501D00601X", office.Company, UserRole.General, name.Length > 100 ? name[..100] : name);

        await office.Record(owner);

        var mail = Assert.Single(await office.Bank.MailsAsync());
        Assert.DoesNotContain("http", mail.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", mail.Subject, StringComparison.OrdinalIgnoreCase);
        var lines = mail.Text.Split('\n');
        Assert.EndsWith(" 様", lines[0], StringComparison.Ordinal);
        Assert.Single(lines, line => line.StartsWith("通知番号：", StringComparison.Ordinal));
        Assert.DoesNotContain(mail.Text, c => c is '\r' or '\u2028' or '\u2029' or '\u202e' or '\u001b');
    }

    private static async Task<Certificate> Issue(PostOffice office)
    {
        var certificate = await office.Bank.GiveCertificate(office.Owner);
        await office.Bank.Act(work => work.Record(Records.Of(
            HistoryOperation.Issue, HistoryResult.Done, "issued", office.Owner) with
        {
            SerialNumber = certificate.SerialNumber.ToString(),
        }));
        await office.Bank.MailsAsync();
        return certificate;
    }
}
