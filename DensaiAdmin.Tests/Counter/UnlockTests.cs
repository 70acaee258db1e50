using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Tests.Counter;

public class UnlockTests
{
    [Fact]
    public async Task Unlock_ReleasesEveryPath_TheConfirmationPasswordIncluded()
    {
        using var desk = await CounterDesk.Open();
        var user = await Locked(desk, PasswordPath.Open, PasswordPath.Certificate, PasswordPath.Confirmation);
        Assert.All(Enum.GetValues<PasswordPath>().Except([PasswordPath.Operator]), path => Assert.True(State(desk, user, path).IsLocked));

        var outcome = Assert.IsType<UnlockOutcome.Unlocked>(await Unlock(desk, "0501d00601m"));

        Assert.Equal([PasswordPath.Open, PasswordPath.Certificate, PasswordPath.Confirmation], outcome.Paths);
        Assert.All(Enum.GetValues<PasswordPath>(), path => Assert.Equal(new AttemptState(5, false, null), State(desk, user, path)));
        var record = Assert.Single(desk.Bank.History());
        Assert.Equal((HistoryOperation.Unlock, HistoryResult.Done, "unlocked", "counter1", "0501D00601M"), (record.Operation, record.Result, record.Detail, record.LoginId, record.TargetLoginId));
        Assert.Equal(user.CompanyId, record.CompanyId);
    }

    [Fact]
    public async Task Unlock_FailuresThatDoNotLockYet_AreForgotten()
    {
        using var desk = await CounterDesk.Open();
        var user = await AddMaster(desk);
        await desk.Bank.Act(act => desk.Attempts.Take(act, user.CanonicalLoginId, PasswordPath.Confirmation));

        Assert.IsType<UnlockOutcome.Unlocked>(await Unlock(desk, "0501D00601M"));

        Assert.Equal(5, State(desk, user, PasswordPath.Confirmation).AttemptsLeft);
    }

    [Fact]
    public async Task Unlock_NobodyOrNothingLocked_IsRefusedAndRecorded()
    {
        using var desk = await CounterDesk.Open();
        await AddMaster(desk);

        Assert.IsType<UnlockOutcome.NoSuchUser>(await Unlock(desk, "0501D99999M"));
        Assert.IsType<UnlockOutcome.NotLocked>(await Unlock(desk, "0501D00601M"));

        Assert.Equal(["no-such-user", "not-locked"], desk.Bank.History().Select(record => record.Detail));
        Assert.All(desk.Bank.History(), record => Assert.Equal(HistoryResult.Refused, record.Result));
    }

    [Fact]
    public async Task Unlock_OfOneUser_LeavesOthersLocked()
    {
        using var desk = await CounterDesk.Open();
        await Locked(desk, PasswordPath.Confirmation);
        var other = await desk.Bank.AddUser("0501D00601K", null, UserRole.CounterClerk);
        for (var i = 0; i < 5; i++)
        {
            await desk.Bank.Act(act => desk.Attempts.Take(act, other.CanonicalLoginId, PasswordPath.Confirmation));
        }

        await Unlock(desk, "0501D00601M");

        Assert.True(State(desk, other, PasswordPath.Confirmation).IsLocked);
    }

    private static async Task<User> AddMaster(CounterDesk desk) =>
        await desk.Bank.AddUser("0501D00601M", await desk.Bank.AddCompany(), UserRole.Master);

    private static async Task<User> Locked(CounterDesk desk, params PasswordPath[] paths)
    {
        var user = await AddMaster(desk);
        foreach (var path in paths)
        {
            for (var i = 0; i < 5; i++)
            {
                await desk.Bank.Act(act => desk.Attempts.Take(act, user.CanonicalLoginId, path));
            }
        }

        return user;
    }

    private static AttemptState State(CounterDesk desk, User user, PasswordPath path) =>
        desk.Bank.Read(db => desk.Attempts.StateOf(db, user.CanonicalLoginId, path, desk.Bank.Now));

    private static Task<UnlockOutcome> Unlock(CounterDesk desk, string loginId)
    {
        var clerk = desk.Bank.Read(db => db.Users.Single(u => u.LoginId == "counter1"));
        return desk.Unlock.ByOperatorAsync(OperatorApproval.OfOne(clerk), CounterDesk.Source, loginId, TestContext.Current.CancellationToken);
    }
}
