using System.Diagnostics;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// Another program that holds the write lock of a server's store, as a copying tool or a maintenance shell does; until disposed.
/// </summary>
internal sealed class HeldStore : IAsyncDisposable
{
    private readonly Process _shell;

    private HeldStore(Process shell) => _shell = shell;

    public static async Task<HeldStore> HoldAsync(AppUnderTest app)
    {
        var shell = Process.Start(new ProcessStartInfo("sqlite3", ["-cmd", ".timeout 10000", Path.Combine(app.DataDirectory, "densai.db")])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await shell.StandardInput.WriteLineAsync("BEGIN IMMEDIATE; SELECT 'held';");
        await shell.StandardInput.FlushAsync();
        Assert.Equal("held", await shell.StandardOutput.ReadLineAsync());
        return new(shell);
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
