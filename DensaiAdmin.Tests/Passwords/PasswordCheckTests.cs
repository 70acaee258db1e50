using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Options;
using PasswordVerificationResult = Microsoft.AspNetCore.Identity.PasswordVerificationResult;

namespace DensaiAdmin.Tests.Passwords;

public sealed class PasswordCheckTests : IDisposable
{
    private const string Id = "0501D00601U";
    private const string Source = "192.0.2.7";

    // Fails each time it is looked at: what a bank's broken row would do, and the way to count how often one is looked at.
    private static readonly PasswordHash Unreadable = PasswordHash.FromStored("unreadable");
    private static readonly PasswordHash Right = TestBank.CheapHash(TestBank.LoginPassword);

    private readonly TestBank _bank = TestBank.Open();
    private readonly PasswordHasher _hasher = TestBank.CheapHasher();
    private readonly AttemptPolicy _policy = new(Options.Create(new PasswordOptions()));
    private readonly PasswordCheck _check;

    public PasswordCheckTests() => _check = new PasswordCheck(_bank.Acts, _policy, _hasher);

    [Fact]
    public async Task Password_ThatIsRight_ForgivesFailuresBefore()
    {
        await JudgeAsync("wrong");
        await JudgeAsync("wrong");

        Assert.Equal(PasswordVerdict.Right, (await JudgeAsync(TestBank.LoginPassword)).Verdict);
        Assert.Equal(_policy.Untouched, State());
    }

    [Fact]
    public async Task Password_ThatIsWrong_SaysHowManyAttemptsAreLeft()
    {
        Assert.Equal((PasswordVerdict.Wrong, 4), Shown(await JudgeAsync("wrong")));
        Assert.Equal((PasswordVerdict.Wrong, 3), Shown(await JudgeAsync("wrong")));
    }

    [Fact]
    public async Task Password_ThatIsRightOnALockedPath_IsNotLookedAt()
    {
        for (var i = 0; i < 5; i++)
        {
            await JudgeAsync("wrong");
        }

        Assert.Equal(PasswordVerdict.Locked, (await JudgeAsync(TestBank.LoginPassword)).Verdict);
        Assert.Equal(PasswordVerdict.Locked, (await _check.JudgeAsync(new(Id, PasswordPath.Certificate, null, Unreadable, new("any"), Source), TestContext.Current.CancellationToken)).Verdict);
    }

    [Fact]
    public async Task User_WhoIsUnknown_IsAnsweredLikeAWrongPassword()
    {
        var verdicts = new List<(PasswordVerdict, int)>();
        for (var i = 0; i < 6; i++)
        {
            verdicts.Add(Shown(await _check.JudgeAsync(new("NOBODY", PasswordPath.Open, null, null, new("any"), Source), TestContext.Current.CancellationToken)));
        }

        Assert.Equal(
            [
                (PasswordVerdict.Wrong, 4), (PasswordVerdict.Wrong, 3), (PasswordVerdict.Wrong, 2), (PasswordVerdict.Wrong, 1), (PasswordVerdict.Wrong, 0),
                (PasswordVerdict.Locked, 0),
            ],
            verdicts);
    }

    [Fact]
    public async Task Tries_FiftyAtOnce_AreEvaluatedFiveTimesAtMost()
    {
        var tries = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
        {
            try
            {
                return (await _check.JudgeAsync(new(Id, PasswordPath.Open, null, Unreadable, new("guess"), Source))).Verdict.ToString();
            }
            catch (FormatException)
            {
                return "evaluated";
            }
        })));

        Assert.Equal(5, tries.Count(t => t == "evaluated"));
        Assert.Equal(45, tries.Count(t => t == nameof(PasswordVerdict.Locked)));
    }

    [Fact]
    public async Task Try_ThatIsTheLastOne_SaysThatItLocks_AndALockBeginsOnlyWhenItIsWrong()
    {
        for (var i = 0; i < 4; i++)
        {
            Assert.False((await JudgeAsync("wrong")).Attempts.HasJustLocked);
        }

        Assert.Equal(_policy.Untouched, (await JudgeAsync(TestBank.LoginPassword)).Attempts);
        Assert.Equal(_policy.Untouched, State());
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(i == 4, (await JudgeAsync("wrong")).Attempts.HasJustLocked);
        }

        Assert.Equal(new AttemptState(0, true, _bank.Now.AddMinutes(15)), State());
        Assert.False((await JudgeAsync("wrong")).Attempts.HasJustLocked);
    }

    [Fact]
    public async Task Password_ThatIsRight_IsHashedAnew_WhereItsHashFallsBehindToday()
    {
        var user = await _bank.AddUser(Id, null, loginPassword: PasswordHash.Of(new(TestBank.LoginPassword), iterations: 1));
        using var today = new PasswordHasher(iterations: 2);
        var check = new PasswordCheck(_bank.Acts, _policy, today);
        PasswordSubmission Submit(string password) => new(Id, PasswordPath.Certificate, user, user.LoginPassword, new(password), Source);
        User Stored() => _bank.Read(db => db.Users.Single(u => u.Id == user.Id));

        await check.JudgeAsync(Submit("wrong"), TestContext.Current.CancellationToken);
        Assert.Equal(user.LoginPassword.Stored, Stored().LoginPassword.Stored);

        var judged = await check.JudgeAsync(Submit(TestBank.LoginPassword), TestContext.Current.CancellationToken);
        var renewed = Stored();
        Assert.Equal(PasswordVerificationResult.Success, renewed.LoginPassword.Verify(new(TestBank.LoginPassword), 2));
        Assert.Equal(user.ConfirmationPassword.Stored, renewed.ConfirmationPassword.Stored);
        // It is the same password: what was evaluated before holds on.
        Assert.True(judged.Proof!.IsStillOf(renewed, _bank.Now));
    }

    [Fact]
    public async Task Password_ThatWasChangedWhileItWasHashed_IsNotPutBackByItsNewHash()
    {
        var user = await _bank.AddUser(Id, null, loginPassword: PasswordHash.Of(new(TestBank.LoginPassword), iterations: 1));
        using var today = new PasswordHasher(iterations: 2);
        var check = new PasswordCheck(_bank.Acts, _policy, today);
        var changed = TestBank.CheapHash("changed meanwhile");
        await _bank.Act(act => act.Db.Users.Single(u => u.Id == user.Id).SetPassword(PasswordKind.Login, changed));

        var judged = await check.JudgeAsync(
            new(Id, PasswordPath.Certificate, user, user.LoginPassword, new(TestBank.LoginPassword), Source), TestContext.Current.CancellationToken);

        var stored = _bank.Read(db => db.Users.Single(u => u.Id == user.Id));
        Assert.Equal(changed.Stored, stored.LoginPassword.Stored);
        Assert.False(judged.Proof!.IsStillOf(stored, _bank.Now));
    }

    [Fact]
    public async Task Lock_OfAPathThatWasReleasedMeanwhile_DoesNotComeBack()
    {
        var submission = new PasswordSubmission(Id, PasswordPath.Certificate, null, Right, new("wrong"), Source);
        for (var i = 0; i < 5; i++)
        {
            await _bank.Act(act => _policy.Take(act, Id, PasswordPath.Certificate));
        }

        await _bank.Act(act => _policy.Release(act, Id));

        Assert.False(await _bank.Act(act => _policy.Lock(act, submission)));
        Assert.False(State().IsLocked);
    }

    [Fact]
    public async Task Tries_FiftyWrongOnesAtOnce_LeaveThePathLocked()
    {
        var tries = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => JudgeAsync($"guess {i}"))));

        Assert.Equal(5, tries.Count(t => t.Verdict == PasswordVerdict.Wrong));
        Assert.True(State().IsLocked);
    }

    [Fact]
    public async Task Tries_FiftyRightOnesAtOnce_AreAllRight()
    {
        var tries = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => JudgeAsync(TestBank.LoginPassword))));

        Assert.All(tries, t => Assert.Equal(PasswordVerdict.Right, t.Verdict));
        Assert.Equal(_policy.Untouched, State());
    }

    [Fact]
    public async Task Tries_ThatWaitInALongLine_AreBusyAndNotCounted()
    {
        using var gate = new ManualResetEventSlim();
        var cancellation = TestContext.Current.CancellationToken;
        var held = _bank.Act(_ => gate.Wait(cancellation));
        var waiting = Enumerable.Range(0, 150).Select(_ => JudgeAsync(TestBank.LoginPassword)).ToList();
        gate.Set();
        await held;

        var verdicts = (await Task.WhenAll(waiting)).Select(w => w.Verdict).ToList();

        Assert.Equal(100, verdicts.Count(v => v == PasswordVerdict.Right));
        Assert.Equal(50, verdicts.Count(v => v == PasswordVerdict.Busy));
        Assert.Equal(_policy.Untouched, State());
    }

    [Fact]
    public async Task Try_GivenUpBeforeItsTurn_IsNotCounted()
    {
        using var gate = new ManualResetEventSlim();
        using var impatience = new CancellationTokenSource();
        var cancellation = TestContext.Current.CancellationToken;
        var held = _bank.Act(_ => gate.Wait(cancellation));
        var first = JudgeAsync(TestBank.LoginPassword);
        var givenUp = _check.JudgeAsync(new(Id, PasswordPath.Certificate, null, Right, new("wrong"), Source), impatience.Token);

        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        gate.Set();
        await held;

        Assert.Equal(PasswordVerdict.Right, (await first).Verdict);
        Assert.Equal(_policy.Untouched, State());
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task Password_ThatIsEmpty_IsWrongWithoutBeingHashed(string? empty)
    {
        var judged = await _check.JudgeAsync(new(Id, PasswordPath.Certificate, null, Unreadable, new(empty), Source), TestContext.Current.CancellationToken);

        Assert.Equal((PasswordVerdict.Wrong, 4), Shown(judged));
    }

    [Fact]
    public async Task Password_OfTenMegabytes_IsWrongWithoutBeingHashed()
    {
        var judged = await _check.JudgeAsync(new(Id, PasswordPath.Certificate, null, Unreadable, new(new string('x', 10_000_000)), Source), TestContext.Current.CancellationToken);

        Assert.Equal((PasswordVerdict.Wrong, 4), Shown(judged));
    }

    public void Dispose()
    {
        _hasher.Dispose();
        _bank.Dispose();
    }

    private static (PasswordVerdict Verdict, int Left) Shown(PasswordJudgement judged) => (judged.Verdict, judged.Attempts.AttemptsLeft);

    private AttemptState State() => _bank.Read(db => _policy.StateOf(db, Id, PasswordPath.Certificate, _bank.Now));

    private Task<PasswordJudgement> JudgeAsync(string password) => _check.JudgeAsync(new(Id, PasswordPath.Certificate, null, Right, new(password), Source), TestContext.Current.CancellationToken);
}
