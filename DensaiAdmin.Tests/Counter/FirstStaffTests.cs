using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace DensaiAdmin.Tests.Counter;

/// <summary>Nobody at the bank acts alone, but for the first two who cannot do otherwise.</summary>
public class FirstStaffTests
{
    private const string Name = "窓口担当三";

    private static readonly RegistrationWarrant Nobody = new RegistrationWarrant.OfFirstStaff();

    [Fact]
    public async Task FirstOperators_AreRegisteredWithoutApproval_UntilTwoHavePasswordsOfTheirOwn()
    {
        using var fixture = await CounterFixture.Open();
        await fixture.Bank.Act(
            work => work.Db.Users.ToList().ForEach(u => u.ResetPasswords(u.LoginPassword, u.ConfirmationPassword, work.Now.AddDays(1))));

        await Done(fixture, "first", UserRole.CounterApprover, Nobody);
        await Done(fixture, "second", UserRole.CounterClerk, Nobody);
        await SetOwnPasswords(fixture, "first");
        await Done(fixture, "second", UserRole.CounterClerk, Nobody);
        await SetOwnPasswords(fixture, "second");

        await Refused(fixture, "third", UserRole.CounterClerk, Nobody, RegisterOperatorRefusal.NeedsTwoOperators);
        await Refused(fixture, "counter1", UserRole.CounterClerk, Nobody, RegisterOperatorRefusal.NeedsTwoOperators);
    }

    [Fact]
    public async Task OneWhoHasOwnPasswords_GetsNewOnesFromNobodyAlone()
    {
        using var fixture = await CounterFixture.Open();
        await fixture.Bank.Act(work => work.Db.Users.Single(u => u.LoginId == "counter2").Delete(work.Now));
        fixture.Bank.Sql($"DELETE FROM Users WHERE LoginId = 'counter2'");

        await Refused(fixture, "counter1", UserRole.CounterClerk, Nobody, RegisterOperatorRefusal.NeedsTwoOperators);

        Assert.True(fixture.Bank.Read(
            db => db.Users.Single(u => u.LoginId == "counter1").LoginPassword.Matches(new SuppliedPassword(TestBank.LoginPassword))));
        await Done(fixture, "counter3", UserRole.CounterApprover, Nobody);
    }

    [Fact]
    public async Task ReissueByTwo_OpensTheFirstStaffsDoorToNobody()
    {
        using var fixture = await CounterFixture.Open();
        await Done(fixture, "counter3", UserRole.CounterApprover, await fixture.Agree());
        await SetOwnPasswords(fixture, "counter3");
        await Done(fixture, "counter4", UserRole.CounterApprover, await fixture.Agree());
        await SetOwnPasswords(fixture, "counter4");
        await fixture.Bank.Act(work => work.Db.Users.Where(u => u.LoginId == "counter1").ToList().ForEach(u => u.Suspend(work.Now)));
        fixture.Bank.Sql($"UPDATE Users SET OneTimePasswordExpiresAt = CreatedAt");

        await Refused(fixture, "counter5", UserRole.CounterClerk, Nobody, RegisterOperatorRefusal.NeedsTwoOperators);
        await Refused(fixture, "counter3", UserRole.CounterApprover, Nobody, RegisterOperatorRefusal.NeedsTwoOperators);
    }

    [Fact]
    public async Task Reissue_EndsPasswordsAndSessionsOfTheOperator_AndKeepsTheMailAddressUnlessGiven()
    {
        using var fixture = await CounterFixture.Open();
        await fixture.Bank.AddUser("counter3", null, UserRole.CounterApprover);
        var session = await fixture.Bank.Act(work =>
        {
            var made = new Session(work.Db.Users.Single(u => u.LoginId == "counter1").Id, Session.HashToken("token"), "test", "", work.Now);
            work.Db.Sessions.Add(made);
            work.Db.SaveChanges();
            return made.Id;
        });

        await Done(fixture, "counter1", UserRole.CounterClerk, await fixture.Agree("counter3", "counter2"));

        var staff = fixture.Bank.Read(db => db.Users.Single(u => u.LoginId == "counter1"));
        Assert.False(staff.LoginPassword.Matches(new SuppliedPassword(TestBank.LoginPassword)));
        Assert.False(staff.ConfirmationPassword.Matches(new SuppliedPassword(TestBank.ConfirmationPassword)));
        Assert.Equal("counter1@example.jp", staff.MailAddress);
        Assert.Equal(SessionEndReason.PasswordChanged, fixture.Bank.Read(db => db.Sessions.Single(s => s.Id == session).EndReason));
        Assert.Contains(
            fixture.Bank.History(), r => r is { Detail: "operator-passwords-reset", TargetLoginId: "counter1", LoginId: "counter3" });
    }

    [Theory]
    [InlineData("counter1", "counter4", OperatorRefusal.NoApprover)]
    [InlineData("counter2", "counter2", OperatorRefusal.SamePerson)]
    [InlineData("counter2", "counter3", null)]
    [InlineData("counter1", "counter3", null)]
    public async Task TwoPersons_OneOfThemAnApprover_AgreeOnStaff(string first, string second, OperatorRefusal? refusal)
    {
        using var fixture = await CounterFixture.Open();
        await fixture.Bank.AddUser("counter3", null, UserRole.CounterApprover);
        await fixture.Bank.AddUser("counter4", null, UserRole.CounterClerk);

        var outcome = await fixture.Authenticate.RunAsync(
            CounterFixture.Typed(first), CounterFixture.Typed(second), new OperatorPurpose(
                HistoryOperation.OperatorRegistration, "x",
                OperatorPair.TwoWithApprover), CounterFixture.Source, TestContext.Current.CancellationToken);

        Assert.Equal(refusal, (outcome as OperatorsOutcome.Refused)?.Reason);
        Assert.Equal(refusal is null, outcome is OperatorsOutcome.Authenticated);
    }

    public static TheoryData<string, string> WhatChangesInBetween()
    {
        var data = new TheoryData<string, string>();
        foreach (var act in Acts.Keys)
        {
            foreach (var who in (string[])["counter1", "counter2"])
            {
                data.Add(act, $"UPDATE Users SET SuspendedAt = CreatedAt WHERE LoginId = '{who}'");
                data.Add(act, $"UPDATE Users SET DeletedAt = CreatedAt WHERE LoginId = '{who}'");
                data.Add(
                    act,
                    "UPDATE Users SET Role = CASE Role WHEN 'CounterClerk' THEN 'CounterApprover' ELSE 'CounterClerk' END "
                        + $"WHERE LoginId = '{who}'");
                data.Add(act, $"UPDATE Users SET Role = 'General' WHERE LoginId = '{who}'");
                data.Add(
                    act,
                    "UPDATE Users SET LoginPassword = ConfirmationPassword, LoginPasswordVersion = LoginPasswordVersion + 1 "
                        + $"WHERE LoginId = '{who}'");
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(WhatChangesInBetween))]
    public async Task Approval_OfOneWhoIsNoLongerWhatHeWas_IsWorthNothingAtTheAct(string act, string change)
    {
        using var bank = await IssuingBank.OpenAsync();
        var maker = await bank.Bank.AddUser("counter1", null, UserRole.CounterClerk);
        var approver = await bank.Bank.AddUser("counter2", null, UserRole.CounterApprover);
        await bank.Issue();
        var approval = new OperatorApproval(maker, approver);
        bank.Bank.Sql(System.Runtime.CompilerServices.FormattableStringFactory.Create(change));
        var before = bank.Bank.Read(
            db => (db.Users.Count(), db.Certificates.Count(), db.Certificates.Count(c => c.RevokedAt != null), db.IssueIntents.Count()));

        await Assert.ThrowsAsync<OperatorApprovalLapsedException>(() => Acts[act](bank, approval));

        Assert.Equal(before, bank.Bank.Read(
            db => (db.Users.Count(), db.Certificates.Count(), db.Certificates.Count(c => c.RevokedAt != null), db.IssueIntents.Count())));
    }

    [Fact]
    public void Acts_OnAnApproval_AreAllTriedHere()
    {
        var all = typeof(OperatorApproval).Assembly.GetTypes()
            .SelectMany(
                type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.ReturnType.IsGenericType && method.ReturnType.GetGenericTypeDefinition() == typeof(Task<>))
            .Where(method => method.GetParameters().Any(
                p => p.ParameterType == typeof(OperatorApproval) || p.ParameterType == typeof(RegistrationWarrant)))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}");

        Assert.Equal(all.Order(StringComparer.Ordinal), Acts.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("counter1", true)]
    [InlineData("counter1", false)]
    [InlineData("counter9", true)]
    public async Task Operator_WithANewPassword_BeginsWithoutTheOldOnesFailures(string loginId, bool byTwo)
    {
        using var fixture = await CounterFixture.Open();
        await fixture.Bank.AddUser("counter3", null, UserRole.CounterApprover);
        var canonical = LoginId.Canonical(loginId)!;
        var warrant = byTwo ? await fixture.Agree("counter2", "counter3") : new RegistrationWarrant.OfDevelopment();
        await fixture.Bank.Act(work =>
        {
            foreach (var path in Enum.GetValues<PasswordPath>())
            {
                for (var n = 0; n < new PasswordOptions().FailuresUntilLock; n++)
                {
                    fixture.Attempts.Take(work, canonical, path);
                    work.Db.SaveChanges();
                }
            }
        });
        Assert.True(StateOf(PasswordPath.Confirmation).IsLocked);

        await Done(fixture, loginId, UserRole.CounterClerk, warrant);

        Assert.All(Enum.GetValues<PasswordPath>(), path => Assert.Equal(fixture.Attempts.Untouched, StateOf(path)));
        AttemptState StateOf(PasswordPath path) => fixture.Bank.Read(db => fixture.Attempts.StateOf(db, canonical, path, fixture.Bank.Now));
    }

    [Fact]
    public async Task Recovery_NeedsTheRootsKeyAndItsPassphrase_AndIsRecorded()
    {
        using var bank = await IssuingBank.OpenAsync();
        using var hasher = TestBank.CheapHasher();
        await bank.Bank.AddUser("counter1", null, UserRole.CounterClerk);
        await bank.Bank.AddUser("counter2", null, UserRole.CounterApprover);
        var key = await File.ReadAllBytesAsync(
            Path.Combine(bank.Bank.Store.DataDirectory, "ca", "root.key.pem"), TestContext.Current.CancellationToken);
        var other = await File.ReadAllBytesAsync(
            Directory.GetFiles(Path.Combine(bank.Bank.Store.DataDirectory, "ca"), "issuing-*.key.pem").Single(),
            TestContext.Current.CancellationToken);
        var register = new RegisterOperator(bank.Bank.Writer, hasher, bank.Attempts, bank.Sessions, NewAlarms(bank));

        Assert.Null(RootKeyProof.Verify(bank.Authorities, key, new KeyPassphrase("not it")));
        Assert.Null(RootKeyProof.Verify(bank.Authorities, other, TestAuthority.Passphrase));
        Assert.Null(RootKeyProof.Verify(bank.Authorities, [], TestAuthority.Passphrase));
        var proof = RootKeyProof.Verify(bank.Authorities, key, TestAuthority.Passphrase);
        var outcome = await register.RunAsync(
            new("counter1", Name, UserRole.CounterClerk, null, CounterFixture.Source),
            new RegistrationWarrant.OfRootKey(Assert.IsType<RootKeyProof>(proof)), TestContext.Current.CancellationToken);

        Assert.IsType<RegisterOperatorOutcome.Registered>(outcome);
        Assert.Contains(
            bank.Bank.History(), r => r is { Detail: "operator-recovered", TargetLoginId: "counter1", Source: CounterFixture.Source });
        Assert.Equal(AlarmKind.BreakGlass, bank.Bank.Read(db => db.Alarms.Single().Kind));
    }

    private static readonly Dictionary<string, Func<IssuingBank, OperatorApproval, Task>> Acts = new(StringComparer.Ordinal)
    {
        ["EnrollCertificate.ByOperatorAsync"] = (bank, approval) =>
            bank.Enroll.ByOperatorAsync(
                approval, "test", bank.Master.CanonicalLoginId, IssuingBank.NewRequest(), TestContext.Current.CancellationToken),
        ["RevokeCertificate.ByOperatorAsync"] = (bank, approval) =>
            bank.RevokeCertificate.ByOperatorAsync(
                approval, "test", bank.User.CanonicalLoginId, X509RevocationReason.Unspecified, TestContext.Current.CancellationToken),
        ["UnlockUser.ByOperatorAsync"] = (bank, approval) =>
            new UnlockUser(bank.Bank.Writer, bank.Attempts).ByOperatorAsync(
                approval, "test", bank.User.LoginId, TestContext.Current.CancellationToken),
        ["ReconcileStore.RunAsync"] = async (bank, approval) =>
        {
            File.Delete(bank.Bank.AnchorFile);
            await bank.RestartAsync();
            var history = new VerifyHistory(bank.Bank.Contexts, bank.Bank.Anchor);
            await new ReconcileStore(bank.Bank.Writer, bank.Bank.Anchor, history, bank.Authorities, NewAlarms(bank), bank.Bank.Contexts)
                .RunAsync(approval, null, "test", TestContext.Current.CancellationToken);
        },
        ["ReconcileClock.RunAsync"] = (bank, approval) =>
        {
            bank.Bank.Clock.AdjustTime(bank.Bank.Now.AddHours(-1));
            return new ReconcileClock(bank.Bank.Writer, NewAlarms(bank)).RunAsync(
                approval, isByRootKey: false, "test", TestContext.Current.CancellationToken);
        },
        ["RegisterOperator.RunAsync"] = async (bank, approval) =>
        {
            using var hasher = TestBank.CheapHasher();
            await new RegisterOperator(bank.Bank.Writer, hasher, bank.Attempts, bank.Sessions, NewAlarms(bank)).RunAsync(
                new(
                    "counter3", Name, UserRole.CounterClerk, null,
                    "test"), new RegistrationWarrant.OfOperators(approval), TestContext.Current.CancellationToken);
        },
    };

    private static Alarms NewAlarms(IssuingBank bank) =>
        new(bank.Bank.Writer, NullLogger<Alarms>.Instance);

    private static async Task Done(CounterFixture fixture, string loginId, UserRole role, RegistrationWarrant warrant) =>
        Assert.IsType<RegisterOperatorOutcome.Registered>(await fixture.Register.RunAsync(
            new(loginId, Name, role, null, CounterFixture.Source), warrant, TestContext.Current.CancellationToken));

    private static async Task Refused(
        CounterFixture fixture, string loginId, UserRole role, RegistrationWarrant warrant, RegisterOperatorRefusal reason)
    {
        Assert.Equal(
            new RegisterOperatorOutcome.Refused(reason),
            await fixture.Register.RunAsync(
                new(loginId, Name, role, null, CounterFixture.Source), warrant, TestContext.Current.CancellationToken));
        Assert.Contains(
            fixture.Bank.History(),
            r => r is { Operation: HistoryOperation.OperatorRegistration, Result: HistoryResult.Refused }
                && r.TargetLoginId == loginId
                && r.Value == reason.ToString());
    }

    // As the first use of a one-time password leaves it.
    private static Task SetOwnPasswords(CounterFixture fixture, string loginId) => fixture.Bank.Act(work =>
    {
        var staff = work.Db.Users.Single(u => u.LoginId == loginId);
        staff.SetPasswords(staff.LoginPassword, staff.ConfirmationPassword);
        work.Record(new HistoryEntry
        {
            Operation = HistoryOperation.PasswordChange,
            Result = HistoryResult.Done,
            Source = "test",
            TargetUserId = staff.Id,
            Detail = "one-time-password-replaced",
        });
    });
}
