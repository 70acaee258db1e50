using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.PasswordChange;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Support;

/// <summary>
/// A bank with two companies and their people, and what a customer does on the console: log in, confirm, revoke. Certificates
/// stand in the inventory only; what TLS would present of one is <see cref="Presented"/>.
/// </summary>
internal sealed class CustomerFixture : IDisposable
{
    public const string Source = "192.0.2.7";

    private CustomerFixture(TestBank bank)
    {
        Bank = bank;
        Attempts = new AttemptPolicy(Options.Create(PasswordLimits));
        Sessions = new SessionWatch(Options.Create(SessionLimits), bank.Anchor.Revoked, bank.Writer.Clock);
        Live = new LiveSessions(bank.Contexts, bank.Version, Sessions, bank.Writer.Clock);
        Passwords = new PasswordCheck(bank.Writer, Attempts, Hasher);
        Confirmations = new Confirmation.Check(bank.Writer, bank.Contexts, Sessions, Passwords, bank.Writer.Clock);
        Refusals = new RefusalCounter(bank.Writer, bank.Writer.Clock, NullLogger<RefusalCounter>.Instance);
        Diagnosis = new CertificateDiagnosis(bank.Contexts, Attempts, _ => IssuerSays, bank.Anchor.Revoked, bank.Writer.Clock);
        LogIn = new LogIn(bank.Writer, Diagnosis, Passwords, Sessions, Crl, Refusals, Options.Create(new CertificatePolicyOptions()));
        LogOut = new LogOut(bank.Writer, Sessions);
        Records = new OperationHistory(bank.Contexts, bank.Writer, Sessions, bank.Writer.Clock);
        Logins = new LoginHistory(bank.Contexts, Records, Sessions, bank.Writer.Clock);
        Revoke = new RevokeCertificate(bank.Writer, Sessions, Crl, Confirmations);
        RevocationQueries = new RevocationQueries(bank.Contexts, bank.Writer, Sessions, bank.Writer.Clock);
        Users = new UserQueries(bank.Contexts, bank.Writer, Sessions, Attempts, bank.Writer.Clock);
        Manage = new ManageUser(
            bank.Writer, Sessions, Attempts, Hasher, Crl, Confirmations, Options.Create(new InstitutionOptions()));
        ChangePassword = new ChangePassword(
            bank.Writer, bank.Contexts, Sessions, Attempts, Passwords, Hasher,
            new PasswordPolicy(Options.Create(PasswordLimits), Options.Create(new InstitutionOptions())), bank.Writer.Clock);
        // Nobody publishes here: the wait for the list ends at once.
        Crl.Published(DateTimeOffset.MaxValue);
    }

    public TestBank Bank { get; }

    public PasswordOptions PasswordLimits { get; } = new();

    public SessionOptions SessionLimits { get; } = new();

    public AttemptPolicy Attempts { get; }

    public PasswordHasher Hasher { get; } = TestBank.CheapHasher();

    public PasswordCheck Passwords { get; }

    public SessionWatch Sessions { get; }

    public LiveSessions Live { get; }

    public Confirmation.Check Confirmations { get; }

    public RefusalCounter Refusals { get; }

    /// <summary>What the authority says of a certificate that the inventory does not have.</summary>
    public IssuerEvaluation IssuerSays { get; set; } = IssuerEvaluation.NotOurs;

    public CertificateDiagnosis Diagnosis { get; }

    public LogIn LogIn { get; }

    public LogOut LogOut { get; }

    public OperationHistory Records { get; }

    public LoginHistory Logins { get; }

    public CrlSignal Crl { get; } = new();

    public RevokeCertificate Revoke { get; }

    public RevocationQueries RevocationQueries { get; }

    public UserQueries Users { get; }

    public ManageUser Manage { get; }

    public ChangePassword ChangePassword { get; }

    public Company Company { get; private set; } = null!;

    public Company OtherCompany { get; private set; } = null!;

    /// <summary>Two masters and a general user of one company, each with a certificate.</summary>
    public User Master { get; private set; } = null!;

    public User SecondMaster { get; private set; } = null!;

    public User User { get; private set; } = null!;

    /// <summary>A general user of the other company, with a certificate.</summary>
    public User Stranger { get; private set; } = null!;

    public Certificate MasterCertificate { get; private set; } = null!;

    public Certificate SecondMasterCertificate { get; private set; } = null!;

    public Certificate UserCertificate { get; private set; } = null!;

    public Certificate StrangerCertificate { get; private set; } = null!;

    public static async Task<CustomerFixture> OpenAsync()
    {
        var fixture = new CustomerFixture(TestBank.Open());
        await fixture.Bank.Act(work =>
        {
            fixture.Company = TestBank.AddCompany(work, "0501D60001");
            fixture.OtherCompany = TestBank.AddCompany(work, "0501D47701");
            fixture.Master = TestBank.AddUser(work, "0501D60001M", fixture.Company, UserRole.Master);
            fixture.SecondMaster = TestBank.AddUser(work, "0501D60001K", fixture.Company, UserRole.Master);
            fixture.User = TestBank.AddUser(work, "0501D60001T", fixture.Company);
            fixture.Stranger = TestBank.AddUser(work, "0501D47701T", fixture.OtherCompany);
            fixture.MasterCertificate = TestBank.GiveCertificate(work, fixture.Master);
            fixture.SecondMasterCertificate = TestBank.GiveCertificate(work, fixture.SecondMaster);
            fixture.UserCertificate = TestBank.GiveCertificate(work, fixture.User);
            fixture.StrangerCertificate = TestBank.GiveCertificate(work, fixture.Stranger);
        });
        return fixture;
    }

    /// <summary>The octets whose fingerprint the inventory has.</summary>
    public static byte[] Presented(Certificate certificate) => certificate.Der;

    public Task<LogInOutcome> TryLogIn(Certificate certificate, string password = TestBank.LoginPassword) =>
        LogIn.WithCertificateAsync(
            Presented(certificate), new SuppliedPassword(password), Actor.Anonymous(Source), "a browser",
            TestContext.Current.CancellationToken);

    /// <summary>Logs in and must succeed.</summary>
    public async Task<Actor> SignIn(Certificate certificate) =>
        new(Assert.IsType<LogInOutcome.LoggedIn>(await TryLogIn(certificate)).SessionId, Source);

    /// <summary>What the confirm page of this certificate sends.</summary>
    public static RevocationRequest Request(
        Certificate shown, System.Security.Cryptography.X509Certificates.X509RevocationReason reason = default, bool alsoSuspend = false,
        Guid? submission = null) =>
        new(shown.UserId, shown.SerialNumber, reason, alsoSuspend, submission ?? Guid.NewGuid());

    /// <summary>Types a 確認用パスワード for a revocation that is not done; null when it was right.</summary>
    public Task<UnconfirmedOutcome?> Confirm(Actor actor, RevocationRequest request, string password = TestBank.ConfirmationPassword) =>
        Confirmations.EvaluateAsync(
            actor, request.Confirmed, new SuppliedPassword(password), _ => Task.FromResult<UnconfirmedOutcome?>(null), why => why,
            TestContext.Current.CancellationToken);

    /// <summary>Types the right 確認用パスワード and keeps the proof.</summary>
    public Task<Confirmation> Proof(Actor actor, ConfirmedOperation confirmed) =>
        Confirmations.EvaluateAsync(
            actor, confirmed, new SuppliedPassword(TestBank.ConfirmationPassword), Task.FromResult,
            why => throw new InvalidOperationException($"{why}"), TestContext.Current.CancellationToken);

    /// <summary>Confirms and revokes, as the confirm page does.</summary>
    public Task<RevokeOutcome> TryRevoke(Actor actor, RevocationRequest request, string password = TestBank.ConfirmationPassword) =>
        Revoke.ByMasterAsync(actor, request, new SuppliedPassword(password), TestContext.Current.CancellationToken);

    /// <summary>Confirms, revokes and must succeed.</summary>
    public async Task<RevokeOutcome.Revoked> Revoked(Actor actor, RevocationRequest request) =>
        Assert.IsType<RevokeOutcome.Revoked>(await TryRevoke(actor, request));

    /// <summary>What the confirm page of this act on this user sends.</summary>
    public UserRequest Request(UserOperationKind kind, User user, UserData? becomes = null, Guid? submission = null) =>
        new(
            kind, user.Id,
            Bank.Read(db => ShownUser.Of(db.Users.AsNoTracking().Include(u => u.CurrentCertificate).Single(u => u.Id == user.Id))), becomes,
            submission ?? Guid.NewGuid());

    /// <summary>What the confirm page of a registration sends.</summary>
    public static UserRequest Registration(
        string loginId = "0501D60001A", string name = "北洋 花子", string mailAddress = "hanako@example.jp", Guid? submission = null) =>
        new(UserOperationKind.Register, 0, null, new UserData(loginId, name, mailAddress), submission ?? Guid.NewGuid());

    /// <summary>Confirms and acts on a user, as the confirm page does.</summary>
    public Task<ManageUserOutcome> TryManage(Actor actor, UserRequest request, string password = TestBank.ConfirmationPassword) =>
        Manage.ByMasterAsync(actor, request, new SuppliedPassword(password), TestContext.Current.CancellationToken);

    /// <summary>Confirms, acts and must succeed.</summary>
    public async Task<ManageUserOutcome.Done> Managed(Actor actor, UserRequest request) =>
        Assert.IsType<ManageUserOutcome.Done>(await TryManage(actor, request));

    /// <summary>Confirms, acts and must be refused.</summary>
    public async Task<ManageUserOutcome.Refused> Refused(Actor actor, UserRequest request) =>
        Assert.IsType<ManageUserOutcome.Refused>(await TryManage(actor, request));

    public User Stored(User user) => Bank.Read(db => db.Users.AsNoTracking().Single(u => u.Id == user.Id));

    public Certificate Stored(Certificate certificate) =>
        Bank.Read(db => db.Certificates.AsNoTracking().Single(c => c.Id == certificate.Id));

    public Session StoredSession(Actor actor) => Bank.Read(db => db.Sessions.AsNoTracking().Single(s => s.Id == actor.SessionId));

    /// <summary>Suspends the general user, or releases him.</summary>
    public Task SetSuspended(bool suspended) => Bank.Act(work =>
    {
        var user = work.Db.Users.Find(User.Id)!;
        if (suspended)
        {
            user.Suspend(work.Now);
        }
        else
        {
            user.Release();
        }
    });

    public SessionState State(Actor actor) => Bank.Read(db => Sessions.Find(db, actor.SessionId, Bank.Now));

    public IReadOnlyList<HistoryRecord> History(HistoryOperation operation) => [.. Bank.History().Where(r => r.Operation == operation)];

    public Task<IReadOnlyList<OutboxMail>> MailsAsync(MailKind kind) => Bank.MailsAsync(kind);

    public void Dispose()
    {
        Refusals.Dispose();
        Hasher.Dispose();
        Bank.Dispose();
    }
}
