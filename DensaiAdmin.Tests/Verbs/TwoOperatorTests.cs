using DensaiAdmin.Core.History;
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
        Assert.Contains(house.History(), r => r is { Operation: HistoryOperation.Revocation, Detail: "revoked", LoginId: "counter1", TargetLoginId: "0501D60001M" });
    }

    [Fact]
    public async Task Operators_NamedBoth_AreAskedForPasswordsOnly()
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        var terminal = new ScriptedTerminal(Password, Password);

        var said = await house.RunAsync(terminal, "issue", "0501D00601N", "--csr", await house.NewRequestAsync(), "--operator", "counter2", "--operator", "counter1");

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
        var clerk = VerbTests.OneTime(await house.RunAsync("operator", "add", "op-c", "--name", "担当", "--role", "clerk"));
        var approver = VerbTests.OneTime(await house.RunAsync("operator", "add", "op-a", "--name", "承認者", "--role", "approver"));
        const string own = "雪の札幌で会いましょう 2026";
        string[] revoke = ["revoke", "0501D60001M", "--reason", "superseded", "--operator", "op-c", "--operator", "op-a"];

        var weak = await house.RunAsync(new ScriptedTerminal(clerk, approver, "too short", "Kakunin-Own-2026"), revoke);
        var replaced = await house.RunAsync(new ScriptedTerminal(clerk, approver, own + "c", "Kakunin-Own-2026", own + "a", "Kakunin-Own-2027"), revoke);
        var spent = await house.RunAsync(new ScriptedTerminal(clerk, approver), "unlock", "0501D60001M", "--operator", "op-c", "--operator", "op-a");
        var again = await house.RunAsync(new ScriptedTerminal(own + "c", own + "a"), "unlock", "0501D60001M", "--operator", "op-c", "--operator", "op-a");

        VerbTests.CheckRefused(weak);
        Assert.True(replaced.ExitCode == 0, replaced.Error);
        VerbTests.CheckRefused(spent);
        Assert.Contains("is not locked", again.Error, StringComparison.Ordinal);
        Assert.Equal(2, house.History().Count(r => r is { Operation: HistoryOperation.PasswordChange, Detail: "one-time-password-replaced" }));
    }
}
