using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Passwords;

/// <summary>
/// Whatever locks somebody is a record of its own, written with the lock: with ID, company and source (R22). Nothing here writes what
/// waits for the end of the minute, as if the program were killed after the last answer.
/// </summary>
public sealed class LockRecordTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<PasswordPath> Paths => [.. Enum.GetValues<PasswordPath>()];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task FifthWrongPassword_OnAnyPath_SaysWhomItLocked_AndFromWhere(PasswordPath path)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        for (var i = 0; i < 6; i++)
        {
            await fixture.Passwords.EvaluateAsync(
                new(
                    fixture.User.CanonicalLoginId, path, fixture.User, fixture.User.LoginPassword, new("wrong"),
                    i < 4 ? "198.51.100.1" : "198.51.100.2"), Cancellation);
        }

        AssertLocked(Assert.Single(fixture.History(HistoryOperation.Lock)), fixture.User, path, "198.51.100.2");
        Assert.True(fixture.Bank.Read(db => fixture.Attempts.StateOf(db, fixture.User.CanonicalLoginId, path, fixture.Bank.Now)).IsLocked);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task FifthPassword_ThatIsRight_LocksNobody_AndNothingIsSaid(PasswordPath path)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await fixture.Passwords.EvaluateAsync(
                new(
                    fixture.User.CanonicalLoginId, path, fixture.User, fixture.User.LoginPassword,
                    new(i < 4 ? "wrong" : TestBank.LoginPassword), CustomerFixture.Source), Cancellation);
        }

        Assert.Empty(fixture.History(HistoryOperation.Lock));
    }

    [Fact]
    public async Task Lock_ThatEndsAndComesAgain_IsARecordEachTime()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        for (var i = 0; i < 2; i++)
        {
            await FailAsync(() => fixture.TryLogIn(fixture.UserCertificate, "wrong"));
            fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
        }

        Assert.Equal(2, fixture.History(HistoryOperation.Lock).Count);
    }

    [Fact]
    public async Task InventedId_LocksNobody_AndWritesNothing()
    {
        using var issuing = await IssuingBank.OpenAsync();
        await FailAsync(() => issuing.Ask(IssuingBank.NewRequest(), "NOBODY", "a wrong password"));

        Assert.Empty(issuing.Bank.History());
    }

    [Fact]
    public async Task LoginBehindACertificate_IsToldToTheCompany()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await FailAsync(() => fixture.TryLogIn(fixture.UserCertificate, "wrong"));

        AssertLocked(Assert.Single(fixture.History(HistoryOperation.Lock)), fixture.User, PasswordPath.Certificate, CustomerFixture.Source);
    }

    [Fact]
    public async Task ConfirmationPassword_IsToldToTheCompany()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        await FailAsync(() => fixture.Confirm(actor, CustomerFixture.Request(fixture.UserCertificate), "wrong"));

        AssertLocked(
            Assert.Single(fixture.History(HistoryOperation.Lock)), fixture.Master, PasswordPath.Confirmation, CustomerFixture.Source);
    }

    [Fact]
    public async Task PasswordToBeChanged_IsToldToTheCompany()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        await FailAsync(() => fixture.ChangePassword.ByUserAsync(
            actor, PasswordKind.Login, new("wrong"), new("a new password of some length"), Guid.NewGuid(), Cancellation));

        AssertLocked(Assert.Single(fixture.History(HistoryOperation.Lock)), fixture.User, PasswordPath.Certificate, CustomerFixture.Source);
    }

    [Fact]
    public async Task IssueFromOutside_IsToldToTheCompany()
    {
        using var issuing = await IssuingBank.OpenAsync();
        await FailAsync(() => issuing.Ask(IssuingBank.NewRequest(), password: "a wrong password"));

        AssertLocked(Assert.Single(issuing.Bank.History()), issuing.User, PasswordPath.Open, IssuingBank.Source);
    }

    [Fact]
    public async Task RenewalBehindACertificate_IsToldToTheCompany()
    {
        using var issuing = await IssuingBank.OpenAsync();
        var issued = await issuing.Issue();
        issuing.WaitForRenewal();
        await FailAsync(() => issuing.AskAgain(issued.Der, password: "a wrong password"));

        AssertLocked(
            Assert.Single(
                issuing.Bank.History(),
                r => r.Operation == HistoryOperation.Lock), issuing.User, PasswordPath.Certificate, IssuingBank.Source);
    }

    [Fact]
    public async Task PasswordForm_IsToldToTheCompany()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var user = await fixture.Bank.AddUser(
            "0501D00900T", await fixture.Bank.AddCompany("0501D00900", AuthenticationMethod.IdAndPassword));
        var logIn = new LogInByPassword(
            fixture.Bank.Writer, fixture.Bank.Contexts, fixture.Passwords,
            new SourceThrottle(Options.Create(fixture.PasswordLimits), fixture.Bank.Clock), fixture.Sessions, fixture.Refusals,
            fixture.Bank.Clock);
        await FailAsync(() => logIn.RunAsync(
            "0501D00900T", new("a wrong password"), Actor.Anonymous("203.0.113.9"), "a browser", Cancellation));

        AssertLocked(Assert.Single(fixture.Bank.History()), user, PasswordPath.Open, "203.0.113.9");
    }

    private static async Task FailAsync<T>(Func<Task<T>> attempt)
    {
        for (var i = 0; i < 5; i++)
        {
            await attempt();
        }
    }

    private static void AssertLocked(HistoryRecord record, User user, PasswordPath path, string source) =>
        Assert.Equal(
            (HistoryOperation.Lock, HistoryResult.Refused, "locked", path.ToString(), user.CompanyId, user.Id, user.LoginId,
                user.Id, source),
            (record.Operation, record.Result, record.Detail, record.Value, record.CompanyId, record.UserId, record.LoginId,
                record.TargetUserId, record.Source));
}
