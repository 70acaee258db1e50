using DensaiAdmin.Core;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Settings;

[Web]
public sealed class ServerSettingsTests
{
    [Fact]
    public void Production_WithNothingSet_NamesEverySettingAtOnce()
    {
        var named = Faults("Production").Select(f => f.Key).ToList();
        string[] required =
        [
            "Endpoints:Public", "Endpoints:Certificate", "Endpoints:Pki", "Endpoints:ServerCertificate:Path",
            "Endpoints:ServerCertificate:Password",
            "Authority:KeyPassphrase", "Mail:Transport", "History:AnchorFile", "Institution:BankName", "Institution:ServiceName",
            "Institution:Organization",
            "Institution:OrganizationalUnit", "Institution:CommonNameTemplate", "Institution:BankCode", "Institution:ContactText",
        ];
        Assert.Empty(required.Except(named));
        Assert.Equal(named.Count, named.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Production_WithAnythingLeftOut_IsRefusedForThat()
    {
        using var directory = new TemporaryDirectory();
        var all = Complete(directory);
        Assert.Empty(Faults("Production", all));
        foreach (var key in all.Keys)
        {
            var rest = all.Where(s => s.Key != key).ToDictionary(StringComparer.Ordinal);
            Assert.Equal(key, Assert.Single(Faults("Production", rest)).Key);
        }
    }

    [Fact]
    public void Fault_InWords_IsJapaneseAndEnglish_AndNamesTheEnvironmentVariable()
    {
        foreach (var fault in Faults("Production"))
        {
            Assert.Matches(@"\p{IsHiragana}", fault.Japanese);
            Assert.Matches("[a-z]{3}", fault.English);
            Assert.Contains(fault.Key.Replace(":", "__", StringComparison.Ordinal), fault.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Endpoints:Public", "localhost:7443")]
    [InlineData("Endpoints:Public", "http://localhost:7443")]
    [InlineData("Endpoints:Certificate", "https://localhost:7444/path")]
    [InlineData("Endpoints:Certificate", "https://localhost:7443")]
    [InlineData("Endpoints:Pki", "https://localhost:7080")]
    [InlineData("Listen:Public", "nonsense")]
    [InlineData("Clock:StartAt", "next tuesday")]
    [InlineData("Endpoints:ServerCertificate:Path", "/no/such/file.p12")]
    [InlineData("Authority:Provider", "Pkcs11")]
    [InlineData("Database:Provider", "PostgreSql")]
    [InlineData("Listen:ProxyFrom", "10.0.0.1")]
    public void Development_WithAnUnusableValue_IsRefusedForThat(string key, string value) =>
        Assert.Equal(key, Assert.Single(Faults("Development", new(StringComparer.Ordinal) { [key] = value })).Key);

    [Theory]
    [InlineData("Development")]
    [InlineData("Testing")]
    public void Development_WithNothingSet_Starts(string environment)
    {
        var settings = ServerSettings.Read(Configuration(environment, []), new Environment(environment));
        Assert.False(settings.IsProduction);
        Assert.Equal(7444, settings.Endpoints.Certificate.Port);
        Assert.Equal(settings.Endpoints.Certificate, settings.Endpoints.ListenCertificate);
        Assert.Equal(settings.DataDirectory + ".anchor", settings.AnchorFile);
        Assert.Null(settings.KeyPassphrase);
    }

    [Theory]
    [InlineData("Production", false)]
    [InlineData("Staging", false)]
    [InlineData("Development", true)]
    [InlineData("Testing", true)]
    public void ShiftedClock_OutsideDevelopmentAndTesting_IsRefused(string environment, bool works)
    {
        using var directory = new TemporaryDirectory();
        var settings = Complete(directory);
        settings["Clock:StartAt"] = "2026-08-31T09:00:00+09:00";
        if (works)
        {
            Assert.Equal(
                new DateTimeOffset(2026, 8, 31, 0, 0, 0, TimeSpan.Zero),
                ServerSettings.Read(Configuration(environment, settings), new Environment(environment)).ClockStartAt);
        }
        else
        {
            Assert.Equal("Clock:StartAt", Assert.Single(Faults(environment, settings)).Key);
        }
    }

    [Fact]
    public void Passphrase_InAppsettings_IsRefusedEverywhere()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("appsettings.json", """{ "Authority": { "KeyPassphrase": "secret" } }""");
        foreach (var environment in new[] { "Development", "Production" })
        {
            var configuration = new ConfigurationManager();
            using var files = new PhysicalFileProvider(directory.Path);
            configuration.AddJsonFile(files, "appsettings.json", optional: false, reloadOnChange: false);
            configuration.AddInMemoryCollection(Complete(directory).Where(s => s.Key != "Authority:KeyPassphrase"));
            configuration.AddInMemoryCollection([new("Data:Directory", directory.At("data"))]);
            var fault = Assert.Single(
                Assert.Throws<StartRefusedException>(() => ServerSettings.Read(configuration, new Environment(environment))).Faults);
            Assert.Equal("Authority:KeyPassphrase", fault.Key);
            Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Environment_BeatsTheRootsFile()
    {
        var builder = ServerBuilder.Create(["--Logging:LogLevel:Microsoft.EntityFrameworkCore=Critical"], "Development");
        Assert.Equal("Critical", builder.Configuration["Logging:LogLevel:Microsoft.EntityFrameworkCore"]);
        Assert.Equal("Warning", builder.Configuration["Logging:LogLevel:Microsoft.Hosting.Lifetime"]);
    }

    [Fact]
    public void ShiftedClock_StartsThere_AndRunsOn()
    {
        var real = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var startAt = new DateTimeOffset(2027, 5, 5, 12, 0, 0, TimeSpan.Zero);
        var clock = new ShiftedTimeProvider(real, startAt);
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        Assert.Equal(startAt, clock.GetUtcNow());
        var began = clock.GetTimestamp();
        real.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(startAt.AddMinutes(1), clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromMinutes(1), clock.GetElapsedTime(began));
        Assert.Equal(1, fired);
    }

    private static IReadOnlyList<SettingFault> Faults(string environment, Dictionary<string, string?>? settings = null)
    {
        try
        {
            ServerSettings.Read(Configuration(environment, settings ?? []), new Environment(environment));
            return [];
        }
        catch (StartRefusedException refused)
        {
            return refused.Faults;
        }
    }

    private static ConfigurationManager Configuration(string environment, Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationManager();
        ServerSettings.AddFiles(configuration, new Environment(environment));
        // Never the data of whoever runs the tests from a repository in which the server ran before.
        configuration.AddInMemoryCollection([new("Data:Directory", Path.Combine(Path.GetTempPath(), $"densai-none-{Guid.NewGuid():N}"))]);
        configuration.AddInMemoryCollection(settings);
        return configuration;
    }

    private static Dictionary<string, string?> Complete(TemporaryDirectory directory)
    {
        var settings = typeof(InstitutionOptions).GetProperties()
            .Where(p => p.CanWrite)
            .ToDictionary(p => "Institution:" + p.Name, string? (_) => "x", StringComparer.Ordinal);
        settings["Endpoints:Public"] = "https://densai.example.jp";
        settings["Endpoints:Certificate"] = "https://cert.densai.example.jp";
        settings["Endpoints:Pki"] = "http://pki.densai.example.jp";
        settings["Endpoints:ServerCertificate:Path"] = directory.Write("server.p12", "");
        settings["Endpoints:ServerCertificate:Password"] = "x";
        settings["Institution:BankCode"] = "0501";
        settings["Institution:CommonNameTemplate"] = "x {loginId}";
        settings["Authority:KeyPassphrase"] = "twenty-characters-at-least";
        settings["Mail:Transport"] = "Smtp";
        settings["History:AnchorFile"] = directory.At("anchor");
        return settings;
    }

    private sealed class Environment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "DensaiAdmin.Web";

        public string ContentRootPath { get; set; } = AppContext.BaseDirectory;

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
