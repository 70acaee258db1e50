using DensaiAdmin.Core;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Mail;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Data.Sqlite;

namespace DensaiAdmin.Tests.ExpiryNotices;

public class QueueExpiryMailsTests
{
    private const string Owner = "0501d00601u@example.jp";
    private static readonly string[] OwnerAndMasters = ["0501d00601k@example.jp", "0501d00601m@example.jp", Owner];

    // The expiry date in Japan is 2027-03-15.
    private static readonly DateTimeOffset NotAfter = new(2027, 3, 14, 23, 59, 59, TimeSpan.Zero);

    [Fact]
    public async Task Year_OfACertificate_HasThreeStages_TheLastTwoAlsoForTheMasters()
    {
        await using var office = await OpenAsync(daysBefore: 45);

        var queued = new List<(DateTimeOffset At, int Stage, string[] To)>();
        while (office.Bank.Now < NotAfter.AddDays(2))
        {
            var before = office.Rows.Count;
            await RunAsync(office);
            if (office.Rows.Skip(before).ToList() is { Count: > 0 } rows)
            {
                queued.Add((office.Bank.Now, Assert.Single(
                    rows.Select(m => m.Stage!.Value).Distinct()), [.. rows.Select(m => m.Address).Order(StringComparer.Ordinal)]));
            }

            office.Bank.Clock.Advance(ExpiryMailPolicy.NextAfter(office.Bank.Now) - office.Bank.Now);
        }

        Assert.Equal([Jst("2027-02-03T09:00"), Jst("2027-03-05T09:00"), Jst("2027-03-15T00:00")], queued.Select(l => l.At));
        Assert.Equal([40, 10, 0], queued.Select(l => l.Stage));
        Assert.Equal([[Owner], OwnerAndMasters, OwnerAndMasters], queued.Select(l => l.To));
    }

    [Fact]
    public async Task Round_OfAPerson_IsRefused()
    {
        await using var office = await OpenAsync(daysBefore: 5);

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => office.Notices.RunAsync(Actor.Anonymous("192.0.2.1"), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => office.Notices.RunAsync(new Actor(1, "192.0.2.1"), TestContext.Current.CancellationToken));
        Assert.Empty(office.Rows);
    }

    [Fact]
    public async Task RunTwice_AndAfterARestart_IsOnce()
    {
        await using var office = await OpenAsync(daysBefore: 10, hour: 10);

        for (var i = 0; i < 3; i++)
        {
            await RunAsync(office);
            office.Bank.Restart();
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync(office)));

        Assert.Equal(OwnerAndMasters, office.Rows.Select(m => m.Address).Order(StringComparer.Ordinal));
        Assert.Equal("3", Assert.Single(office.Bank.History(), r => r.Detail == "expiry-notices").Value);
    }

    [Fact]
    public async Task Store_ItselfKeepsASecondRowOut()
    {
        await using var office = await OpenAsync(daysBefore: 40, hour: 10);
        await RunAsync(office);
        var row = Assert.Single(office.Rows);

        var refused = Assert.Throws<SqliteException>(() => office.Bank.Sql(
            $"""
            INSERT INTO OutboxMails (
                Kind, RecipientId, Address, Key, MailNumber, Subject, Text, CreatedAt, NextAttemptAt, Attempts, CertificateId, Stage)
            SELECT Kind, RecipientId, Address, 'other', 'other', Subject, Text, CreatedAt, NextAttemptAt, 0, CertificateId, Stage
            FROM OutboxMails WHERE Id = {row.Id}
            """));

        Assert.Contains("UNIQUE", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(25, 40, "あと25日（2027年02月18日現在）")]
    [InlineData(3, 10, "あと3日（2027年03月12日現在）")]
    [InlineData(0, 0, "本日まで（2027年03月15日現在）")]
    public async Task MissedStages_AreNotMadeUpFor_OnlyTheCurrentOneComes_Late_AndSaysTheDaysThatAreLeft(int days, int stage, string left)
    {
        await using var office = await OpenAsync(days, hour: 5);

        await RunAsync(office);

        Assert.All(office.Rows, m => Assert.Equal(stage, m.Stage));
        Assert.All(office.Rows, m => Assert.Contains(left, m.Text, StringComparison.Ordinal));
        Assert.All(office.Rows, m => Assert.Equal(office.Bank.Now, m.NextAttemptAt));
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("revoked")]
    [InlineData("replaced")]
    [InlineData("deleted")]
    [InlineData("suspended")]
    public async Task Certificate_ThatNobodyNeedsToRenew_GetsNone(string why)
    {
        await using var office = await OpenAsync(daysBefore: why == "expired" ? 0 : 5, hour: why == "expired" ? 9 : 5);
        await ChangeAsync(office, why);

        Assert.Equal(0, await RunAsync(office));
        Assert.Empty(office.Rows);
    }

    [Fact]
    public async Task Suspended_IsToldOnceReleased()
    {
        await using var office = await OpenAsync(daysBefore: 5, hour: 5);
        await ChangeAsync(office, "suspended");
        await RunAsync(office);
        await office.Bank.Act(work => work.Db.Users.Single(u => u.Id == office.Owner.Id).Release());

        Assert.Equal(3, await RunAsync(office));
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("revoked")]
    [InlineData("replaced")]
    [InlineData("deleted")]
    public async Task Notice_ThatStillWaits_IsWithdrawn_WhenItIsNoLongerTrue(string why)
    {
        await using var office = await OpenAsync(daysBefore: 10, hour: 9);
        await RunAsync(office);
        await ChangeAsync(office, why);
        if (why == "expired")
        {
            office.Bank.Clock.Advance(NotAfter.AddSeconds(1) - office.Bank.Now);
        }

        await using var relay = new ScriptedRelay();
        using var sender = office.NewSender(relay);
        await PostOffice.Send(sender);

        Assert.Empty(relay.Mails);
        Assert.All(office.Rows, m => Assert.Equal((MailState.Withdrawn, office.Bank.Now), (m.State, m.WithdrawnAt!.Value)));
        Assert.Equal(DateTimeOffset.MaxValue, await PostOffice.Send(sender));
    }

    [Fact]
    public async Task Relay_DownOverTheNextStage_SendsOnlyThatOne()
    {
        await using var office = await OpenAsync(daysBefore: 11, hour: 9);
        await RunAsync(office);
        office.Bank.Clock.Advance(TimeSpan.FromDays(1));
        await RunAsync(office);
        await using var relay = new ScriptedRelay();
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);

        Assert.Equal(MailState.Withdrawn, Assert.Single(office.Rows, m => m.Stage == 40).State);
        Assert.Equal(OwnerAndMasters, relay.Mails.Select(m => m.To.Single()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Master_SuspendedMeanwhile_IsNotTold_AndANewOneIs()
    {
        await using var office = await OpenAsync(daysBefore: 9);
        await RunAsync(office);
        await office.Bank.Act(work => work.Db.Users.Single(u => u.LoginId == "0501D00601K").Suspend(work.Now));
        await office.Bank.AddUser("0501D00601L", office.Company, UserRole.Master);
        await RunAsync(office);
        await using var relay = new ScriptedRelay();
        using var sender = office.NewSender(relay);

        await PostOffice.Send(sender);

        Assert.Equal(
            ["0501d00601l@example.jp", "0501d00601m@example.jp", Owner],
            relay.Mails.Select(m => m.To.Single()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Master_WhoseOwnCertificateExpires_IsToldOnce_AndTheOtherMasterToo()
    {
        await using var office = await OpenAsync(daysBefore: 9);
        await ChangeAsync(office, "revoked");
        var master = office.Bank.Read(db => db.Users.Single(u => u.LoginId == "0501D00601M"));
        await office.Bank.GiveCertificate(master, NotAfter);

        await RunAsync(office);

        Assert.Equal(
            ["0501d00601k@example.jp", "0501d00601m@example.jp"], office.Rows.Select(m => m.Address).Order(StringComparer.Ordinal));
        Assert.StartsWith("【北洋銀行】電子証明書の有効期限まで", office.Rows.Single(m => m.RecipientId == master.Id).Subject, StringComparison.Ordinal);
        Assert.StartsWith("【北洋銀行】ご利用者の電子証明書の有効期限まで", office.Rows.Single(m => m.RecipientId != master.Id).Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clock_SetBackTwoHours_RepeatsNothing()
    {
        await using var office = await OpenAsync(daysBefore: 10, hour: 9);
        await RunAsync(office);
        office.Bank.Clock.AdjustTime(office.Bank.Now.AddHours(-2));

        Assert.Equal(0, await RunAsync(office));
        office.Bank.Clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal(0, await RunAsync(office));
        Assert.Equal(3, office.Rows.Count);
    }

    // R6 over anything a clock, a restart and a day without the server can do.
    [Property(MaxTest = 25)]
    public void Clock_JumpsAsItLikes_EachStageComesOnce_InOrder_WhileItIsCurrent(NonEmptyArray<int> jumps) =>
        CheckAsync([.. jumps.Get.Select(j => TimeSpan.FromMinutes(j % (60 * 24 * 30)))]).GetAwaiter().GetResult();

    [Fact]
    public async Task ManyOwners_AreFoundInBatches_WithoutAQueryForEach()
    {
        await using var office = await OpenAsync(daysBefore: 5, hour: 5);
        for (var i = 0; i < 230; i++)
        {
            var user = await office.Bank.AddUser($"0501D01{i:000}X", office.Company);
            await office.Bank.GiveCertificate(user, NotAfter.AddDays(i % 3));
        }

        Assert.Equal(231 * 3, await RunAsync(office));
        Assert.Equal(0, await RunAsync(office));
        Assert.Equal(231 * 3, office.Rows.Select(m => (m.CertificateId, m.RecipientId)).Distinct().Count());
    }

    [Fact]
    public async Task Words_AreOfTheDay_AndHaveNoLink()
    {
        await using var office = await OpenAsync(daysBefore: 40, hour: 9);
        await RunAsync(office);
        office.Bank.Clock.Advance(TimeSpan.FromDays(30));
        await RunAsync(office);
        office.Bank.Clock.Advance(Jst("2027-03-15T00:00") - office.Bank.Now);
        await RunAsync(office);

        var own = office.Rows.Where(m => m.RecipientId == office.Owner.Id).ToList();
        Assert.Equal(
            ["【北洋銀行】電子証明書の有効期限が近づいています（あと40日）", "【北洋銀行】電子証明書の有効期限まであと10日です", "【北洋銀行】電子証明書の有効期限は本日8時59分59秒です"],
            own.Select(m => m.Subject));
        Assert.All(office.Rows, m =>
        {
            Assert.Contains("証明書有効期限：2027年03月15日 08時59分59秒", m.Text, StringComparison.Ordinal);
            Assert.Contains("通知番号：" + m.MailNumber, m.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("http", m.Text + m.Subject, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(office.Owner.Id, m.OwnerId);
        });
        Assert.Contains("本日8時59分59秒に有効期限を迎えます", own[2].Text, StringComparison.Ordinal);
    }

    private static async Task CheckAsync(TimeSpan[] jumps)
    {
        await using var office = await OpenAsync(daysBefore: 60);
        foreach (var (index, jump) in jumps.Index())
        {
            office.Bank.Clock.AdjustTime(office.Bank.Now + jump);
            await RunAsync(office);
            if (index % 3 == 0)
            {
                office.Bank.Restart();
            }

            if (office.Policy.CurrentAt(NotAfter, office.Bank.Now) is { } current)
            {
                // Whoever is to be told has been told of this stage, or of a later one before the clock went back.
                Assert.All(
                    ExpiryMailPolicy.TellsMasters(current) ? OwnerAndMasters : [Owner],
                    address => Assert.Contains(office.Rows, m => m.Address == address && m.Stage <= current));
            }
        }

        foreach (var told in office.Rows.GroupBy(m => m.RecipientId))
        {
            var stages = told.OrderBy(m => m.Id).Select(m => m.Stage!.Value).ToList();
            Assert.Equal(stages.Distinct().OrderDescending(), stages);
            Assert.All(told, m => Assert.Equal(office.Policy.CurrentAt(NotAfter, m.CreatedAt), m.Stage));
        }
    }

    private static async Task<PostOffice> OpenAsync(int daysBefore, int hour = 12)
    {
        var office = await PostOffice.Open(startAt: JapanTime.At(JapanTime.JstDate(NotAfter).AddDays(-daysBefore), new TimeOnly(hour, 0)));
        await office.Bank.GiveCertificate(office.Owner, NotAfter);
        return office;
    }

    private static Task<int> RunAsync(PostOffice office) =>
        office.Notices.RunAsync(Actor.System("test"), TestContext.Current.CancellationToken);

    private static Task ChangeAsync(PostOffice office, string what) => what switch
    {
        "revoked" => office.Bank.Act(work =>
        {
            work.Revoke(
                work.Db.Certificates.Single(c => c.UserId == office.Owner.Id), "test",
                System.Security.Cryptography.X509Certificates.X509RevocationReason.Superseded);
            work.Db.Users.Single(u => u.Id == office.Owner.Id).NoteCurrentRevoked(work.Now);
        }),
        "replaced" => office.Bank.GiveCertificate(office.Owner, NotAfter.AddYears(1)),
        "deleted" => office.Bank.Act(
            work => work.Sql.Execute("UPDATE Users SET DeletedAt = $at WHERE Id = $id", ("$at", work.Now), ("$id", office.Owner.Id))),
        "suspended" => office.Bank.Act(work => work.Db.Users.Single(u => u.Id == office.Owner.Id).Suspend(work.Now)),
        _ => Task.CompletedTask,
    };

    private static DateTimeOffset Jst(string text) =>
        DateTimeOffset.Parse(text + ":00+09:00", System.Globalization.CultureInfo.InvariantCulture).ToUniversalTime();
}
