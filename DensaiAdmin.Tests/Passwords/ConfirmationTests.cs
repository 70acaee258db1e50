using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Passwords;

/// <summary>R14: 確認用パスワード, and the proof that it was typed.</summary>
public class ConfirmationTests
{
    private static readonly ConfirmedAct Act = new(HistoryOperation.Revocation, 7, "7F01");

    [Fact]
    public async Task Password_ThatIsRight_ProvesTheActItWasTypedFor()
    {
        using var desk = await CustomerDesk.OpenAsync();

        var proof = await ProofAsync(desk, Act);

        Assert.True(proof.Spend(desk.Master, Act, desk.Bank.Now));
    }

    [Fact]
    public async Task Proof_SpentBefore_IsWorthNothing()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var proof = await ProofAsync(desk, Act);
        proof.Spend(desk.Master, Act, desk.Bank.Now);

        Assert.False(proof.Spend(desk.Master, Act, desk.Bank.Now));
    }

    [Fact]
    public async Task Proof_SpentByManyAtOnce_IsWorthOneAct()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var proof = await ProofAsync(desk, Act);
        var worth = 0;

        Parallel.For(0, 64, _ => Interlocked.Add(ref worth, proof.Spend(desk.Master, Act, desk.Bank.Now) ? 1 : 0));

        Assert.Equal(1, worth);
    }

    [Fact]
    public async Task Proof_OfAnother_IsWorthNothing()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var proof = await ProofAsync(desk, Act);

        Assert.False(proof.Spend(desk.SecondMaster, Act, desk.Bank.Now));
    }

    [Fact]
    public async Task Proof_ForSomethingElse_IsWorthNothingAndStaysGoodForItsOwn()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var proof = await ProofAsync(desk, Act);

        Assert.False(proof.Spend(desk.Master, Act with { Operation = HistoryOperation.Suspension }, desk.Bank.Now));
        Assert.False(proof.Spend(desk.Master, Act with { TargetUserId = 8 }, desk.Bank.Now));
        Assert.False(proof.Spend(desk.Master, Act with { Target = "7F02" }, desk.Bank.Now));
        Assert.True(proof.Spend(desk.Master, Act, desk.Bank.Now));
    }

    [Fact]
    public async Task Password_ThatIsWrong_IsRecordedWithTheActItWasMeantFor()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        var outcome = await desk.Confirm(actor, CustomerDesk.Request(desk.UserCertificate), "wrong");

        Assert.Equal(new ConfirmationOutcome.Wrong(4), outcome);
        var record = Assert.Single(desk.History(HistoryOperation.Revocation));
        Assert.Equal(
            (HistoryResult.Refused, "confirmation-wrong", "4", desk.Master.Id, desk.User.LoginId, desk.Company.Id),
            (record.Result, record.Detail, record.Value, record.UserId, record.TargetLoginId, record.CompanyId));
    }

    [Fact]
    public async Task LoginPassword_TypedInstead_IsWrong()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        Assert.IsType<ConfirmationOutcome.Wrong>(await desk.Confirm(actor, CustomerDesk.Request(desk.UserCertificate), TestBank.LoginPassword));
    }

    [Fact]
    public async Task Password_WrongForTheFifthTime_LocksAndSaysSoByMailOnce()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var outcomes = new List<ConfirmationOutcome>();
        for (var i = 0; i < 7; i++)
        {
            outcomes.Add(await desk.Confirm(actor, CustomerDesk.Request(desk.UserCertificate), "wrong"));
        }

        Assert.Equal(
            [
                new ConfirmationOutcome.Wrong(4), new ConfirmationOutcome.Wrong(3), new ConfirmationOutcome.Wrong(2), new ConfirmationOutcome.Wrong(1),
                new ConfirmationOutcome.Locked(ByThisAttempt: true), new ConfirmationOutcome.Locked(ByThisAttempt: false), new ConfirmationOutcome.Locked(ByThisAttempt: false),
            ],
            outcomes);
        Assert.Equal(
            ["confirmation-wrong", "confirmation-wrong", "confirmation-wrong", "confirmation-wrong", "confirmation-locked", "confirmation-locked", "confirmation-locked"],
            desk.History(HistoryOperation.Revocation).Select(r => r.Detail));
        Assert.Equal([desk.Master.Id, desk.SecondMaster.Id], desk.Mails(MailKind.ConfirmationLocked).Select(m => m.RecipientId).Order());
    }

    [Fact]
    public async Task Password_ThatIsRightOnceLocked_IsRefusedADayLaterToo()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        for (var i = 0; i < 5; i++)
        {
            await desk.Confirm(actor, CustomerDesk.Request(desk.UserCertificate), "wrong");
        }

        desk.Bank.Clock.Advance(TimeSpan.FromDays(1));
        var later = await desk.SignIn(desk.MasterCertificate);

        Assert.Equal(new ConfirmationOutcome.Locked(ByThisAttempt: false), await desk.Confirm(later, CustomerDesk.Request(desk.UserCertificate)));
    }

    [Fact]
    public async Task Password_ThatWasReleased_IsGoodAgain()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        for (var i = 0; i < 5; i++)
        {
            await desk.Confirm(actor, CustomerDesk.Request(desk.UserCertificate), "wrong");
        }

        await desk.Bank.Act(act => desk.Attempts.Release(act, desk.Master.CanonicalLoginId));

        Assert.IsType<ConfirmationOutcome.Confirmed>(await desk.Confirm(actor, CustomerDesk.Request(desk.UserCertificate)));
    }

    [Fact]
    public async Task Lock_OfTheConfirmationPassword_LeavesTheLoginOpen()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        for (var i = 0; i < 5; i++)
        {
            await desk.Confirm(actor, CustomerDesk.Request(desk.UserCertificate), "wrong");
        }

        await desk.SignIn(desk.MasterCertificate);
    }

    [Fact]
    public async Task Session_ThatIsOver_ConfirmsNothingAndCountsNothing()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        await desk.LogOut.ByUserAsync(actor, TestContext.Current.CancellationToken);

        Assert.IsType<ConfirmationOutcome.SessionEnded>(await desk.Confirm(actor, CustomerDesk.Request(desk.UserCertificate)));
        Assert.Equal(desk.Attempts.Untouched, desk.Bank.Read(db => desk.Attempts.StateOf(db, desk.Master.CanonicalLoginId, PasswordPath.Confirmation, desk.Bank.Now)));
    }

    [Fact]
    public async Task Session_ThatNeverWas_ConfirmsNothing()
    {
        using var desk = await CustomerDesk.OpenAsync();

        Assert.IsType<ConfirmationOutcome.SessionEnded>(await desk.Confirm(new Actor(4711, CustomerDesk.Source), CustomerDesk.Request(desk.UserCertificate)));
    }

    private static async Task<Confirmation> ProofAsync(CustomerDesk desk, ConfirmedAct act)
    {
        var actor = await desk.SignIn(desk.MasterCertificate);
        return Assert.IsType<ConfirmationOutcome.Confirmed>(
            await desk.Confirmations.JudgeAsync(actor, act, new SuppliedPassword(TestBank.ConfirmationPassword), cancellation: TestContext.Current.CancellationToken)).Proof;
    }
}
