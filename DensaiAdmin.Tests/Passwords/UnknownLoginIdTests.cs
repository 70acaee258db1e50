using DensaiAdmin.Core;
using DensaiAdmin.Core.Companies;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Passwords;

/// <summary>Fault B6: wherever a password is asked for before anybody is known, an ID that nobody has costs and says what a known one does.</summary>
public sealed class UnknownLoginIdTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0501D00900T")]
    [InlineData("nobody")]
    [InlineData("0501D60001T")]
    [InlineData("suspended")]
    [InlineData("deleted")]
    [InlineData("late")]
    [InlineData("\u200b")]
    public async Task PublicLogin_OfWhoeverIsNamed_CostsOneEvaluation_AndIsOneAnswer(string loginId)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var company = await desk.Bank.AddCompany("0501D00900", AuthenticationMethod.IdAndPassword);
        await desk.Bank.AddUser("0501D00900T", company);
        await AddHinderedAsync(desk.Bank, company);
        var logIn = new LogInByPassword(desk.Bank.Acts, desk.Bank.Contexts, desk.Passwords, Throttle(desk), desk.Sessions, desk.Refusals, desk.Bank.Clock);

        var outcome = await logIn.RunAsync(loginId, new("not the password"), CustomerDesk.Source, "a browser", Cancellation);

        Assert.Equal(new PasswordLogInOutcome.Refused(), outcome);
        Assert.Equal(1, desk.Hasher.Evaluations);
    }

    [Theory]
    [InlineData("0501D00601U")]
    [InlineData("nobody")]
    [InlineData("0501D00900T")]
    [InlineData("suspended")]
    [InlineData("deleted")]
    [InlineData("late")]
    [InlineData("\u200b")]
    public async Task Enrolment_OfWhoeverIsNamed_CostsOneEvaluation_AndIsOneAnswer(string loginId)
    {
        using var bank = await IssuingBank.OpenAsync();
        await bank.Bank.AddUser("0501D00900T", await bank.Bank.AddCompany("0501D00900", AuthenticationMethod.IdAndPassword));
        await AddHinderedAsync(bank.Bank, bank.Company);

        var outcome = await bank.Ask(IssuingBank.NewRequest(), loginId, "not the password");

        Assert.Equal(new EnrollOutcome.Refused(EnrollRefusal.BadCredentials), outcome);
        Assert.Equal(1, bank.Hasher.Evaluations);
    }

    [Theory]
    [InlineData("0501D70001", "7000123")]
    [InlineData("0501D70001", "7000124")]
    [InlineData("0501D70002", "7000123")]
    [InlineData("0501D60001", "7000123")]
    [InlineData("", "")]
    public async Task Letter_OfWhicheverContract_CostsOneEvaluation_AndIsOneAnswer(string contract, string account)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var bank = desk.Bank;
        var company = await bank.AddCompany("0501D70001");
        var code = PasswordHash.Of(ActivationCode.New().AsSupplied());
        await bank.Act(act => act.Db.ActivationLetters.Add(new ActivationLetter(act.Db.Companies.Single(c => c.Id == company.Id), AccountNumber.Read("101", "7000123")!, code, act.Now)));
        var institution = Options.Create(new InstitutionOptions());
        var always = new AcquisitionHours(Options.Create(new AcquisitionHoursOptions { Opens = TimeOnly.MinValue, Closes = TimeOnly.MaxValue }), bank.Clock);
        var acquire = new AcquireLoginId(
            bank.Acts, bank.Contexts, always, desk.Passwords, desk.Attempts, desk.Hasher, new PasswordPolicy(Options.Create(desk.PasswordLimits), institution),
            Throttle(desk), desk.Refusals, desk.Outbox, institution, bank.Clock);

        var outcome = await acquire.OpenAsync(new(contract, "101", account, ActivationCode.New().Printed), CustomerDesk.Source, Cancellation);

        Assert.Equal(new OpenLetterOutcome.Refused(), outcome);
        Assert.Equal(1, desk.Hasher.Evaluations);
    }

    private static SourceThrottle Throttle(CustomerDesk desk) => new(Options.Create(desk.PasswordLimits), desk.Bank.Clock);

    private static async Task AddHinderedAsync(TestBank bank, Company company)
    {
        foreach (var id in new[] { "suspended", "deleted", "late" })
        {
            await bank.AddUser(id, company);
        }

        await bank.Act(act =>
        {
            act.Db.Users.Single(u => u.CanonicalLoginId == "SUSPENDED").Suspend(act.Now);
            act.Db.Users.Single(u => u.CanonicalLoginId == "DELETED").Delete(act.Now);
            var late = act.Db.Users.Single(u => u.CanonicalLoginId == "LATE");
            late.SetOneTimePassword(late.LoginPassword, act.Now.AddMilliseconds(-1));
        });
    }
}
