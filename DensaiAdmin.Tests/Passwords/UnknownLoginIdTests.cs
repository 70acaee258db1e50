using DensaiAdmin.Core;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.LoginIdAcquisition;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Passwords;

/// <summary>
/// Fault B6: wherever a password is asked for before anybody is known, an ID that nobody has costs and says what a known one does.
/// </summary>
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
        using var fixture = await CustomerFixture.OpenAsync();
        var company = await fixture.Bank.AddCompany("0501D00900", AuthenticationMethod.IdAndPassword);
        await fixture.Bank.AddUser("0501D00900T", company);
        await AddHinderedAsync(fixture.Bank, company);
        var logIn = new LogInByPassword(
            fixture.Bank.Writer, fixture.Bank.Contexts, fixture.Passwords, Throttle(fixture), fixture.Sessions, fixture.Refusals,
            fixture.Bank.Clock);

        var outcome = await logIn.RunAsync(
            loginId, new("not the password"), Actor.Anonymous(CustomerFixture.Source), "a browser", Cancellation);

        Assert.Equal(new PasswordLogInOutcome.Refused(), outcome);
        Assert.Equal(1, fixture.Hasher.Evaluations);
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
        using var fixture = await CustomerFixture.OpenAsync();
        var bank = fixture.Bank;
        var company = await bank.AddCompany("0501D70001");
        var code = PasswordHash.Of(ActivationCode.New().AsSupplied());
        await bank.Act(work => work.Db.ActivationLetters.Add(new ActivationLetter(
            work.Db.Companies.Single(c => c.Id == company.Id), AccountNumber.Read("101", "7000123")!, code, work.Now)));
        var institution = Options.Create(new InstitutionOptions());
        var always = new AcquisitionHours(
            Options.Create(new AcquisitionHoursOptions { Opens = TimeOnly.MinValue, Closes = TimeOnly.MaxValue }), bank.Clock);
        var acquire = new AcquireLoginId(
            bank.Writer, bank.Contexts, always, fixture.Passwords, fixture.Attempts, fixture.Hasher, new PasswordPolicy(
                Options.Create(fixture.PasswordLimits), institution),
            Throttle(fixture), fixture.Refusals, institution, bank.Clock);

        var outcome = await acquire.OpenAsync(
            new(contract, "101", account, ActivationCode.New().Printed), Actor.Anonymous(CustomerFixture.Source), Cancellation);

        Assert.Equal(new OpenLetterOutcome.Refused(), outcome);
        Assert.Equal(1, fixture.Hasher.Evaluations);
    }

    private static SourceThrottle Throttle(CustomerFixture fixture) => new(Options.Create(fixture.PasswordLimits), fixture.Bank.Clock);

    private static async Task AddHinderedAsync(TestBank bank, Company company)
    {
        foreach (var id in new[] { "suspended", "deleted", "late" })
        {
            await bank.AddUser(id, company);
        }

        await bank.Act(work =>
        {
            work.Db.Users.Single(u => u.CanonicalLoginId == "SUSPENDED").Suspend(work.Now);
            work.Db.Users.Single(u => u.CanonicalLoginId == "DELETED").Delete(work.Now);
            var late = work.Db.Users.Single(u => u.CanonicalLoginId == "LATE");
            late.SetOneTimePassword(late.LoginPassword, work.Now.AddMilliseconds(-1));
        });
    }
}
