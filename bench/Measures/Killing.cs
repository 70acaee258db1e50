namespace DensaiAdmin.Bench.Measures;

/// <summary>Fault E1: the server is killed (SIGKILL) again and again in the middle of its acts.</summary>
internal static class Killing
{
    private const int Acts = 1_000;
    private const int Kills = 50;

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading($"E1 · kill -9, {Kills} times during {Acts:N0} revocations and issues");
        var directory = await Bank.CopyAsync(settings, 1_000);
        var ledger = await Ledger.OpenAsync(directory);
        Ledger.Heading("kill");
        for (var kill = 0; ; kill++)
        {
            var (server, took) = await settings.StartAppAsync(directory);
            await using (server)
            {
                await ledger.CheckAsync(directory, kill, took);
                if (kill == Kills)
                {
                    break;
                }

                var work = ledger.WorkAsync(directory);
                await ledger.HappenAsync(Acts * (kill + 1) / Kills, work);
                await server.KillAsync();
                await work;
            }
        }

        ledger.Close();
    }
}
