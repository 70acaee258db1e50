using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Tests.Counter;

public class OperatorTests
{
    private const string OwnLogin = "札幌の雪は 6 月には降らない";
    private const string OwnConfirmation = "Kakunin-Own-2026";

    [Theory]
    [InlineData("counter1", "counter2")]
    [InlineData("counter2", "counter1")]
    [InlineData("COUNTER1", "ｃｏｕｎｔｅｒ２")]
    public async Task Authenticate_ClerkAndApprover_MayAct_AndBothStandInTheHistory(string first, string second)
    {
        using var fixture = await CounterFixture.Open();

        var outcome = Assert.IsType<OperatorsOutcome.Authenticated>(
            await fixture.Evaluate(CounterFixture.Typed(first), CounterFixture.Typed(second)));

        Assert.Equal(("counter1", "counter2"), (outcome.MakerLoginId, outcome.ApproverLoginId));
        Assert.Collection(
            fixture.Bank.History(),
            asked => Assert.Equal(
                ("counter1", "operator-asked", "0501D60001M", HistoryResult.Done),
                (asked.LoginId, asked.Detail, asked.TargetLoginId, asked.Result)),
            approved => Assert.Equal(
                ("counter2", "operator-approved", "0501D60001M", HistoryResult.Done),
                (approved.LoginId, approved.Detail, approved.TargetLoginId, approved.Result)));
    }

    [Fact]
    public async Task Authenticate_SamePersonTwice_IsRefused()
    {
        using var fixture = await CounterFixture.Open();

        var outcome = Assert.IsType<OperatorsOutcome.Refused>(
            await fixture.Evaluate(CounterFixture.Typed("counter1"), CounterFixture.Typed("Counter1")));

        Assert.Equal(OperatorRefusal.SamePerson, outcome.Reason);
        Assert.Equal("operators-same-person", Assert.Single(fixture.Bank.History()).Detail);
    }

    [Theory]
    [InlineData(UserRole.CounterClerk)]
    [InlineData(UserRole.CounterApprover)]
    public async Task Authenticate_TwoOfOneRole_IsRefused(UserRole role)
    {
        using var fixture = await CounterFixture.Open();
        await fixture.Bank.AddUser("counter3", null, role);

        var outcome = await fixture.Evaluate(
            CounterFixture.Typed(role == UserRole.CounterClerk ? "counter1" : "counter2"), CounterFixture.Typed("counter3"));

        Assert.Equal(OperatorRefusal.NotClerkAndApprover, Assert.IsType<OperatorsOutcome.Refused>(outcome).Reason);
    }

    [Fact]
    public async Task Authenticate_UnknownIdWrongPasswordCustomerAndSuspended_AreToldAlike()
    {
        using var fixture = await CounterFixture.Open();
        var company = await fixture.Bank.AddCompany();
        await fixture.Bank.AddUser("0501D00601M", company, UserRole.Master);
        await fixture.Bank.AddUser("counter3", null, UserRole.CounterClerk);
        await fixture.Bank.Act(work => work.Db.Users.Single(u => u.LoginId == "counter3").Suspend(work.Now));

        foreach (var typed in new[]
        {
            CounterFixture.Typed("nobody"), CounterFixture.Typed("counter1", "wrong"), CounterFixture.Typed("0501D00601M"),
            CounterFixture.Typed("counter3"), CounterFixture.Typed(""),
        })
        {
            var outcome = Assert.IsType<OperatorsOutcome.Refused>(await fixture.Evaluate(typed, CounterFixture.Typed("counter2")));
            Assert.Equal(new OperatorsOutcome.Refused(typed.LoginId, OperatorRefusal.WrongIdOrPassword), outcome);
        }

        Assert.All(
            fixture.Bank.History(),
            record => Assert.Equal(("operator-password-wrong", HistoryResult.Refused), (record.Detail, record.Result)));
    }

    [Fact]
    public async Task Authenticate_FiveWrong_LocksThisPathAlone_UntilTheLockIsOver()
    {
        using var fixture = await CounterFixture.Open();
        for (var i = 0; i < 5; i++)
        {
            await fixture.Evaluate(CounterFixture.Typed("counter1", "wrong"), CounterFixture.Typed("counter2"));
        }

        var locked = Assert.IsType<OperatorsOutcome.Refused>(
            await fixture.Evaluate(CounterFixture.Typed("counter1"), CounterFixture.Typed("counter2")));
        Assert.Equal(OperatorRefusal.Locked, locked.Reason);
        Assert.False(fixture.Bank.Read(db => fixture.Attempts.StateOf(db, "COUNTER1", PasswordPath.Open, fixture.Bank.Now)).IsLocked);
        Assert.False(
            fixture.Bank.Read(db => fixture.Attempts.StateOf(db, "COUNTER1", PasswordPath.Certificate, fixture.Bank.Now)).IsLocked);

        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.IsType<OperatorsOutcome.Authenticated>(
            await fixture.Evaluate(CounterFixture.Typed("counter1"), CounterFixture.Typed("counter2")));
    }

    [Fact]
    public async Task Authenticate_FailuresOnTheNetwork_LockNobodyOutOfTheTerminal()
    {
        using var fixture = await CounterFixture.Open();
        var hash = fixture.Bank.Read(db => db.Users.Single(u => u.LoginId == "counter1").LoginPassword);
        for (var i = 0; i < 6; i++)
        {
            await fixture.Passwords.EvaluateAsync(
                new("COUNTER1", PasswordPath.Open, null, hash, new SuppliedPassword("wrong"), "192.0.2.9"),
                TestContext.Current.CancellationToken);
        }

        Assert.IsType<OperatorsOutcome.Authenticated>(
            await fixture.Evaluate(CounterFixture.Typed("counter1"), CounterFixture.Typed("counter2")));
    }

    [Fact]
    public async Task Register_GivesAOneTimePassword_ThatMustBeReplaced_AndWorksOnce()
    {
        using var fixture = await CounterFixture.Open();
        var password = await Register(fixture, "counter3");

        var first = await fixture.Evaluate(CounterFixture.Typed("counter3", password), CounterFixture.Typed("counter2"));
        Assert.Equal(new OperatorsOutcome.MustReplace("counter3"), first);
        var replaced = await fixture.Evaluate(
            CounterFixture.Typed("counter3", password, CounterFixture.Own(OwnLogin, OwnConfirmation)), CounterFixture.Typed("counter2"));
        Assert.Equal("counter3", Assert.IsType<OperatorsOutcome.Authenticated>(replaced).MakerLoginId);

        Assert.IsType<OperatorsOutcome.Refused>(
            await fixture.Evaluate(CounterFixture.Typed("counter3", password), CounterFixture.Typed("counter2")));
        Assert.IsType<OperatorsOutcome.Authenticated>(
            await fixture.Evaluate(CounterFixture.Typed("counter3", OwnLogin), CounterFixture.Typed("counter2")));
        var user = fixture.Bank.Read(db => db.Users.Single(u => u.LoginId == "counter3"));
        Assert.True(user.ConfirmationPassword.Matches(new SuppliedPassword(OwnConfirmation)));
        Assert.Contains(
            fixture.Bank.History(),
            record => record is
            {
                Operation: HistoryOperation.OperatorRegistration,
                Detail: "operator-registered",
                TargetLoginId: "counter3",
                Source: CounterFixture.Source,
            });
        Assert.Contains(
            fixture.Bank.History(),
            record => record is { Operation: HistoryOperation.PasswordChange, Detail: "one-time-password-replaced", LoginId: "counter3" });
    }

    [Theory]
    [InlineData("short", OwnConfirmation, PasswordKind.Login, PasswordPolicyOutcome.TooShort)]
    [InlineData("correct horse battery staple", OwnConfirmation, PasswordKind.Login, PasswordPolicyOutcome.TooCommon)]
    [InlineData(OwnLogin, "counter3", PasswordKind.Confirmation, PasswordPolicyOutcome.TooPersonal)]
    [InlineData(OwnLogin, OwnLogin, PasswordKind.Confirmation, PasswordPolicyOutcome.SameAsOther)]
    public async Task Replacement_AgainstThePolicy_IsRefused_AndTheOneTimePasswordStays(
        string login, string confirmation, PasswordKind kind, PasswordPolicyOutcome reason)
    {
        using var fixture = await CounterFixture.Open();
        var password = await Register(fixture, "counter3");

        var outcome = await fixture.Evaluate(
            CounterFixture.Typed("counter3", password, CounterFixture.Own(login, confirmation)), CounterFixture.Typed("counter2"));

        Assert.Equal(new OperatorsOutcome.ReplacementRefused(
            "counter3", kind, reason, fixture.Policy.MinCharacters(kind), fixture.Policy.MaxCharacters), outcome);
        Assert.Equal(
            new OperatorsOutcome.MustReplace("counter3"),
            await fixture.Evaluate(CounterFixture.Typed("counter3", password), CounterFixture.Typed("counter2")));
    }

    [Fact]
    public async Task Replacement_WithTheOneTimePasswordItself_IsRefused()
    {
        using var fixture = await CounterFixture.Open();
        var password = await Register(fixture, "counter3");

        var outcome = await fixture.Evaluate(
            CounterFixture.Typed("counter3", password, CounterFixture.Own(password, OwnConfirmation)), CounterFixture.Typed("counter2"));

        Assert.Equal(PasswordPolicyOutcome.SameAsOther, Assert.IsType<OperatorsOutcome.ReplacementRefused>(outcome).Reason);
    }

    [Fact]
    public async Task OneTimePassword_After14Days_IsWorthNothing_AndANewOneMayBeMade()
    {
        using var fixture = await CounterFixture.Open();
        var password = await Register(fixture, "counter3");
        fixture.Bank.Clock.Advance(OneTimePassword.Validity);

        var outcome = Assert.IsType<OperatorsOutcome.Refused>(
            await fixture.Evaluate(CounterFixture.Typed("counter3", password), CounterFixture.Typed("counter2")));
        Assert.Equal(OperatorRefusal.InitialPasswordExpired, outcome.Reason);

        var another = await Register(fixture, "counter3");
        Assert.NotEqual(password, another);
        Assert.Equal(
            new OperatorsOutcome.MustReplace("counter3"),
            await fixture.Evaluate(CounterFixture.Typed("counter3", another), CounterFixture.Typed("counter2")));
    }

    [Theory]
    [InlineData("counter1", "窓口担当", UserRole.CounterApprover, RegisterOperatorRefusal.LoginIdTaken)]
    [InlineData("ＣＯＵＮＴＥＲ１", "窓口担当", UserRole.CounterApprover, RegisterOperatorRefusal.LoginIdTaken)]
    [InlineData("", "窓口担当", UserRole.CounterClerk, RegisterOperatorRefusal.NotALoginId)]
    [InlineData("a\nb", "窓口担当", UserRole.CounterClerk, RegisterOperatorRefusal.NotALoginId)]
    [InlineData("counter3", "  ", UserRole.CounterClerk, RegisterOperatorRefusal.NotAName)]
    [InlineData("counter3", "a\r\nBcc: x@example.jp", UserRole.CounterApprover, RegisterOperatorRefusal.NotAName)]
    [InlineData("counter3", "窓口担当", UserRole.CounterClerk, RegisterOperatorRefusal.NotAMailAddress, "two@example.jp, more@example.jp")]
    [InlineData("counter2", "窓口担当", UserRole.CounterApprover, RegisterOperatorRefusal.OwnPasswords)]
    public async Task Register_BadInput_IsRefused(
        string loginId, string name, UserRole role, RegisterOperatorRefusal reason, string? mail = null)
    {
        using var fixture = await CounterFixture.Open();

        var outcome = await fixture.Register.RunAsync(
            new(loginId, name, role, mail, CounterFixture.Source), await fixture.Agree(), TestContext.Current.CancellationToken);

        Assert.Equal(new RegisterOperatorOutcome.Refused(reason), outcome);
        Assert.Equal(2, fixture.Bank.Read(db => db.Users.Count()));
    }

    [Fact]
    public async Task Register_PendingOperatorInAnotherRole_IsRefused()
    {
        using var fixture = await CounterFixture.Open();
        await Register(fixture, "counter3");

        var outcome = await fixture.Register.RunAsync(
            new("counter3", "窓口担当三", UserRole.CounterApprover, null, CounterFixture.Source), await fixture.Agree(),
            TestContext.Current.CancellationToken);

        Assert.Equal(new RegisterOperatorOutcome.Refused(RegisterOperatorRefusal.LoginIdTaken), outcome);
    }

    [Fact]
    public void OneTimePassword_PrintsRedacted_AndPassesThePolicyOfLength()
    {
        var password = OneTimePassword.New();
        Assert.Equal("[redacted]", password.ToString());
        Assert.Matches("^[2-9A-HJKMNP-Z]{4}(-[2-9A-HJKMNP-Z]{4}){4}$", password.Value);
        Assert.NotEqual(password.Value, OneTimePassword.New().Value);
    }

    private static async Task<string> Register(CounterFixture fixture, string loginId)
    {
        var outcome = await fixture.Register.RunAsync(
            new(loginId, "窓口担当三", UserRole.CounterClerk, null, CounterFixture.Source), await fixture.Agree(),
            TestContext.Current.CancellationToken);
        var registered = Assert.IsType<RegisterOperatorOutcome.Registered>(outcome);
        Assert.Equal(fixture.Bank.Now.AddDays(14), registered.ExpiresAt);
        return registered.Password.Value;
    }
}
