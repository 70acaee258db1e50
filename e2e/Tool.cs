using System.Diagnostics;
using System.Text;

namespace DensaiAdmin.EndToEnd;

/// <summary>What a program said when it ended.</summary>
public sealed record Ran(string Command, int ExitCode, string Output, string Error)
{
    public Ran Succeeded()
    {
        Assert.True(ExitCode == 0, $"{Command} ended with {ExitCode}\n{Output}\n{Error}");
        return this;
    }
}

/// <summary>Programs that know nothing of ours (openssl, curl, certtool) and judge what we publish.</summary>
public static class Tool
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static Task<Ran> RunAsync(string program, params string[] arguments) => RunAsync(program, input: null, arguments);

    public static async Task<Ran> RunAsync(
        string program, string? input, string[] arguments, IReadOnlyDictionary<string, string?>? environment = null,
        string? directory = null, TimeSpan? within = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = directory ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        using var limit = new CancellationTokenSource(within ?? Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return new Ran($"{program} {string.Join(' ', arguments)}", process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException stillRunning)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {within ?? Limit}", stillRunning);
        }
    }
}
