using DensaiAdmin.Core;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Counter;

/// <summary>A bank with a clerk and an approver, and the counter's use cases on it.</summary>
internal sealed class CounterFixture : IDisposable
{
    public const string Source = "terminal";

    private readonly PasswordHasher _hasher = TestBank.CheapHasher();

    private CounterFixture(TestBank bank)
    {
        Bank = bank;
        var options = Options.Create(new PasswordOptions());
        Attempts = new AttemptPolicy(options);
        Policy = new PasswordPolicy(options, Options.Create(new InstitutionOptions()));
        Passwords = new PasswordCheck(bank.Writer, Attempts, _hasher);
        Sessions = new SessionWatch(Options.Create(new SessionOptions()), bank.Anchor.Revoked, bank.Clock);
        Register = new RegisterOperator(
            bank.Writer, _hasher, Attempts, Sessions,
            new Alarms(bank.Writer, NullLogger<Alarms>.Instance));
        Authenticate = new AuthenticateOperators(bank.Writer, bank.Contexts, Passwords, _hasher, Policy, bank.Clock);
        Unlock = new UnlockUser(bank.Writer, Attempts);
    }

    public TestBank Bank { get; }

    public AttemptPolicy Attempts { get; }

    public PasswordPolicy Policy { get; }

    public PasswordCheck Passwords { get; }

    public SessionWatch Sessions { get; }

    public RegisterOperator Register { get; }

    public PasswordHasher Hasher => _hasher;

    public AuthenticateOperators Authenticate { get; }

    public UnlockUser Unlock { get; }

    public static async Task<CounterFixture> Open()
    {
        var counter = new CounterFixture(TestBank.Open());
        await counter.Bank.AddUser("counter1", null, UserRole.CounterClerk);
        await counter.Bank.AddUser("counter2", null, UserRole.CounterApprover);
        return counter;
    }

    public static OperatorCredentials Typed(string loginId, string password = TestBank.LoginPassword, OwnPasswords? own = null) =>
        new(loginId, new SuppliedPassword(password), own);

    /// <summary>Two operators who agree on a re-issue or a registration.</summary>
    public async Task<RegistrationWarrant> Agree(string first = "counter1", string second = "counter2") =>
        new RegistrationWarrant.OfOperators(Assert.IsType<OperatorsOutcome.Authenticated>(await Authenticate.RunAsync(
            Typed(first), Typed(second), new OperatorPurpose(
                HistoryOperation.OperatorRegistration, "",
                OperatorPair.TwoWithApprover), Source, TestContext.Current.CancellationToken)).Approval);

    public static OwnPasswords Own(string login, string confirmation) =>
        new(new SuppliedPassword(login), new SuppliedPassword(confirmation));

    public Task<OperatorsOutcome> Evaluate(OperatorCredentials first, OperatorCredentials second) =>
        Authenticate.RunAsync(
            first, second, new OperatorPurpose(HistoryOperation.Revocation, "0501D60001M"), Source, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        _hasher.Dispose();
        Bank.Dispose();
    }
}
