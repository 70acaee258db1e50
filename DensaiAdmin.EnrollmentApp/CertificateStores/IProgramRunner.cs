using System.ComponentModel;
using System.Diagnostics;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Runs a program of the operating system: the NSS tools, <c>security</c> on macOS. Tests have an implementation of their own.
/// </summary>
internal interface IProgramRunner
{
    /// <summary>Runs a program and waits for its end; null when it is not installed.</summary>
    /// <param name="program">Looked up on the PATH.</param>
    /// <param name="arguments">Every account of this PC can read them, so never a secret.</param>
    /// <param name="input">For its standard input, which is a pipe: the way for a secret.</param>
    Task<ProgramAnswer?> RunAsync(
        string program, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation);
}

/// <summary>What a program printed, and how it ended.</summary>
internal sealed record ProgramAnswer(int ExitCode, byte[] Output, string Errors)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>The last line on standard error, for a person.</summary>
    public string LastErrorLine =>
        Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? $"exit {ExitCode}";
}

/// <inheritdoc cref="IProgramRunner"/>
internal sealed class ProgramRunner : IProgramRunner
{
    // certutil repeats its question for ever where nobody can answer, so both time and output are limited.
    private const int MaxBytes = 1 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public async Task<ProgramAnswer?> RunAsync(
        string program, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        try
        {
            var output = ReadAsync(process, process.StandardOutput, limit.Token);
            var errors = ReadAsync(process, process.StandardError, limit.Token);
            await WriteAsync(process, input, limit.Token);
            var (printed, complained) = (await output, await errors);
            if (printed is null || complained is null)
            {
                return new ProgramAnswer(-1, [], $"{program}: unbounded output");
            }

            await process.WaitForExitAsync(limit.Token);
            return new ProgramAnswer(process.ExitCode, printed, System.Text.Encoding.UTF8.GetString(complained));
        }
        catch (OperationCanceledException)
        {
            End(process);
            cancellation.ThrowIfCancellationRequested();
            return new ProgramAnswer(-1, [], $"{program}: no answer in {Limit.TotalSeconds:0} s");
        }
    }

    private static async Task WriteAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input; its output tells why.
        }
    }

    /// <summary>Null when it is too much: the program is ended then, because its other stream might never end.</summary>
    private static async Task<byte[]?> ReadAsync(Process process, StreamReader from, CancellationToken cancellation)
    {
        var all = await BoundedStream.ReadAsync(from.BaseStream, MaxBytes, cancellation);
        if (all is null)
        {
            End(process);
        }

        return all;
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
    }
}
