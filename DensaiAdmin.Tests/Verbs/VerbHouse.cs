using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Verbs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DensaiAdmin.Tests.Verbs;

/// <summary>What a verb said.</summary>
internal sealed record Said(int ExitCode, string Output, string Error);

/// <summary>A terminal whose answers stand ready; whatever is asked is kept.</summary>
internal sealed class ScriptedTerminal(params string[] answers) : ITerminal
{
    private readonly Queue<string> _answers = new(answers);
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public List<string> Prompts { get; } = [];

    public int Left => _answers.Count;

    public TextWriter Output => _output;

    public TextWriter Error => _error;

    public string? Ask(string prompt)
    {
        Prompts.Add(prompt);
        return _answers.TryDequeue(out var answer) ? answer : null;
    }

    public string? AskSecret(string prompt) => Ask(prompt);

    public Said Said(int exitCode) => new(exitCode, _output.ToString(), _error.ToString());
}

/// <summary>A data directory with the demo bank, on which verbs are run as from the command line.</summary>
internal sealed class VerbHouse : IDisposable
{
    // Making CAs costs seconds: it is made once, and every test works on a copy of its own.
    private static readonly Lazy<Task<TemporaryDirectory>> Template = new(MakeTemplateAsync);

    private readonly TemporaryDirectory _directory = new();

    private VerbHouse(string environment, string below) => (EnvironmentName, DataDirectory) = (environment, _directory.At(below));

    public string EnvironmentName { get; }

    public string DataDirectory { get; }

    public string AnchorFile => DataDirectory + ".anchor";

    /// <param name="environment">Outside Development two operators are asked for.</param>
    /// <param name="below">Name of the data directory.</param>
    public static async Task<VerbHouse> OpenAsync(string environment = "Development", string below = "data")
    {
        var template = await Template.Value;
        var house = new VerbHouse(environment, below);
        Support.DataDirectory.Copy(template.At("data"), house.DataDirectory);
        File.Copy(template.At("data.anchor"), house.AnchorFile);
        return house;
    }

    /// <summary>A directory in which nothing was ever made.</summary>
    public static VerbHouse Empty(string environment = "Development") => new(environment, "data");

    public string At(string name) => _directory.At(name);

    /// <summary>Keeps a copy of the data directory as it is now, as someone who copies directories does.</summary>
    public void CopyData(string name)
    {
        SqliteConnection.ClearAllPools();
        Support.DataDirectory.Copy(DataDirectory, At(name));
    }

    /// <summary>Puts a kept copy in the place of the data directory.</summary>
    public void PutBack(string name)
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(DataDirectory, recursive: true);
        Support.DataDirectory.Copy(At(name), DataDirectory);
    }

    /// <summary>
    /// Runs the verb in a process of its own, which is killed at its n-th flush to the disk, counted for each thread; 0: never.
    /// </summary>
    public async Task<ToolAnswer> RunProgramAsync(int killAtFlush, string input, params string[] args)
    {
        string[] program =
        [
            "dotnet", Path.Combine(AppContext.BaseDirectory, "DensaiAdmin.Web.dll"), .. args,
            "--environment=" + EnvironmentName, "--Data:Directory=" + DataDirectory, "--History:AnchorFile=" + AnchorFile,
        ];
        string[] killing =
        [
            "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
            "-e", $"inject=fsync,fdatasync:signal=KILL:when={killAtFlush}",
        ];
        string[] all = killAtFlush == 0 ? program : [.. killing, .. program];
        return await Tool.Run(all[0], all[1..], System.Text.Encoding.UTF8.GetBytes(input));
    }

    public Task<Said> RunAsync(params string[] args) => RunAsync(new ScriptedTerminal(), args);

    public async Task<Said> RunAsync(ScriptedTerminal terminal, params string[] args)
    {
        var builder = NewBuilder();
        var exit = await new VerbRunner(terminal, builder.Configuration, builder.Environment).RunAsync(args);
        SqliteConnection.ClearAllPools();
        return terminal.Said(exit);
    }

    /// <summary>A server on the directory: everything but the listeners on the network.</summary>
    /// <param name="clock">The machine's clock as the server sees it; null: the real one.</param>
    public async Task<VerbServer> StartServerAsync(TimeProvider? clock = null)
    {
        var builder = NewBuilder();
        var installation = OpenInstallation.Open(
            ServerSettings.Read(builder.Configuration, builder.Environment), builder.Configuration, clock);
        var host = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = EnvironmentName });
        installation.AddTo(host.Services, builder.Configuration);
        host.Services.AddDemoBank();
        host.Services.AddSingleton<VerbHandler>();
        host.Services.AddHostedService<ControlSocket>();
        var running = host.Build();
        await running.StartAsync(TestContext.Current.CancellationToken);
        return new VerbServer(running, installation);
    }

    /// <summary>A certificate request of a fresh key, PEM.</summary>
    public async Task<string> NewRequestAsync()
    {
        var csr = At($"{Guid.NewGuid():N}.csr");
        var made = await Tool.OpenSsl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", csr + ".key", "-subj",
            "/CN=ignored", "-out", csr);
        Assert.True(made.ExitCode == 0, made.All);
        return csr;
    }

    public IReadOnlyList<HistoryRecord> History() => Read(db => db.HistoryRecords.OrderBy(r => r.Sequence).ToList());

    public T Read<T>(Func<DensaiDbContext, T> query)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = Path.Combine(DataDirectory, "densai.db"), Pooling = false }.ToString());
        using var db = new DensaiDbContext(new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite(connection).Options);
        return query(db);
    }

    /// <summary>Runs SQL on the database file, as someone with the file in hands could.</summary>
    public void Tamper(string sql)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = Path.Combine(DataDirectory, "densai.db"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tampering is written in the test.
        command.CommandText = Tampering.WithoutGuards + sql;
#pragma warning restore CA2100
        Assert.NotEqual(0, command.ExecuteNonQuery());
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _directory.Dispose();
    }

    private static async Task<TemporaryDirectory> MakeTemplateAsync()
    {
        using var house = Empty();
        var made = await house.RunAsync("migrate");
        Assert.True(made.ExitCode == 0, made.Error);
        var builder = house.NewBuilder();
        Support.DataDirectory.SealCheaply(
            house.DataDirectory, OpenInstallation.PassphraseOf(ServerSettings.Read(builder.Configuration, builder.Environment)));
        var template = new TemporaryDirectory();
        Directory.Move(house.DataDirectory, template.At("data"));
        File.Move(house.AnchorFile, template.At("data.anchor"));
        return template;
    }

    private WebApplicationBuilder NewBuilder()
    {
        var builder = ServerBuilder.Create([], EnvironmentName);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Data:Directory"] = DataDirectory,
            ["History:AnchorFile"] = AnchorFile,
        });
        return builder;
    }
}

/// <summary>A running server without a network.</summary>
internal sealed class VerbServer(IHost host, OpenInstallation installation) : IAsyncDisposable
{
    public IServiceProvider Services => host.Services;

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(TestContext.Current.CancellationToken);
        host.Dispose();
        installation.Dispose();
        SqliteConnection.ClearAllPools();
    }
}
