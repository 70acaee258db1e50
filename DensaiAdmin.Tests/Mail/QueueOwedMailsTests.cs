using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace DensaiAdmin.Tests.Mail;

/// <summary>
/// Which record owes which mail to whom, as they stood then; and that each is queued once, whatever happens in between (R6).
/// </summary>
public sealed class QueueOwedMailsTests : IAsyncLifetime
{
    private const string Before = "0501d00601u@example.jp";
    private static readonly string[] OwnerAndMasters = ["0501d00601k@example.jp", "0501d00601m@example.jp", Before];

    private PostOffice _office = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TestBank Bank => _office.Bank;

    public static TheoryData<string> Rules => [.. MailRules.All.Select(NameOf).Distinct()];

    public async ValueTask InitializeAsync() => _office = await PostOffice.Open();

    public ValueTask DisposeAsync() => _office.DisposeAsync();

    [Fact]
    public void Rules_AreOfEveryMailThatNoDayOwes() =>
        Assert.Equal(
            Enum.GetValues<MailKind>().Except([MailKind.CertificateExpires]), MailRules.All.Select(rule => rule.Kind).Distinct().Order());

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Record_OfEachRule_OwesItsMail(string name)
    {
        var rule = MailRules.All.Single(rule => NameOf(rule) == name);
        await Bank.AddUser("clerk1", null, UserRole.CounterClerk);
        await Bank.AddUser("approver1", null, UserRole.CounterApprover);
        var record = await RecordOfAsync(rule);
        if (rule.To == MailAudience.OwnerMastersAndAddressBefore)
        {
            await ChangeAddressAsync("new@example.jp", record);
        }
        else
        {
            await Bank.Act(work => work.Record(record));
        }

        var mails = await Bank.MailsAsync();

        string[] addresses = rule.To switch
        {
            MailAudience.Owner => [Before],
            MailAudience.OwnerAndMasters => OwnerAndMasters,
            MailAudience.OwnerMastersAndAddressBefore => [.. OwnerAndMasters, "new@example.jp"],
            MailAudience.Operators => ["approver1@example.jp", "clerk1@example.jp"],
        };
        Assert.Equal(addresses, mails.Select(m => m.Address).Order(StringComparer.Ordinal));
        Assert.Equal(mails.Count, mails.Select(m => m.MailNumber).Distinct(StringComparer.Ordinal).Count());
        Assert.All(mails, mail =>
        {
            Assert.Equal(rule.Kind, mail.Kind);
            Assert.Contains("日時：2026年09月01日 00時30分00秒", mail.Text, StringComparison.Ordinal);
            Assert.Contains(
                rule.To == MailAudience.Operators ? "内容：the subject" : "ログインID：0501D00601U", mail.Text, StringComparison.Ordinal);
            Assert.Equal(rule.To == MailAudience.Operators ? mail.RecipientId : _office.Owner.Id, mail.OwnerId);
        });
        if (record.UserId == Master.Id)
        {
            Assert.All(mails.Where(m => m.Text.Contains("実行者", StringComparison.Ordinal)), mail => Assert.Contains(
                "実行者：" + Master.Name, mail.Text, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(HistoryOperation.Lock, HistoryResult.Refused, "locked", nameof(PasswordPath.Certificate))]
    [InlineData(HistoryOperation.Unlock, HistoryResult.Done, "unlocked", "Certificate")]
    [InlineData(HistoryOperation.Revocation, HistoryResult.Refused, "revocation-refused", "AlreadyRevoked")]
    [InlineData(HistoryOperation.Revocation, HistoryResult.Done, "revoked-by-deletion", "AffiliationChanged")]
    [InlineData(HistoryOperation.Issue, HistoryResult.Done, "demo", null)]
    [InlineData(HistoryOperation.Issue, HistoryResult.Done, "sent-again", null)]
    public async Task Record_WithoutARule_OwesNothing(HistoryOperation operation, HistoryResult result, string detail, string? value)
    {
        await Bank.Act(work => work.Record(Records.Of(operation, result, detail, _office.Owner, value)));

        Assert.Empty(await Bank.MailsAsync());
    }

    [Fact]
    public async Task Release_TellsWhatIsStillInTheWay()
    {
        await Bank.Act(work => work.Record(Records.Of(
            HistoryOperation.Release, HistoryResult.Done, "released", _office.Owner, nameof(AccessCause.InitialPasswordExpired), Master)));

        Assert.All(
            await Bank.MailsAsync(), mail => Assert.Contains("初期パスワードの有効期限が切れています。", mail.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task People_ChangedAfterTheRecord_AreToldAsTheyStoodThen()
    {
        await _office.Record(_office.Owner);
        await Bank.Act(work =>
        {
            work.Db.Users.Single(u => u.LoginId == "0501D00601M").Suspend(work.Now);
            work.Db.Users.Single(u => u.LoginId == "0501D00601K").Delete(work.Now);
            work.Db.Users.Single(u => u.Id == _office.Owner.Id).Change("別の名前", "elsewhere@example.jp");
        });
        await Bank.AddUser("0501D00601N", _office.Company, UserRole.Master);
        await Bank.Act(work => work.Db.Users.Single(u => u.Id == _office.Owner.Id).Change("また別の名前", "further@example.jp"));

        var mails = await Bank.MailsAsync();

        Assert.Equal(OwnerAndMasters, mails.Select(m => m.Address).Order(StringComparer.Ordinal));
        Assert.All(mails, mail => Assert.Contains("利用者名：" + _office.Owner.Name, mail.Text, StringComparison.Ordinal));

        await _office.Record(_office.Owner);
        Assert.Equal(
            ["0501d00601n@example.jp", "further@example.jp"],
            (await Bank.MailsAsync()).Skip(3).Select(m => m.Address).Order(StringComparer.Ordinal));
        Assert.Empty(Bank.Read(db => db.PastUsers.ToList()));
    }

    [Fact]
    public async Task Records_BetweenTwoChanges_AreEachToldAsTheyStood()
    {
        await _office.Record(_office.Owner);
        await Bank.Act(work => work.Db.Users.Single(u => u.Id == _office.Owner.Id).Change("名前", "second@example.jp"));
        await _office.Record(_office.Owner);
        await ChangeRoleAsync("0501D00601K", UserRole.General);
        await Bank.Act(work => work.Db.Users.Single(u => u.Id == _office.Owner.Id).Change("名前", "third@example.jp"));
        await ChangeRoleAsync("0501D00601K", UserRole.Master);
        await _office.Record(_office.Owner);

        var mails = await Bank.MailsAsync();

        Assert.Equal(
            [Before, "second@example.jp", "third@example.jp"],
            mails.Where(m => m.RecipientId == _office.Owner.Id).Select(m => m.Address));
        Assert.Equal(9, mails.Count);
    }

    [Fact]
    public async Task Suspension_OfTheSameAct_StandsInItsMail_ALaterOneDoesNot()
    {
        await Bank.Act(work =>
        {
            work.Db.Users.Single(u => u.Id == _office.Owner.Id).Suspend(work.Now);
            work.Record(Records.Of(
                HistoryOperation.Revocation, HistoryResult.Done, "revoked-and-suspended", _office.Owner, "KeyCompromise", Master));
        });
        await Bank.Act(work => work.Db.Users.Single(u => u.Id == _office.Owner.Id).Release());
        await _office.Record(_office.Owner);
        await Bank.Act(work => work.Db.Users.Single(u => u.Id == _office.Owner.Id).Suspend(work.Now));

        var mails = await Bank.MailsAsync();

        Assert.All(mails.Take(3), mail => Assert.Contains("あわせて利用停止の登録をしています。", mail.Text, StringComparison.Ordinal));
        Assert.All(mails.Skip(3), mail => Assert.DoesNotContain("利用停止", mail.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Address_ChangedTwice_TellsEachOneThatItReplaced()
    {
        var record = await RecordOfAsync(MailRules.All.Single(rule => rule.Kind == MailKind.UserChanged));
        await ChangeAddressAsync("second@example.jp", record);
        await ChangeAddressAsync("third@example.jp", record);

        Assert.Equal(
            ["second@example.jp", Before, "third@example.jp", "second@example.jp"],
            (await Bank.MailsAsync()).Where(m => m.RecipientId == _office.Owner.Id).Select(m => m.Address));
    }

    [Fact]
    public async Task ChangeOfTheNameAlone_IsToldOnce()
    {
        var record = await RecordOfAsync(MailRules.All.Single(rule => rule.Kind == MailKind.UserChanged));
        await ChangeAddressAsync(Before, record);

        Assert.Equal(OwnerAndMasters, (await Bank.MailsAsync()).Select(m => m.Address).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Crash_BetweenActAndMails_LosesNoneAndDoublesNone()
    {
        await _office.Record(_office.Owner, 2);
        Bank.Restart();
        using (var job = NewJob())
        {
            await job.StartAsync(Cancellation);
            await Waiting.UntilAsync(() => _office.Rows.Count == 6);
            await job.StopAsync(Cancellation);
        }

        Bank.Restart();
        Assert.Equal(6, (await Bank.MailsAsync()).Count);
    }

    [Fact]
    public async Task Mails_WhoseProgressCannotBeStored_AreNotThere_AndComeOnceLater()
    {
        await _office.Record(_office.Owner);
        Bank.Sql($"CREATE TRIGGER fault BEFORE INSERT ON MailProgress BEGIN SELECT RAISE(ABORT, 'disk fault'); END");

        await Assert.ThrowsAsync<SqliteException>(() => Bank.MailsAsync());
        Assert.Empty(_office.Rows);

        Bank.Sql($"DROP TRIGGER fault");
        Assert.Equal(3, (await Bank.MailsAsync()).Count);
    }

    [Fact]
    public async Task Progress_ThatIsLost_DoublesNone()
    {
        await _office.Queue(3);
        Bank.Sql($"DELETE FROM MailProgress");

        Assert.Equal(9, (await Bank.MailsAsync()).Count);
        Assert.Equal(0, await Bank.NewOwed().RunAsync(Cancellation));
    }

    [Fact]
    public async Task Runs_AtOnce_LayEachMailDownOnce()
    {
        await _office.Record(_office.Owner, 120);
        await Bank.Act(work =>
        {
            for (var i = 0; i < 1_200; i++)
            {
                work.Record(Records.Of(HistoryOperation.Login, HistoryResult.Done, "certificate-and-password", _office.Owner));
            }
        });
        await _office.Record(_office.Owner);

        var queued = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Bank.NewOwed().RunAsync(Cancellation))));

        Assert.Equal(363, queued.Sum());
        Assert.Equal(363, _office.Rows.Count);
        Assert.Equal(1_321, Bank.Read(db => db.MailProgress.Single().Sequence));
    }

    [Fact]
    public async Task Records_AboveAGap_AreServedAsAnyOther()
    {
        await _office.Queue();
        await _office.Record(_office.Owner);

        await Bank.Writer.PerformAboveGapAsync(
            100,
            work =>
            {
                work.Record(HistoryGap.Entry(2, 100, "terminal"));
                work.Anchor(new AnchorNote.Gap(2, 100));
                return true;
            },
            Cancellation);
        await _office.Record(_office.Owner);

        Assert.Equal(9, (await Bank.MailsAsync()).Count);
        Assert.Equal(102, Bank.Read(db => db.MailProgress.Single().Sequence));
    }

    [Fact]
    public async Task Record_WhoseRuleThrows_IsSetAsideAndTold_AndTheOthersAreServed()
    {
        await _office.Record(_office.Owner);
        await Bank.Act(work => work.Record(
            Records.Of(HistoryOperation.Revocation, HistoryResult.Done, "revoked", _office.Owner, "nonsense")));
        await _office.Record(_office.Owner);
        var owed = Bank.NewOwed();

        Assert.Equal(6, await owed.RunAsync(Cancellation));

        Assert.Equal(1, owed.SetAside);
        var told = Assert.Single(Bank.History(), r => r.Detail == "mail-not-made");
        Assert.Equal(
            (HistoryOperation.Operation, HistoryResult.Refused, "2 CertificateRevoked", null),
            (told.Operation, told.Result, told.Value, told.CompanyId));
        Assert.Equal(0, await Bank.NewOwed().RunAsync(Cancellation));
        Assert.Single(Bank.History(), r => r.Detail == "mail-not-made");
        Bank.Clock.Advance(TimeSpan.FromDays(7));
        Assert.Equal(0, owed.SetAside);
    }

    [Fact]
    public async Task Job_IsWokenByWhatOwesAMail_AndWakesTheSender()
    {
        using var job = NewJob();
        await job.StartAsync(Cancellation);
        for (var i = 1; i <= 3; i++)
        {
            var notified = _office.Signal.WaitAsync(Cancellation);
            await _office.Record(_office.Owner);
            await notified.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
            Assert.Equal(3 * i, _office.Rows.Count);
        }

        await job.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Job_WhoseStoreRefuses_ShowsIt_AndLaysTheMailsDownWhenItWorksAgain()
    {
        await _office.Record(_office.Owner);
        File.Move(Bank.AnchorFile, Bank.AnchorFile + "-away");
        using var job = NewJob();
        await job.StartAsync(Cancellation);
        await Waiting.UntilAsync(() => job.Fault is not null);
        Assert.Empty(_office.Rows);

        File.Move(Bank.AnchorFile + "-away", Bank.AnchorFile);
        await Waiting.UntilAsync(() =>
        {
            Bank.Clock.Advance(TimeSpan.FromMinutes(1));
            return job.Fault is null;
        });

        Assert.Equal(3, _office.Rows.Count);
        await job.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Sender_LaysDownWhatNobodyDid_AndSendsTheRestWhereItCannot()
    {
        await _office.Record(_office.Owner);
        using var sender = _office.NewSender();
        await PostOffice.Send(sender);
        Assert.Equal(3, _office.PickedUp().Count);

        await _office.Queue();
        await _office.Record(_office.Owner);
        Bank.Sql($"CREATE TRIGGER fault BEFORE UPDATE ON MailProgress BEGIN SELECT RAISE(ABORT, 'disk fault'); END");
        await PostOffice.Send(sender);
        Assert.Equal(6, _office.PickedUp().Count);
    }

    private User Master => Bank.Read(db => db.Users.AsNoTracking().Single(u => u.LoginId == "0501D00601M"));

    private static string NameOf(MailRule rule) => $"{rule.Operation} {rule.Detail}";

    private OwedMailJob NewJob() => new(_office.Owed, Bank.Writer, Bank.Writer.Clock, NullLogger<OwedMailJob>.Instance);

    private Task ChangeAddressAsync(string address, HistoryEntry record) => Bank.Act(work =>
    {
        work.Db.Users.Single(u => u.Id == _office.Owner.Id).Change("新しい名前", address);
        work.Record(record);
    });

    private Task ChangeRoleAsync(string loginId, UserRole role) => Bank.Act(
        work => work.Sql.Execute("UPDATE Users SET Role = $role WHERE LoginId = $login", ("$role", role.ToString()), ("$login", loginId)));

    /// <summary>A record as the use case makes it.</summary>
    private async Task<HistoryEntry> RecordOfAsync(MailRule rule)
    {
        var owner = _office.Owner;
        var record = Records.Of(rule.Operation, rule.Result, rule.Detail, owner) with { ReceiptNumber = "U-20260901-AAAA-AAAA" };
        switch (rule.Kind)
        {
            case MailKind.CertificateIssued or MailKind.CertificateRenewed:
                return record with { SerialNumber = (await Bank.GiveCertificate(owner)).SerialNumber.ToString(), Value = "EC" };
            case MailKind.CertificateRevoked:
                return record with { Value = nameof(X509RevocationReason.Superseded), UserId = Master.Id };
            case MailKind.ConfirmationLocked:
                return record with { Value = nameof(PasswordPath.Confirmation), ReceiptNumber = null };
            case MailKind.PasswordChanged:
                return record with { Value = "login-password" };
            case MailKind.LoginReported:
                await Bank.Act(work => work.Record(
                    Records.Of(HistoryOperation.Login, HistoryResult.Done, "certificate-and-password", owner)));
                return record with
                {
                    TargetUserId = null,
                    TargetLoginId = null,
                    Value = Bank.History()[^1].RecordNumber.ToString(System.Globalization.CultureInfo.InvariantCulture),
                };
            case MailKind.Alarm:
                return record with { CompanyId = null, UserId = null, TargetUserId = null, Value = "the subject", ReceiptNumber = null };
            case MailKind.LoginIdAcquired:
                return record with { Value = nameof(UserRole.Master) };
            default:
                return record with { UserId = Master.Id };
        }
    }
}
