using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Verbs;

/// <summary>Outside Development a clerk and an approver must agree, with or without a running server.</summary>
[Web]
public class TwoOperatorTests
{
    private const string Password = TestBank.LoginPassword;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Revoke_WithBothPasswords_IsDone_AndBothStandInTheHistory(bool served)
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        await using var server = served ? await house.StartServerAsync() : null;
        var terminal = new ScriptedTerminal(Password, "counter2", Password);

        var said = await house.RunAsync(terminal, "revoke", "0501D60001M", "--reason", "superseded", "--operator", "counter1");

        Assert.Equal((0, ""), (said.ExitCode, said.Error));
        Assert.Equal(3, terminal.Prompts.Count);
        Assert.DoesNotContain(Password, said.Output, StringComparison.Ordinal);
        Assert.Contains(house.History(), r => r is { Detail: "operator-asked", LoginId: "counter1", TargetLoginId: "0501D60001M" });
        Assert.Contains(house.History(), r => r is { Detail: "operator-approved", LoginId: "counter2", TargetLoginId: "0501D60001M" });
        Assert.Contains(
            house.History(),
            r => r is { Operation: HistoryOperation.Revocation, Detail: "revoked", LoginId: "counter1", TargetLoginId: "0501D60001M" });
    }

    [Fact]
    public async Task Operators_NamedBoth_AreAskedForPasswordsOnly()
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        var terminal = new ScriptedTerminal(Password, Password);

        var said = await house.RunAsync(
            terminal, "issue", "0501D00601N", "--csr", await house.NewRequestAsync(), "--operator", "counter2", "--operator", "counter1");

        Assert.True(said.ExitCode == 0, said.Error);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", said.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("counter2", Password, "wrong")]
    [InlineData("counter2", "wrong", Password)]
    [InlineData("counter1", Password, Password)]
    [InlineData("0501D00601M", Password, Password)]
    [InlineData("", Password, Password)]
    public async Task Revoke_WithoutTwoRightOperators_ChangesNothing(string second, string firstPassword, string secondPassword)
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        var terminal = new ScriptedTerminal(firstPassword, second, secondPassword);

        VerbTests.CheckRefused(await house.RunAsync(terminal, "revoke", "0501D60001M", "--reason", "superseded", "--operator", "counter1"));

        Assert.Null(house.Read(db => db.Users.Single(u => u.LoginId == "0501D60001M").CertificateRevokedAt));
    }

    [Theory]
    [InlineData]
    [InlineData(Password)]
    [InlineData(Password, "counter2")]
    public async Task Input_ThatEndsEarly_IsRefused(params string[] answers)
    {
        using var house = await VerbHouse.OpenAsync("Testing");

        VerbTests.CheckRefused(await house.RunAsync(new ScriptedTerminal(answers), "unlock", "0501D60001M", "--operator", "counter1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OneTimePassword_IsReplacedAtItsFirstUse(bool served)
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        await using var server = served ? await house.StartServerAsync() : null;
        var clerk = VerbTests.OneTime(await house.RunAsync(
            new ScriptedTerminal("counter2", Password, "counter1", Password), "operator", "add", "op-c", "--name", "担当", "--role",
            "clerk"));
        var approver = VerbTests.OneTime(await house.RunAsync(
            new ScriptedTerminal(Password, Password), "operator", "add", "op-a", "--name", "承認者", "--role", "approver", "--operator",
            "counter1", "--operator", "counter2"));
        const string own = "雪の札幌で会いましょう 2026";
        string[] revoke = ["revoke", "0501D60001M", "--reason", "superseded", "--operator", "op-c", "--operator", "op-a"];

        var weak = await house.RunAsync(new ScriptedTerminal(clerk, approver, "too short", "Kakunin-Own-2026"), revoke);
        var replaced = await house.RunAsync(
            new ScriptedTerminal(clerk, approver, own + "c", "Kakunin-Own-2026", own + "a", "Kakunin-Own-2027"), revoke);
        var spent = await house.RunAsync(
            new ScriptedTerminal(clerk, approver), "unlock", "0501D60001M", "--operator", "op-c", "--operator", "op-a");
        var again = await house.RunAsync(
            new ScriptedTerminal(own + "c", own + "a"), "unlock", "0501D60001M", "--operator", "op-c", "--operator", "op-a");

        VerbTests.CheckRefused(weak);
        Assert.True(replaced.ExitCode == 0, replaced.Error);
        VerbTests.CheckRefused(spent);
        Assert.Contains("is not locked", again.Error, StringComparison.Ordinal);
        Assert.Equal(
            2, house.History().Count(r => r is { Operation: HistoryOperation.PasswordChange, Detail: "one-time-password-replaced" }));
    }

    [Fact]
    public async Task OperatorAdd_ThatTwoAgreeTo_LeavesNoRefusalBehind_AndAsksNobodyForWhatCannotBeStored()
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        var unasked = new ScriptedTerminal();
        VerbTests.CheckRefused(await house.RunAsync(unasked, "operator", "add", "no id", "--name", "窓口", "--role", "clerk"));
        Assert.Empty(unasked.Prompts);

        var said = await house.RunAsync(
            new ScriptedTerminal("counter1", Password, "counter2", Password), "operator", "add", "counter3", "--name", "窓口", "--role",
            "clerk");

        Assert.True(said.ExitCode == 0, said.Error);
        Assert.DoesNotContain(
            house.History(), r => r is { Operation: HistoryOperation.OperatorRegistration, Result: HistoryResult.Refused });
        Assert.Single(house.History(), r => r.Detail == "operator-registered");
    }

    [Theory]
    [InlineData("counter3")]
    [InlineData("counter1")]
    public async Task OperatorAdd_ByOneAlone_ChangesNothing(string loginId)
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        var before = house.Read(db => db.Users.Select(u => u.LoginPassword.Stored).ToList());

        VerbTests.CheckRefused(await house.RunAsync("operator", "add", loginId, "--name", "窓口", "--role", "clerk"));
        VerbTests.CheckRefused(await house.RunAsync(
            new ScriptedTerminal("counter2", Password, "counter2", Password), "operator", "add", loginId, "--name", "窓口", "--role",
            "clerk"));

        Assert.Equal(before, house.Read(db => db.Users.Select(u => u.LoginPassword.Stored).ToList()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OperatorAdd_WithTheRootsKey_RecoversAlone_AndSaysSoInTheHistory(bool served)
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        await using var server = served ? await house.StartServerAsync() : null;
        var key = Path.Combine(house.DataDirectory, "ca", "root.key.pem");
        var passphrase = await File.ReadAllTextAsync(
            Path.Combine(house.DataDirectory, "dev-passphrase"), TestContext.Current.CancellationToken);
        string[] recover = ["operator", "add", "--recover", key, "counter1", "--name", "窓口", "--role", "clerk"];

        VerbTests.CheckRefused(await house.RunAsync(new ScriptedTerminal("wrong"), recover));
        VerbTests.CheckRefused(await house.RunAsync(new ScriptedTerminal(), recover));
        var recovered = await house.RunAsync(new ScriptedTerminal(passphrase), recover);

        Assert.True(recovered.ExitCode == 0, recovered.Error);
        Assert.NotEmpty(VerbTests.OneTime(recovered));
        Assert.DoesNotContain(passphrase, recovered.Output, StringComparison.Ordinal);
        Assert.Contains(house.History(), r => r is { Detail: "operator-recovery-refused", TargetLoginId: "counter1" });
        Assert.Contains(house.History(), r => r is { Detail: "operator-recovered", TargetLoginId: "counter1" });
    }
}
