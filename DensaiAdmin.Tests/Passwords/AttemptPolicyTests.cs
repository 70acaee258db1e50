using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Passwords;

public sealed class AttemptPolicyTests : IDisposable
{
    private const string Id = "0501D00601U";

    private readonly TestBank _bank = TestBank.Open();
    private readonly PasswordOptions _options = new();
    private readonly AttemptPolicy _policy;

    public AttemptPolicyTests() => _policy = new AttemptPolicy(Options.Create(_options));

    [Fact]
    public async Task Attempts_Taken_CountDownToTheFifth()
    {
        var left = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            left.Add((await TakeAsync()).AttemptsLeft);
        }

        Assert.Equal([4, 3, 2, 1, 0], left);
    }

    [Fact]
    public async Task Attempt_TheFifth_MayStillBeEvaluated()
    {
        await TakeAsync(times: 4);

        Assert.False((await TakeAsync()).IsLocked);
    }

    [Fact]
    public async Task Attempt_TheSixth_IsLockedUntilFifteenMinutesAfterTheFifth()
    {
        await TakeAsync(times: 5);
        var fifth = _bank.Now;
        _bank.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(new AttemptState(0, true, fifth.AddMinutes(15)), await TakeAsync());
    }

    [Fact]
    public async Task Lock_UnderFurtherTries_IsNotProlonged()
    {
        await TakeAsync(times: 5);
        var until = (await TakeAsync()).LockedUntil;
        _bank.Clock.Advance(TimeSpan.FromMinutes(14));

        Assert.Equal(until, (await TakeAsync()).LockedUntil);
    }

    [Fact]
    public async Task Lock_WhoseTimeIsOver_GivesFiveAttemptsAgain()
    {
        await TakeAsync(times: 5);
        _bank.Clock.Advance(TimeSpan.FromMinutes(15));

        Assert.Equal(new AttemptState(5, false, null), State());
        Assert.Equal(4, (await TakeAsync()).AttemptsLeft);
    }

    [Fact]
    public async Task Lock_AMomentBeforeItsEnd_StillHolds()
    {
        await TakeAsync(times: 5);
        _bank.Clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(1));

        Assert.True(State().IsLocked);
    }

    [Fact]
    public async Task Lock_OfTheConfirmationPassword_StaysUntilReleased()
    {
        await TakeAsync(PasswordPath.Confirmation, times: 5);
        _bank.Clock.Advance(TimeSpan.FromDays(3650));

        Assert.Equal(new AttemptState(0, true, null), State(PasswordPath.Confirmation));
    }

    [Theory]
    [InlineData(PasswordPath.Open)]
    [InlineData(PasswordPath.Certificate)]
    [InlineData(PasswordPath.Confirmation)]
    [InlineData(PasswordPath.Operator)]
    public async Task Lock_OfOnePath_LeavesTheOthersUntouched(PasswordPath locked)
    {
        await TakeAsync(locked, times: 5);

        Assert.All(Enum.GetValues<PasswordPath>(), path => Assert.Equal(path == locked, State(path).IsLocked));
    }

    [Fact]
    public async Task Lock_OfOneId_LeavesAnotherUntouched()
    {
        await TakeAsync(times: 5);

        Assert.Equal(_policy.Untouched, _bank.Read(db => _policy.StateOf(db, "ANOTHER", PasswordPath.Certificate, _bank.Now)));
    }

    [Fact]
    public async Task Attempts_OfAnUnknownId_AreCountedLikeAKnownOnes()
    {
        await _bank.AddUser(Id, await _bank.AddCompany());
        var known = new List<AttemptState>();
        var unknown = new List<AttemptState>();
        for (var i = 0; i < 7; i++)
        {
            known.Add(await TakeAsync());
            unknown.Add(await _bank.Act(work => _policy.Take(work, "NOBODY", PasswordPath.Certificate)));
        }

        Assert.Equal(known, unknown);
    }

    [Fact]
    public async Task Attempts_Stored_DoNotNameTheId()
    {
        await TakeAsync();

        Assert.Equal(
            Core.Pki.Sha256Hash.Of(System.Text.Encoding.UTF8.GetBytes(LoginId.Canonical(Id)!)),
            _bank.Read(db => db.PasswordAttempts.Single()).Key);
    }

    [Theory]
    [InlineData(PasswordPath.Open, true)]
    [InlineData(PasswordPath.Operator, true)]
    [InlineData(PasswordPath.Certificate, false)]
    [InlineData(PasswordPath.Confirmation, false)]
    public async Task Failures_ThatAnybodyCanMake_CountForAnHourAndLeaveNothingBehind(PasswordPath path, bool leave)
    {
        await TakeAsync(path, times: 4);
        using var service = new ForgetAttemptsJob(_bank.Writer, _policy, _bank.Clock, NullLogger<ForgetAttemptsJob>.Instance);
        _bank.Clock.Advance(AttemptPolicy.OpenFailuresCountFor - TimeSpan.FromMilliseconds(1));
        await service.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, State(path).AttemptsLeft);

        _bank.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(leave ? 5 : 1, State(path).AttemptsLeft);
        await service.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(leave ? 0 : 1, _bank.Read(db => db.PasswordAttempts.Count()));
        Assert.Equal(leave ? 4 : 0, (await TakeAsync(path)).AttemptsLeft);
    }

    [Fact]
    public async Task Failures_OfVeryManyInventedIds_AreAllRemoved()
    {
        await _bank.Act(work =>
        {
            for (var i = 0; i < 2_500; i++)
            {
                _policy.Take(work, $"NOBODY{i}", PasswordPath.Open);
            }
        });
        _bank.Clock.Advance(AttemptPolicy.OpenFailuresCountFor);
        using var service = new ForgetAttemptsJob(_bank.Writer, _policy, _bank.Clock, NullLogger<ForgetAttemptsJob>.Instance);

        await service.RunOnceAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, _bank.Read(db => db.PasswordAttempts.Count()));
    }

    [Fact]
    public async Task Lock_LongerThanAnHour_IsNotForgottenBefore()
    {
        _options.LockMinutes = 120;
        await TakeAsync(PasswordPath.Open, times: 5);
        _bank.Clock.Advance(TimeSpan.FromMinutes(119));
        using var service = new ForgetAttemptsJob(_bank.Writer, _policy, _bank.Clock, NullLogger<ForgetAttemptsJob>.Instance);

        await service.RunOnceAsync(TestContext.Current.CancellationToken);

        Assert.True(State(PasswordPath.Open).IsLocked);
    }

    [Fact]
    public async Task Password_ThatWasRight_ForgivesTheFailuresBefore()
    {
        await TakeAsync(times: 5);
        await _bank.Act(work => _policy.Forgive(work, Id, PasswordPath.Certificate));

        Assert.Equal(_policy.Untouched, State());
    }

    [Fact]
    public async Task Attempt_NeverEvaluated_IsGivenBackWithTheLockItBrought()
    {
        await TakeAsync(times: 5);
        await _bank.Act(work => _policy.GiveBack(work, Id, PasswordPath.Certificate));

        Assert.Equal(new AttemptState(1, false, null), State());
    }

    [Fact]
    public async Task Release_OfAnId_OpensEveryPathOfIt()
    {
        await TakeAsync(PasswordPath.Confirmation, times: 5);
        await TakeAsync(PasswordPath.Open, times: 5);

        var released = await _bank.Act(work => _policy.Release(work, Id));

        Assert.Equal([PasswordPath.Open, PasswordPath.Confirmation], released);
        Assert.All(Enum.GetValues<PasswordPath>(), path => Assert.False(State(path).IsLocked));
    }

    [Fact]
    public async Task Lock_AcrossARestart_Stays()
    {
        await TakeAsync(times: 5);
        _bank.Restart();

        Assert.True(State().IsLocked);
    }

    [Fact]
    public async Task Limit_IsASetting()
    {
        _options.FailuresUntilLock = 3;
        _options.LockMinutes = 1;
        await TakeAsync(times: 3);

        Assert.Equal(_bank.Now.AddMinutes(1), State().LockedUntil);
    }

    public void Dispose() => _bank.Dispose();

    private AttemptState State(PasswordPath path = PasswordPath.Certificate) => _bank.Read(db => _policy.StateOf(db, Id, path, _bank.Now));

    private async Task<AttemptState> TakeAsync(PasswordPath path = PasswordPath.Certificate, int times = 1)
    {
        AttemptState state = null!;
        for (var i = 0; i < times; i++)
        {
            state = await _bank.Act(work => _policy.Take(work, Id, path));
        }

        return state;
    }
}
