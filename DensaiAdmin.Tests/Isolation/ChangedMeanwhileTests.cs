using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Announcements;
using DensaiAdmin.Core.CertificateInfo;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Home;
using DensaiAdmin.Core.PasswordChange;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Isolation;

/// <summary>
/// What was evaluated before an act is evaluated again inside it: between the two, the world changes, and the act refuses. The use cases
/// are found by reflection, by their <see cref="Actor"/>; the entrances that have none yet are named one by one. Each is tried with every
/// change that matters to it before every act it performs.
/// </summary>
public sealed partial class ChangedMeanwhileTests
{
    private const string NewPassword = "another one of mine";

    private static readonly Change[] OfSession = [Change.SessionEnded, Change.UserSuspended, Change.UserDeleted, Change.CertificateRevoked];

    private static readonly Dictionary<string, Trial> Trials = new(StringComparer.Ordinal)
    {
        // Acts of somebody signed in.
        [Of<RevokeCertificate>("ByMasterAsync")] = new(
            World.OfMasterAsync,
            async w => await w.Fixture.TryRevoke(w.Actor, w.Revocation) is RevokeOutcome.Revoked,
            [.. OfSession, Change.RoleLost, Change.ConfirmationPasswordChanged, Change.TargetDeleted])
        { Records = HistoryOperation.Revocation },
        [Of<ManageUser>("ByMasterAsync")] = Managing(UserOperationKind.Suspend, HistoryOperation.Suspension),
        [Of<ManageUser>("ByMasterAsync") + " Change"] = Managing(UserOperationKind.Change, HistoryOperation.UserChange),
        [Of<ManageUser>("ByMasterAsync") + " Delete"] = Managing(UserOperationKind.Delete, HistoryOperation.UserDeletion),
        [Of<ManageUser>("ByMasterAsync") + " ResetPassword"] = Managing(UserOperationKind.ResetPassword, HistoryOperation.PasswordReset),
        [Of<ManageUser>("ByMasterAsync") + " Register"] = new(
            World.OfMasterAsync,
            async w => await w.Fixture.TryManage(w.Actor, CustomerFixture.Registration()) is ManageUserOutcome.Done,
            [.. OfSession, Change.RoleLost, Change.ConfirmationPasswordChanged])
        { Records = HistoryOperation.UserRegistration },
        [Of<ChangePassword>("ByUserAsync")] = ChangingPassword(PasswordKind.Login, TestBank.LoginPassword),
        [Of<ChangePassword>("ByUserAsync") + " Confirmation"] = ChangingPassword(PasswordKind.Confirmation, TestBank.ConfirmationPassword),
        [Of<ChangePassword>("ReplaceInitialAsync")] = new(
            World.OfNewcomerAsync,
            async w => await w.Fixture.ChangePassword.ReplaceInitialAsync(
                w.Actor, new(TestBank.LoginPassword), new(NewPassword), new("and one to confirm"), Guid.NewGuid(),
                Cancellation) is ChangePasswordOutcome.Changed,
            [.. OfSession, Change.LoginPasswordChanged])
        { Records = HistoryOperation.PasswordChange },
        [Of<ReportLogin>("ReportAsync")] = new(
            World.OfUserAsync,
            async w => await Reports(w).ReportAsync(w.Actor, w.LoginRecord, Cancellation) is ReportLoginOutcome.Reported,
            OfSession)
        { Records = HistoryOperation.LoginReport },
        [Of<RenewalQueries>("AnswerAsync")] = new(
            World.OfUserAsync, w => Renewal(w).AnswerAsync(w.Actor, true, Cancellation), OfSession)
        { Records = HistoryOperation.Renewal },
        [Of<RenewalQueries>("AnswerNothingAskedAsync")] = new(
            World.OfUserAsync, w => Renewal(w).AnswerNothingAskedAsync(w.Actor, Cancellation), OfSession),
        [Of<RecordDownload>("ByUserAsync")] = new(
            World.OfMasterAsync,
            w => new RecordDownload(w.Bank.Writer, w.Fixture.Sessions)
                .ByUserAsync(w.Actor, new Download("user-list") { IsForMasters = true }, Cancellation),
            [.. OfSession, Change.RoleLost])
        { Records = HistoryOperation.Download },
        [Of<AnnouncementBoard>("NoteReadAsync")] = new(
            World.OfUserAsync, w => Notices(w).NoteReadAsync(w.Actor, cancellation: Cancellation), OfSession),
        [Of<RecentOperations>("NoteAsync")] = new(World.OfUserAsync, w => Recent(w).NoteAsync(w.Actor, "BRSK018", Cancellation), OfSession),
        [Of<LogOut>("ByUserAsync")] = new(
            World.OfUserAsync, w => w.Fixture.LogOut.ByUserAsync(w.Actor, Cancellation), [Change.SessionEnded]),

        // Looks: they read anew each time, and what they read is not acted on.
        [Of<LiveSessions>("Find")] = Look(World.OfUserAsync, w => Task.FromResult<object?>(w.Fixture.Live.Find(w.Actor))),
        [Of<CompanyProfile>("FindAsync")] = Look(
            World.OfUserAsync,
            async w => await new CompanyProfile(w.Bank.Contexts, w.Fixture.Sessions, w.Bank.Writer.Clock).FindAsync(w.Actor, Cancellation)),
        [Of<CertificateFile>("FindAsync")] = Look(
            World.OfUserAsync, async w => await new CertificateFile(w.Bank.Contexts, w.Bank.Writer, w.Fixture.Sessions, w.Bank.Writer.Clock)
                .FindAsync(w.Actor, w.Fixture.UserCertificate.SerialNumber.ToString(), Cancellation)),
        [Of<RevocationQueries>("FindTargetAsync")] = Look(
            World.OfMasterAsync,
            async w => await w.Fixture.RevocationQueries.FindTargetAsync(w.Actor, w.Revocation.SerialNumber.ToString(), Cancellation),
            Change.RoleLost),
        [Of<RevocationQueries>("FindResultAsync")] = Look(
            World.OfMasterWhoRevokedAsync, async w => await w.Fixture.RevocationQueries.FindResultAsync(
                w.Actor, w.ReceiptNumber, Cancellation)),
        [Of<UserQueries>("FindAsync")] = Look(
            World.OfMasterAsync, async w => await w.Fixture.Users.FindAsync(w.Actor, w.Fixture.User.LoginId, Cancellation),
            Change.RoleLost),
        [Of<UserQueries>("FindResultAsync")] = Look(
            World.OfMasterWhoSuspendedAsync, async w => await w.Fixture.Users.FindResultAsync(w.Actor, w.ReceiptNumber, Cancellation),
            Change.RoleLost),
        [Of<OperationHistory>("ListAsync")] = Look(
            World.OfUserAsync, async w => await w.Fixture.Records.ListAsync(w.Actor, new HistoryQuery(), Cancellation)),
        [Of<OperationHistory>("FindAsync")] = Look(
            World.OfUserAsync, async w => await w.Fixture.Records.FindAsync(w.Actor, $"{w.LoginRecord}", Cancellation)),
        [Of<OperationHistory>("PeopleAsync")] = Look(
            World.OfMasterAsync, async w => await w.Fixture.Records.PeopleAsync(w.Actor, 10, Cancellation) is { Count: > 0 } people
                ? people
                : null),
        [Of<OperationHistory>("StreamAsync")] = Look(World.OfUserAsync, async w =>
        {
            await foreach (var line in w.Fixture.Records.StreamAsync(w.Actor, new HistoryQuery(), Cancellation))
            {
                return line;
            }

            return null;
        }),
        [Of<LoginHistory>("PageAsync")] = Look(
            World.OfUserAsync, async w => await w.Fixture.Logins.PageAsync(w.Actor, null, null, 10, Cancellation)),
        [Of<ReportLogin>("FindAsync")] = Look(
            World.OfUserAsync, async w => await Reports(w).FindAsync(w.Actor, $"{w.LoginRecord}", Cancellation)),
        [Of<RenewalQueries>("FindAsync")] = Look(
            World.OfUserInTheWindowAsync, async w => await Renewal(w).FindAsync(w.Actor, Cancellation)),

        // Entrances: who comes by them has no session yet.
        [Of<LogIn>("WithCertificateAsync")] = new(
            World.OfNobodyAsync,
            async w => await w.Fixture.TryLogIn(w.Fixture.UserCertificate) is LogInOutcome.LoggedIn,
            [Change.UserSuspended, Change.UserDeleted, Change.CertificateRevoked, Change.LoginPasswordChanged])
        { Records = HistoryOperation.Login },
        [Of<LogInByPassword>("RunAsync")] = new(
            World.OfPasswordCompanyAsync,
            async w => await PublicLogin(w).RunAsync(
                w.User.LoginId, new(TestBank.LoginPassword), Actor.Anonymous(CustomerFixture.Source), "a browser", Cancellation)
                is PasswordLogInOutcome.LoggedIn,
            [Change.UserSuspended, Change.UserDeleted, Change.MethodChanged, Change.LoginPasswordChanged])
        { Records = HistoryOperation.Login },
        [Of<EnrollCertificate>("ByUserAsync")] = new(
            World.OfIssuingBankAsync,
            async w => await w.Issuing!.Ask(IssuingBank.NewRequest()) is EnrollOutcome.Issued,
            [Change.UserSuspended, Change.UserDeleted, Change.MethodChanged, Change.LoginPasswordChanged])
        { Records = HistoryOperation.Issue },
        [Of<ReenrollCertificate>("ByUserAsync")] = new(
            World.OfIssuingBankInTheWindowAsync,
            async w => await w.Issuing!.AskAgain(w.Shown) is EnrollOutcome.Issued,
            [Change.UserSuspended, Change.UserDeleted, Change.MethodChanged, Change.LoginPasswordChanged, Change.CertificateRevoked])
        { Records = HistoryOperation.Renewal },
    };

    /// <summary>What writes on behalf of nobody who is signed in, and where it is tried instead.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["AcquireLoginId.OpenAsync"] = "by the bank's letter, evaluated again in its act: AcquireLoginIdTests",
        ["AcquireLoginId.FindAsync"] = "only looks",
        ["AcquireLoginId.EvaluateAsync"] = "only looks, and counts what it refuses",
        ["AcquireLoginId.WriteAsync"] = "by the token of an application, evaluated again in its act: AcquireLoginIdTests",
        ["AcquireLoginId.FinishAsync"] = "by the token of an application, evaluated again in its act: AcquireLoginIdTests",
        ["AuthenticateOperators"] = "makes the approval that every act of operators verifies again: FirstStaffTests",
        ["RegisterOperator"] = "verifies the operators' approval in its act: FirstStaffTests",
        ["UnlockUser"] = "verifies the operators' approval in its act: FirstStaffTests",
        ["RevokeCertificate.ByOperatorAsync"] = "verifies the operators' approval in its act: FirstStaffTests",
        ["EnrollCertificate.ByOperatorAsync"] = "verifies the operators' approval in its acts: FirstStaffTests",
        ["EnrollCertificate.RefuseUnread"] = "only counts a refusal",
        ["ReenrollCertificate.RefuseUnread"] = "only counts a refusal",
        ["LogIn.DiagnoseAsync"] = "only records a refusal",
        ["LogOut.EndAsync"] = "the server's own, and it only ends",
        ["LogOut.SweepAsync"] = "the server's own, and it only ends",
        ["PasswordCheck.IsFull"] = "only looks how many wait",
        ["PasswordCheck.EvaluateAsync"] = "makes the proof that every trial here takes into its act",
        ["PasswordCheck.IsFull"] = "only tells how busy the server is",
        ["UserQueries"] = "reads the lists of a page, whose session was looked up for it",
        ["AnnouncementBoard"] = "reads what a page shows, whose session was looked up for it",
        ["RecentOperations"] = "reads what a page shows, whose session was looked up for it",
        ["RenewalQueries"] = "reads for a session that was just looked up",
        ["RefusalCounter"] = "the server's own",
        ["ReconcileClock"] = "verifies the operators' approval in its act",
        ["ReconcileStore"] = "verifies the operators' approval in its act",
        ["Alarms"] = "the server's own",
        ["CrlPublisher"] = "the server's own",
        ["QueueExpiryMails.RunAsync"] = "the server's own",
        ["VerifyHistory"] = "the server's own",
        ["HistoryWatch"] = "the server's own",
        ["SeedUsers"] = "Development",
    };

    /// <summary>What may happen between a check and its act.</summary>
    private enum Change
    {
        SessionEnded,
        UserSuspended,
        UserDeleted,
        CertificateRevoked,
        RoleLost,
        LoginPasswordChanged,
        ConfirmationPasswordChanged,
        MethodChanged,
        TargetDeleted,
    }

    public static TheoryData<string> Tried => [.. Trials.Keys];

    public static TheoryData<string> NeedingASession =>
        [.. Trials.Where(trial => trial.Value.Changes.Contains(Change.SessionEnded)).Select(trial => trial.Key)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void UseCases_OfAnActor_AreAllTriedHere()
    {
        var untried = Methods().Where(TakesAnActor).Select(NameOf).Distinct(StringComparer.Ordinal)
            .Except(Trials.Keys, StringComparer.Ordinal).Except(Elsewhere.Keys, StringComparer.Ordinal).ToList();

        Assert.True(
            untried.Count == 0,
            $"Say in {nameof(ChangedMeanwhileTests)}.{nameof(Trials)} what must refuse when the world changes: "
                + string.Join(", ", untried));
    }

    [Fact]
    public void Entrances_WithoutAnActor_AreTriedHereOrSaidWhereElse()
    {
        var unknown = Methods()
            .Where(method => !TakesAnActor(method) && HoldsTheWriter(method.DeclaringType!))
            .Where(method => !Trials.ContainsKey(NameOf(method))
                && !Elsewhere.ContainsKey(NameOf(method))
                && !Elsewhere.ContainsKey(method.DeclaringType!.Name))
            .Select(NameOf).Distinct(StringComparer.Ordinal).ToList();

        Assert.True(unknown.Count == 0, $"Try them here, or say in {nameof(Elsewhere)} where they are tried: {string.Join(", ", unknown)}");
    }

    [Fact]
    public void Trials_AreOfWhatIsThere()
    {
        var known = Methods().SelectMany(method => new[] { NameOf(method), method.DeclaringType!.Name }).ToHashSet(StringComparer.Ordinal);

        Assert.All(Trials.Keys.Select(key => key.Split(' ')[0]).Concat(Elsewhere.Keys), key => Assert.Contains(key, known));
    }

    [Theory]
    [MemberData(nameof(Tried))]
    public async Task UseCase_InAWorldThatChangedMeanwhile_Refuses(string useCase)
    {
        var trial = Trials[useCase];
        var acts = 0;
        using (var world = await trial.Prepare())
        {
            world.Bank.Writer.BeforeWaiting = () =>
            {
                acts++;
                return Task.CompletedTask;
            };
            Assert.True(await trial.TryAsync(world), "It must work while nothing changes.");
        }

        Assert.Equal(trial.IsLook, acts == 0);
        foreach (var change in trial.Changes)
        {
            // Before the look, or before each act in turn: whatever was read until then is no longer so.
            for (var gap = 0; gap < Math.Max(1, acts); gap++)
            {
                using var world = await trial.Prepare();
                var recorded = world.Bank.History().Count;
                var waited = 0;
                if (trial.IsLook)
                {
                    await world.ApplyAsync(change);
                }
                else
                {
                    world.Bank.Writer.BeforeWaiting = async () =>
                    {
                        if (waited++ == gap)
                        {
                            world.Bank.Writer.BeforeWaiting = null;
                            await world.ApplyAsync(change);
                        }
                    };
                }

                Assert.False(await trial.TryAsync(world), $"{useCase} went on although before its act {gap} came: {change}.");
                if (trial.Records is { } operation)
                {
                    Assert.Contains(
                        world.Bank.History().Skip(recorded), r => r.Operation == operation && r.Result == HistoryResult.Refused);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(NeedingASession))]
    public async Task UseCase_OfASession_RefusesWhoHasNone(string useCase)
    {
        var trial = Trials[useCase];
        foreach (var nobody in new[] { Actor.Anonymous(CustomerFixture.Source), Actor.System("a job") })
        {
            using var world = await trial.Prepare();
            world.Actor = nobody;

            Assert.False(await trial.TryAsync(world), $"{useCase} was done for {nobody}.");
        }
    }

    private static string Of<T>(string method) => $"{typeof(T).Name}.{method}";

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    private static bool TakesAnActor(MethodInfo method) => method.GetParameters().Any(p => p.ParameterType == typeof(Actor));

    private static bool HoldsTheWriter(Type type) =>
        type.GetConstructors().SelectMany(c => c.GetParameters()).Any(p => p.ParameterType == typeof(StoreWriter));

    private static IEnumerable<MethodInfo> Methods() =>
        typeof(DensaiDbContext).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && (type.IsPublic || type.IsNestedPublic))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => !method.IsSpecialName
                && method.Name is not ("Dispose" or "DisposeAsync" or "StartAsync" or "StopAsync"
                    or "ToString" or "Equals" or "Deconstruct"));

    private static Trial Look(Func<Task<World>> prepare, Func<World, Task<object?>> look, params Change[] more) =>
        new(prepare, async w => await look(w) is not null, [.. OfSession, .. more]) { IsLook = true };

    private static Trial Managing(UserOperationKind kind, HistoryOperation operation) => new(
        World.OfMasterAsync,
        async w => await w.Fixture.TryManage(w.Actor, w.Fixture.Request(
            kind, w.Fixture.User, new UserData(w.Fixture.User.LoginId, "北洋 花子", "hanako@example.jp"))) is ManageUserOutcome.Done,
        [.. OfSession, Change.RoleLost, Change.ConfirmationPasswordChanged, Change.TargetDeleted])
    { Records = operation };

    private static Trial ChangingPassword(PasswordKind kind, string current) => new(
        World.OfUserAsync,
        async w => await w.Fixture.ChangePassword.ByUserAsync(
            w.Actor, kind, new(current), new(NewPassword), Guid.NewGuid(), Cancellation) is ChangePasswordOutcome.Changed,
        [.. OfSession, Change.LoginPasswordChanged, Change.ConfirmationPasswordChanged])
    { Records = HistoryOperation.PasswordChange };

    private static ReportLogin Reports(World world) =>
        new(world.Bank.Writer, world.Bank.Contexts, world.Fixture.Sessions, world.Bank.Writer.Clock);

    private static RenewalQueries Renewal(World world) =>
        new(
            world.Bank.Writer, world.Bank.Contexts, world.Fixture.Sessions, Options.Create(new CertificatePolicyOptions()),
            world.Bank.Writer.Clock);

    private static AnnouncementBoard Notices(World world) =>
        new(world.Bank.Writer, world.Bank.Contexts, world.Fixture.Sessions, world.Bank.Writer.Clock);

    private static RecentOperations Recent(World world) =>
        new(world.Bank.Writer, world.Bank.Contexts, world.Fixture.Sessions, world.Bank.Writer.Clock);

    private static LogInByPassword PublicLogin(World world) => new(
        world.Bank.Writer, world.Bank.Contexts, world.Fixture.Passwords, new SourceThrottle(
            Options.Create(world.Fixture.PasswordLimits), world.Bank.Writer.Clock),
        world.Fixture.Sessions, world.Fixture.Refusals, world.Bank.Writer.Clock);

    /// <summary>A use case, tried.</summary>
    /// <param name="Prepare">The world before.</param>
    /// <param name="TryAsync">Whether it was done, or anything was seen.</param>
    /// <param name="Changes">What must keep it from being done.</param>
    private sealed record Trial(Func<Task<World>> Prepare, Func<World, Task<bool>> TryAsync, Change[] Changes)
    {
        /// <summary>Whether it only reads.</summary>
        public bool IsLook { get; init; }

        /// <summary>Under which operation the refusal is recorded.</summary>
        public HistoryOperation? Records { get; init; }
    }

    /// <summary>A bank with somebody who is about to do something.</summary>
    private sealed class World : IDisposable
    {
        private readonly CustomerFixture? _fixture;

        private World(CustomerFixture fixture, User user)
        {
            _fixture = fixture;
            Bank = fixture.Bank;
            User = user;
        }

        private World(IssuingBank issuing)
        {
            Issuing = issuing;
            Bank = issuing.Bank;
            User = issuing.User;
        }

        public TestBank Bank { get; }

        public CustomerFixture Fixture => _fixture!;

        public IssuingBank? Issuing { get; }

        /// <summary>Who acts.</summary>
        public User User { get; }

        public Actor Actor { get; set; } = null!;

        public string ReceiptNumber { get; private set; } = "";

        public ReadOnlyMemory<byte> Shown { get; private set; }

        public RevocationRequest Revocation { get; private set; } = null!;

        public long LoginRecord => Bank.History().Last(r => r.Operation == HistoryOperation.Login && r.UserId == User.Id).RecordNumber;

        public static async Task<World> OfNobodyAsync()
        {
            var fixture = await CustomerFixture.OpenAsync();
            return new(fixture, fixture.User);
        }

        public static async Task<World> OfUserAsync()
        {
            var world = await OfNobodyAsync();
            world.Actor = await world.Fixture.SignIn(world.Fixture.UserCertificate);
            return world;
        }

        public static async Task<World> OfUserInTheWindowAsync()
        {
            var world = await OfNobodyAsync();
            world.Bank.Clock.Advance(TimeSpan.FromDays(190));
            world.Actor = await world.Fixture.SignIn(world.Fixture.UserCertificate);
            return world;
        }

        public static async Task<World> OfNewcomerAsync()
        {
            var world = await OfNobodyAsync();
            await world.Bank.Act(work =>
            {
                var user = work.Db.Users.Single(u => u.Id == world.User.Id);
                user.SetOneTimePassword(user.LoginPassword, work.Now + OneTimePassword.Validity);
            });
            world.Actor = await world.Fixture.SignIn(world.Fixture.UserCertificate);
            return world;
        }

        public static async Task<World> OfMasterAsync()
        {
            var fixture = await CustomerFixture.OpenAsync();
            return new(fixture, fixture.Master)
            {
                Actor = await fixture.SignIn(fixture.MasterCertificate),
                Revocation = CustomerFixture.Request(fixture.UserCertificate, X509RevocationReason.CessationOfOperation),
            };
        }

        public static async Task<World> OfMasterWhoRevokedAsync()
        {
            var world = await OfMasterAsync();
            world.ReceiptNumber = (await world.Fixture.Revoked(world.Actor, world.Revocation)).ReceiptNumber;
            return world;
        }

        public static async Task<World> OfMasterWhoSuspendedAsync()
        {
            var world = await OfMasterAsync();
            world.ReceiptNumber = (await world.Fixture.Managed(
                world.Actor, world.Fixture.Request(UserOperationKind.Suspend, world.Fixture.User))).ReceiptNumber;
            return world;
        }

        public static async Task<World> OfPasswordCompanyAsync()
        {
            var fixture = await CustomerFixture.OpenAsync();
            return new(
                fixture,
                await fixture.Bank.AddUser("0501D00900T", await fixture.Bank.AddCompany("0501D00900", AuthenticationMethod.IdAndPassword)));
        }

        public static async Task<World> OfIssuingBankAsync() => new(await IssuingBank.OpenAsync());

        public static async Task<World> OfIssuingBankInTheWindowAsync()
        {
            var world = await OfIssuingBankAsync();
            world.Shown = (await world.Issuing!.Issue()).Der;
            world.Issuing.WaitForRenewal();
            return world;
        }

        /// <summary>Changes the world, as an act of another does.</summary>
        public Task ApplyAsync(Change change) => Bank.Act(work =>
        {
            var user = work.Db.Users.Single(u => u.Id == User.Id);
            switch (change)
            {
                case Change.SessionEnded:
                    work.Db.Sessions.Single(s => s.Id == Actor.SessionId).End(work.Now, SessionEndReason.LoggedOut);
                    break;
                case Change.UserSuspended:
                    user.Suspend(work.Now);
                    break;
                case Change.UserDeleted:
                    user.Delete(work.Now);
                    break;
                case Change.CertificateRevoked:
                    foreach (var certificate in work.Db.Certificates.Where(c => c.UserId == User.Id).ToList())
                    {
                        work.Revoke(certificate, "test", X509RevocationReason.Unspecified);
                    }

                    user.NoteCurrentRevoked(work.Now);
                    break;
                case Change.RoleLost:
                    work.Db.Database.ExecuteSql($"UPDATE Users SET Role = 'General' WHERE Id = {User.Id}");
                    break;
                case Change.LoginPasswordChanged:
                    user.SetPassword(PasswordKind.Login, TestBank.CheapHash("changed meanwhile"));
                    break;
                case Change.ConfirmationPasswordChanged:
                    user.SetPassword(PasswordKind.Confirmation, TestBank.CheapHash("changed meanwhile"));
                    break;
                case Change.MethodChanged:
                    work.Db.Database.ExecuteSql(
                        $"""
                        UPDATE Companies
                        SET AuthenticationMethod = CASE AuthenticationMethod WHEN 'Certificate' THEN 'IdAndPassword' ELSE 'Certificate' END
                        WHERE Id = {User.CompanyId}
                        """);
                    break;
                case Change.TargetDeleted:
                    work.Db.Users.Single(u => u.Id == Fixture.User.Id).Delete(work.Now);
                    break;
            }
        });

        public void Dispose()
        {
            // What only counted is written, too.
            _fixture?.Dispose();
            Issuing?.Dispose();
        }
    }
}
