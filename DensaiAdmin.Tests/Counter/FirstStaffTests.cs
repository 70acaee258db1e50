using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Counter;

/// <summary>Nobody at the bank acts alone, but for the first two who cannot do otherwise.</summary>
public class FirstStaffTests
{
    private const string Name = "窓口担当三";

    private static readonly RegistrationWarrant Nobody = new RegistrationWarrant.OfFirstStaff();

    [Fact]
    public async Task FirstOperators_AreRegisteredWithoutApproval_UntilTwoHavePasswordsOfTheirOwn()
    {
        using var desk = await CounterDesk.Open();
        await desk.Bank.Act(act => act.Db.Users.ToList().ForEach(u => u.ResetPasswords(u.LoginPassword, u.ConfirmationPassword, act.Now.AddDays(1))));

        await Done(desk, "first", UserRole.CounterApprover, Nobody);
        await Done(desk, "second", UserRole.CounterClerk, Nobody);
        await SetOwnPasswords(desk, "first");
        await Done(desk, "second", UserRole.CounterClerk, Nobody);
        await SetOwnPasswords(desk, "second");

        await Refused(desk, "third", UserRole.CounterClerk, Nobody, RegisterOperatorRefusal.NeedsTwoOperators);
        await Refused(desk, "counter1", UserRole.CounterClerk, Nobody, RegisterOperatorRefusal.NeedsTwoOperators);
    }

    [Fact]
    public async Task OneWhoHasOwnPasswords_GetsNewOnesFromNobodyAlone()
    {
        using var desk = await CounterDesk.Open();
        await desk.Bank.Act(act => act.Db.Users.Single(u => u.LoginId == "counter2").Delete(act.Now));
        desk.Bank.Sql($"DELETE FROM Users WHERE LoginId = 'counter2'");

        await Refused(desk, "counter1", UserRole.CounterClerk, Nobody, RegisterOperatorRefusal.NeedsTwoOperators);

        Assert.True(desk.Bank.Read(db => db.Users.Single(u => u.LoginId == "counter1").LoginPassword.Matches(new SuppliedPassword(TestBank.LoginPassword))));
        await Done(desk, "counter3", UserRole.CounterApprover, Nobody);
    }

    [Fact]
    public async Task ReissueByTwo_OpensTheFirstStaffsDoorToNobody()
    {
        using var desk = await CounterDesk.Open();
        await Done(desk, "counter3", UserRole.CounterApprover, await desk.Agree());
        await SetOwnPasswords(desk, "counter3");
        await Done(desk, "counter4", UserRole.CounterApprover, await desk.Agree());
        await SetOwnPasswords(desk, "counter4");
        await desk.Bank.Act(act => act.Db.Users.Where(u => u.LoginId == "counter1").ToList().ForEach(u => u.Suspend(act.Now)));
        desk.Bank.Sql($"UPDATE Users SET OneTimePasswordExpiresAt = CreatedAt");

        await Refused(desk, "counter5", UserRole.CounterClerk, Nobody, RegisterOperatorRefusal.NeedsTwoOperators);
        await Refused(desk, "counter3", UserRole.CounterApprover, Nobody, RegisterOperatorRefusal.NeedsTwoOperators);
    }

    [Fact]
    public async Task Reissue_EndsPasswordsAndSessionsOfTheOperator_AndKeepsTheMailAddressUnlessGiven()
    {
        using var desk = await CounterDesk.Open();
        await desk.Bank.AddUser("counter3", null, UserRole.CounterApprover);
        var session = await desk.Bank.Act(act =>
        {
            var made = new Session(act.Db.Users.Single(u => u.LoginId == "counter1").Id, "hash", "test", "", act.Now);
            act.Db.Sessions.Add(made);
            act.Db.SaveChanges();
            return made.Id;
        });

        await Done(desk, "counter1", UserRole.CounterClerk, await desk.Agree("counter3", "counter2"));

        var staff = desk.Bank.Read(db => db.Users.Single(u => u.LoginId == "counter1"));
        Assert.False(staff.LoginPassword.Matches(new SuppliedPassword(TestBank.LoginPassword)));
        Assert.False(staff.ConfirmationPassword.Matches(new SuppliedPassword(TestBank.ConfirmationPassword)));
        Assert.Equal("counter1@example.jp", staff.MailAddress);
        Assert.Equal(SessionEndReason.PasswordChanged, desk.Bank.Read(db => db.Sessions.Single(s => s.Id == session).EndReason));
        Assert.Contains(desk.Bank.History(), r => r is { Detail: "operator-passwords-reset", TargetLoginId: "counter1", LoginId: "counter3" });
    }

    [Theory]
    [InlineData("counter1", "counter4", OperatorRefusal.NoApprover)]
    [InlineData("counter2", "counter2", OperatorRefusal.SamePerson)]
    [InlineData("counter2", "counter3", null)]
    [InlineData("counter1", "counter3", null)]
    public async Task TwoPersons_OneOfThemAnApprover_AgreeOnStaff(string first, string second, OperatorRefusal? refusal)
    {
        using var desk = await CounterDesk.Open();
        await desk.Bank.AddUser("counter3", null, UserRole.CounterApprover);
        await desk.Bank.AddUser("counter4", null, UserRole.CounterClerk);

        var outcome = await desk.Authenticate.RunAsync(
            CounterDesk.Typed(first), CounterDesk.Typed(second), new OperatorPurpose(HistoryOperation.OperatorRegistration, "x", OperatorPair.TwoWithApprover), CounterDesk.Source, TestContext.Current.CancellationToken);

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
                data.Add(act, $"UPDATE Users SET Role = CASE Role WHEN 'CounterClerk' THEN 'CounterApprover' ELSE 'CounterClerk' END WHERE LoginId = '{who}'");
                data.Add(act, $"UPDATE Users SET Role = 'General' WHERE LoginId = '{who}'");
                data.Add(act, $"UPDATE Users SET LoginPassword = ConfirmationPassword, LoginPasswordVersion = LoginPasswordVersion + 1 WHERE LoginId = '{who}'");
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
        var before = bank.Bank.Read(db => (db.Users.Count(), db.Certificates.Count(), db.Certificates.Count(c => c.RevokedAt != null), db.IssueIntents.Count()));

        await Assert.ThrowsAsync<OperatorApprovalLapsedException>(() => Acts[act](bank, approval));

        Assert.Equal(before, bank.Bank.Read(db => (db.Users.Count(), db.Certificates.Count(), db.Certificates.Count(c => c.RevokedAt != null), db.IssueIntents.Count())));
    }

    [Fact]
    public void Acts_OnAnApproval_AreAllTriedHere()
    {
        var all = typeof(OperatorApproval).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.ReturnType.IsGenericType && method.ReturnType.GetGenericTypeDefinition() == typeof(Task<>))
            .Where(method => method.GetParameters().Any(p => p.ParameterType == typeof(OperatorApproval) || p.ParameterType == typeof(RegistrationWarrant)))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}");

        Assert.Equal(all.Order(StringComparer.Ordinal), Acts.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("counter1", true)]
    [InlineData("counter1", false)]
    [InlineData("counter9", true)]
    public async Task Operator_WithANewPassword_BeginsWithoutTheOldOnesFailures(string loginId, bool byTwo)
    {
        using var desk = await CounterDesk.Open();
        await desk.Bank.AddUser("counter3", null, UserRole.CounterApprover);
        var canonical = LoginId.Canonical(loginId)!;
        var warrant = byTwo ? await desk.Agree("counter2", "counter3") : new RegistrationWarrant.OfDevelopment();
        await desk.Bank.Act(act =>
        {
            foreach (var path in Enum.GetValues<PasswordPath>())
            {
                for (var n = 0; n < new PasswordOptions().FailuresUntilLock; n++)
                {
                    desk.Attempts.Take(act, canonical, path);
                    act.Db.SaveChanges();
                }
            }
        });
        Assert.True(StateOf(PasswordPath.Confirmation).IsLocked);

        await Done(desk, loginId, UserRole.CounterClerk, warrant);

        Assert.All(Enum.GetValues<PasswordPath>(), path => Assert.Equal(desk.Attempts.Untouched, StateOf(path)));
        AttemptState StateOf(PasswordPath path) => desk.Bank.Read(db => desk.Attempts.StateOf(db, canonical, path, desk.Bank.Now));
    }

    [Fact]
    public async Task Recovery_NeedsTheRootsKeyAndItsPassphrase_AndIsRecorded()
    {
        using var bank = await IssuingBank.OpenAsync();
        using var hasher = new PasswordHasher();
        await bank.Bank.AddUser("counter1", null, UserRole.CounterClerk);
        await bank.Bank.AddUser("counter2", null, UserRole.CounterApprover);
        var key = await File.ReadAllBytesAsync(Path.Combine(bank.Bank.Store.DataDirectory, "ca", "root.key.pem"), TestContext.Current.CancellationToken);
        var other = await File.ReadAllBytesAsync(Directory.GetFiles(Path.Combine(bank.Bank.Store.DataDirectory, "ca"), "issuing-*.key.pem").Single(), TestContext.Current.CancellationToken);
        var register = new RegisterOperator(bank.Bank.Acts, hasher, bank.Attempts, bank.Sessions, NewAlarms(bank));

        Assert.Null(RootKeyProof.Verify(bank.Authorities, key, new KeyPassphrase("not it")));
        Assert.Null(RootKeyProof.Verify(bank.Authorities, other, TestAuthority.Passphrase));
        Assert.Null(RootKeyProof.Verify(bank.Authorities, [], TestAuthority.Passphrase));
        var proof = RootKeyProof.Verify(bank.Authorities, key, TestAuthority.Passphrase);
        var outcome = await register.RunAsync(
            new("counter1", Name, UserRole.CounterClerk, null, CounterDesk.Source), new RegistrationWarrant.OfRootKey(Assert.IsType<RootKeyProof>(proof)), TestContext.Current.CancellationToken);

        Assert.IsType<RegisterOperatorOutcome.Registered>(outcome);
        Assert.Contains(bank.Bank.History(), r => r is { Detail: "operator-recovered", TargetLoginId: "counter1", Source: CounterDesk.Source });
        Assert.Equal(AlarmKind.BreakGlass, bank.Bank.Read(db => db.Alarms.Single().Kind));
    }

    private static readonly Dictionary<string, Func<IssuingBank, OperatorApproval, Task>> Acts = new(StringComparer.Ordinal)
    {
        ["EnrollCertificate.ByOperatorAsync"] = (bank, approval) =>
            bank.Enroll.ByOperatorAsync(approval, "test", bank.Master.CanonicalLoginId, IssuingBank.NewRequest(), TestContext.Current.CancellationToken),
        ["RevokeCertificate.ByOperatorAsync"] = (bank, approval) =>
            new RevokeCertificate(bank.Bank.Acts, bank.Sessions, bank.Signal, new Outbox(Options.Create(new InstitutionOptions()), new OutboxSignal()))
                .ByOperatorAsync(approval, "test", bank.User.CanonicalLoginId, X509RevocationReason.Unspecified, TestContext.Current.CancellationToken),
        ["UnlockUser.ByOperatorAsync"] = (bank, approval) =>
            new UnlockUser(bank.Bank.Acts, bank.Attempts).ByOperatorAsync(approval, "test", bank.User.LoginId, TestContext.Current.CancellationToken),
        ["ReconcileStore.RunAsync"] = async (bank, approval) =>
        {
            File.Delete(bank.Bank.AnchorFile);
            await bank.RestartAsync();
            var history = new VerifyHistory(bank.Bank.Contexts, bank.Bank.Anchor);
            await new ReconcileStore(bank.Bank.Acts, bank.Bank.Anchor, history, bank.Authorities, NewAlarms(bank), bank.Bank.Contexts)
                .RunAsync(approval, null, "test", TestContext.Current.CancellationToken);
        },
        ["ReconcileClock.RunAsync"] = (bank, approval) =>
        {
            bank.Bank.Clock.AdjustTime(bank.Bank.Now.AddHours(-1));
            return new ReconcileClock(bank.Bank.Acts, NewAlarms(bank)).RunAsync(approval, isByRootKey: false, "test", TestContext.Current.CancellationToken);
        },
        ["RegisterOperator.RunAsync"] = async (bank, approval) =>
        {
            using var hasher = new PasswordHasher();
            await new RegisterOperator(bank.Bank.Acts, hasher, bank.Attempts, bank.Sessions, NewAlarms(bank)).RunAsync(
                new("counter3", Name, UserRole.CounterClerk, null, "test"), new RegistrationWarrant.OfOperators(approval), TestContext.Current.CancellationToken);
        },
    };

    private static Alarms NewAlarms(IssuingBank bank) =>
        new(bank.Bank.Acts, new Outbox(Options.Create(new InstitutionOptions()), new OutboxSignal()), NullLogger<Alarms>.Instance);

    private static async Task Done(CounterDesk desk, string loginId, UserRole role, RegistrationWarrant warrant) =>
        Assert.IsType<RegisterOperatorOutcome.Registered>(await desk.Register.RunAsync(new(loginId, Name, role, null, CounterDesk.Source), warrant, TestContext.Current.CancellationToken));

    private static async Task Refused(CounterDesk desk, string loginId, UserRole role, RegistrationWarrant warrant, RegisterOperatorRefusal reason)
    {
        Assert.Equal(
            new RegisterOperatorOutcome.Refused(reason),
            await desk.Register.RunAsync(new(loginId, Name, role, null, CounterDesk.Source), warrant, TestContext.Current.CancellationToken));
        Assert.Contains(desk.Bank.History(), r => r is { Operation: HistoryOperation.OperatorRegistration, Result: HistoryResult.Refused } && r.TargetLoginId == loginId && r.Value == reason.ToString());
    }

    // As the first use of a one-time password leaves it.
    private static Task SetOwnPasswords(CounterDesk desk, string loginId) => desk.Bank.Act(act =>
    {
        var staff = act.Db.Users.Single(u => u.LoginId == loginId);
        staff.SetPasswords(staff.LoginPassword, staff.ConfirmationPassword);
        act.Record(new HistoryEntry
        {
            Operation = HistoryOperation.PasswordChange,
            Result = HistoryResult.Done,
            Source = "test",
            TargetUserId = staff.Id,
            Detail = "one-time-password-replaced",
        });
    });
}
