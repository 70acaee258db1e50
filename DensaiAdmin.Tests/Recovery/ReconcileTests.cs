using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Tests.Verbs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Recovery;

/// <summary>
/// The drill: an old copy of the data is put back, or the anchor is lost, and the service goes on without forgetting a serial.
/// </summary>
[Web]
public class ReconcileTests
{
    private const string Password = TestBank.LoginPassword;
    private static readonly string[] Agreed = ["counter1", Password, "counter2", Password];

    [Fact]
    public async Task OldCopy_IsReconciled_AndNoSerialThatCameLaterIsForgotten()
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        await LogInAsync(house);
        Assert.Equal(0, (await house.RunAsync("backup", house.At("b.tar"))).ExitCode);
        var passphrase = BackupTests.Passphrase(house);
        var later = await LiveOnAsync(house, issues: 50);
        var (anchoredHead, number) = house.Read(db => (db.HistoryRecords.Max(r => r.Sequence), db.PublishedCrls.Max(c => c.Number)));
        BackupTests.Forget(house);
        Assert.Equal(0, (await house.RunAsync(new ScriptedTerminal(passphrase), "restore", house.At("b.tar"))).ExitCode);
        var head = house.History().Max(r => r.Sequence);

        // Nothing goes on before it is reconciled, and the words say what to do.
        foreach (var verb in (string[][])[["crl", "now"], ["operator", "add", "x", "--name", "x", "--role", "clerk"], ["audit", "verify"]])
        {
            VerbTests.CheckRefused(await house.RunAsync(verb));
        }

        Assert.Contains("reconcile", (await house.RunAsync("crl", "now")).Error, StringComparison.Ordinal);

        // Nor by one alone.
        string[][] notEnough =
        [
            [],
            ["counter1", Password],
            ["counter1", Password, "counter1", Password],
            ["counter1", Password, "counter2", "wrong"],
            ["nobody", Password, "counter2", Password],
        ];
        foreach (var typed in notEnough)
        {
            VerbTests.CheckRefused(await house.RunAsync(new ScriptedTerminal(typed), "reconcile"));
        }

        Assert.Equal(head, house.History().Max(r => r.Sequence));

        var reconciled = await house.RunAsync(new ScriptedTerminal(Agreed), "reconcile");
        Assert.True(reconciled.ExitCode == 0, reconciled.Error);

        // Every later serial stands on the list, with its own reason and instant, above the anchored number.
        var list = Newest(house);
        Assert.True(list.Number > number);
        Assert.All(later.Serials, serial => Assert.Contains(list.Entries, e => e.Serial == serial));
        var returned = Assert.Single(list.Entries, e => e.Serial == later.RevokedBefore);
        Assert.Equal(
            (X509RevocationReason.KeyCompromise, later.RevokedAt.ToUnixTimeSeconds()),
            (returned.Reason, returned.RevokedAt.ToUnixTimeSeconds()));
        Assert.NotNull(house.Read(db => db.Users.Single(u => u.LoginId == "0501D60001M").CertificateRevokedAt));
        Assert.Equal(SessionEndReason.StoreReconciled, house.Read(db => db.Sessions.Single().EndReason));

        // The history goes on above what is lost, and says who agreed.
        var gap = house.History().First(r => r.Sequence > head);
        Assert.Equal((anchoredHead + 1, "reconciled", $"{head}-{anchoredHead}"), (gap.Sequence, gap.Detail, gap.Value));
        Assert.Contains(house.History(), r => r is { Detail: "operator-asked", LoginId: "counter1" } && r.Sequence > gap.Sequence);
        Assert.Contains(house.History(), r => r is { Detail: "operator-approved", LoginId: "counter2" } && r.Sequence > gap.Sequence);
        Assert.Equal(
            later.Serials.Count, house.History().Count(r => r is { Detail: "lost-certificate-revoked", TargetLoginId: "0501D00601N" }));
        var audit = await house.RunAsync("audit", "verify");
        Assert.True(audit.ExitCode == 0, audit.Error);
        VerbTests.CheckRefused(await IssueAsync(house, later.Request));
        Assert.Contains("key was certified before", (await IssueAsync(house, later.Request)).Error, StringComparison.Ordinal);

        // Once more changes nothing; the service goes on.
        var again = await house.RunAsync(new ScriptedTerminal(Agreed), "reconcile");
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Contains("Nothing was changed", again.Output, StringComparison.Ordinal);
        var issued = await IssueAsync(house, await house.NewRequestAsync());
        Assert.True(issued.ExitCode == 0, issued.Error);
        await using (var server = await house.StartServerAsync())
        {
            Assert.True(
                (await server.Services.GetRequiredService<HistoryWatch>().WalkAsync(TestContext.Current.CancellationToken)).IsIntact);
        }

        Assert.Equal(0, (await house.RunAsync("audit", "verify")).ExitCode);
    }

    [Fact]
    public async Task OlderCopy_AfterAReconciledOne_IsReconciledToo()
    {
        using var house = await VerbHouse.OpenAsync();
        house.CopyData("first");
        await LiveOnAsync(house, issues: 2);
        house.CopyData("second");
        var lost = await LiveOnAsync(house, issues: 1);
        house.PutBack("second");
        Assert.Equal(0, (await house.RunAsync("reconcile")).ExitCode);
        var between = await LiveOnAsync(house, issues: 1);

        house.PutBack("first");
        VerbTests.CheckRefused(await house.RunAsync("crl", "now"));
        var reconciled = await house.RunAsync("reconcile");

        Assert.True(reconciled.ExitCode == 0, reconciled.Error);
        var list = Newest(house);
        Assert.All(lost.Serials.Concat(between.Serials), serial => Assert.Contains(list.Entries, e => e.Serial == serial));
        var audit = await house.RunAsync("audit", "verify");
        Assert.True(audit.ExitCode == 0, audit.Error);
    }

    /// <summary>
    /// R26: a copy from when the clock ran ahead opens only once it is reconciled, and the clock is accepted only in a store that opens.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Copy_FromWhenTheClockRanAhead_IsReconciled_AndThenItsClock(bool isAnchorLost)
    {
        using var bank = await IssuingBank.OpenAsync();
        var store = bank.Bank;
        for (var i = 0; i < 3; i++)
        {
            await store.Act(work => work.Record(Store.StoreWriterTests.Entry("record")));
        }

        if (isAnchorLost)
        {
            File.Delete(store.AnchorFile);
            // A server that runs would remember the line before.
            await bank.RestartAsync();
        }
        else
        {
            store.Sql($"DELETE FROM HistoryRecords WHERE Sequence = (SELECT MAX(Sequence) FROM HistoryRecords)");
        }

        var alarms = new Alarms(
            store.Writer,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<Alarms>.Instance);
        store.Clock.AdjustTime(store.Now.AddDays(-30));
        var history = new VerifyHistory(store.Contexts, store.Anchor);
        var outcome = await new ReconcileStore(store.Writer, store.Anchor, history, bank.Authorities, alarms, store.Contexts)
            .RunAsync(OperatorApproval.OfNobody, null, "test", TestContext.Current.CancellationToken);

        Assert.True(isAnchorLost ? outcome is ReconcileOutcome.AnchorBegun : outcome is ReconcileOutcome.Done, outcome.ToString());
        await Assert.ThrowsAsync<Core.Store.ClockNotTrustedException>(
            () => store.Act(work => work.Record(Store.StoreWriterTests.Entry("record"))));
        await new ReconcileClock(store.Writer, alarms).RunAsync(
            OperatorApproval.OfNobody, isByRootKey: false, "test", TestContext.Current.CancellationToken);
        await store.Act(work => work.Record(Store.StoreWriterTests.Entry("record")));
        var walked = await history.RunAsync(TestContext.Current.CancellationToken);
        Assert.True(walked.IsIntact, walked.ToString());
    }

    [Theory]
    [InlineData("UPDATE HistoryRecords SET Detail = 'x' WHERE Sequence = 3")]
    [InlineData("DELETE FROM HistoryRecords WHERE Sequence = 3")]
    [InlineData("DELETE FROM HistoryRecords WHERE Sequence > 3")]
    public async Task Copy_ThatIsNoEarlierState_IsRefused_AndChangesNothing(string tampering)
    {
        using var house = await VerbHouse.OpenAsync();
        house.CopyData("old");
        await LiveOnAsync(house, issues: 1);
        house.PutBack("old");
        house.Tamper(tampering);
        var before = house.History().Select(r => r.Sequence).ToList();

        VerbTests.CheckRefused(await house.RunAsync("reconcile"));

        Assert.Equal(before, house.History().Select(r => r.Sequence));
        VerbTests.CheckRefused(await house.RunAsync("crl", "now"));
    }

    [Theory]
    [InlineData("DELETE FROM HistoryRecords WHERE Sequence = 3", "Record 3 is missing")]
    [InlineData(
        "DELETE FROM HistoryRecords WHERE Sequence = (SELECT MIN(Sequence) FROM HistoryRecords WHERE Detail = 'reconciled')",
        "is missing")]
    [InlineData("UPDATE HistoryRecords SET Value = '1-2' WHERE Detail = 'reconciled'", "is missing")]
    [InlineData("UPDATE HistoryRecords SET PreviousHash = zeroblob(32) WHERE Detail = 'reconciled'", "does not follow")]
    [InlineData("UPDATE HistoryRecords SET Source = 'x' WHERE Detail = 'reconciled'", "was edited")]
    public async Task Audit_AcceptsTheAnchoredGapAlone(string tampering, string said)
    {
        using var house = await VerbHouse.OpenAsync();
        house.CopyData("old");
        await LiveOnAsync(house, issues: 1);
        house.PutBack("old");
        Assert.Equal(0, (await house.RunAsync("reconcile")).ExitCode);
        Assert.Equal(0, (await house.RunAsync("audit", "verify")).ExitCode);
        house.Tamper(tampering);

        var audit = await house.RunAsync("audit", "verify");

        VerbTests.CheckRefused(audit);
        Assert.Contains(said, audit.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_BetweenCommitAndAnchor_ItIsRunAgain()
    {
        using var house = await VerbHouse.OpenAsync();
        house.CopyData("old");
        var later = await LiveOnAsync(house, issues: 3);
        house.PutBack("old");
        File.Copy(house.AnchorFile, house.At("kept.anchor"));
        Assert.Equal(0, (await house.RunAsync("reconcile")).ExitCode);
        File.Copy(house.At("kept.anchor"), house.AnchorFile, overwrite: true);
        // As the act alone leaves it: nothing was published after it yet.
        var gap = house.History().Single(r => r.Detail == "reconciled").Sequence;
        var audit = await house.RunAsync("audit", "verify");
        VerbTests.CheckRefused(audit);
        Assert.Contains("the anchor does not know", audit.Error, StringComparison.Ordinal);
        VerbTests.CheckRefused(await house.RunAsync("crl", "now"));

        var again = await house.RunAsync("reconcile");

        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Single(house.History(), r => r.Detail == "reconcile-completed" && r.Sequence > gap);
        Assert.Single(house.History(), r => r.Detail == "reconciled");
        audit = await house.RunAsync("audit", "verify");
        Assert.True(audit.ExitCode == 0, audit.Error);
        var list = Newest(house);
        Assert.All(later.Serials, serial => Assert.Contains(list.Entries, e => e.Serial == serial));
    }

    [Fact]
    public async Task Killed_AtAnyFlush_ItIsRunAgain()
    {
        using var house = await VerbHouse.OpenAsync();
        house.CopyData("old");
        var later = await LiveOnAsync(house, issues: 2);
        File.Copy(house.AnchorFile, house.At("kept.anchor"));
        var kills = 0;
        for (var flush = 1; ; flush++)
        {
            house.PutBack("old");
            File.Copy(house.At("kept.anchor"), house.AnchorFile, overwrite: true);
            var killed = await house.RunProgramAsync(flush, "", "reconcile");
            if (killed.ExitCode != 0)
            {
                kills++;
                var again = await house.RunAsync("reconcile");
                Assert.True(again.ExitCode == 0, $"{flush}: {again.Error}");
            }

            var audit = await house.RunAsync("audit", "verify");
            Assert.True(audit.ExitCode == 0, $"{flush}: {audit.Error}");
            Assert.Single(house.History(), r => r.Detail == "reconciled");
            var list = Newest(house);
            Assert.All(later.Serials, serial => Assert.Contains(list.Entries, e => e.Serial == serial));
            if (killed.ExitCode == 0)
            {
                break;
            }
        }

        Assert.InRange(kills, 2, 40);
    }

    [Fact]
    public async Task LostAnchor_BeginsAnew_WithARecord_AndKnowsEverySerialAgain()
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        await LiveOnAsync(house, issues: 1);
        File.Delete(house.AnchorFile);
        var head = house.History().Max(r => r.Sequence);

        VerbTests.CheckRefused(await house.RunAsync(new ScriptedTerminal(), "reconcile"));
        var begun = await house.RunAsync(new ScriptedTerminal(Agreed), "reconcile");

        Assert.True(begun.ExitCode == 0, begun.Error);
        Assert.Equal(head + 1, house.History().Single(r => r.Detail == "anchor-begun").Sequence);
        Assert.Equal(0, (await house.RunAsync("audit", "verify")).ExitCode);
        var lines = await File.ReadAllTextAsync(house.AnchorFile, TestContext.Current.CancellationToken);
        Assert.All(
            house.Read(db => db.Certificates.Select(c => c.SerialNumber).ToList()),
            serial => Assert.Contains(serial.ToString(), lines, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reconcile_UnderAServer_IsRefused()
    {
        using var house = await VerbHouse.OpenAsync();
        await using var server = await house.StartServerAsync();

        VerbTests.CheckRefused(await house.RunAsync("reconcile"));
    }

    [Fact]
    public async Task Reconcile_WithTheRootsKey_NeedsNobodyElse()
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        house.CopyData("old");
        await LiveOnAsync(house, issues: 1);
        house.PutBack("old");
        string[] recover = ["reconcile", "--recover", Path.Combine(house.DataDirectory, "ca", "root.key.pem")];

        VerbTests.CheckRefused(await house.RunAsync(new ScriptedTerminal("wrong"), recover));
        var said = await house.RunAsync(new ScriptedTerminal(BackupTests.Passphrase(house)), recover);

        Assert.True(said.ExitCode == 0, said.Error);
        Assert.Contains(house.History(), r => r.Detail == "reconciled-by-root-key");
    }

    private static async Task LogInAsync(VerbHouse house)
    {
        await using var server = await house.StartServerAsync();
        var master = house.Read(db => db.Users.Single(u => u.LoginId == "0501D60001K").Id);
        await server.Services.GetRequiredService<Core.Store.StoreWriter>().PerformAsync(
            work => work.Db.Sessions.Add(new Session(master, Session.HashToken("token"), "test", "a browser", work.Now)));
    }

    /// <summary>A day of the bank: issues and revocations, a login, lists.</summary>
    private static async Task<Later> LiveOnAsync(VerbHouse house, int issues)
    {
        await using var server = await house.StartServerAsync();
        var (enroll, revoke) =
            (server.Services.GetRequiredService<EnrollCertificate>(), server.Services.GetRequiredService<RevokeCertificate>());
        var clerk = OperatorApproval.OfOne(house.Read(db => db.Users.Single(u => u.LoginId == "counter1")));
        var serials = new List<SerialNumber>();
        byte[] request = [];
        if (house.Read(
            db => db.Users.Single(u => u.LoginId == "0501D00601N").CertificateStatusAt(DateTimeOffset.UtcNow)) == CertificateStatus.Issued)
        {
            await RevokeAsync("0501D00601N");
        }

        for (var i = 0; i < issues; i++)
        {
            request = IssuingBank.NewRequest();
            serials.Add(Assert.IsType<EnrollOutcome.Issued>(
                await enroll.ByOperatorAsync(clerk, "test", "0501D00601N", request, TestContext.Current.CancellationToken)).SerialNumber);
            if (i < issues - 1)
            {
                await RevokeAsync("0501D00601N");
            }
        }

        var master = house.Read(
            db => db.Users.Include(u => u.CurrentCertificate).Single(u => u.LoginId == "0501D60001M").CurrentCertificate!);
        if (master.RevokedAt is null)
        {
            await RevokeAsync("0501D60001M");
        }

        return new(
            serials, request, master.SerialNumber, house.Read(db => db.Certificates.Single(c => c.Id == master.Id).RevokedAt!.Value));

        async Task RevokeAsync(string loginId) =>
            Assert.IsType<RevokeOutcome.Revoked>(await revoke.ByOperatorAsync(
                clerk, "test", loginId, X509RevocationReason.KeyCompromise, TestContext.Current.CancellationToken));
    }

    private static async Task<Said> IssueAsync(VerbHouse house, string csr) =>
        await house.RunAsync(
            new ScriptedTerminal(Password, Password), "issue", "0501D00601N", "--csr", csr, "--operator", "counter1", "--operator",
            "counter2");

    private static Task<Said> IssueAsync(VerbHouse house, byte[] request)
    {
        File.WriteAllBytes(house.At("lost.csr"), request);
        return IssueAsync(house, house.At("lost.csr"));
    }

    private static CertificateRevocationList Newest(VerbHouse house)
    {
        var newest = house.Read(db => db.PublishedCrls.OrderByDescending(c => c.Number).First());
        var file = Directory.GetFiles(Path.Combine(house.DataDirectory, "ca"), "issuing-*.cer").Single();
        return CertificateRevocationList.Read(newest.Der!, new AuthorityCertificate(File.ReadAllBytes(file)))!;
    }

    private sealed record Later(IReadOnlyList<SerialNumber> Serials, byte[] Request, SerialNumber RevokedBefore, DateTimeOffset RevokedAt);
}
