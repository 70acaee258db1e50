namespace DensaiAdmin.Bench;

/// <param name="App">The published product's DensaiAdmin.Web.dll.</param>
/// <param name="Work">Where data directories are made; seeded banks stay there for the next run.</param>
/// <param name="Runs">How often each measurement is repeated; the median counts.</param>
/// <param name="Rows">History records of the company that is searched.</param>
internal sealed record Settings(string App, string Work, int Runs, int Rows = 1_000_000)
{
    public const string Public = "https://localhost:27443";
    public const string Certificate = "https://localhost:27444";
    public const string Pki = "http://localhost:27080";
    public const string Yardstick = "https://localhost:27544";

    /// <summary>Starts the product on a bank.</summary>
    public Task<(ServerProcess Server, TimeSpan Took)> StartAppAsync(string directory) => ServerProcess.StartAsync(
        App,
        [],
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Endpoints__Public"] = Public,
            ["Endpoints__Certificate"] = Certificate,
            ["Endpoints__Pki"] = Pki,
            ["Data__Directory"] = Bank.DataOf(directory),
            ["Authority__KeyPassphrase"] = Bank.Passphrase,
            ["Logging__LogLevel__Default"] = "Warning",
        },
        new Uri(Pki + "/health/ready"));

    /// <summary>Starts the yardstick with the TLS identity and the trust of a bank.</summary>
    public static async Task<ServerProcess> StartYardstickAsync(string directory) =>
        (await ServerProcess.StartAsync(
            typeof(Settings).Assembly.Location, ["yardstick", directory], new Dictionary<string, string>(StringComparer.Ordinal),
            new Uri(Yardstick + "/small"))).Server;
}
