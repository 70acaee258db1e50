using DensaiAdmin.Core;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Counter;

/// <summary>A bank with a clerk and an approver, and the counter's use cases on it.</summary>
internal sealed class CounterDesk : IDisposable
{
    public const string Source = "terminal";

    private readonly PasswordHasher _hasher = new();

    private CounterDesk(TestBank bank)
    {
        Bank = bank;
        var options = Options.Create(new PasswordOptions());
        Attempts = new AttemptPolicy(options);
        Policy = new PasswordPolicy(options, Options.Create(new InstitutionOptions()));
        Passwords = new PasswordCheck(bank.Acts, Attempts, _hasher);
        Register = new RegisterOperator(bank.Acts, _hasher);
        Authenticate = new AuthenticateOperators(bank.Acts, bank.Contexts, Passwords, _hasher, Policy, bank.Clock);
        Unlock = new UnlockUser(bank.Acts, Attempts);
    }

    public TestBank Bank { get; }

    public AttemptPolicy Attempts { get; }

    public PasswordPolicy Policy { get; }

    public PasswordCheck Passwords { get; }

    public RegisterOperator Register { get; }

    public AuthenticateOperators Authenticate { get; }

    public UnlockUser Unlock { get; }

    public static async Task<CounterDesk> Open()
    {
        var counter = new CounterDesk(TestBank.Open());
        await counter.Bank.AddUser("counter1", null, UserRole.CounterClerk);
        await counter.Bank.AddUser("counter2", null, UserRole.CounterApprover);
        return counter;
    }

    public static OperatorCredentials Typed(string loginId, string password = TestBank.LoginPassword, OwnPasswords? own = null) =>
        new(loginId, new SuppliedPassword(password), own);

    public static OwnPasswords Own(string login, string confirmation) => new(new SuppliedPassword(login), new SuppliedPassword(confirmation));

    public Task<OperatorsOutcome> Judge(OperatorCredentials first, OperatorCredentials second) =>
        Authenticate.RunAsync(first, second, new OperatorPurpose(HistoryOperation.Revocation, "0501D60001M"), Source, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        _hasher.Dispose();
        Bank.Dispose();
    }
}
