using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Tests.Counter;

public class UnlockTests
{
    [Fact]
    public async Task Unlock_ReleasesEveryPath_TheConfirmationPasswordIncluded()
    {
        using var fixture = await CounterFixture.Open();
        var user = await Locked(fixture, PasswordPath.Open, PasswordPath.Certificate, PasswordPath.Confirmation);
        Assert.All(
            Enum.GetValues<PasswordPath>().Except([PasswordPath.Operator]), path => Assert.True(State(fixture, user, path).IsLocked));

        var outcome = Assert.IsType<UnlockOutcome.Unlocked>(await Unlock(fixture, "0501d00601m"));

        Assert.Equal([PasswordPath.Open, PasswordPath.Certificate, PasswordPath.Confirmation], outcome.Paths);
        Assert.All(Enum.GetValues<PasswordPath>(), path => Assert.Equal(new AttemptState(5, false, null), State(fixture, user, path)));
        var record = Assert.Single(fixture.Bank.History());
        Assert.Equal(
            (HistoryOperation.Unlock, HistoryResult.Done, "unlocked", "counter1", "0501D00601M"),
            (record.Operation, record.Result, record.Detail, record.LoginId, record.TargetLoginId));
        Assert.Equal(user.CompanyId, record.CompanyId);
    }

    [Fact]
    public async Task Unlock_FailuresThatDoNotLockYet_AreForgotten()
    {
        using var fixture = await CounterFixture.Open();
        var user = await AddMaster(fixture);
        await fixture.Bank.Act(work => fixture.Attempts.Take(work, user.CanonicalLoginId, PasswordPath.Confirmation));

        Assert.IsType<UnlockOutcome.Unlocked>(await Unlock(fixture, "0501D00601M"));

        Assert.Equal(5, State(fixture, user, PasswordPath.Confirmation).AttemptsLeft);
    }

    [Fact]
    public async Task Unlock_NobodyOrNothingLocked_IsRefusedAndRecorded()
    {
        using var fixture = await CounterFixture.Open();
        await AddMaster(fixture);

        Assert.IsType<UnlockOutcome.NoSuchUser>(await Unlock(fixture, "0501D99999M"));
        Assert.IsType<UnlockOutcome.NotLocked>(await Unlock(fixture, "0501D00601M"));

        Assert.Equal(["no-such-user", "not-locked"], fixture.Bank.History().Select(record => record.Detail));
        Assert.All(fixture.Bank.History(), record => Assert.Equal(HistoryResult.Refused, record.Result));
    }

    [Fact]
    public async Task Unlock_OfOneUser_LeavesOthersLocked()
    {
        using var fixture = await CounterFixture.Open();
        await Locked(fixture, PasswordPath.Confirmation);
        var other = await fixture.Bank.AddUser("0501D00601K", null, UserRole.CounterClerk);
        for (var i = 0; i < 5; i++)
        {
            await fixture.Bank.Act(work => fixture.Attempts.Take(work, other.CanonicalLoginId, PasswordPath.Confirmation));
        }

        await Unlock(fixture, "0501D00601M");

        Assert.True(State(fixture, other, PasswordPath.Confirmation).IsLocked);
    }

    private static async Task<User> AddMaster(CounterFixture fixture) =>
        await fixture.Bank.AddUser("0501D00601M", await fixture.Bank.AddCompany(), UserRole.Master);

    private static async Task<User> Locked(CounterFixture fixture, params PasswordPath[] paths)
    {
        var user = await AddMaster(fixture);
        foreach (var path in paths)
        {
            for (var i = 0; i < 5; i++)
            {
                await fixture.Bank.Act(work => fixture.Attempts.Take(work, user.CanonicalLoginId, path));
            }
        }

        return user;
    }

    private static AttemptState State(CounterFixture fixture, User user, PasswordPath path) =>
        fixture.Bank.Read(db => fixture.Attempts.StateOf(db, user.CanonicalLoginId, path, fixture.Bank.Now));

    private static Task<UnlockOutcome> Unlock(CounterFixture fixture, string loginId)
    {
        var clerk = fixture.Bank.Read(db => db.Users.Single(u => u.LoginId == "counter1"));
        return fixture.Unlock.ByOperatorAsync(
            OperatorApproval.OfOne(clerk), CounterFixture.Source, loginId, TestContext.Current.CancellationToken);
    }
}
