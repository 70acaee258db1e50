using System.Reflection;
using DensaiAdmin.Core.Announcements;
using DensaiAdmin.Core.CertificateInfo;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Home;
using DensaiAdmin.Core.LoginIdAcquisition;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.PasswordChange;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Isolation;

/// <summary>
/// Foreign IDs without the pages: every use case of Core × roles × two companies. Whose company is foreign gets the answer of what never
/// was, and no answer carries anything of another company. The use cases are found by reflection: one that is not named here fails.
/// </summary>
public sealed class UseCaseIsolationTests
{
    /// <summary>How a use case is tried, or why it need not be.</summary>
    private abstract record Trial
    {
        /// <summary>An ID stands in the question: asked for a foreign one and for an invented one, the answers are the same.</summary>
        public sealed record SameAnswer(Func<CustomerFixture, Actor, bool, Task<object?>> Ask) : Trial;

        /// <summary>Asked for the own company or user alone: what comes back is text in which nothing of another company stands.</summary>
        public sealed record OwnOnly(Func<CustomerFixture, User, Task<IEnumerable<object?>>> Ask) : Trial;

        /// <summary>Not for people of companies, or without an ID of anything: said why.</summary>
        public sealed record NotNeeded(string Why) : Trial;
    }

    private const string NoId = "asks only what the person knows (password, letter, certificate); tried in its own tests";
    private const string OwnSession = "acts on the session that asks, by the server's own number of it";
    private const string Operators = "for operators of the bank, who are authenticated by two passwords first";
    private const string Server = "the server's own, never on behalf of a person";

    private static readonly Dictionary<string, Trial> Known = new(StringComparer.Ordinal)
    {
        [Of<RevocationQueries>("FindTargetAsync")] = new Trial.SameAnswer(async (fixture, actor, foreign) =>
            await Queries(fixture).FindTargetAsync(
                actor, (foreign ? ForeignCertificate(fixture, actor) : null)?.SerialNumber.ToString() ?? SerialNumber.New().ToString(),
                Cancellation)),
        [Of<RevocationQueries>("FindResultAsync")] = new Trial.SameAnswer(async (fixture, actor, foreign) =>
            await Queries(fixture).FindResultAsync(
                actor, foreign ? await ForeignReceiptAsync(fixture, actor) : "R-20260901-AAAA-BBBB", Cancellation)),
        [Of<RevokeCertificate>("ByMasterAsync")] = new Trial.SameAnswer(async (fixture, actor, foreign) =>
        {
            var target = foreign ? ForeignCertificate(fixture, actor) : null;
            var request = new RevocationRequest(
                target?.UserId ?? 4711, target?.SerialNumber ?? SerialNumber.New(), default, true, Guid.NewGuid());
            return await fixture.TryRevoke(actor, request);
        }),
        [Of<CertificateHolders>("ListAsync")] = new Trial.OwnOnly(async (fixture, user) => (await Holders(fixture).ListAsync(
            new HolderQuery { CompanyId = user.CompanyId ?? 0 }, Cancellation)).Rows),
        [Of<CertificateHolders>("ListWithCountsAsync")] = new Trial.OwnOnly(async (fixture, user) =>
        {
            var (page, counts) = await Holders(fixture).ListWithCountsAsync(
                new HolderQuery { CompanyId = user.CompanyId ?? 0 }, 40, Cancellation);
            Assert.Equal(page.Total, counts.All);
            return page.Rows;
        }),
        [Of<CertificateHolders>("StreamAsync")] = new Trial.OwnOnly(async (fixture, user) =>
        {
            var rows = new List<object?>();
            await foreach (var holder in Holders(fixture).StreamAsync(new HolderQuery { CompanyId = user.CompanyId ?? 0 }, Cancellation))
            {
                rows.Add(holder);
            }

            return rows;
        }),
        [Of<CertificateHolders>("CountAsync")] = new Trial.OwnOnly(async (fixture, user) =>
        {
            var counts = await Holders(fixture).CountAsync(user.CompanyId ?? 0, 40, Cancellation);
            await using var db = await fixture.Bank.Contexts.CreateDbContextAsync(Cancellation);
            Assert.Equal(
                await db.Users.CountAsync(u => u.CompanyId == (user.CompanyId ?? 0), Cancellation),
                counts.NotIssued + counts.Issued + counts.Expired + counts.Revoked);
            return [];
        }),
        [Of<CertificateHolders>("NextToExpireAsync")] = new Trial.OwnOnly(
            async (fixture, user) => await Holders(fixture).NextToExpireAsync(user.CompanyId ?? 0, 10, Cancellation)),
        [Of<LoginHistory>("OfAsync")] = new Trial.OwnOnly(
            async (fixture, user) => await fixture.Logins.OfAsync(user.CompanyId, user.Id, 100, Cancellation)),
        [Of<AnnouncementBoard>("ListAnnouncementsAsync")] = new Trial.OwnOnly(
            async (fixture, user) => await Notices(fixture).ListAnnouncementsAsync(user.CompanyId, user.Id, 100, Cancellation)),
        [Of<AnnouncementBoard>("ListMailsAsync")] = new Trial.OwnOnly(
            async (fixture, user) => await Notices(fixture).ListMailsAsync(user.CompanyId, user.Id, 100, Cancellation)),
        [Of<AnnouncementBoard>("CountUnreadAsync")] = new Trial.OwnOnly(
            async (fixture, user) => [await Notices(fixture).CountUnreadAsync(user.CompanyId, user.Id, Cancellation)]),
        [Of<AnnouncementBoard>("NoteReadAsync")] = new Trial.OwnOnly(async (fixture, user) =>
        {
            await Notices(fixture).NoteReadAsync(ActorOf(fixture, user), cancellation: Cancellation);
            return [];
        }),
        [Of<AnnouncementBoard>("FindAnnouncementAsync")] = new Trial.OwnOnly(
            async (fixture, user) => [await Notices(fixture).FindAnnouncementAsync(user.CompanyId, user.Id, 1, Cancellation)]),
        [Of<AnnouncementBoard>("FindMailAsync")] = new Trial.SameAnswer(async (fixture, actor, foreign) =>
            await Notices(fixture).FindMailAsync(
                CompanyOf(fixture, actor), UserOf(fixture, actor), foreign ? await ForeignMailNumberAsync(fixture, actor) : "N-AAAAA-BBBBB",
                Cancellation)),
        [Of<MailLedger>("ListAsync")] = new Trial.OwnOnly(async (fixture, user) =>
        {
            await MailEverybodyAsync(fixture);
            return (await new MailLedger(fixture.Bank.Contexts).ListAsync(new MailQuery { CompanyId = user.CompanyId ?? 0 }, Cancellation))
                .Rows;
        }),
        [Of<MailLedger>("DeadSinceAsync")] = new Trial.OwnOnly(
            async (fixture, user) => [await new MailLedger(fixture.Bank.Contexts).DeadSinceAsync(user.CompanyId, user.Id, Cancellation)]),
        [Of<OperationHistory>("ListAsync")] = new Trial.OwnOnly(async (fixture, user) => (await fixture.Records.ListAsync(
            ActorOf(fixture, user), new HistoryQuery(), Cancellation))?.Rows ?? []),
        [Of<OperationHistory>("StreamAsync")] = new Trial.OwnOnly(async (fixture, user) =>
        {
            var lines = new List<object?>();
            await foreach (var line in fixture.Records.StreamAsync(ActorOf(fixture, user), new HistoryQuery(), Cancellation))
            {
                lines.Add(line);
            }

            return lines;
        }),
        // Record numbers count per company: every number that the other company has is tried.
        [Of<OperationHistory>("FindAsync")] = new Trial.OwnOnly((fixture, user) => ByNumberAsync(
            async number => await fixture.Records.FindAsync(ActorOf(fixture, user), number, Cancellation))),
        [Of<OperationHistory>("PeopleAsync")] = new Trial.OwnOnly(
            async (fixture, user) => await fixture.Records.PeopleAsync(ActorOf(fixture, user), 100, Cancellation)),
        [Of<LoginHistory>("PageAsync")] = new Trial.OwnOnly(
            async (fixture, user) => (await fixture.Logins.PageAsync(ActorOf(fixture, user), null, null, 50, Cancellation))?.Rows ?? []),
        [Of<ReportLogin>("FindAsync")] = new Trial.OwnOnly((fixture, user) => ByNumberAsync(
            async number => await Reports(fixture).FindAsync(ActorOf(fixture, user), number, Cancellation))),
        [Of<ReportLogin>("ReportAsync")] = new Trial.SameAnswer(async (fixture, actor, foreign) =>
            (await Reports(fixture).ReportAsync(actor, foreign ? fixture.Bank.History().Max(r => r.RecordNumber) + 1 : 4711, Cancellation))
                .GetType()),
        [Of<CompanyProfile>("FindAsync")] = new Trial.OwnOnly(async (fixture, user) =>
        {
            var view = await new CompanyProfile(fixture.Bank.Contexts, fixture.Sessions, fixture.Bank.Clock).FindAsync(
                ActorOf(fixture, user), Cancellation);
            Assert.Equal(user.CompanyId, view?.Company.Id);
            return [view];
        }),
        [Of<CertificateFile>("FindAsync")] = new Trial.SameAnswer(async (fixture, actor, foreign) =>
            await new CertificateFile(fixture.Bank.Contexts, fixture.Bank.Writer, fixture.Sessions, fixture.Bank.Clock)
                .FindAsync(
                    actor, (foreign ? ForeignCertificate(fixture, actor).SerialNumber : SerialNumber.New()).ToString(), Cancellation)),
        [Of<UserQueries>("FindAsync")] = new Trial.SameAnswer(async (fixture, actor, foreign) => await fixture.Users.FindAsync(
            actor, foreign ? Foreigner(fixture, actor).LoginId : "0501D99999Z", Cancellation)),
        [Of<UserQueries>("FindResultAsync")] = new Trial.SameAnswer(async (fixture, actor, foreign) =>
            await fixture.Users.FindResultAsync(
                actor, foreign ? await ForeignActAsync(fixture, actor) : "U-20260901-AAAA-BBBB", Cancellation)),
        [Of<UserQueries>("StandingsAsync")] = new Trial.OwnOnly(async (fixture, user) =>
        {
            var everybody = fixture.Bank.Read(db => db.Users.Select(u => u.Id).ToList());
            var found = (await fixture.Users.StandingsAsync(user.CompanyId ?? 0, everybody, Cancellation)).Keys;
            Assert.Empty(
                found.Intersect(fixture.Bank.Read(db => db.Users.Where(u => u.CompanyId != user.CompanyId).Select(u => u.Id).ToList())));
            return [];
        }),
        [Of<UserQueries>("LockedAsync")] = new Trial.OwnOnly(
            async (fixture, user) => [.. await fixture.Users.LockedAsync(user.CompanyId ?? 0, Cancellation)]),
        [Of<UserQueries>("CountSuspendedAsync")] = new Trial.OwnOnly(
            async (fixture, user) => [await fixture.Users.CountSuspendedAsync(user.CompanyId ?? 0, Cancellation)]),
        [Of<UserQueries>("LimitAsync")] = new Trial.OwnOnly(async (fixture, user) =>
        {
            if (user.CompanyId is { } company)
            {
                Assert.Equal(
                    fixture.Bank.Read(db => db.Users.Count(u => u.CompanyId == company && u.DeletedAt == null)),
                    (await fixture.Users.LimitAsync(company, Cancellation)).Have);
            }

            return [];
        }),
        [Of<UserQueries>("IsOwnLoginIdAsync")] = new Trial.SameAnswer(async (fixture, actor, foreign) =>
            await fixture.Users.IsOwnLoginIdAsync(
                CompanyOf(fixture, actor) ?? 0, foreign ? Foreigner(fixture, actor).LoginId : "0501D99999Z", Cancellation)),
        [Of<ManageUser>("ByMasterAsync")] = new Trial.SameAnswer(async (fixture, actor, foreign) =>
        {
            var shown = fixture.Request(UserOperationKind.Suspend, Foreigner(fixture, actor));
            return (await fixture.TryManage(actor, foreign ? shown : shown with { UserId = 4711 }) as ManageUserOutcome.Refused)?.Reason;
        }),
        [Of<ChangePassword>("ByUserAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<ChangePassword>("ReplaceInitialAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<RenewalQueries>("FindAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<RenewalQueries>("AnswerAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<RenewalQueries>("AnswerNothingAskedAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<ExpiryTimeline>("UsersAsync")] = new Trial.NotNeeded("for the calendar of Development, which no bank has"),
        [Of<ExpiryTimeline>("FindAsync")] = new Trial.NotNeeded("for the calendar of Development, which no bank has"),
        [Of<QueueExpiryMails>("RunAsync")] = new Trial.NotNeeded(Server),
        [Of<HistoryWatch>("Doubt")] = new Trial.NotNeeded(Server),
        [Of<HistoryWatch>("WalkAsync")] = new Trial.NotNeeded(Server),
        [Of<HistoryWatch>("Doubt")] = new Trial.NotNeeded(Server),
        [Of<RecentOperations>("NoteAsync")] = new Trial.OwnOnly(async (fixture, user) =>
        {
            await Recent(fixture).NoteAsync(ActorOf(fixture, user), "BRSK018", Cancellation);
            return [];
        }),
        [Of<RecentOperations>("OfAsync")] = new Trial.OwnOnly(
            async (fixture, user) => await Recent(fixture).OfAsync(user.CompanyId, user.Id, Cancellation)),
        [Of<LiveSessions>("Find")] = new Trial.NotNeeded(OwnSession),
        [Of<LiveSessions>("Look")] = new Trial.NotNeeded(OwnSession),
        [Of<LiveSessions>("LookByToken")] = new Trial.NotNeeded(OwnSession),
        [Of<RecordDownload>("ByUserAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<LogOut>("ByUserAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<LogOut>("EndAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<LogOut>("SweepAsync")] = new Trial.NotNeeded(Server),
        [Of<LogIn>("DiagnoseAsync")] = new Trial.NotNeeded(NoId),
        [Of<LogIn>("WithCertificateAsync")] = new Trial.NotNeeded(NoId),
        [Of<LogInByPassword>("RunAsync")] = new Trial.NotNeeded(NoId),
        [Of<CertificateDiagnosis>("EvaluateAsync")] = new Trial.NotNeeded(NoId),
        [Of<CertificateDiagnosis>("OwnerOfSessionAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<AcquireLoginId>("OpenAsync")] = new Trial.NotNeeded(NoId),
        [Of<AcquireLoginId>("FindAsync")] = new Trial.NotNeeded(NoId),
        [Of<AcquireLoginId>("EvaluateAsync")] = new Trial.NotNeeded(NoId),
        [Of<AcquireLoginId>("WriteAsync")] = new Trial.NotNeeded(NoId),
        [Of<AcquireLoginId>("FinishAsync")] = new Trial.NotNeeded(NoId),
        [Of<EnrollCertificate>("RefuseUnread")] = new Trial.NotNeeded(NoId),
        [Of<EnrollCertificate>("ByUserAsync")] = new Trial.NotNeeded(NoId),
        [Of<ReenrollCertificate>("RefuseUnread")] = new Trial.NotNeeded(NoId),
        [Of<ReenrollCertificate>("ByUserAsync")] = new Trial.NotNeeded(NoId),
        [Of<PasswordCheck>("EvaluateAsync")] = new Trial.NotNeeded(NoId),
        [Of<PasswordCheck>("IsFull")] = new Trial.NotNeeded(NoId),
        [Of<EnrollCertificate>("ByOperatorAsync")] = new Trial.NotNeeded(Operators),
        [Of<RevokeCertificate>("ByOperatorAsync")] = new Trial.NotNeeded(Operators),
        [Of<AuthenticateOperators>("RunAsync")] = new Trial.NotNeeded(Operators),
        [Of<UnlockUser>("ByOperatorAsync")] = new Trial.NotNeeded(Operators),
        [Of<RegisterOperator>("RunAsync")] = new Trial.NotNeeded(Operators),
        [Of<EvaluateOperators>("AreNeededAsync")] = new Trial.NotNeeded(Operators),
        [Of<EvaluateOperators>("RunAsync")] = new Trial.NotNeeded(Operators),
        [Of<ReconcileStore>("RunAsync")] = new Trial.NotNeeded(Operators),
        [Of<ReconcileClock>("RunAsync")] = new Trial.NotNeeded(Operators),
        [Of<RegisterOperator>("RefuseRecoveryAsync")] = new Trial.NotNeeded(Operators),
        [Of<VerifyHistory>("RunAsync")] = new Trial.NotNeeded(Operators),
        [Of<Alarms>("Raise")] = new Trial.NotNeeded(Server),
        [Of<Alarms>("RaiseAsync")] = new Trial.NotNeeded(Server),
        [Of<RefusalCounter>("Count")] = new Trial.NotNeeded(Server),
        [Of<RefusalCounter>("FlushAsync")] = new Trial.NotNeeded(Server),
        [Of<SeedUsers>("RunAsync")] = new Trial.NotNeeded(Server),
        ["ForgedCertificates.ExamineAsync"] = new Trial.NotNeeded(Server),
        ["CrlPublisher.Find"] = new Trial.NotNeeded("what it finds is published to everybody"),
        ["CrlPublisher.IsFreshAt"] = new Trial.NotNeeded(Server),
        ["CrlPublisher.PublishNowAsync"] = new Trial.NotNeeded(Server),
    };

    public static TheoryData<string> Tried => [.. Known.Where(k => k.Value is not Trial.NotNeeded).Select(k => k.Key)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void UseCases_OfCore_AreAllKnownHere()
    {
        var unknown = Found().Except(Known.Keys, StringComparer.Ordinal).ToList();

        Assert.True(
            unknown.Count == 0,
            $"These use cases are new. Say in {nameof(UseCaseIsolationTests)}.{nameof(Known)} "
                + $"how each is tried with an ID of another company: {string.Join(", ", unknown)}");
    }

    [Fact]
    public void UseCases_KnownHere_AreStillThere() => Assert.Empty(Known.Keys.Except(Found(), StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Tried))]
    public async Task UseCase_ForEveryRole_TellsNothingOfAnotherCompany(string useCase)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await fixture.Bank.Act(work => work.Db.Announcements.Add(new Announcement("全社へのお知らせ", "本文", work.Now)));
        var strangersMaster = await fixture.Bank.AddUser("0501D47701M", fixture.OtherCompany, UserRole.Master);
        var people = new Dictionary<User, Certificate>
        {
            [fixture.Master] = fixture.MasterCertificate,
            [fixture.User] = fixture.UserCertificate,
            [fixture.Stranger] = fixture.StrangerCertificate,
            [strangersMaster] = await fixture.Bank.GiveCertificate(strangersMaster),
        };
        var clerk = await fixture.Bank.AddUser("counter1", company: null, UserRole.CounterClerk);
        people[clerk] = await fixture.Bank.GiveCertificate(clerk);
        foreach (var company in new[] { fixture.Company, fixture.OtherCompany })
        {
            await RevokeSomebodyAsync(fixture, company);
        }

        foreach (var (user, certificate) in people)
        {
            var actor = await fixture.SignIn(certificate);
            switch (Known[useCase])
            {
                case Trial.SameAnswer same:
                    Assert.Equal(await same.Ask(fixture, actor, false), await same.Ask(fixture, actor, true));
                    break;
                case Trial.OwnOnly own:
                    var text = string.Join('\n', await own.Ask(fixture, user));
                    foreach (var foreign in fixture.Bank.Read(
                        db => db.Users.AsNoTracking().Where(u => u.CompanyId != user.CompanyId).ToList()))
                    {
                        Assert.DoesNotContain(foreign.LoginId, text, StringComparison.Ordinal);
                    }

                    break;
            }
        }

        // Nothing happened to anybody by all this asking.
        Assert.Equal(2, fixture.Bank.Read(db => db.Certificates.Count(c => c.RevokedAt != null)));
        Assert.Equal(0, fixture.Bank.Read(db => db.Users.Count(u => u.SuspendedAt != null)));
    }

    private static string Of<T>(string method) => $"{typeof(T).Name}.{method}";

    /// <summary>Public methods of whatever holds the writer or reads the store.</summary>
    private static List<string> Found() =>
        [.. typeof(DensaiDbContext).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && (type.IsPublic || type.IsNestedPublic)
                && type.GetConstructors().SelectMany(c => c.GetParameters())
                    .Any(p => p.ParameterType == typeof(StoreWriter) || p.ParameterType == typeof(IDbContextFactory<DensaiDbContext>)))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(method => !method.IsSpecialName
                    && method.Name is not ("Dispose" or "DisposeAsync" or "StartAsync" or "StopAsync" or "ToString"))
                .Select(method => $"{type.Name}.{method.Name}"))
            .Distinct(StringComparer.Ordinal)];

    private static RevocationQueries Queries(CustomerFixture fixture) => fixture.RevocationQueries;

    private static CertificateHolders Holders(CustomerFixture fixture) => new(fixture.Bank.Contexts, fixture.Bank.Clock);

    private static AnnouncementBoard Notices(CustomerFixture fixture) =>
        new(fixture.Bank.Writer, fixture.Bank.Contexts, fixture.Sessions, fixture.Bank.Clock);

    private static RecentOperations Recent(CustomerFixture fixture) =>
        new(fixture.Bank.Writer, fixture.Bank.Contexts, fixture.Sessions, fixture.Bank.Clock);

    private static ReportLogin Reports(CustomerFixture fixture) =>
        new(fixture.Bank.Writer, fixture.Bank.Contexts, fixture.Sessions, fixture.Bank.Clock);

    private static Actor ActorOf(CustomerFixture fixture, User user) =>
        new(fixture.Bank.Read(db => db.Sessions.Single(s => s.UserId == user.Id && s.EndedAt == null).Id), CustomerFixture.Source);

    private static long UserOf(CustomerFixture fixture, Actor actor) =>
        fixture.Bank.Read(db => db.Sessions.Single(s => s.Id == actor.SessionId).UserId);

    /// <summary>A general user of a company that is not the actor's.</summary>
    private static User Foreigner(CustomerFixture fixture, Actor actor) =>
        CompanyOf(fixture, actor) == fixture.OtherCompany.Id ? fixture.User : fixture.Stranger;

    private static async Task<IEnumerable<object?>> ByNumberAsync(Func<string, Task<object?>> find)
    {
        var found = new List<object?>();
        for (var number = 1; number <= 20; number++)
        {
            found.Add(await find(number.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        return found;
    }

    private static async Task MailEverybodyAsync(CustomerFixture fixture)
    {
        await fixture.Bank.Act(work =>
        {
            foreach (var user in work.Db.Users.Where(u => u.CompanyId != null).ToList())
            {
                work.Record(Records.Of(HistoryOperation.Lock, HistoryResult.Refused, "locked", user, nameof(PasswordPath.Confirmation)));
            }
        });
        await fixture.Bank.MailsAsync();
    }

    private static async Task<string> ForeignMailNumberAsync(CustomerFixture fixture, Actor actor)
    {
        await MailEverybodyAsync(fixture);
        var foreigner = Foreigner(fixture, actor).Id;
        return fixture.Bank.Read(db => db.OutboxMails.First(m => m.RecipientId == foreigner).MailNumber);
    }

    private static async Task<string> ForeignActAsync(CustomerFixture fixture, Actor actor)
    {
        var foreigner = Foreigner(fixture, actor).Id;
        return await fixture.Bank.Act(work =>
        {
            var user = work.Db.Users.Single(u => u.Id == foreigner);
            var done = new UserOperation(Guid.NewGuid(), UserOperationKind.Change, user, user, work.Now);
            work.Db.Set<UserOperation>().Add(done);
            return done.ReceiptNumber;
        });
    }

    /// <summary>A certificate of a company that is not the actor's.</summary>
    private static Certificate ForeignCertificate(CustomerFixture fixture, Actor actor) =>
        CompanyOf(fixture, actor) == fixture.OtherCompany.Id ? fixture.UserCertificate : fixture.StrangerCertificate;

    private static long? CompanyOf(CustomerFixture fixture, Actor actor) =>
        fixture.Bank.Read(db => db.Sessions.Where(s => s.Id == actor.SessionId).Select(s => s.User.CompanyId).Single());

    private static async Task<string> ForeignReceiptAsync(CustomerFixture fixture, Actor actor)
    {
        var own = CompanyOf(fixture, actor);
        await using var db = await fixture.Bank.Contexts.CreateDbContextAsync(Cancellation);
        return await db.CertificateRevocations.Where(r => r.CompanyId != own).Select(r => r.ReceiptNumber).FirstAsync(Cancellation);
    }

    private static async Task RevokeSomebodyAsync(CustomerFixture fixture, Company company)
    {
        var user = await fixture.Bank.AddUser($"{company.Number}X", company);
        var certificate = await fixture.Bank.GiveCertificate(user);
        await fixture.Bank.Act(work =>
        {
            var target = work.Db.Users.Single(u => u.Id == user.Id);
            work.Revoke(work.Db.Certificates.Single(c => c.Id == certificate.Id), "test", default);
            target.NoteCurrentRevoked(work.Now);
            work.Db.CertificateRevocations.Add(new(
                Guid.NewGuid(), target, certificate.SerialNumber.ToString(), default, "test", "test", work.Now, sessionsEnded: 0,
                suspended: false));
        });
    }
}
