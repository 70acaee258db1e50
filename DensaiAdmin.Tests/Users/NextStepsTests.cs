using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Users;

/// <summary>The one table of R27, row by row and combination by combination.</summary>
public sealed class NextStepsTests
{
    // Cause, then what each person is told: general user, general user without an able master, master, master alone, staff.
    private static readonly (AccessCause Cause, NextStep Step, Helper[] Helpers)[] Table =
    [
        (AccessCause.UserDeleted, NextStep.BeRegisteredAnew,
            [Helper.Master, Helper.Counter, Helper.Counter, Helper.Counter, Helper.Operators]),
        (AccessCause.UserSuspended, NextStep.BeReleased,
            [Helper.Master, Helper.Counter, Helper.Counter, Helper.Counter, Helper.Operators]),
        (AccessCause.PasswordLocked, NextStep.WaitOrBeUnlocked,
            [Helper.Master, Helper.Counter, Helper.OtherMaster, Helper.Counter, Helper.Operators]),
        (AccessCause.InitialPasswordExpired, NextStep.HavePasswordReissued,
            [Helper.Master, Helper.Counter, Helper.Counter, Helper.Counter, Helper.Operators]),
        (AccessCause.PasswordMethod, NextStep.LogInByPassword,
            [Helper.Nobody, Helper.Nobody, Helper.Nobody, Helper.Nobody, Helper.Nobody]),
        (AccessCause.CertificateExpired, NextStep.HaveRevokedThenObtain,
            [Helper.Master, Helper.Counter, Helper.Counter, Helper.Counter, Helper.Operators]),
        (AccessCause.CertificateRevoked, NextStep.Obtain,
            [Helper.Nobody, Helper.Nobody, Helper.Nobody, Helper.Nobody, Helper.Nobody]),
        (AccessCause.CertificateSuperseded, NextStep.UseTheNewer,
            [Helper.Nobody, Helper.Nobody, Helper.Nobody, Helper.Nobody, Helper.Nobody]),
        (AccessCause.CertificateNotIssued, NextStep.Obtain,
            [Helper.Nobody, Helper.Nobody, Helper.Nobody, Helper.Nobody, Helper.Nobody]),
        (AccessCause.CertificateActive, NextStep.UseOrHaveRevoked,
            [Helper.Master, Helper.Counter, Helper.Counter, Helper.Counter, Helper.Operators]),
    ];

    public static TheoryData<bool, bool, bool, bool, AuthenticationMethod, CertificateStatus> States() =>
    [
        .. from deleted in new[] { false, true }
           from suspended in new[] { false, true }
           from locked in new[] { false, true }
           from late in new[] { false, true }
           from method in Enum.GetValues<AuthenticationMethod>()
           from status in Enum.GetValues<CertificateStatus>()
           select (deleted, suspended, locked, late, method, status),
    ];

    [Fact]
    public void Table_HasEveryCauseAndEveryPerson()
    {
        Assert.Equal(Enum.GetValues<AccessCause>(), Table.Select(row => row.Cause));
        foreach (var (cause, step, helpers) in Table)
        {
            Assert.Equal(
                helpers.Select(helper => new Advice(step, helper)),
                Enum.GetValues<PersonKind>().Select(person => NextSteps.For(cause, person)));
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Cause_OfEveryState_IsTheFirstInTheOrderOfR27(
        bool deleted, bool suspended, bool locked, bool late, AuthenticationMethod method, CertificateStatus status)
    {
        AccessCause? expected = null;
        // From the last to the first: what stands before overrules.
        if (method == AuthenticationMethod.Certificate && status != CertificateStatus.Issued)
        {
            expected = Enum.Parse<AccessCause>("Certificate" + status);
        }

        expected = late ? AccessCause.InitialPasswordExpired : expected;
        expected = locked ? AccessCause.PasswordLocked : expected;
        expected = suspended ? AccessCause.UserSuspended : expected;
        expected = deleted ? AccessCause.UserDeleted : expected;

        Assert.Equal(expected, NextSteps.CauseOf(deleted, suspended, locked, late, method, status));
    }

    [Theory]
    [InlineData("", PersonKind.GeneralUser, PersonKind.MasterAlone)]
    [InlineData("second master", PersonKind.GeneralUser, PersonKind.Master)]
    [InlineData("suspended", PersonKind.GeneralUserAlone, PersonKind.MasterAlone)]
    [InlineData("deleted", PersonKind.GeneralUserAlone, PersonKind.MasterAlone)]
    [InlineData("revoked", PersonKind.GeneralUserAlone, PersonKind.MasterAlone)]
    [InlineData("expired", PersonKind.GeneralUserAlone, PersonKind.MasterAlone)]
    [InlineData("without certificate", PersonKind.GeneralUserAlone, PersonKind.MasterAlone)]
    [InlineData("late", PersonKind.GeneralUserAlone, PersonKind.MasterAlone)]
    [InlineData("other company", PersonKind.GeneralUser, PersonKind.MasterAlone)]
    public async Task Person_IsWhomTheCompanysMastersCanHelp(string state, PersonKind general, PersonKind master)
    {
        using var bank = TestBank.Open();
        var company = await bank.AddCompany();
        var first = await bank.AddUser("0501D00601M", company, UserRole.Master);
        var user = await bank.AddUser("0501D00601U", company);
        var staff = await bank.AddUser("counter1", null, UserRole.CounterClerk);
        if (state != "without certificate")
        {
            await bank.GiveCertificate(first);
        }

        if (state is "second master" or "other company")
        {
            var second = await bank.AddUser(
                "0501D00601K", state == "other company" ? await bank.AddCompany("0501D47701") : company, UserRole.Master);
            await bank.GiveCertificate(second);
        }

        await bank.Act(work =>
        {
            var stored = work.Db.Users.Single(u => u.Id == first.Id);
            switch (state)
            {
                case "suspended":
                    stored.Suspend(work.Now);
                    break;
                case "deleted":
                    stored.Delete(work.Now);
                    break;
                case "revoked":
                    stored.NoteCurrentRevoked(work.Now);
                    break;
                case "late":
                    stored.SetOneTimePassword(TestBank.CheapHash("x"), work.Now);
                    break;
            }
        });
        if (state == "expired")
        {
            bank.Clock.Advance(TimeSpan.FromDays(400));
        }

        Assert.Equal(
            (general, master, PersonKind.Staff),
            bank.Read(db => (Of(db, user), Of(db, first), Of(db, staff))));

        PersonKind Of(DensaiDbContext db, User one) => NextSteps.PersonOf(db, db.Users.Single(u => u.Id == one.Id), bank.Now);
    }
}
