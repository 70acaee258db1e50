using System.Diagnostics;
using DensaiAdmin.EnrollmentApp.Verbs;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>What scripts hand to the program itself: what is written there is read, and what never comes holds nobody up.</summary>
public sealed class StandardInputTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // Nobody listens there: what was read is seen by what comes after it.
    private const string Arguments = "issue --headless --login-id 0501D00601N --server https://localhost:1";

    [Theory]
    [InlineData("printf 'a-password\\n' | \"$0\" \"$@\"", HeadlessVerbs.NotDone, "銀行のサーバが応答しません")]
    [InlineData("\"$0\" \"$@\" <&-", HeadlessVerbs.WrongUsage, "標準入力から1行で")]
    [InlineData("\"$0\" \"$@\" </dev/null", HeadlessVerbs.WrongUsage, "標準入力から1行で")]
    [InlineData("\"$0\" \"$@\" </tmp", HeadlessVerbs.WrongUsage, "標準入力から1行で")]
    [InlineData("\"$0\" \"$@\" 0>/dev/null", HeadlessVerbs.WrongUsage, "標準入力から1行で")]
    [InlineData("head -c 30000000 /dev/zero 2>/dev/null | \"$0\" \"$@\"", HeadlessVerbs.WrongUsage, "長すぎます")]
    public async Task Program_TellsWhatIsHandedOverFromNothing(string line, int exit, string words)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The line is one of sh.");
        using var process = Start("/bin/sh", ["-c", line, "dotnet", .. Program]);

        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Limit, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Contains(words, said, StringComparison.Ordinal);
        Assert.Single(said.Trim().Split('\n'));
        Assert.Equal(exit, process.ExitCode);
    }

    [Theory]
    [InlineData("issue --headles", "使えない指定です: --headles")]
    [InlineData("list --lang en --colour", "This cannot be used here: --colour")]
    public async Task WrongUsage_NamesTheWordFirst_AndThenTheUsage(string arguments, string first)
    {
        using var process =
            Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "DensaiAdmin.EnrollmentApp.dll"), .. arguments.Split(' ')]);

        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Limit, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        var lines = said.ReplaceLineEndings("\n").Split('\n', 3);
        Assert.Equal(first, lines[0]);
        Assert.Matches("^(使い方|usage): ", lines[1]);
        Assert.Equal(HeadlessVerbs.WrongUsage, process.ExitCode);
    }

    private static IEnumerable<string> Program =>
        [Path.Combine(AppContext.BaseDirectory, "DensaiAdmin.EnrollmentApp.dll"), .. Arguments.Split(' ')];

    private static Process Start(string program, IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true
        })!;
}
