using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
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

    public PasswordCheckTests() => _check = new PasswordCheck(_bank.Writer, _policy, _hasher);

    [Fact]
    public async Task Password_ThatIsRight_ForgivesFailuresBefore()
    {
        await EvaluateAsync("wrong");
        await EvaluateAsync("wrong");

        Assert.Equal(PasswordResult.Right, (await EvaluateAsync(TestBank.LoginPassword)).Evaluation);
        Assert.Equal(_policy.Untouched, State());
    }

    [Fact]
    public async Task Password_ThatIsWrong_SaysHowManyAttemptsAreLeft()
    {
        Assert.Equal((PasswordResult.Wrong, 4), Shown(await EvaluateAsync("wrong")));
        Assert.Equal((PasswordResult.Wrong, 3), Shown(await EvaluateAsync("wrong")));
    }

    [Fact]
    public async Task Password_ThatIsRightOnALockedPath_IsNotLookedAt()
    {
        for (var i = 0; i < 5; i++)
        {
            await EvaluateAsync("wrong");
        }

        Assert.Equal(PasswordResult.Locked, (await EvaluateAsync(TestBank.LoginPassword)).Evaluation);
        Assert.Equal(PasswordResult.Locked, (await _check.EvaluateAsync(
            new(Id, PasswordPath.Certificate, null, Unreadable, new("any"), Source), TestContext.Current.CancellationToken)).Evaluation);
    }

    [Fact]
    public async Task User_WhoIsUnknown_IsAnsweredLikeAWrongPassword()
    {
        var evaluations = new List<(PasswordResult, int)>();
        for (var i = 0; i < 6; i++)
        {
            evaluations.Add(Shown(await _check.EvaluateAsync(
                new("NOBODY", PasswordPath.Open, null, null, new("any"), Source), TestContext.Current.CancellationToken)));
        }

        Assert.Equal(
            [
                (PasswordResult.Wrong, 4), (PasswordResult.Wrong, 3), (PasswordResult.Wrong, 2), (PasswordResult.Wrong, 1),
                (PasswordResult.Wrong, 0),
                (PasswordResult.Locked, 0),
            ],
            evaluations);
    }

    [Fact]
    public async Task Tries_FiftyAtOnce_AreEvaluatedFiveTimesAtMost()
    {
        var tries = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
        {
            try
            {
                return (await _check.EvaluateAsync(new(Id, PasswordPath.Open, null, Unreadable, new("guess"), Source)))
                    .Evaluation.ToString();
            }
            catch (FormatException)
            {
                return "evaluated";
            }
        })));

        Assert.Equal(5, tries.Count(t => t == "evaluated"));
        Assert.Equal(45, tries.Count(t => t == nameof(PasswordResult.Locked)));
    }

    [Fact]
    public async Task Try_ThatIsTheLastOne_SaysThatItLocks_AndALockBeginsOnlyWhenItIsWrong()
    {
        for (var i = 0; i < 4; i++)
        {
            Assert.False((await EvaluateAsync("wrong")).Attempts.HasJustLocked);
        }

        Assert.Equal(_policy.Untouched, (await EvaluateAsync(TestBank.LoginPassword)).Attempts);
        Assert.Equal(_policy.Untouched, State());
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(i == 4, (await EvaluateAsync("wrong")).Attempts.HasJustLocked);
        }

        Assert.Equal(new AttemptState(0, true, _bank.Now.AddMinutes(15)), State());
        Assert.False((await EvaluateAsync("wrong")).Attempts.HasJustLocked);
    }

    [Fact]
    public async Task Password_ThatIsRight_IsHashedAnew_WhereItsHashFallsBehindToday()
    {
        var user = await _bank.AddUser(Id, null, loginPassword: PasswordHash.Of(new(TestBank.LoginPassword), iterations: 1));
        using var today = new PasswordHasher(iterations: 2);
        var check = new PasswordCheck(_bank.Writer, _policy, today);
        PasswordSubmission Submit(string password) => new(Id, PasswordPath.Certificate, user, user.LoginPassword, new(password), Source);
        User Stored() => _bank.Read(db => db.Users.Single(u => u.Id == user.Id));

        await check.EvaluateAsync(Submit("wrong"), TestContext.Current.CancellationToken);
        Assert.Equal(user.LoginPassword.Stored, Stored().LoginPassword.Stored);

        var evaluated = await check.EvaluateAsync(Submit(TestBank.LoginPassword), TestContext.Current.CancellationToken);
        var renewed = Stored();
        Assert.Equal(PasswordVerificationResult.Success, renewed.LoginPassword.Verify(new(TestBank.LoginPassword), 2));
        Assert.Equal(user.ConfirmationPassword.Stored, renewed.ConfirmationPassword.Stored);
        // It is the same password: what was evaluated before holds on.
        Assert.True(evaluated.Proof!.IsStillOf(renewed, _bank.Now));
    }

    [Fact]
    public async Task Password_ThatWasChangedWhileItWasHashed_IsNotPutBackByItsNewHash()
    {
        var user = await _bank.AddUser(Id, null, loginPassword: PasswordHash.Of(new(TestBank.LoginPassword), iterations: 1));
        using var today = new PasswordHasher(iterations: 2);
        var check = new PasswordCheck(_bank.Writer, _policy, today);
        var changed = TestBank.CheapHash("changed meanwhile");
        await _bank.Act(work => work.Db.Users.Single(u => u.Id == user.Id).SetPassword(PasswordKind.Login, changed));

        var evaluated = await check.EvaluateAsync(
            new(
                Id, PasswordPath.Certificate, user, user.LoginPassword, new(TestBank.LoginPassword),
                Source), TestContext.Current.CancellationToken);

        var stored = _bank.Read(db => db.Users.Single(u => u.Id == user.Id));
        Assert.Equal(changed.Stored, stored.LoginPassword.Stored);
        Assert.False(evaluated.Proof!.IsStillOf(stored, _bank.Now));
    }

    [Fact]
    public async Task Lock_OfAPathThatWasReleasedMeanwhile_DoesNotComeBack()
    {
        var submission = new PasswordSubmission(Id, PasswordPath.Certificate, null, Right, new("wrong"), Source);
        for (var i = 0; i < 5; i++)
        {
            await _bank.Act(work => _policy.Take(work, Id, PasswordPath.Certificate));
        }

        await _bank.Act(work => _policy.Release(work, Id));

        Assert.False(await _bank.Act(work => _policy.Lock(work, submission)));
        Assert.False(State().IsLocked);
    }

    [Fact]
    public async Task Tries_FiftyWrongOnesAtOnce_LeaveThePathLocked()
    {
        var tries = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => EvaluateAsync($"guess {i}"))));

        Assert.Equal(5, tries.Count(t => t.Evaluation == PasswordResult.Wrong));
        Assert.True(State().IsLocked);
    }

    [Fact]
    public async Task Tries_FiftyRightOnesAtOnce_AreAllRight()
    {
        var tries = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => EvaluateAsync(TestBank.LoginPassword))));

        Assert.All(tries, t => Assert.Equal(PasswordResult.Right, t.Evaluation));
        Assert.Equal(_policy.Untouched, State());
    }

    [Fact]
    public async Task Tries_ThatWaitInALongLine_AreBusyAndNotCounted()
    {
        using var gate = new ManualResetEventSlim();
        var cancellation = TestContext.Current.CancellationToken;
        var held = _bank.Act(_ => gate.Wait(cancellation));
        var waiting = Enumerable.Range(0, 150).Select(_ => EvaluateAsync(TestBank.LoginPassword)).ToList();
        gate.Set();
        await held;

        var evaluations = (await Task.WhenAll(waiting)).Select(w => w.Evaluation).ToList();

        Assert.Equal(100, evaluations.Count(v => v == PasswordResult.Right));
        Assert.Equal(50, evaluations.Count(v => v == PasswordResult.Busy));
        Assert.Equal(_policy.Untouched, State());
    }

    [Fact]
    public async Task Try_GivenUpBeforeItsTurn_IsNotCounted()
    {
        using var gate = new ManualResetEventSlim();
        using var impatience = new CancellationTokenSource();
        var cancellation = TestContext.Current.CancellationToken;
        var held = _bank.Act(_ => gate.Wait(cancellation));
        var first = EvaluateAsync(TestBank.LoginPassword);
        var givenUp = _check.EvaluateAsync(new(Id, PasswordPath.Certificate, null, Right, new("wrong"), Source), impatience.Token);

        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        gate.Set();
        await held;

        Assert.Equal(PasswordResult.Right, (await first).Evaluation);
        Assert.Equal(_policy.Untouched, State());
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task Password_ThatIsEmpty_IsWrongWithoutBeingHashed(string? empty)
    {
        var evaluated = await _check.EvaluateAsync(
            new(Id, PasswordPath.Certificate, null, Unreadable, new(empty), Source), TestContext.Current.CancellationToken);

        Assert.Equal((PasswordResult.Wrong, 4), Shown(evaluated));
    }

    [Fact]
    public async Task Password_OfTenMegabytes_IsWrongWithoutBeingHashed()
    {
        var evaluated = await _check.EvaluateAsync(
            new(Id, PasswordPath.Certificate, null, Unreadable, new(new string('x', 10_000_000)), Source),
            TestContext.Current.CancellationToken);

        Assert.Equal((PasswordResult.Wrong, 4), Shown(evaluated));
    }

    public void Dispose()
    {
        _hasher.Dispose();
        _bank.Dispose();
    }

    private static (PasswordResult Result, int Left) Shown(PasswordEvaluation evaluated) =>
        (evaluated.Evaluation, evaluated.Attempts.AttemptsLeft);

    private AttemptState State() => _bank.Read(db => _policy.StateOf(db, Id, PasswordPath.Certificate, _bank.Now));

    private Task<PasswordEvaluation> EvaluateAsync(string password) =>
        _check.EvaluateAsync(new(Id, PasswordPath.Certificate, null, Right, new(password), Source), TestContext.Current.CancellationToken);
}
