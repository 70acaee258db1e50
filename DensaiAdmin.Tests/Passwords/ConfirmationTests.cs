using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Passwords;

/// <summary>R14: 確認用パスワード, and the proof that it was typed.</summary>
public class ConfirmationTests
{
    private static readonly ConfirmedOperation Operation = new(HistoryOperation.Revocation, 7, "7F01");

    [Fact]
    public async Task Password_ThatIsRight_ProvesTheActItWasTypedFor()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        var proof = await ProofAsync(fixture, Operation);

        Assert.True(proof.Spend(fixture.Master, Operation, fixture.Bank.Now));
    }

    [Fact]
    public async Task Proof_SpentBefore_IsWorthNothing()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var proof = await ProofAsync(fixture, Operation);
        proof.Spend(fixture.Master, Operation, fixture.Bank.Now);

        Assert.False(proof.Spend(fixture.Master, Operation, fixture.Bank.Now));
    }

    [Fact]
    public async Task Proof_SpentByManyAtOnce_IsWorthOneAct()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var proof = await ProofAsync(fixture, Operation);
        var worth = 0;

        Parallel.For(0, 64, _ => Interlocked.Add(ref worth, proof.Spend(fixture.Master, Operation, fixture.Bank.Now) ? 1 : 0));

        Assert.Equal(1, worth);
    }

    [Fact]
    public async Task Proof_OfAnother_IsWorthNothing()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var proof = await ProofAsync(fixture, Operation);

        Assert.False(proof.Spend(fixture.SecondMaster, Operation, fixture.Bank.Now));
    }

    [Fact]
    public async Task Proof_ForSomethingElse_IsWorthNothingAndStaysGoodForItsOwn()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var proof = await ProofAsync(fixture, Operation);

        Assert.False(proof.Spend(fixture.Master, Operation with { Operation = HistoryOperation.Suspension }, fixture.Bank.Now));
        Assert.False(proof.Spend(fixture.Master, Operation with { TargetUserId = 8 }, fixture.Bank.Now));
        Assert.False(proof.Spend(fixture.Master, Operation with { Target = "7F02" }, fixture.Bank.Now));
        Assert.True(proof.Spend(fixture.Master, Operation, fixture.Bank.Now));
    }

    [Fact]
    public async Task Password_ThatIsWrong_IsRecordedWithTheActItWasMeantFor()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        var outcome = await fixture.Confirm(actor, CustomerFixture.Request(fixture.UserCertificate), "wrong");

        Assert.Equal(new UnconfirmedOutcome.Wrong(4), outcome);
        var record = Assert.Single(fixture.History(HistoryOperation.Revocation));
        Assert.Equal(
            (HistoryResult.Refused, "confirmation-wrong", "4", fixture.Master.Id, fixture.User.LoginId, fixture.Company.Id),
            (record.Result, record.Detail, record.Value, record.UserId, record.TargetLoginId, record.CompanyId));
    }

    [Fact]
    public async Task LoginPassword_TypedInstead_IsWrong()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        Assert.IsType<UnconfirmedOutcome.Wrong>(
            await fixture.Confirm(actor, CustomerFixture.Request(fixture.UserCertificate), TestBank.LoginPassword));
    }

    [Fact]
    public async Task Password_WrongForTheFifthTime_LocksAndSaysSoByMailOnce()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var outcomes = new List<UnconfirmedOutcome?>();
        for (var i = 0; i < 7; i++)
        {
            outcomes.Add(await fixture.Confirm(actor, CustomerFixture.Request(fixture.UserCertificate), "wrong"));
        }

        Assert.Equal(
            [
                new UnconfirmedOutcome.Wrong(4), new UnconfirmedOutcome.Wrong(3), new UnconfirmedOutcome.Wrong(2),
                new UnconfirmedOutcome.Wrong(1),
                new UnconfirmedOutcome.Locked(ByThisAttempt: true), new UnconfirmedOutcome.Locked(ByThisAttempt: false),
                new UnconfirmedOutcome.Locked(ByThisAttempt: false),
            ],
            outcomes);
        Assert.Equal(
            [
                "confirmation-wrong", "confirmation-wrong", "confirmation-wrong", "confirmation-wrong",
                "confirmation-locked", "confirmation-locked", "confirmation-locked",
            ],
            fixture.History(HistoryOperation.Revocation).Select(r => r.Detail));
        Assert.Equal(
            [fixture.Master.Id, fixture.SecondMaster.Id],
            (await fixture.MailsAsync(MailKind.ConfirmationLocked)).Select(m => m.RecipientId).Order());
    }

    [Fact]
    public async Task Password_ThatIsRightOnceLocked_IsRefusedADayLaterToo()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        for (var i = 0; i < 5; i++)
        {
            await fixture.Confirm(actor, CustomerFixture.Request(fixture.UserCertificate), "wrong");
        }

        fixture.Bank.Clock.Advance(TimeSpan.FromDays(1));
        var later = await fixture.SignIn(fixture.MasterCertificate);

        Assert.Equal(
            new UnconfirmedOutcome.Locked(ByThisAttempt: false),
            await fixture.Confirm(later, CustomerFixture.Request(fixture.UserCertificate)));
    }

    [Fact]
    public async Task Password_ThatWasReleased_IsGoodAgain()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        for (var i = 0; i < 5; i++)
        {
            await fixture.Confirm(actor, CustomerFixture.Request(fixture.UserCertificate), "wrong");
        }

        await fixture.Bank.Act(work => fixture.Attempts.Release(work, fixture.Master.CanonicalLoginId));

        Assert.Null(await fixture.Confirm(actor, CustomerFixture.Request(fixture.UserCertificate)));
    }

    [Fact]
    public async Task Lock_OfTheConfirmationPassword_LeavesTheLoginOpen()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        for (var i = 0; i < 5; i++)
        {
            await fixture.Confirm(actor, CustomerFixture.Request(fixture.UserCertificate), "wrong");
        }

        await fixture.SignIn(fixture.MasterCertificate);
    }

    [Fact]
    public async Task Session_ThatIsOver_ConfirmsNothingAndCountsNothing()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        await fixture.LogOut.ByUserAsync(actor, TestContext.Current.CancellationToken);

        Assert.IsType<UnconfirmedOutcome.SessionEnded>(await fixture.Confirm(actor, CustomerFixture.Request(fixture.UserCertificate)));
        Assert.Equal(fixture.Attempts.Untouched, fixture.Bank.Read(
            db => fixture.Attempts.StateOf(db, fixture.Master.CanonicalLoginId, PasswordPath.Confirmation, fixture.Bank.Now)));
    }

    [Fact]
    public async Task Session_ThatNeverWas_ConfirmsNothing()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        Assert.IsType<UnconfirmedOutcome.SessionEnded>(
            await fixture.Confirm(new Actor(4711, CustomerFixture.Source), CustomerFixture.Request(fixture.UserCertificate)));
    }

    [Fact]
    public async Task Password_ThatIsWrongForAForeignUser_KeepsThatUserOutOfTheRecord()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        await fixture.Confirm(actor, CustomerFixture.Request(fixture.StrangerCertificate), "wrong");

        var record = Assert.Single(fixture.History(HistoryOperation.Revocation));
        Assert.Equal((null, null), (record.TargetUserId, record.TargetLoginId));
    }

    private static async Task<Confirmation> ProofAsync(CustomerFixture fixture, ConfirmedOperation operation) =>
        await fixture.Proof(await fixture.SignIn(fixture.MasterCertificate), operation);
}
