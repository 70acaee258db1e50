using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Support;

/// <summary>A bank with a real CA that issues: one company, its master M and its user U, neither with a certificate yet.</summary>
internal sealed class IssuingBank : IDisposable
{
    private IssuingBank(TestBank bank, Authorities authorities)
    {
        Bank = bank;
        Authorities = authorities;
        Attempts = new AttemptPolicy(Options.Create(Passwords));
        Throttle = new SourceThrottle(Options.Create(Passwords), bank.Writer.Clock);
        Alarms = new Alarms(
            bank.Writer, NullLogger<Alarms>.Instance);
        Forged = new ForgedCertificates(bank.Contexts, authorities, Alarms, bank.Writer.Clock, NullLogger<ForgedCertificates>.Instance);
        Publisher = NewPublisher();
        History = NewHistory();
        Watch = NewWatch();
        Refusals = new RefusalCounter(bank.Writer, bank.Writer.Clock, NullLogger<RefusalCounter>.Instance);
        Hasher = TestBank.CheapHasher();
        Sessions = new SessionWatch(Options.Create(new SessionOptions()), bank.Anchor.Revoked, bank.Writer.Clock);
        PasswordCheck = new PasswordCheck(bank.Writer, Attempts, Hasher);
        Enroll = NewEnroll(authorities);
        Reenroll = new ReenrollCertificate(NewPipeline(authorities), bank.Writer, bank.Contexts, Throttle, Refusals, bank.Writer.Clock);
        LogIn = new LogIn(
            bank.Writer,
            new CertificateDiagnosis(bank.Contexts, Attempts, Evaluate, bank.Anchor.Revoked, bank.Writer.Clock),
            PasswordCheck,
            Sessions,
            Signal,
            Refusals,
            Options.Create(new CertificatePolicyOptions()));
        RevokeCertificate = new RevokeCertificate(
            bank.Writer, Sessions, Signal, new Confirmation.Check(bank.Writer, bank.Contexts, Sessions, PasswordCheck, bank.Writer.Clock));
        Intents = new AbandonIntents(bank.Writer, Signal, bank.Writer.Clock, NullLogger<AbandonIntents>.Instance);
    }

    public const string Source = "192.0.2.7";

    public TestBank Bank { get; }

    public Authorities Authorities { get; }

    public PasswordOptions Passwords { get; } = new() { OpenAttemptsPerSourceAndMinute = 1000 };

    public AttemptPolicy Attempts { get; }

    public SourceThrottle Throttle { get; }

    // Nobody publishes beside most of these tests, and an act would wait for whoever does.
    public CrlSignal Signal { get; } = new() { MaxWait = TimeSpan.Zero };

    public CrlPublisher Publisher { get; private set; }

    public HistoryWatch History { get; private set; }

    /// <summary>Looks at the store as the server does while nobody acts.</summary>
    public StoreDisagreementJob Watch { get; private set; }

    public RefusalCounter Refusals { get; }

    public Alarms Alarms { get; }

    public ForgedCertificates Forged { get; }

    public PasswordHasher Hasher { get; }

    public SessionWatch Sessions { get; }

    public PasswordCheck PasswordCheck { get; }

    public EnrollCertificate Enroll { get; }

    public ReenrollCertificate Reenroll { get; }

    public LogIn LogIn { get; }

    public RevokeCertificate RevokeCertificate { get; }

    /// <summary>How the CAs and the pipeline read the certificate policy.</summary>
    public CertificatePolicyOptions Policy { get; } = new();

    public AbandonIntents Intents { get; }

    public Company Company { get; private set; } = null!;

    public User Master { get; private set; } = null!;

    public User User { get; private set; } = null!;

    /// <param name="startAt">Given only where a program of others judges by the real clock.</param>
    public static async Task<IssuingBank> OpenAsync(DateTimeOffset? startAt = null)
    {
        var bank = TestBank.Open(startAt);
        var (authorities, _, _) = Core.Authority.Authorities.Open(Opening(bank));
        var issuing = new IssuingBank(bank, authorities!);
        await bank.Act(work =>
        {
            issuing.Company = TestBank.AddCompany(work, "0501D00601");
            issuing.Master = TestBank.AddUser(work, "0501D00601M", issuing.Company, UserRole.Master);
            issuing.User = TestBank.AddUser(work, "0501D00601U", issuing.Company);
        });
        return issuing;
    }

    public static AuthoritiesOpening Opening(TestBank bank) =>
        new(
            bank.Store.DataDirectory, TestAuthority.Passphrase, new InstitutionOptions(), new CertificatePolicyOptions(),
            TestAuthority.Addresses, bank.Now, bank.Now)
        { SealingRounds = 1_000 };

    /// <summary>A new EC key and its request.</summary>
    public static byte[] NewRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return TestAuthority.Request(key);
    }

    public AcceptedKey NewKey() =>
        Assert.IsType<CertificationRequestOutcome.Accepted>(CertificationRequest.Parse(NewRequest(), Authorities.Certificates)).Key;

    /// <summary>Asks as EST does.</summary>
    public Task<EnrollOutcome> Ask(
        byte[] request, string loginId = "0501D00601U", string password = TestBank.LoginPassword, string source = Source) =>
        Enroll.ByUserAsync(
            new EnrollmentCredentials(loginId, new SuppliedPassword(password)), request, Actor.Anonymous(source),
            TestContext.Current.CancellationToken);

    /// <summary>Asks and must get a certificate.</summary>
    public async Task<EnrollOutcome.Issued> Issue(byte[]? request = null, string loginId = "0501D00601U") =>
        Assert.IsType<EnrollOutcome.Issued>(await Ask(request ?? NewRequest(), loginId));

    /// <summary>Asks and must be refused.</summary>
    public async Task<EnrollRefusal> Refusal(
        byte[]? request = null, string loginId = "0501D00601U", string password = TestBank.LoginPassword) =>
        Assert.IsType<EnrollOutcome.Refused>(await Ask(request ?? NewRequest(), loginId, password)).Reason;

    /// <summary>Asks for a renewal as EST does, with that certificate in TLS.</summary>
    public Task<EnrollOutcome> AskAgain(
        ReadOnlyMemory<byte>? shown, byte[]? request = null, string? loginId = "0501D00601U", string password = TestBank.LoginPassword,
        string source = Source) =>
        Reenroll.ByUserAsync(
            shown?.ToArray(), loginId is null ? null : new EnrollmentCredentials(loginId, new SuppliedPassword(password)), request
                ?? NewRequest(), Actor.Anonymous(source), TestContext.Current.CancellationToken);

    /// <summary>Renews and must get a certificate.</summary>
    public async Task<EnrollOutcome.Issued> Renew(ReadOnlyMemory<byte> shown, byte[]? request = null) =>
        Assert.IsType<EnrollOutcome.Issued>(await AskAgain(shown, request));

    /// <summary>Asks for a renewal and must be refused.</summary>
    public async Task<EnrollRefusal> RenewalRefusal(
        ReadOnlyMemory<byte>? shown, byte[]? request = null, string? loginId = "0501D00601U", string password = TestBank.LoginPassword) =>
        Assert.IsType<EnrollOutcome.Refused>(await AskAgain(shown, request, loginId, password)).Reason;

    /// <summary>Logs in with certificate and password.</summary>
    public Task<LogInOutcome> TryLogIn(ReadOnlyMemory<byte> shown, string password = TestBank.LoginPassword) =>
        LogIn.WithCertificateAsync(
            shown.ToArray(), new SuppliedPassword(password), Actor.Anonymous(Source), "a browser", TestContext.Current.CancellationToken);

    /// <summary>Moves the clock into the renewal window of a certificate issued now.</summary>
    public void WaitForRenewal() => Bank.Clock.Advance(TimeSpan.FromDays(330));

    /// <summary>Revokes in the inventory, as the revocation's act does, and asks for a CRL.</summary>
    public Task Revoke(User user, X509RevocationReason reason = X509RevocationReason.Unspecified) => Bank.Writer.PerformAnyTimeAsync(work =>
    {
        var holder = work.Db.Users.Single(u => u.Id == user.Id);
        foreach (var certificate in work.Db.Certificates.Where(c => c.UserId == user.Id && c.RevokedAt == null).ToList())
        {
            work.Revoke(certificate, "test", reason);
        }

        holder.NoteCurrentRevoked(work.Now);
        work.Record(new HistoryEntry
        {
            Operation = HistoryOperation.Revocation,
            Result = HistoryResult.Done,
            TargetLoginId = user.LoginId,
            Source = "test",
            Detail = "revoked",
        });
        work.AfterCommit(Signal.Request);
        return true;
    });

    public IReadOnlyList<Certificate> Stored(User? user = null) =>
        Bank.Read(db => db.Certificates.Where(c => c.UserId == (user ?? User).Id).OrderBy(c => c.Id).ToList());

    public IReadOnlyList<IssueIntent> OpenIntents() => Bank.Read(db => db.IssueIntents.ToList());

    /// <summary>What the history says of issues, oldest first.</summary>
    public IReadOnlyList<HistoryRecord> Issues() => [.. Bank.History().Where(r => r.Operation == HistoryOperation.Issue)];

    /// <summary>What the history says of renewals, oldest first.</summary>
    public IReadOnlyList<HistoryRecord> Renewals() => [.. Bank.History().Where(r => r.Operation == HistoryOperation.Renewal)];

    /// <summary>The serials of the CRL that is served.</summary>
    public IReadOnlyList<SerialNumber> Listed() => [.. Publisher.Current!.List.Entries.Select(e => e.Serial)];

    /// <summary>Stops all that runs and starts it on the same files, as a restart of the program does.</summary>
    public async Task RestartAsync()
    {
        Watch.Dispose();
        History.Dispose();
        Publisher.Dispose();
        Bank.Restart();
        Publisher = NewPublisher();
        History = NewHistory();
        Watch = NewWatch();
        await Publisher.LoadAsync(TestContext.Current.CancellationToken);
    }

    public EnrollCertificate NewEnroll(Authorities authorities) =>
        new(NewPipeline(authorities), Bank.Writer, Bank.Contexts, Throttle, Refusals);

    private EnrollmentPipeline NewPipeline(Authorities authorities) => new(
        Bank.Writer,
        PasswordCheck,
        Throttle,
        Sessions,
        authorities,
        Signal,
        Bank.Anchor.Revoked,
        Options.Create(Policy), Bank.Writer.Clock, NullLogger<EnrollmentPipeline>.Instance);

    public void Dispose()
    {
        Watch.Dispose();
        History.Dispose();
        Publisher.Dispose();
        Intents.Dispose();
        Refusals.Dispose();
        Hasher.Dispose();
        Authorities.Dispose();
        Bank.Dispose();
    }

    private IssuerEvaluation Evaluate(byte[] der) => CertificateProfileCheck.Evaluate(
        der, Authorities.IssuingCertificates, Authorities.Root) switch
    {
        ProfileEvaluation.NotOurs => IssuerEvaluation.NotOurs,
        ProfileEvaluation.ProfileWrong => IssuerEvaluation.ProfileWrong,
        ProfileEvaluation.Ours => IssuerEvaluation.Ours,
    };

    private HistoryWatch NewHistory() => new(Bank.Contexts, Bank.Anchor, Bank.Writer.Clock, NullLogger<HistoryWatch>.Instance);

    private StoreDisagreementJob NewWatch() => new(
        Bank.Writer, Bank.Version, Publisher, History,
        new Alarms(
            Bank.Writer,
            NullLogger<Alarms>.Instance), Bank.Writer.Clock, NullLogger<StoreDisagreementJob>.Instance);

    private CrlPublisher NewPublisher() =>
        new(Authorities, Bank.Writer, Bank.Contexts, Signal, Bank.Anchor, Alarms, Bank.Writer.Clock, NullLogger<CrlPublisher>.Instance);
}
