using System.Diagnostics;

namespace DensaiAdmin.Tests.Support;

/// <summary>What a program of others said: openssl, certtool, curl as second opinion.</summary>
internal sealed record ToolAnswer(int ExitCode, string Output, byte[] Raw, string Errors)
{
    public string All => Output + Errors;
}

internal static class Tool
{
    /// <summary>Runs a program to its end. Fails the test when it hangs for a minute.</summary>
    public static async Task<ToolAnswer> Run(
        string program, IEnumerable<string> arguments, byte[]? input = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
        using var output = new MemoryStream();
        var copying = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input ?? [], limit.Token);
            process.StandardInput.Close();
            await copying;
            await process.WaitForExitAsync(limit.Token);
            return new(process.ExitCode, System.Text.Encoding.UTF8.GetString(output.ToArray()), output.ToArray(), await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    public static Task<ToolAnswer> OpenSsl(params string[] arguments) => Run("openssl", arguments);
}
