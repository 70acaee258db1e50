using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.PasswordChange;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Tests.Counter;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Passwords;

/// <summary>R23: whatever is tried from outside, nobody inside waits for it, and no lane waits for another.</summary>
public sealed class PasswordLaneTests
{
    private static readonly SuppliedPassword Password = new(TestBank.LoginPassword);
    private static readonly PasswordHash Hash = TestBank.CheapHash(TestBank.LoginPassword);

    public static TheoryData<PasswordLane> Lanes => [.. Enum.GetValues<PasswordLane>()];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Lanes))]
    public async Task Lane_ThatIsFull_TurnsAwayItsOwn_AndKeepsNobodyElseWaiting(PasswordLane full)
    {
        using var hasher = TestBank.CheapHasher();
        await using var flood = Flood.Of(hasher, full);

        Assert.All(Enum.GetValues<PasswordLane>(), lane => Assert.Equal(lane == full, hasher.IsFull(lane)));
        foreach (var lane in Enum.GetValues<PasswordLane>())
        {
            Assert.Equal(lane == full ? null : true, await hasher.MatchesAsync(lane, Hash, Password, Cancellation));
            Assert.Equal(lane == full, await hasher.HashAsync(lane, Password, Cancellation) is null);
        }
    }

    [Theory]
    [MemberData(nameof(Lanes))]
    public async Task Lane_WhoseFloodIsOver_TakesItsOwnAgain(PasswordLane lane)
    {
        using var hasher = TestBank.CheapHasher();
        await using (Flood.Of(hasher, lane))
        {
            Assert.True(hasher.IsFull(lane));
        }

        Assert.False(hasher.IsFull(lane));
        Assert.True(await hasher.MatchesAsync(lane, Hash, Password, Cancellation));
    }

    [Fact]
    public async Task Hash_ThatThrows_ThrowsWhereItIsAwaited_AndLeavesItsPlace()
    {
        using var hasher = TestBank.CheapHasher();

        await Assert.ThrowsAnyAsync<FormatException>(
            () => hasher.MatchesAsync(PasswordLane.Public, PasswordHash.FromStored("no hash at all"), Password, Cancellation));
        Assert.False(hasher.IsFull(PasswordLane.Public));
        Assert.True(await hasher.MatchesAsync(PasswordLane.Public, Hash, Password, Cancellation));
    }

    [Fact]
    public async Task Wait_ForASlot_EndsWithWhoeverWaits()
    {
        using var hasher = TestBank.CheapHasher();
        await using var flood = Flood.Of(hasher, PasswordLane.Session, leaves: 1);
        using var impatience = new CancellationTokenSource();
        var waiting = hasher.MatchesAsync(PasswordLane.Session, Hash, Password, impatience.Token);
        Assert.True(hasher.IsFull(PasswordLane.Session));

        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(hasher.IsFull(PasswordLane.Session));
    }

    [Fact]
    public void PublicLane_LeavesACoreToTheOthers_WhereThereAreTwo() =>
        Assert.All(
            Enum.GetValues<PasswordLane>().Except([PasswordLane.Public]),
            lane => Assert.InRange(PasswordHasher.SlotsOf(lane), 1, Math.Max(1, Environment.ProcessorCount - 1)));

    [Fact]
    public async Task Check_OnAFullLane_IsBusy_AndNothingIsStoredOfIt()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await using var flood = Flood.Of(fixture.Hasher, PasswordLane.Public);

        var evaluated = await fixture.Passwords.EvaluateAsync(Invented("NOBODY"), Cancellation);

        Assert.Equal(PasswordResult.Busy, evaluated.Evaluation);
        Assert.Equal(0, fixture.Bank.Read(db => db.PasswordAttempts.Count()));
    }

    [Fact]
    public async Task LastPlace_IsGivenOnce_AndWhoeverComesAfterIsToldAtTheGate()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await using var flood = Flood.Of(fixture.Hasher, PasswordLane.Public, leaves: 1);
        using var over = new CancellationTokenSource();

        // While the writer is busy, so that none of them gets as far as its attempt.
        List<Task<PasswordEvaluation>> tries = [];
        await fixture.Bank.Writer.PerformAnyTimeAsync(
            work =>
            {
                tries.AddRange(Enumerable.Range(0, 20).Select(
                    i => fixture.Passwords.EvaluateAsync(Invented($"INVENTED{i}"), over.Token)));
                return true;
            },
            Cancellation);

        Assert.All(
            await Task.WhenAll(tries.Where(t => t.IsCompleted)), evaluated => Assert.Equal(PasswordResult.Busy, evaluated.Evaluation));
        var admitted = Assert.Single(tries, t => !t.IsCompleted);
        await fixture.Bank.Writer.PerformAnyTimeAsync(_ => true, Cancellation);
        Assert.Equal(1, fixture.Bank.Read(db => db.PasswordAttempts.Count()));
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => admitted);
    }

    [Fact]
    public async Task Try_WhoseLaneFilledWhileItStoodInLine_IsBusy_AndNothingIsStoredOfIt()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = fixture.Passwords.EvaluateAsync(
            Invented("INVENTED"),
            async (evaluated, _) =>
            {
                reached.SetResult();
                await goOn.Task;
                return evaluated;
            },
            Cancellation);
        await reached.Task.WaitAsync(Cancellation);
        var second = fixture.Passwords.EvaluateAsync(Invented("INVENTED"), Cancellation);
        await using var flood = Flood.Of(fixture.Hasher, PasswordLane.Public);

        goOn.SetResult();

        Assert.Equal(PasswordResult.Busy, (await second).Evaluation);
        var state = fixture.Bank.Read(db => fixture.Attempts.StateOf(db, "INVENTED", PasswordPath.Open, fixture.Bank.Now));
        Assert.Equal((await first).Attempts.AttemptsLeft, state.AttemptsLeft);
    }

    [Fact]
    public async Task Login_OnAFullPublicLane_IsTurnedAwayBeforeTheStoreIsRead()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var logIn = PublicWay(fixture, new NoStore());
        await using var flood = Flood.Of(fixture.Hasher, PasswordLane.Public);

        Assert.IsType<PasswordLogInOutcome.Busy>(
            await logIn.RunAsync("INVENTED1", Password, Actor.Anonymous(CustomerFixture.Source), "a script", Cancellation));
    }

    [Fact]
    public async Task Everybody_BehindACertificateOrInASession_GoesOn_WhileThePublicWayIsFlooded()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var logIn = await PublicWayAsync(fixture, "0501D00900T");
        await using var flood = Flood.Of(fixture.Hasher, PasswordLane.Public);

        Assert.IsType<PasswordLogInOutcome.Busy>(
            await logIn.RunAsync("0501D00900T", Password, Actor.Anonymous(CustomerFixture.Source), "a browser", Cancellation));

        var master = await fixture.SignIn(fixture.MasterCertificate);
        Assert.IsType<ManageUserOutcome.Done>(await fixture.TryManage(master, CustomerFixture.Registration()));
        await fixture.Revoked(master, CustomerFixture.Request(fixture.UserCertificate, X509RevocationReason.CessationOfOperation));
        Assert.IsType<ChangePasswordOutcome.Changed>(
            await fixture.ChangePassword.ByUserAsync(
                master, PasswordKind.Login, Password, new("another one of mine"), Guid.NewGuid(), Cancellation));
    }

    [Fact]
    public async Task Operators_GoOn_WhileEveryOtherWayIsFlooded()
    {
        using var fixture = await CounterFixture.Open();
        await using var outside = Flood.Of(fixture.Hasher, PasswordLane.Public);
        await using var behind = Flood.Of(fixture.Hasher, PasswordLane.Certificate);
        await using var inside = Flood.Of(fixture.Hasher, PasswordLane.Session);

        Assert.IsType<Core.Counter.OperatorsOutcome.Authenticated>(
            await fixture.Evaluate(CounterFixture.Typed("counter1"), CounterFixture.Typed("counter2")));
    }

    [Fact]
    public async Task Enrolment_OnAFloodedPublicWay_IsToldToWait_AndARenewalBehindACertificateGoesOn()
    {
        using var bank = await IssuingBank.OpenAsync();
        var first = await bank.Issue();
        bank.WaitForRenewal();
        await using var flood = Flood.Of(bank.Hasher, PasswordLane.Public);

        var outcome = Assert.IsType<EnrollOutcome.Refused>(await bank.Ask(IssuingBank.NewRequest(), "0501D00601M"));
        Assert.Equal((EnrollRefusal.TooManyRequests, true), (outcome.Reason, outcome.RetryAfter > TimeSpan.Zero));
        await bank.Renew(first.Der);
    }

    [Fact]
    public async Task InventedIds_TwoHundredAtOnce_KeepNobodyInsideWaiting_AndLockNobody()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var logIn = await PublicWayAsync(fixture, "0501D00900T");
        var slots = new List<PasswordPlace>();
        for (var i = 0; i < PasswordHasher.SlotsOf(PasswordLane.Public); i++)
        {
            slots.Add(fixture.Hasher.Queue(PasswordLane.Public, Cancellation)!);
        }

        // Whatever the public lane has is taken: those who came first wait, the others are answered, and nobody inside notices.
        var tries = Enumerable.Range(0, 200)
            .Select(i => logIn.RunAsync(
                $"INVENTED{i}", new("guess"), Actor.Anonymous($"203.0.{i / 250}.{i % 250}"), "a script", Cancellation)).ToList();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        Assert.Null(await fixture.Confirm(actor, CustomerFixture.Request(fixture.UserCertificate)));
        Assert.Contains(tries, t => !t.IsCompleted);

        foreach (var slot in slots)
        {
            await slot.DisposeAsync();
        }

        var outcomes = await Task.WhenAll(tries);
        Assert.All(outcomes, outcome => Assert.True(outcome is PasswordLogInOutcome.Refused or PasswordLogInOutcome.Busy));
        var waited = PasswordHasher.SlotsOf(PasswordLane.Public) * PasswordHasher.MaxWaitingPerSlot;
        Assert.InRange(outcomes.Count(o => o is PasswordLogInOutcome.Refused), 1, waited);
        Assert.IsType<PasswordLogInOutcome.LoggedIn>(
            await logIn.RunAsync("0501D00900T", Password, Actor.Anonymous(CustomerFixture.Source), "a browser", Cancellation));
    }

    [Fact]
    public async Task EstTries_AThousandFromFiftyAddresses_LockNobodyInside()
    {
        using var bank = await IssuingBank.OpenAsync();
        var first = await bank.Issue();
        var request = IssuingBank.NewRequest();

        await Parallel.ForAsync(0, 1000, Cancellation, async (i, _) =>
            Assert.IsType<EnrollOutcome.Refused>(await bank.Ask(request, password: "guess", source: $"203.0.113.{i % 50}")));

        Assert.True(State(PasswordPath.Open).IsLocked);
        Assert.False(State(PasswordPath.Certificate).IsLocked);
        Assert.IsType<LogInOutcome.LoggedIn>(await bank.TryLogIn(first.Der));
        bank.WaitForRenewal();
        await bank.Renew(first.Der);

        AttemptState State(PasswordPath path) =>
            bank.Bank.Read(db => bank.Attempts.StateOf(db, bank.User.CanonicalLoginId, path, bank.Bank.Now));
    }

    private static PasswordSubmission Invented(string loginId) =>
        new(loginId, PasswordPath.Open, null, null, new("guess"), "203.0.113.9");

    private static async Task<LogInByPassword> PublicWayAsync(CustomerFixture fixture, string loginId)
    {
        await fixture.Bank.AddUser(loginId, await fixture.Bank.AddCompany("0501D00900", AuthenticationMethod.IdAndPassword));
        return PublicWay(fixture, fixture.Bank.Contexts);
    }

    private static LogInByPassword PublicWay(CustomerFixture fixture, IDbContextFactory<DensaiDbContext> contexts)
    {
        var throttle = new SourceThrottle(Options.Create(fixture.PasswordLimits), fixture.Bank.Clock);
        return new LogInByPassword(
            fixture.Bank.Writer, contexts, fixture.Passwords, throttle, fixture.Sessions, fixture.Refusals, fixture.Bank.Clock);
    }

    private sealed class NoStore : IDbContextFactory<DensaiDbContext>
    {
        public DensaiDbContext CreateDbContext() => throw new InvalidOperationException("Nothing is to be read.");
    }

    /// <summary>Holds every slot and every place in the queue of a lane, as a flood does whose hashes never end.</summary>
    private sealed class Flood : IAsyncDisposable
    {
        private readonly List<PasswordPlace> _places = [];

        public static Flood Of(PasswordHasher hasher, PasswordLane lane, int leaves = 0)
        {
            var flood = new Flood();
            for (var i = leaves; i < PasswordHasher.SlotsOf(lane) * (PasswordHasher.MaxWaitingPerSlot + 1); i++)
            {
                flood._places.Add(hasher.Queue(lane, Cancellation)!);
            }

            return flood;
        }

        public async ValueTask DisposeAsync()
        {
            // Who came last leaves first: nobody behind him is let in meanwhile.
            foreach (var place in _places.AsEnumerable().Reverse())
            {
                await place.DisposeAsync();
            }
        }
    }
}
