using System.ComponentModel;
using System.Diagnostics;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>Runs a program of the system's: NSS's tools, macOS's <c>security</c>. A second implementation stands in for them in tests.</summary>
internal interface IProgramRunner
{
    /// <summary>Runs a program to its end; null when it is not installed.</summary>
    /// <param name="program">Looked up on the PATH.</param>
    /// <param name="arguments">Everybody on this PC can read them: never a secret.</param>
    /// <param name="input">For its standard input, a pipe: where a secret goes.</param>
    Task<ProgramAnswer?> RunAsync(string program, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation);
}

/// <summary>What a program said.</summary>
internal sealed record ProgramAnswer(int ExitCode, byte[] Output, string Errors)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Its last line of errors, for a person.</summary>
    public string LastWords => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? $"exit {ExitCode}";
}

/// <inheritdoc cref="IProgramRunner"/>
internal sealed class ProgramRunner : IProgramRunner
{
    // certutil asks again without end where nobody can answer: neither time nor output may be unbounded.
    private const int MostOctets = 1 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public async Task<ProgramAnswer?> RunAsync(string program, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation)
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
            var (said, complained) = (await output, await errors);
            if (said is null || complained is null)
            {
                return new ProgramAnswer(-1, [], $"{program}: unbounded output");
            }

            await process.WaitForExitAsync(limit.Token);
            return new ProgramAnswer(process.ExitCode, said, System.Text.Encoding.UTF8.GetString(complained));
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
            // It ended without reading; what it said tells why.
        }
    }

    /// <summary>
    /// All of it, or null as soon as it proves too long: then the program has been ended, or its other stream would never end.
    /// </summary>
    private static async Task<byte[]?> ReadAsync(Process process, StreamReader from, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        var piece = new byte[8192];
        while (await from.BaseStream.ReadAsync(piece, cancellation) is var read and > 0)
        {
            all.Write(piece, 0, read);
            if (all.Length > MostOctets)
            {
                End(process);
                return null;
            }
        }

        return all.ToArray();
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
