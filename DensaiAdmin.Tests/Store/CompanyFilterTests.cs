using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace DensaiAdmin.Tests.Store;

/// <summary>What a query finds that forgot to say of which company.</summary>
public sealed class CompanyFilterTests
{
    /// <summary>What belongs to the bank as a whole, and may be read for everybody.</summary>
    private static readonly Type[] OfTheBank =
    [
        typeof(Alarm), typeof(Announcement), typeof(DeadAddress), typeof(Core.Registry.Installation), typeof(MailProgress),
        typeof(PublishedCrl), typeof(SchemaFloor),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entities_AreFilteredByCompany_OrTheBanks()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        var unfiltered = fixture.Bank.Read(db => db.Model.GetEntityTypes()
            .Where(entity => entity.FindDeclaredQueryFilter(DensaiDbContext.CompanyFilter) is null)
            .Select(entity => entity.ClrType).OrderBy(type => type.Name, StringComparer.Ordinal).ToList());

        Assert.Equal(OfTheBank, unfiltered);
    }

    [Fact]
    public async Task Context_RestrictedToACompany_FindsItsRowsAlone_OfEveryEntity()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await FillAsync(fixture);
        using var everybody = fixture.Bank.Contexts.CreateDbContext();
        var userCompanies = everybody.Users.AsNoTracking().ToDictionary(u => u.Id, u => u.CompanyId);
        var letterCompanies = everybody.ActivationLetters.AsNoTracking().ToDictionary(l => l.Id, l => l.CompanyId);

        foreach (var entity in everybody.Model.GetEntityTypes().Select(e => e.ClrType).Except(OfTheBank))
        {
            var all = Rows(everybody, entity);
            foreach (var company in new long?[] { fixture.Company.Id, fixture.OtherCompany.Id, null })
            {
                using var db = fixture.Bank.Contexts.CreateDbContext();
                db.RestrictTo(company);
                var found = Rows(db, entity);

                Assert.All(found, row => Assert.Equal(company, CompanyOf(row)));
                Assert.Equal(all.Count(row => CompanyOf(row) == company && !IsNobodys(row)), found.Count);
                Assert.True(company is null || found.Count > 0, $"There is no {entity.Name} to be found.");
            }
        }

        long? CompanyOf(object row) => row switch
        {
            Company company => company.Id,
            LoginIdApplication application => letterCompanies[application.LetterId],
            _ when row.GetType().GetProperty("CompanyId") is { } own => (long?)own.GetValue(row),
            _ => userCompanies.GetValueOrDefault((long)row.GetType().GetProperty("UserId")!.GetValue(row)!),
        };

        // Of an ID that nobody has, or a serial whose owner is lost.
        static bool IsNobodys(object row) => row is PasswordAttempts { UserId: null } or IssueIntent { UserId: IssueIntent.Nobody };
    }

    [Fact]
    public async Task Query_InAContextWhereASessionWasFound_FindsNothingForeign_EvenByItsKey()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        using var db = fixture.Bank.Contexts.CreateDbContext();
        Assert.NotNull(fixture.Sessions.Look(db, actor.SessionId, fixture.Bank.Now).Live);

        AssertFindsNothingForeign(db);
        await fixture.Bank.Act(work =>
        {
            Assert.NotNull(fixture.Sessions.Find(work.Db, actor.SessionId, work.Now).Live);
            AssertFindsNothingForeign(work.Db);
        });

        void AssertFindsNothingForeign(DensaiDbContext db)
        {
            var stranger = fixture.Stranger.Id;
            Assert.Null(db.Users.SingleOrDefault(u => u.Id == stranger));
            Assert.Null(db.Users.Find(stranger));
            Assert.Null(db.Users.SingleOrDefault(u => u.CanonicalLoginId == fixture.Stranger.CanonicalLoginId));
            Assert.Null(db.Certificates.Include(c => c.User).SingleOrDefault(c => c.UserId == stranger));
            Assert.Empty(db.Sessions.Where(s => s.UserId == stranger));
            Assert.Equal(3, db.Users.Count());
            Assert.Equal(fixture.User.Id, db.Certificates.Include(c => c.User).Single(c => c.UserId == fixture.User.Id).User.Id);
        }
    }

    [Fact]
    public async Task Session_ThatIsOver_RestrictsNothing()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        using var db = fixture.Bank.Contexts.CreateDbContext();

        Assert.Null(fixture.Sessions.Look(db, 4711, fixture.Bank.Now).Live);

        Assert.Equal(4, db.Users.Count());
    }

    [Fact]
    public async Task Context_IsNotRestrictedToOneCompanyAfterAnother()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        using var db = fixture.Bank.Contexts.CreateDbContext();
        db.RestrictTo(fixture.Company.Id);
        db.RestrictTo(fixture.Company.Id);

        Assert.Throws<InvalidOperationException>(() => db.RestrictTo(fixture.OtherCompany.Id));
        Assert.Throws<InvalidOperationException>(() => db.RestrictTo(null));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Context_OfAPool_IsHandedOutForEverybodyAgain(bool asynchronously)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var builder = new DbContextOptionsBuilder<DensaiDbContext>();
        DataStore.ConfigureReading(builder, fixture.Bank.Store);
        var contexts = new PooledDbContextFactory<DensaiDbContext>(builder.Options);
        var first = await contexts.CreateDbContextAsync(fixture.OtherCompany.Id, Cancellation);
        Assert.Equal(1, first.Users.Count());
        if (asynchronously)
        {
            await first.DisposeAsync();
        }
        else
        {
            first.Dispose();
        }

        using var second = contexts.CreateDbContext();

        Assert.Same(first, second);
        Assert.Equal(4, second.Users.Count());
        second.RestrictTo(fixture.Company.Id);
        Assert.Equal(3, second.Users.Count());
    }

    [Fact]
    public async Task Query_OfNoCompany_IsWhatItWouldBeWithoutTheFilter()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        using var db = fixture.Bank.Contexts.CreateDbContext();

        foreach (var sql in new[] { db.Users.ToQueryString(), db.Certificates.ToQueryString(), db.HistoryRecords.ToQueryString() })
        {
            Assert.DoesNotContain("WHERE", sql, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Query_OfACompany_IsFoundByWhatItNames_NotByTheFilter()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        using var db = fixture.Bank.Contexts.CreateDbContext();
        db.RestrictTo(fixture.Company.Id);
        var page = db.Users.Where(u => u.CompanyId == fixture.Company.Id && u.DeletedAt == null).OrderBy(u => u.CanonicalLoginId)
            .Skip(50).Take(50).Select(u => u.Id);

        Assert.Contains("INTEGER PRIMARY KEY", Plan(db.Users.Where(u => page.Contains(u.Id)).ToQueryString()), StringComparison.Ordinal);
        Assert.Contains(
            "COVERING INDEX IX_Users_CompanyId_DeletedAt_CanonicalLoginId", Plan(page.ToQueryString()), StringComparison.Ordinal);
        Assert.Contains(
            "IX_OutboxMails_RecipientId_CreatedAt",
            Plan(db.OutboxMails.Where(m => m.RecipientId == 1).OrderByDescending(m => m.CreatedAt).ToQueryString()),
            StringComparison.Ordinal);

        string Plan(string query) => QueryPlan.Of(db, query[query.IndexOf("SELECT", StringComparison.Ordinal)..]);
    }

    [Fact]
    public async Task LoginId_AndKeyOfAPage_AreUniqueInTheWholeBank_ForARestrictedActToo()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var stranger = await fixture.Bank.AddUser("0501D47701M", fixture.OtherCompany, UserRole.Master);
        var foreign = await fixture.SignIn(await fixture.Bank.GiveCertificate(stranger));
        var used = CustomerFixture.Registration("0501D47701A");
        await fixture.Managed(foreign, used);
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        var taken = await fixture.Refused(actor, CustomerFixture.Registration("0501D47701A"));
        var again = await fixture.Refused(actor, CustomerFixture.Registration("0501D60001A", submission: used.Submission));

        Assert.Equal([Core.Users.UserDataFault.LoginIdTaken], taken.Faults);
        Assert.Equal(Core.UserManagement.UserRefusal.NotConfirmed, again.Reason);
    }

    private static List<object> Rows(DensaiDbContext db, Type entity) =>
    [
        .. ((IQueryable<object>)typeof(DbContext).GetMethod(nameof(DbContext.Set), [])!.MakeGenericMethod(entity).Invoke(db, [])!)
            .AsNoTracking(),
    ];

    /// <summary>Some of everything for both companies, and what there is of staff and of nobody.</summary>
    private static async Task FillAsync(CustomerFixture fixture)
    {
        var bank = fixture.Bank;
        var staff = await bank.AddUser("CLERK1", null, UserRole.CounterClerk);
        await bank.GiveCertificate(staff);
        foreach (var (number, user) in new[] { fixture.User, fixture.Stranger, staff }.Index())
        {
            await bank.AddSession(user);
            await bank.Act(work =>
            {
                var stored = work.Db.Users.Single(u => u.Id == user.Id);
                var serial = SerialNumber.New();
                fixture.Attempts.Take(work, user.CanonicalLoginId, PasswordPath.Open, user);
                fixture.Attempts.Take(work, $"INVENTED{number}", PasswordPath.Open);
                work.Db.AddRange(
                    new RecentOperation(user.Id, "BRSK018", work.Now),
                    new AnnouncementReading(number + 1, user.Id, work.Now),
                    new UserOperation(Guid.NewGuid(), UserOperationKind.Change, stored, stored, work.Now),
                    new CertificateRevocation(
                        Guid.NewGuid(), stored, serial.ToString(), default, stored.LoginId, stored.Name, work.Now, 0, suspended: false),
                    new OutboxMail(
                        MailKind.UserChanged, Correspondent.Of(stored), $"key {number}", $"N-{number}", "subject", "text", work.Now),
                    new IssueIntent(serial, user.Id, "00", Sha256Hash.Of([(byte)number, 2]), work.Now, work.Now),
                    new IssueIntent(SerialNumber.New(), IssueIntent.Nobody, "00", Sha256Hash.Of([(byte)number]), work.Now, work.Now));
                if (stored.CompanyId is { } id)
                {
                    var letter = new ActivationLetter(
                        work.Db.Companies.Single(c => c.Id == id), AccountNumber.Read("001", "1234567")!, stored.LoginPassword, work.Now);
                    work.Db.Add(new LoginIdApplication(letter, Sha256Hash.Of([(byte)number, 1]), work.Now));
                }

                work.Record(new HistoryEntry
                {
                    Operation = HistoryOperation.UserChange,
                    Result = HistoryResult.Done,
                    CompanyId = stored.CompanyId,
                    Source = CustomerFixture.Source,
                    Detail = "changed",
                });
            });
            // The store keeps who was there before.
            await bank.Act(work => work.Db.Users.Single(u => u.Id == user.Id).Change("another", "another@example.jp"));
        }
    }
}
