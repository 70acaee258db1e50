using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Passwords;

/// <summary>
/// 確認用パスワード and the act that it confirms, on every path (R14): the attempt counted before the password is looked at is one commit,
/// the act with all that follows from the password the other; and the count is right whatever becomes of the act.
/// </summary>
public sealed class ConfirmedActTests : IAsyncLifetime
{
    private CustomerFixture _fixture = null!;
    private Actor _master = null!;
    private int _acts;

    public static TheoryData<UserOperationKind> Kinds =>
        [.. Enum.GetValues<UserOperationKind>().Where(kind => kind != UserOperationKind.ChangePassword)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _fixture = await CustomerFixture.OpenAsync();
        _master = await _fixture.SignIn(_fixture.MasterCertificate);
        BeforeAct(0, () => { });
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Revocation_IsTwoCommits_AndForgivesWhatWasWrongBefore()
    {
        await TypeWrongAsync(2);

        Assert.IsType<RevokeOutcome.Revoked>(await _fixture.TryRevoke(_master, Revocation()));

        Assert.Equal(2, _acts);
        Assert.Equal(_fixture.Attempts.Untouched, State());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ActOnAUser_IsTwoCommits_AndForgivesWhatWasWrongBefore(UserOperationKind kind)
    {
        await PrepareAsync(kind);
        await TypeWrongAsync(2);

        Assert.IsType<ManageUserOutcome.Done>(await _fixture.TryManage(_master, Request(kind)));

        Assert.Equal(2, _acts);
        Assert.Equal(_fixture.Attempts.Untouched, State());
    }

    [Fact]
    public async Task Attempt_IsCountedUntilTheAct_SoThatAKilledProgramTriesNothingForFree()
    {
        AttemptState? between = null;
        BeforeAct(1, () => between = State());

        await _fixture.TryRevoke(_master, Revocation());

        Assert.Equal(new AttemptState(4, false, null), between);
    }

    [Fact]
    public async Task WrongPassword_IsTwoCommits_AndDoesNothing()
    {
        Assert.Equal(
            new RevokeOutcome.Unconfirmed(new UnconfirmedOutcome.Wrong(4)), await _fixture.TryRevoke(_master, Revocation(), "wrong"));

        Assert.Equal(2, _acts);
        Assert.Equal(new AttemptState(4, false, null), State());
        Assert.Null(_fixture.Stored(_fixture.UserCertificate).RevokedAt);
    }

    [Fact]
    public async Task WrongPassword_ThatLocks_IsTwoCommits_WithTheLockBeforeTheRefusal()
    {
        await TypeWrongAsync(4);

        var locked = await _fixture.TryManage(_master, Request(UserOperationKind.Suspend), "wrong");

        Assert.Equal(new ManageUserOutcome.Unconfirmed(new UnconfirmedOutcome.Locked(ByThisAttempt: true)), locked);
        Assert.Equal(2, _acts);
        Assert.True(State().IsLocked);
        Assert.Equal(["locked", "confirmation-locked"], _fixture.Bank.History().TakeLast(2).Select(r => r.Detail));
        Assert.Single(_fixture.History(HistoryOperation.Lock));
    }

    [Fact]
    public async Task RightPassword_OnceLocked_DoesNothing_AndStaysLocked()
    {
        await TypeWrongAsync(5);

        var locked = await _fixture.TryManage(_master, Request(UserOperationKind.Suspend));

        Assert.Equal(new ManageUserOutcome.Unconfirmed(new UnconfirmedOutcome.Locked(ByThisAttempt: false)), locked);
        Assert.True(State().IsLocked);
        Assert.Null(_fixture.Stored(_fixture.User).SuspendedAt);
        Assert.Single(_fixture.History(HistoryOperation.Lock));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task RightPassword_OfAnActThatIsRefused_IsForgivenWithTheRefusal(int wrongBefore)
    {
        await TypeWrongAsync(wrongBefore);
        BeforeAct(1, () => _fixture.Bank.Sql($"UPDATE Users SET Role = 'General' WHERE Id = {_fixture.Master.Id}"));

        Assert.Equal(new RevokeOutcome.Refused(RevokeRefusal.NotMaster), await _fixture.TryRevoke(_master, Revocation()));

        Assert.Equal(2, _acts);
        AssertForgiven();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task RightPassword_WhoseSessionEndedBeforeTheAct_IsForgivenWithTheRefusal(int wrongBefore)
    {
        await TypeWrongAsync(wrongBefore);
        BeforeAct(1, () => _fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(15)));

        var refused = await _fixture.TryManage(_master, Request(UserOperationKind.Delete));

        Assert.Equal(UserRefusal.SessionEnded, Assert.IsType<ManageUserOutcome.Refused>(refused).Reason);
        Assert.Equal(2, _acts);
        AssertForgiven();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task RightPassword_OfAnActThatTheClockForbids_IsForgivenAlone(int wrongBefore)
    {
        await TypeWrongAsync(wrongBefore);
        BeforeAct(1, () => _fixture.Bank.Clock.Leap(TimeSpan.FromDays(20)));

        await Assert.ThrowsAsync<ClockNotTrustedException>(() => _fixture.TryManage(_master, Request(UserOperationKind.Delete)));

        Assert.Equal(3, _acts);
        AssertForgiven();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task RightPassword_OfAnActThatNobodyWaitsForAnyMore_IsForgivenAlone(int wrongBefore)
    {
        await TypeWrongAsync(wrongBefore);
        using var impatience = new CancellationTokenSource();
        BeforeAct(1, impatience.Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _fixture.Revoke.ByMasterAsync(
            _master, Revocation(), new SuppliedPassword(TestBank.ConfirmationPassword), impatience.Token));

        Assert.Null(_fixture.Stored(_fixture.UserCertificate).RevokedAt);
        AssertForgiven();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public async Task RightPassword_OfAnActThatTheStoreRefused_IsForgivenBeforeAnyLaterAttempt(int wrongBefore, bool isUncertain)
    {
        await TypeWrongAsync(wrongBefore);
        BeforeAct(1, () => throw new StoreUnavailableException("as by a full disk", isUncertain));

        await Assert.ThrowsAsync<StoreUnavailableException>(() => _fixture.TryRevoke(_master, Revocation()));

        Assert.Equal(
            new RevokeOutcome.Unconfirmed(new UnconfirmedOutcome.Wrong(4)), await _fixture.TryRevoke(_master, Revocation(), "wrong"));
        Assert.Empty(_fixture.History(HistoryOperation.Lock));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task RightPassword_ThatNoActFollows_IsForgivenAlone(int wrongBefore)
    {
        await TypeWrongAsync(wrongBefore);

        Assert.Null(await _fixture.Confirm(_master, Revocation()));

        Assert.Equal(2, _acts);
        AssertForgiven();
    }

    [Fact]
    public async Task Page_SentTwiceAtOnce_IsOneAct_WithOneAnswer()
    {
        var request = Revocation();

        var outcomes = await Task.WhenAll(_fixture.TryRevoke(_master, request), _fixture.TryRevoke(_master, request));

        Assert.Equal(outcomes[0], outcomes[1]);
        Assert.IsType<RevokeOutcome.Revoked>(outcomes[0]);
        Assert.Single(_fixture.History(HistoryOperation.Revocation));
        Assert.Equal(4, _acts);
        AssertForgiven();
    }

    [Fact]
    public async Task RightPasswords_TwentyAtOnce_LockNobody_AndOneActIsDone()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _fixture.TryRevoke(_master, Revocation())));

        Assert.Single(outcomes, outcome => outcome is RevokeOutcome.Revoked);
        Assert.Equal(19, outcomes.Count(outcome => outcome == new RevokeOutcome.Refused(RevokeRefusal.AlreadyRevoked)));
        Assert.Equal(40, _acts);
        AssertForgiven();
    }

    [Fact]
    public async Task WrongPasswords_TwentyAtOnceWithARightOne_AreEvaluatedFiveTimesInARowAtMost()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _fixture.TryManage(
            _master, Request(UserOperationKind.Suspend), i == 2 ? TestBank.ConfirmationPassword : "wrong")));

        Assert.Single(outcomes, outcome => outcome is ManageUserOutcome.Done);
        Assert.Equal(
            [4, 3, 4, 3, 2, 1],
            outcomes.OfType<ManageUserOutcome.Unconfirmed>().Select(outcome => outcome.Why).OfType<UnconfirmedOutcome.Wrong>()
                .Select(wrong => wrong.AttemptsLeft));
        Assert.Single(_fixture.History(HistoryOperation.Lock));
        Assert.True(State().IsLocked);
    }

    private RevocationRequest Revocation() => CustomerFixture.Request(_fixture.UserCertificate);

    private UserRequest Request(UserOperationKind kind) => kind == UserOperationKind.Register
        ? CustomerFixture.Registration()
        : _fixture.Request(kind, _fixture.User, new UserData(_fixture.User.LoginId, "北洋 花子", "hanako@example.jp"));

    private AttemptState State() => _fixture.Bank.Read(
        db => _fixture.Attempts.StateOf(db, _fixture.Master.CanonicalLoginId, PasswordPath.Confirmation, _fixture.Bank.Now));

    private void AssertForgiven()
    {
        Assert.Equal(_fixture.Attempts.Untouched, State());
        Assert.Empty(_fixture.History(HistoryOperation.Lock));
    }

    // What must be so before the act can be done.
    private async Task PrepareAsync(UserOperationKind kind)
    {
        if (kind == UserOperationKind.Release)
        {
            await _fixture.SetSuspended(true);
        }
        else if (kind == UserOperationKind.Unlock)
        {
            for (var i = 0; i < 5; i++)
            {
                await _fixture.TryLogIn(_fixture.UserCertificate, "wrong");
            }
        }
    }

    private async Task TypeWrongAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await _fixture.Confirm(_master, Revocation(), "wrong");
        }

        BeforeAct(0, () => { });
    }

    // Alone in its commit each act is one: they are counted as they come to the writer.
    private void BeforeAct(int number, Action happens)
    {
        _acts = 0;
        _fixture.Bank.Writer.BeforeWaiting = () =>
        {
            if (_acts++ == number)
            {
                happens();
            }

            return Task.CompletedTask;
        };
    }
}
