using System.Data.Common;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DensaiAdmin.Tests.Authority;

public class CrlPublisherTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// Who reads on from an instant misses what is dated before it; only the order of the acts is the same for everybody.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(-30)]
    [InlineData(-0.001)]
    public async Task Revocation_DatedBeforeTheLastReading_IsOnTheNextList(double seconds)
    {
        using var bank = await IssuingBank.OpenAsync();
        var issued = await bank.Issue();
        await bank.Publisher.StartAsync(Cancellation);
        await bank.Revoke(bank.Master);
        await bank.Publisher.PublishAsync(always: true, Cancellation);
        Assert.Empty(bank.Listed());

        await bank.Bank.Act(work =>
        {
            var user = work.Db.Users.Single(u => u.Id == bank.User.Id);
            work.Revoke(
                work.Db.Certificates.Single(c => c.SerialNumber == issued.SerialNumber), "seed", X509RevocationReason.Unspecified,
                work.Now.AddSeconds(seconds));
            user.NoteCurrentRevoked(work.Now.AddSeconds(seconds));
        });
        await bank.Publisher.PublishAsync(always: false, Cancellation);

        Assert.Equal([issued.SerialNumber], bank.Listed());
    }

    [Fact]
    public async Task Start_FirstTime_PublishesAnEmptyListThatOpenSslTakes()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.StartAsync(Cancellation);

        var crl = bank.Publisher.Current!;
        Assert.Equal((1, 0), (crl.List.Number, crl.List.Entries.Count));
        Assert.Equal(CrlPublisher.Validity, crl.List.NextUpdate - crl.List.ThisUpdate);
        Assert.True(bank.Publisher.IsFreshAt(bank.Bank.Now));
        Assert.Contains($"#{crl.Issuer.SubjectKeyIdentifier}:1", bank.Bank.Anchor.Last()!.Notes);
        await AssertOpenSslAcceptsAsync(bank, crl);
        await bank.Publisher.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Revocation_IsOnTheNextListAndWakesWhoWaits()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.StartAsync(Cancellation);
        var issued = await bank.Issue();

        await bank.Revoke(bank.User, X509RevocationReason.KeyCompromise);
        Assert.True(await bank.Signal.WaitForAsync(bank.Bank.Now, TimeSpan.FromSeconds(30), Cancellation));

        var crl = bank.Publisher.Current!;
        var entry = Assert.Single(crl.List.Entries);
        Assert.Equal((issued.SerialNumber, X509RevocationReason.KeyCompromise), (entry.Serial, entry.Reason));
        Assert.Equal(2, crl.List.Number);
        var text = await AssertOpenSslAcceptsAsync(bank, crl);
        Assert.Contains($"Serial Number: {issued.SerialNumber}", text);
        Assert.Contains("Key Compromise", text);
        await bank.Publisher.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Request_WithoutAnythingNew_PublishesNothing()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        await bank.Publisher.PublishAsync(always: false, Cancellation);

        Assert.Equal(1, bank.Publisher.Current!.List.Number);
    }

    [Fact]
    public async Task ThirtyDays_WithoutARevocation_RenewEachDayAndLongBeforeNextUpdate()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.LoadAsync(Cancellation);
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        var before = bank.Publisher.Current!.List;
        var numbers = new List<long> { before.Number };

        for (var hour = 1; hour <= 30 * 24; hour++)
        {
            bank.Bank.Clock.Advance(TimeSpan.FromHours(1));
            if (bank.Publisher.UntilRenewal() > TimeSpan.Zero)
            {
                continue;
            }

            Assert.True(before.NextUpdate - bank.Bank.Now >= TimeSpan.FromHours(24));
            await bank.Publisher.PublishAsync(always: false, Cancellation);
            var next = bank.Publisher.Current!.List;
            Assert.True(next.NextUpdate - next.ThisUpdate <= TimeSpan.FromDays(7));
            numbers.Add(next.Number);
            before = next;
        }

        Assert.Equal(Enumerable.Range(1, 31).Select(n => (long)n), numbers);
        await AssertOpenSslAcceptsAsync(bank, bank.Publisher.Current!);
    }

    [Fact]
    public async Task Timer_AfterADay_RenewsByItself()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.StartAsync(Cancellation);
        for (var day = 1; day <= 3; day++)
        {
            var before = bank.Publisher.Current!;
            var renewed = bank.Signal.WaitForAsync(before.BuiltAt, TimeSpan.FromSeconds(30), Cancellation);
            bank.Bank.Clock.Advance(CrlPublisher.RenewEvery);
            await Waiting.UntilAsync(() => renewed.IsCompleted, () => bank.Bank.Clock.Advance(TimeSpan.FromMinutes(1)));

            Assert.True(await renewed);
            Assert.True(bank.Publisher.Current!.List.Number > before.List.Number);
        }

        await bank.Publisher.StopAsync(Cancellation);
    }

    [Fact]
    public async Task ExpiredEntry_StaysForOneListAfterItsNotAfter()
    {
        using var bank = await IssuingBank.OpenAsync();
        var issued = await bank.Issue();
        await bank.Revoke(bank.User);
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        var notAfter = Assert.Single(bank.Stored()).NotAfter;

        bank.Bank.Clock.SetUtcNow(notAfter);
        await bank.Publisher.PublishAsync(always: true, Cancellation);
        Assert.Equal([issued.SerialNumber], bank.Listed());
        bank.Bank.Clock.Advance(TimeSpan.FromDays(1));
        await bank.Publisher.PublishAsync(always: true, Cancellation);
        Assert.Equal([issued.SerialNumber], bank.Listed());
        await bank.Publisher.PublishAsync(always: true, Cancellation);
        Assert.Empty(bank.Listed());

        await bank.RestartAsync();
        await bank.Publisher.PublishAsync(always: true, Cancellation);
        Assert.Empty(bank.Listed());
    }

    [Fact]
    public async Task CertificateRevokedAfterItsExpiry_IsListedOnce()
    {
        using var bank = await IssuingBank.OpenAsync();
        var issued = await bank.Issue();
        bank.Bank.Clock.Advance(TimeSpan.FromDays(400));
        await bank.Publisher.PublishAsync(always: true, Cancellation);

        await bank.Revoke(bank.User, X509RevocationReason.CessationOfOperation);
        await bank.Publisher.PublishAsync(always: false, Cancellation);

        Assert.Equal([issued.SerialNumber], bank.Listed());
    }

    [Fact]
    public async Task Restart_RevocationWithoutItsList_IsPublishedAtStart()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        var issued = await bank.Issue();
        await bank.Revoke(bank.User);

        await bank.RestartAsync();
        Assert.Empty(bank.Listed());
        await bank.Publisher.StartAsync(Cancellation);

        Assert.Equal([issued.SerialNumber], bank.Listed());
        Assert.Equal(2, bank.Publisher.Current!.List.Number);
        await bank.Publisher.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Restart_NothingNew_ServesTheVeryListThatWasPublished()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Issue();
        await bank.Revoke(bank.User);
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        var der = bank.Publisher.Current!.List.Der.ToArray();

        await bank.RestartAsync();
        await bank.Publisher.PublishAsync(always: false, Cancellation);

        Assert.Equal(der, bank.Publisher.Current!.List.Der.ToArray());
    }

    [Fact]
    public async Task Publish_StoreFails_KeepsTheOldListAndNeverUsesANumberTwice()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        var old = bank.Publisher.Current;
        var issued = await bank.Issue();
        await bank.Revoke(bank.User);
        bank.Bank.Sql($"CREATE TRIGGER fault BEFORE INSERT ON PublishedCrls BEGIN SELECT RAISE(ABORT, 'disk fault'); END");

        await Assert.ThrowsAsync<DbUpdateException>(() => bank.Publisher.PublishAsync(always: false, Cancellation));
        Assert.Same(old!.List, bank.Publisher.Current!.List);

        bank.Bank.Sql($"DROP TRIGGER fault");
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        Assert.Equal([issued.SerialNumber], bank.Listed());
        Assert.Equal([1L, 2L], bank.Bank.Read(db => db.PublishedCrls.Select(c => c.Number).Order().ToList()));
        Assert.Equal(1, bank.Bank.Read(db => db.PublishedCrls.Count(c => c.Der != null)));
    }

    [Fact]
    public async Task Publish_WhereOnlyTheAnchorFails_ServesTheStoredListBeforeItTellsAnybody()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        var issued = await bank.Issue();
        await bank.Revoke(bank.User);
        var waiting = bank.Signal.WaitForAsync(bank.Bank.Now, TimeSpan.FromSeconds(30), Cancellation);
        using (await FailingDisk.AttachAsync(bank.Bank.Writer, "1+", bank.Bank.AnchorFile))
        {
            await Assert.ThrowsAsync<Core.Store.StoreUnavailableException>(() => bank.Publisher.PublishAsync(always: false, Cancellation));
            Assert.Equal(1, bank.Publisher.Current!.List.Number);
        }

        await bank.Publisher.PublishAsync(always: false, Cancellation);

        Assert.True(await waiting);
        Assert.Equal([issued.SerialNumber], bank.Listed());
        Assert.Equal(2, bank.Publisher.Current!.List.Number);
    }

    [Fact]
    public async Task Publish_AfterAFaultWithListsTakenFromTheStore_ServesNothingOlderAndGoesOnAboveTheAnchor()
    {
        using var bank = await IssuingBank.OpenAsync();
        var issued = await bank.Issue();
        await bank.Revoke(bank.User);
        for (var i = 0; i < 3; i++)
        {
            await bank.Publisher.PublishAsync(always: true, Cancellation);
        }

        bank.Bank.Sql($"DELETE FROM PublishedCrls");
        foreach (var number in (long[])[4, 5])
        {
            await bank.RestartAsync();
            bank.Bank.Sql($"CREATE TRIGGER fault BEFORE INSERT ON PublishedCrls BEGIN SELECT RAISE(ABORT, 'disk fault'); END");
            await Assert.ThrowsAsync<DbUpdateException>(() => bank.Publisher.PublishAsync(always: true, Cancellation));
            bank.Bank.Sql($"DROP TRIGGER fault");
            await bank.Publisher.PublishAsync(always: true, Cancellation);

            Assert.Equal((number, 1), (bank.Publisher.Current!.List.Number, bank.Publisher.Current.List.Entries.Count));
            bank.Bank.Sql($"DELETE FROM PublishedCrls");
            bank.Bank.Sql($"CREATE TRIGGER fault BEFORE INSERT ON PublishedCrls BEGIN SELECT RAISE(ABORT, 'disk fault'); END");
            await Assert.ThrowsAsync<DbUpdateException>(() => bank.Publisher.PublishAsync(always: true, Cancellation));
            await Assert.ThrowsAsync<DbUpdateException>(() => bank.Publisher.PublishAsync(always: true, Cancellation));
            bank.Bank.Sql($"DROP TRIGGER fault");
            Assert.Equal((number, issued.SerialNumber), (bank.Publisher.Current!.List.Number, Assert.Single(bank.Listed())));
        }
    }

    [Fact]
    public async Task Publish_RevocationLostFromTheStore_KeepsItListedAndTellsOfIt()
    {
        using var bank = await IssuingBank.OpenAsync();
        var issued = await bank.Issue();
        await bank.Revoke(bank.User);
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        bank.Bank.Sql($"UPDATE Certificates SET RevokedAt = NULL");
        await bank.RestartAsync();

        Assert.Equal(2, await bank.Publisher.PublishNowAsync("terminal", "counter1", Cancellation));

        Assert.Equal([issued.SerialNumber], bank.Listed());
        var told = Assert.Single(bank.Publisher.Disagreements);
        Assert.Equal((StoreDisagreement.RevocationMissing, issued.SerialNumber.ToString()), (told.Code, told.SerialNumber));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-2 * 60)]
    [InlineData(-330 * 24 * 60)]
    public async Task Publish_ClockSetBack_IsDatedAsItsPredecessorAndGetsOut(int minutes)
    {
        using var bank = await IssuingBank.OpenAsync();
        var issued = await bank.Issue();
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        var before = bank.Publisher.Current!.List;
        bank.Bank.Clock.AdjustTime(bank.Bank.Now.AddMinutes(minutes));
        await bank.RestartAsync();

        await bank.Revoke(bank.User);
        await bank.Publisher.PublishAsync(always: false, Cancellation);

        var list = bank.Publisher.Current!.List;
        Assert.Equal((before.Number + 1, before.ThisUpdate), (list.Number, list.ThisUpdate));
        Assert.Equal([issued.SerialNumber], bank.Listed());
    }

    [Theory]
    [InlineData(-330)]
    [InlineData(-20)]
    [InlineData(0)]
    [InlineData(0.9)]
    [InlineData(20)]
    [InlineData(330)]
    public async Task UntilRenewal_WhateverTheClockSays_IsAtMostADay(double days)
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.PublishAsync(always: false, Cancellation);

        bank.Bank.Clock.AdjustTime(bank.Bank.Now.AddDays(days));

        Assert.InRange(bank.Publisher.UntilRenewal(), TimeSpan.Zero, CrlPublisher.RenewEvery);
    }

    [Fact]
    public async Task PublishNow_ByAnOperator_IsANewListAndARecord()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.PublishAsync(always: false, Cancellation);

        Assert.Equal(2, await bank.Publisher.PublishNowAsync("terminal", "counter1", Cancellation));

        var record = bank.Bank.History()[^1];
        Assert.Equal(
            (HistoryOperation.CrlPublication, "crl-published", "2", "counter1"),
            (record.Operation, record.Detail, record.Value, record.LoginId));
    }

    [Fact]
    public async Task Readers_WhileListsArePublished_SeeWholeListsInOrderOnly()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Publisher.StartAsync(Cancellation);
        var users = new List<Core.Registry.User>();
        for (var i = 0; i < 40; i++)
        {
            users.Add(await bank.Bank.AddUser($"READER{i}", bank.Company));
            await bank.Enroll.IssueAsync(users[i].Id, bank.NewKey(), IssuingBank.Source, Cancellation);
        }

        using var stop = new CancellationTokenSource();
        var reading = Task.Run(
            () =>
            {
                var (last, entries, seen) = (0L, 0, 0);
                while (!stop.IsCancellationRequested)
                {
                    var served = bank.Publisher.Current!;
                    var read = CertificateRevocationList.Read(served.List.Der, served.Issuer);
                    Assert.NotNull(read);
                    Assert.True(read.Number >= last && read.Entries.Count >= entries);
                    seen += read.Number > last ? 1 : 0;
                    (last, entries) = (read.Number, read.Entries.Count);
                }

                return seen;
            },
            Cancellation);
        foreach (var user in users)
        {
            await bank.Revoke(user);
            Assert.True(await bank.Signal.WaitForAsync(bank.Bank.Now, TimeSpan.FromSeconds(30), Cancellation));
        }

        await stop.CancelAsync();
        Assert.True(await reading > 1);
        Assert.Equal(40, bank.Listed().Count);
        await bank.Publisher.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Rows_RevokedWhileAListWasBuilt_AreCountedOnceAndDoNotHaveAllOfThemReadAgain()
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Issue();
        await bank.Issue(loginId: "0501D00601M");
        var register = new RevocationRegister(bank.Authorities.Keys.Issuing[0], new RevokedSerials());
        var builder = new DbContextOptionsBuilder<DensaiAdmin.Core.Store.DensaiDbContext>();
        Core.Store.DataStore.ConfigureReading(builder, bank.Bank.Store);
        var passing = new Passing();
        await using var db = new DensaiAdmin.Core.Store.DensaiDbContext(builder.AddInterceptors(passing).Options);
        var before = bank.Bank.History()[^1].Sequence;
        await bank.Revoke(bank.User);
        // Read whole, and seen already, though the act came after what was asked for.
        await register.ReadAsync(db, before, null, Cancellation);
        Assert.Single(passing.Texts, ReadsAll);
        passing.Texts.Clear();

        foreach (var again in (Func<Task>[])[() => bank.Revoke(bank.Master), () => Task.CompletedTask, () => Task.CompletedTask])
        {
            await again();
            register.Doubt();
            await register.ReadAsync(db, before, null, Cancellation);
            Assert.DoesNotContain(passing.Texts, ReadsAll);
            before++;
        }

        Assert.Equal(2, register.Listed().Count);
        bank.Bank.Sql($"UPDATE Certificates SET RevokedAt = RevokedAt - 1 WHERE UserId = {bank.User.Id}");
        register.Doubt();
        await register.ReadAsync(db, before, null, Cancellation);
        Assert.Single(passing.Texts, ReadsAll);

        static bool ReadsAll(string text) =>
            text.Contains("\"Certificates\"", StringComparison.Ordinal) && text.Contains("\"NotAfter\" >=", StringComparison.Ordinal);
    }

    [Fact]
    public async Task IntentsThatStayForEver_AreReadThroughNeitherByAPublicationNorByAnIssue()
    {
        using var bank = await IssuingBank.OpenAsync();
        var register = new RevocationRegister(bank.Authorities.Keys.Issuing[0], new RevokedSerials());
        var builder = new DbContextOptionsBuilder<DensaiAdmin.Core.Store.DensaiDbContext>();
        Core.Store.DataStore.ConfigureReading(builder, bank.Bank.Store);
        var passing = new Passing();
        await using var db = new DensaiAdmin.Core.Store.DensaiDbContext(builder.AddInterceptors(passing).Options);
        await register.ReadAsync(db, 1, null, Cancellation);
        passing.Texts.Clear();

        await register.ReadAsync(db, 2, null, Cancellation);

        var plans = passing.Texts.Append(Core.Enrollment.Applicant.ByIdAndKey)
            .Where(text => text.Contains("IssueIntents", StringComparison.Ordinal)).Select(text => QueryPlan.Of(db, text)).ToList();
        Assert.Equal(2, plans.Count);
        Assert.All(plans, plan => Assert.DoesNotContain("SCAN", plan));
        Assert.All(plans, plan => Assert.Contains("IX_IssueIntents_", plan));
    }

    [Fact]
    public async Task Root_HasItsListUntilTheIssuingCaEnds()
    {
        using var bank = await IssuingBank.OpenAsync();
        var root = bank.Publisher.Find(bank.Authorities.Root.SubjectKeyIdentifier.ToLowerInvariant())!;

        Assert.Equal(bank.Authorities.Current.NotAfter, root.List.NextUpdate);
        Assert.Null(bank.Publisher.Find("00"));
        await AssertOpenSslAcceptsAsync(bank, root);
    }

    private static async Task<string> AssertOpenSslAcceptsAsync(IssuingBank bank, CurrentCrl crl)
    {
        using var directory = new TemporaryDirectory();
        var issuer = directory.Write("issuer.pem", crl.Issuer.ToPem() + "\n" + bank.Authorities.Root.ToPem());
        var answer = await Tool.OpenSsl(
            "crl", "-inform", "DER", "-in", directory.Write("list.crl", crl.List.Der.Span), "-noout", "-text", "-CAfile", issuer);
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("verify OK", answer.All);
        return answer.Output;
    }

    private sealed class Passing : DbCommandInterceptor
    {
        public List<string> Texts { get; } = [];

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command,
            CommandEventData eventData,
            InterceptionResult<DbDataReader> result,
            CancellationToken cancellationToken = default)
        {
            Texts.Add(command.CommandText);
            return ValueTask.FromResult(result);
        }
    }
}
