using System.Globalization;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Verbs;

/// <summary>
/// R26 from the command line, where two must agree: a server's clock was ahead by weeks and was put right, and time goes on from there.
/// </summary>
[Web]
public class ReconcileClockVerbTests
{
    private const string Password = TestBank.LoginPassword;

    private static readonly string[] Reconcile = ["reconcile", "--clock", "--operator", "counter1"];

    /// <param name="triesBefore">
    /// Whether the last record is a refusal, dated as the list that was published last, or an act from before that list.
    /// </param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Clock_ReconciledByTwoOperators_GoesOnFromNow_WithBothInstantsInTheRecord_AndTheNextListIsDatedNow(bool triesBefore)
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        var (recorded, stopped) = await RunAheadAsync(house);
        string[] issue =
            ["issue", "0501D00601N", "--csr", await house.NewRequestAsync(), "--operator", "counter1", "--operator", "counter2"];
        if (triesBefore)
        {
            VerbTests.CheckRefused(await house.RunAsync(new ScriptedTerminal(Password, Password), issue));
        }

        var (list, head) = (NewestList(house), house.History()[^1].Sequence);
        Assert.True(list.ThisUpdate > DateTimeOffset.UtcNow.AddDays(19));
        var terminal = new ScriptedTerminal(Password, "counter2", Password);
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);

        var said = await house.RunAsync(terminal, Reconcile);

        Assert.Equal((0, ""), (said.ExitCode, said.Error));
        Assert.Equal(3, terminal.Prompts.Count);
        Assert.DoesNotContain(Password, said.Output, StringComparison.Ordinal);
        var records = house.History().Where(r => r.Sequence > head).ToList();
        Assert.Equal(
            [("clock-reconciled", null), ("operator-asked", "counter1"), ("operator-approved", "counter2")],
            records.Take(3).Select(r => (r.Detail, r.LoginId)));
        var step = Assert.Single(house.History(), r => r.Detail == "clock-reconciled");
        Assert.InRange(step.At, before, DateTimeOffset.UtcNow);
        var instants = step.Value!.Split(" > ")
            .Select(text => DateTimeOffset.ParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.fffK", CultureInfo.InvariantCulture)).ToList();
        Assert.Equal((2, step.At), (instants.Count, instants[^1]));
        // A list that was published behind the last record is dated, too.
        Assert.InRange(instants[0], recorded, stopped);
        Assert.All(records, record => Assert.InRange(record.At, before, DateTimeOffset.UtcNow));

        var next = NewestList(house);
        Assert.Equal(list.Number + 1, next.Number);
        Assert.InRange(next.ThisUpdate, before, DateTimeOffset.UtcNow);
        var audit = await house.RunAsync("audit", "verify");
        Assert.True(audit.ExitCode == 0, audit.Error);
        var issued = await house.RunAsync(new ScriptedTerminal(Password, Password), issue);
        Assert.True(issued.ExitCode == 0, issued.Error);
        await CheckNotNeededAsync(house);
    }

    [Theory]
    [InlineData("counter1", Password, Password)]
    [InlineData("COUNTER1", Password, Password)]
    [InlineData("counter2", Password, "wrong")]
    [InlineData("counter2", "wrong", Password)]
    [InlineData("0501D00601M", Password, Password)]
    [InlineData("counter2", Password)]
    [InlineData("counter2")]
    public async Task Clock_WithoutTwoRightOperators_IsReconciledByNobody(string second, params string[] passwords)
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        await RunAheadAsync(house);
        var (list, head) = (NewestList(house).Number, house.History()[^1].Sequence);
        string[] answers = passwords is [var first, .. var rest] ? [first, second, .. rest] : [];

        VerbTests.CheckRefused(await house.RunAsync(new ScriptedTerminal(answers), Reconcile));

        Assert.Equal((list, head), (NewestList(house).Number, house.History()[^1].Sequence));
    }

    [Fact]
    public async Task Clock_ThatContradictsNothing_IsLeftAsItIs()
    {
        using var house = await VerbHouse.OpenAsync("Testing");

        await CheckNotNeededAsync(house);

        VerbTests.CheckRefused(await house.RunAsync(new ScriptedTerminal(Password, "counter1", Password), Reconcile));
    }

    private static async Task CheckNotNeededAsync(VerbHouse house)
    {
        var steps = house.History().Count(r => r.Detail == "clock-reconciled");

        var said = await house.RunAsync(new ScriptedTerminal(Password, "counter2", Password), Reconcile);

        Assert.Equal((0, ""), (said.ExitCode, said.Error));
        Assert.Contains("The clock does not contradict the latest record. Nothing was changed.", said.Output, StringComparison.Ordinal);
        Assert.Equal(steps, house.History().Count(r => r.Detail == "clock-reconciled"));
    }

    /// <summary>Started with a clock twenty days ahead, the server is used and stopped.</summary>
    /// <returns>When it recorded the last, and when it had stopped, both by that clock, UTC.</returns>
    private static async Task<(DateTimeOffset Recorded, DateTimeOffset Stopped)> RunAheadAsync(VerbHouse house)
    {
        var machine = new LiveMachine();
        machine.Set(TimeSpan.FromDays(20));
        await using (await house.StartServerAsync(machine))
        {
            string[] revoke = ["revoke", "0501D60001M", "--reason", "superseded", "--operator", "counter1"];
            var revoked = await house.RunAsync(new ScriptedTerminal(Password, "counter2", Password), revoke);
            Assert.True(revoked.ExitCode == 0, revoked.Error);
        }

        return (house.History()[^1].At, machine.GetUtcNow());
    }

    private static PublishedCrl NewestList(VerbHouse house) => house.Read(db => db.PublishedCrls.OrderBy(c => c.Number).Last());
}
