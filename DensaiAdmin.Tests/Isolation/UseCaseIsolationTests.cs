using System.Reflection;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.Companies;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Notices;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Isolation;

/// <summary>
/// Fault B1 without the pages: every use case of Core × roles × two companies. Whose company is foreign gets the answer of what never
/// was, and no answer carries anything of another company. The use cases are found by reflection: one that is not named here fails.
/// </summary>
public sealed class UseCaseIsolationTests
{
    /// <summary>How a use case is tried, or why it need not be.</summary>
    private abstract record Trial
    {
        /// <summary>An ID stands in the question: asked for a foreign one and for an invented one, the answers are the same.</summary>
        public sealed record SameAnswer(Func<CustomerDesk, Actor, bool, Task<object?>> Ask) : Trial;

        /// <summary>Asked for the own company or user alone: what comes back is text in which nothing of another company stands.</summary>
        public sealed record OwnOnly(Func<CustomerDesk, User, Task<IEnumerable<object?>>> Ask) : Trial;

        /// <summary>Not for people of companies, or without an ID of anything: said why.</summary>
        public sealed record NotNeeded(string Why) : Trial;
    }

    private const string NoId = "asks only what the person knows (password, letter, certificate); tried in its own tests";
    private const string OwnSession = "acts on the session that asks, by the server's own number of it";
    private const string Operators = "for operators of the bank, who are authenticated by two passwords first";
    private const string Server = "the server's own, never on behalf of a person";

    private static readonly Dictionary<string, Trial> Known = new(StringComparer.Ordinal)
    {
        [Of<RevocationDesk>("FindTargetAsync")] = new Trial.SameAnswer(async (desk, actor, foreign) =>
            await Desk(desk).FindTargetAsync(actor, (foreign ? ForeignCertificate(desk, actor) : null)?.SerialNumber.ToString() ?? SerialNumber.New().ToString(), Cancellation)),
        [Of<RevocationDesk>("FindResultAsync")] = new Trial.SameAnswer(async (desk, actor, foreign) =>
            await Desk(desk).FindResultAsync(actor, foreign ? await ForeignReceiptAsync(desk, actor) : "R-20260901-AAAA-BBBB", Cancellation)),
        [Of<RevokeCertificate>("ByMasterAsync")] = new Trial.SameAnswer(async (desk, actor, foreign) =>
        {
            var target = foreign ? ForeignCertificate(desk, actor) : null;
            var request = new RevocationRequest(target?.UserId ?? 4711, target?.SerialNumber ?? SerialNumber.New(), default, true, Guid.NewGuid());
            return await desk.Revoke.ByMasterAsync(actor, request, await desk.Proof(actor, request), Cancellation);
        }),
        ["Check.JudgeAsync"] = new Trial.SameAnswer(async (desk, actor, foreign) =>
        {
            var target = foreign ? ForeignCertificate(desk, actor) : null;
            var confirmed = new ConfirmedAct(HistoryOperation.Revocation, target?.UserId ?? 4711, (target?.SerialNumber ?? SerialNumber.New()).ToString());
            return (await desk.Confirmations.JudgeAsync(actor, confirmed, new(TestBank.ConfirmationPassword), null, Cancellation)).GetType();
        }),
        [Of<CertificateHolders>("ListAsync")] = new Trial.OwnOnly(async (desk, user) => (await Holders(desk).ListAsync(new HolderQuery { CompanyId = user.CompanyId ?? 0 }, Cancellation)).Rows),
        [Of<CertificateHolders>("ListWithCountsAsync")] = new Trial.OwnOnly(async (desk, user) =>
        {
            var (page, counts) = await Holders(desk).ListWithCountsAsync(new HolderQuery { CompanyId = user.CompanyId ?? 0 }, 40, Cancellation);
            Assert.Equal(page.Total, counts.All);
            return page.Rows;
        }),
        [Of<CertificateHolders>("StreamAsync")] = new Trial.OwnOnly(async (desk, user) =>
        {
            var rows = new List<object?>();
            await foreach (var holder in Holders(desk).StreamAsync(new HolderQuery { CompanyId = user.CompanyId ?? 0 }, Cancellation))
            {
                rows.Add(holder);
            }

            return rows;
        }),
        [Of<CertificateHolders>("CountAsync")] = new Trial.OwnOnly(async (desk, user) =>
        {
            var counts = await Holders(desk).CountAsync(user.CompanyId ?? 0, 40, Cancellation);
            await using var db = await desk.Bank.Contexts.CreateDbContextAsync(Cancellation);
            Assert.Equal(await db.Users.CountAsync(u => u.CompanyId == (user.CompanyId ?? 0), Cancellation), counts.NotIssued + counts.Issued + counts.Expired + counts.Revoked);
            return [];
        }),
        [Of<CertificateHolders>("NextToExpireAsync")] = new Trial.OwnOnly(async (desk, user) => await Holders(desk).NextToExpireAsync(user.CompanyId ?? 0, 10, Cancellation)),
        [Of<LoginHistory>("OfAsync")] = new Trial.OwnOnly(async (desk, user) => await desk.Logins.OfAsync(user.CompanyId, user.Id, 100, Cancellation)),
        [Of<NoticeBoard>("ListAsync")] = new Trial.OwnOnly(async (desk, user) => await Notices(desk).ListAsync(user.Id, 100, Cancellation)),
        [Of<NoticeBoard>("ListMailsAsync")] = new Trial.OwnOnly(async (desk, user) => await Notices(desk).ListMailsAsync(user.Id, 100, Cancellation)),
        [Of<NoticeBoard>("CountUnreadAsync")] = new Trial.OwnOnly(async (desk, user) => [await Notices(desk).CountUnreadAsync(user.Id, Cancellation)]),
        [Of<NoticeBoard>("NoteReadAsync")] = new Trial.OwnOnly(async (desk, user) =>
        {
            await Notices(desk).NoteReadAsync(ActorOf(desk, user), cancellation: Cancellation);
            return [];
        }),
        [Of<NoticeBoard>("FindAsync")] = new Trial.OwnOnly(async (desk, user) => [await Notices(desk).FindAsync(user.Id, 1, Cancellation)]),
        [Of<NoticeBoard>("FindMailAsync")] = new Trial.SameAnswer(async (desk, actor, foreign) =>
            await Notices(desk).FindMailAsync(UserOf(desk, actor), foreign ? await ForeignNoticeNumberAsync(desk, actor) : "N-AAAAA-BBBBB", Cancellation)),
        [Of<MailLedger>("ListAsync")] = new Trial.OwnOnly(async (desk, user) =>
        {
            await MailEverybodyAsync(desk);
            return (await new MailLedger(desk.Bank.Contexts).ListAsync(new MailQuery { CompanyId = user.CompanyId ?? 0 }, Cancellation)).Rows;
        }),
        [Of<MailLedger>("DeadSinceAsync")] = new Trial.OwnOnly(async (desk, user) => [await new MailLedger(desk.Bank.Contexts).DeadSinceAsync(user.Id, Cancellation)]),
        [Of<OperationHistory>("ListAsync")] = new Trial.OwnOnly(async (desk, user) => (await desk.Records.ListAsync(ActorOf(desk, user), new HistoryQuery(), Cancellation))?.Rows ?? []),
        [Of<OperationHistory>("StreamAsync")] = new Trial.OwnOnly(async (desk, user) =>
        {
            var lines = new List<object?>();
            await foreach (var line in desk.Records.StreamAsync(ActorOf(desk, user), new HistoryQuery(), Cancellation))
            {
                lines.Add(line);
            }

            return lines;
        }),
        // Record numbers count per company: every number that the other company has is tried.
        [Of<OperationHistory>("FindAsync")] = new Trial.OwnOnly((desk, user) => ByNumberAsync(async number => await desk.Records.FindAsync(ActorOf(desk, user), number, Cancellation))),
        [Of<OperationHistory>("PeopleAsync")] = new Trial.OwnOnly(async (desk, user) => await desk.Records.PeopleAsync(ActorOf(desk, user), 100, Cancellation)),
        [Of<LoginHistory>("PageAsync")] = new Trial.OwnOnly(async (desk, user) => (await desk.Logins.PageAsync(ActorOf(desk, user), null, null, 50, Cancellation))?.Rows ?? []),
        [Of<ReportLogin>("FindAsync")] = new Trial.OwnOnly((desk, user) => ByNumberAsync(async number => await Reports(desk).FindAsync(ActorOf(desk, user), number, Cancellation))),
        [Of<ReportLogin>("ReportAsync")] = new Trial.SameAnswer(async (desk, actor, foreign) =>
            (await Reports(desk).ReportAsync(actor, foreign ? desk.Bank.History().Max(r => r.RecordNumber) + 1 : 4711, Cancellation)).GetType()),
        [Of<CompanyProfile>("FindAsync")] = new Trial.OwnOnly(async (desk, user) =>
        {
            var view = await new CompanyProfile(desk.Bank.Contexts, desk.Sessions, desk.Bank.Clock).FindAsync(ActorOf(desk, user), Cancellation);
            Assert.Equal(user.CompanyId, view?.Company.Id);
            return [view];
        }),
        [Of<CertificateFile>("FindAsync")] = new Trial.SameAnswer(async (desk, actor, foreign) =>
            await new CertificateFile(desk.Bank.Contexts, desk.Bank.Acts, desk.Sessions, desk.Bank.Clock)
                .FindAsync(actor, (foreign ? ForeignCertificate(desk, actor).SerialNumber : SerialNumber.New()).ToString(), Cancellation)),
        [Of<UserDesk>("FindAsync")] = new Trial.SameAnswer(async (desk, actor, foreign) => await desk.Users.FindAsync(actor, foreign ? Foreigner(desk, actor).LoginId : "0501D99999Z", Cancellation)),
        [Of<UserDesk>("FindResultAsync")] = new Trial.SameAnswer(async (desk, actor, foreign) =>
            await desk.Users.FindResultAsync(actor, foreign ? await ForeignActAsync(desk, actor) : "U-20260901-AAAA-BBBB", Cancellation)),
        [Of<UserDesk>("StandingsAsync")] = new Trial.OwnOnly(async (desk, user) =>
        {
            var everybody = desk.Bank.Read(db => db.Users.Select(u => u.Id).ToList());
            var found = (await desk.Users.StandingsAsync(user.CompanyId ?? 0, everybody, Cancellation)).Keys;
            Assert.Empty(found.Intersect(desk.Bank.Read(db => db.Users.Where(u => u.CompanyId != user.CompanyId).Select(u => u.Id).ToList())));
            return [];
        }),
        [Of<UserDesk>("LockedAsync")] = new Trial.OwnOnly(async (desk, user) => [.. await desk.Users.LockedAsync(user.CompanyId ?? 0, Cancellation)]),
        [Of<UserDesk>("CountSuspendedAsync")] = new Trial.OwnOnly(async (desk, user) => [await desk.Users.CountSuspendedAsync(user.CompanyId ?? 0, Cancellation)]),
        [Of<UserDesk>("LimitAsync")] = new Trial.OwnOnly(async (desk, user) =>
        {
            if (user.CompanyId is { } company)
            {
                Assert.Equal(desk.Bank.Read(db => db.Users.Count(u => u.CompanyId == company && u.DeletedAt == null)), (await desk.Users.LimitAsync(company, Cancellation)).Have);
            }

            return [];
        }),
        [Of<UserDesk>("IsOwnLoginIdAsync")] = new Trial.SameAnswer(async (desk, actor, foreign) =>
            await desk.Users.IsOwnLoginIdAsync(CompanyOf(desk, actor) ?? 0, foreign ? Foreigner(desk, actor).LoginId : "0501D99999Z", Cancellation)),
        [Of<ManageUser>("ByMasterAsync")] = new Trial.SameAnswer(async (desk, actor, foreign) =>
        {
            var shown = desk.Request(UserActKind.Suspend, Foreigner(desk, actor));
            return (await desk.TryManage(actor, foreign ? shown : shown with { UserId = 4711 }) as ManageUserOutcome.Refused)?.Reason;
        }),
        [Of<ChangePassword>("ByUserAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<ChangePassword>("ReplaceInitialAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<RenewalDesk>("FindAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<RenewalDesk>("AnswerAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<RenewalDesk>("AnswerNothingAskedAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<ExpiryTimeline>("UsersAsync")] = new Trial.NotNeeded("for the calendar of Development, which no bank has"),
        [Of<ExpiryTimeline>("FindAsync")] = new Trial.NotNeeded("for the calendar of Development, which no bank has"),
        [Of<LayDownExpiryNotices>("RunAsync")] = new Trial.NotNeeded(Server),
        [Of<HistoryWatch>("Doubt")] = new Trial.NotNeeded(Server),
        [Of<HistoryWatch>("WalkAsync")] = new Trial.NotNeeded(Server),
        [Of<HistoryWatch>("Doubt")] = new Trial.NotNeeded(Server),
        [Of<RecentOperations>("NoteAsync")] = new Trial.OwnOnly(async (desk, user) =>
        {
            await Recent(desk).NoteAsync(ActorOf(desk, user), "BRSK018", Cancellation);
            return [];
        }),
        [Of<RecentOperations>("OfAsync")] = new Trial.OwnOnly(async (desk, user) => await Recent(desk).OfAsync(user.Id, Cancellation)),
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
        [Of<CertificateDiagnosis>("JudgeAsync")] = new Trial.NotNeeded(NoId),
        [Of<CertificateDiagnosis>("OwnerOfSessionAsync")] = new Trial.NotNeeded(OwnSession),
        [Of<AcquireLoginId>("OpenAsync")] = new Trial.NotNeeded(NoId),
        [Of<AcquireLoginId>("FindAsync")] = new Trial.NotNeeded(NoId),
        [Of<AcquireLoginId>("JudgeAsync")] = new Trial.NotNeeded(NoId),
        [Of<AcquireLoginId>("WriteAsync")] = new Trial.NotNeeded(NoId),
        [Of<AcquireLoginId>("FinishAsync")] = new Trial.NotNeeded(NoId),
        [Of<EnrollCertificate>("RefuseUnread")] = new Trial.NotNeeded(NoId),
        [Of<EnrollCertificate>("ByUserAsync")] = new Trial.NotNeeded(NoId),
        [Of<ReenrollCertificate>("RefuseUnread")] = new Trial.NotNeeded(NoId),
        [Of<ReenrollCertificate>("ByUserAsync")] = new Trial.NotNeeded(NoId),
        [Of<PasswordCheck>("JudgeAsync")] = new Trial.NotNeeded(NoId),
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
        [Of<CreateDemoBank>("EnsureAsync")] = new Trial.NotNeeded(Server),
        [Of<SeedUsers>("RunAsync")] = new Trial.NotNeeded(Server),
        [Of<AbandonIntents>("RunOnceAsync")] = new Trial.NotNeeded(Server),
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

        Assert.True(unknown.Count == 0, $"These use cases are new. Say in {nameof(UseCaseIsolationTests)}.{nameof(Known)} how each is tried with an ID of another company: {string.Join(", ", unknown)}");
    }

    [Fact]
    public void UseCases_KnownHere_AreStillThere() => Assert.Empty(Known.Keys.Except(Found(), StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Tried))]
    public async Task UseCase_ForEveryRole_TellsNothingOfAnotherCompany(string useCase)
    {
        using var desk = await CustomerDesk.OpenAsync();
        await desk.Bank.Act(act => act.Db.Notices.Add(new Notice("全社へのお知らせ", "本文", act.Now)));
        var strangersMaster = await desk.Bank.AddUser("0501D47701M", desk.OtherCompany, UserRole.Master);
        var people = new Dictionary<User, Certificate>
        {
            [desk.Master] = desk.MasterCertificate,
            [desk.User] = desk.UserCertificate,
            [desk.Stranger] = desk.StrangerCertificate,
            [strangersMaster] = await desk.Bank.GiveCertificate(strangersMaster),
        };
        var clerk = await desk.Bank.AddUser("counter1", company: null, UserRole.CounterClerk);
        people[clerk] = await desk.Bank.GiveCertificate(clerk);
        foreach (var company in new[] { desk.Company, desk.OtherCompany })
        {
            await RevokeSomebodyAsync(desk, company);
        }

        foreach (var (user, certificate) in people)
        {
            var actor = await desk.SignIn(certificate);
            switch (Known[useCase])
            {
                case Trial.SameAnswer same:
                    Assert.Equal(await same.Ask(desk, actor, false), await same.Ask(desk, actor, true));
                    break;
                case Trial.OwnOnly own:
                    var text = string.Join('\n', await own.Ask(desk, user));
                    foreach (var foreign in desk.Bank.Read(db => db.Users.AsNoTracking().Where(u => u.CompanyId != user.CompanyId).ToList()))
                    {
                        Assert.DoesNotContain(foreign.LoginId, text, StringComparison.Ordinal);
                    }

                    break;
            }
        }

        // Nothing happened to anybody by all this asking.
        Assert.Equal(2, desk.Bank.Read(db => db.Certificates.Count(c => c.RevokedAt != null)));
        Assert.Equal(0, desk.Bank.Read(db => db.Users.Count(u => u.SuspendedAt != null)));
    }

    private static string Of<T>(string method) => $"{typeof(T).Name}.{method}";

    /// <summary>Public methods of whatever holds the writer or reads the store.</summary>
    private static List<string> Found() =>
        [.. typeof(DensaiDbContext).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && (type.IsPublic || type.IsNestedPublic)
                && type.GetConstructors().SelectMany(c => c.GetParameters()).Any(p => p.ParameterType == typeof(ActWriter) || p.ParameterType == typeof(IDbContextFactory<DensaiDbContext>)))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(method => !method.IsSpecialName && method.Name is not ("Dispose" or "DisposeAsync" or "StartAsync" or "StopAsync" or "ToString"))
                .Select(method => $"{type.Name}.{method.Name}"))
            .Distinct(StringComparer.Ordinal)];

    private static RevocationDesk Desk(CustomerDesk desk) => desk.Desk;

    private static CertificateHolders Holders(CustomerDesk desk) => new(desk.Bank.Contexts, desk.Bank.Clock);

    private static NoticeBoard Notices(CustomerDesk desk) => new(desk.Bank.Acts, desk.Bank.Contexts, desk.Sessions, desk.Bank.Clock);

    private static RecentOperations Recent(CustomerDesk desk) => new(desk.Bank.Acts, desk.Bank.Contexts, desk.Sessions, desk.Bank.Clock);

    private static ReportLogin Reports(CustomerDesk desk) => new(desk.Bank.Acts, desk.Bank.Contexts, desk.Sessions, desk.Outbox, desk.Bank.Clock);

    private static Actor ActorOf(CustomerDesk desk, User user) => new(desk.Bank.Read(db => db.Sessions.Single(s => s.UserId == user.Id && s.EndedAt == null).Id), CustomerDesk.Source);

    private static long UserOf(CustomerDesk desk, Actor actor) => desk.Bank.Read(db => db.Sessions.Single(s => s.Id == actor.SessionId).UserId);

    /// <summary>A general user of a company that is not the actor's.</summary>
    private static User Foreigner(CustomerDesk desk, Actor actor) => CompanyOf(desk, actor) == desk.OtherCompany.Id ? desk.User : desk.Stranger;

    private static async Task<IEnumerable<object?>> ByNumberAsync(Func<string, Task<object?>> find)
    {
        var found = new List<object?>();
        for (var number = 1; number <= 20; number++)
        {
            found.Add(await find(number.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        return found;
    }

    private static Task MailEverybodyAsync(CustomerDesk desk) => desk.Bank.Act(act =>
    {
        foreach (var user in act.Db.Users.Where(u => u.CompanyId != null).ToList())
        {
            desk.Outbox.ConfirmationLocked(act, user);
        }
    });

    private static async Task<string> ForeignNoticeNumberAsync(CustomerDesk desk, Actor actor)
    {
        await MailEverybodyAsync(desk);
        var foreigner = Foreigner(desk, actor).Id;
        return desk.Bank.Read(db => db.OutboxMails.First(m => m.RecipientId == foreigner).NoticeNumber);
    }

    private static async Task<string> ForeignActAsync(CustomerDesk desk, Actor actor)
    {
        var foreigner = Foreigner(desk, actor).Id;
        return await desk.Bank.Act(act =>
        {
            var user = act.Db.Users.Single(u => u.Id == foreigner);
            var done = new UserAct(Guid.NewGuid(), UserActKind.Change, user, user, act.Now);
            act.Db.Set<UserAct>().Add(done);
            return done.ReceiptNumber;
        });
    }

    /// <summary>A certificate of a company that is not the actor's.</summary>
    private static Certificate ForeignCertificate(CustomerDesk desk, Actor actor) => CompanyOf(desk, actor) == desk.OtherCompany.Id ? desk.UserCertificate : desk.StrangerCertificate;

    private static long? CompanyOf(CustomerDesk desk, Actor actor) => desk.Bank.Read(db => db.Sessions.Where(s => s.Id == actor.SessionId).Select(s => s.User.CompanyId).Single());

    private static async Task<string> ForeignReceiptAsync(CustomerDesk desk, Actor actor)
    {
        var own = CompanyOf(desk, actor);
        await using var db = await desk.Bank.Contexts.CreateDbContextAsync(Cancellation);
        return await db.CertificateRevocations.Where(r => r.CompanyId != own).Select(r => r.ReceiptNumber).FirstAsync(Cancellation);
    }

    private static async Task RevokeSomebodyAsync(CustomerDesk desk, Company company)
    {
        var user = await desk.Bank.AddUser($"{company.Number}X", company);
        var certificate = await desk.Bank.GiveCertificate(user);
        await desk.Bank.Act(act =>
        {
            var target = act.Db.Users.Single(u => u.Id == user.Id);
            act.Revoke(act.Db.Certificates.Single(c => c.Id == certificate.Id), "test", default);
            target.NoteCurrentRevoked(act.Now);
            act.Db.CertificateRevocations.Add(new(Guid.NewGuid(), target, certificate.SerialNumber.ToString(), default, "test", "test", act.Now, sessionsEnded: 0, suspended: false));
        });
    }
}
