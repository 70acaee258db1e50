using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Installation;
using Microsoft.Extensions.Configuration;

namespace DensaiAdmin.Tests.Installation;

/// <summary>What the machine lacks is said in one line by the program itself, before it has made anything.</summary>
[Web]
public sealed class HostPreconditionsTests
{
    private static string Program => Path.Combine(AppContext.BaseDirectory, "DensaiAdmin.Web.dll");

    [Theory]
    [InlineData("TZDIR", "/nonexistent", "tzdata")]
    [InlineData("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1", "ICU")]
    public async Task Machine_WithoutTimeZonesOrLanguages_IsToldInOneLine_AndNothingIsMade(string variable, string value, string remedy)
    {
        using var directory = new TemporaryDirectory();
        foreach (var words in new string[][] { [], ["ca", "show"] })
        {
            var said = await Tool.Run(
                "dotnet",
                [Program, .. words],
                environment: new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    [variable] = value,
                    ["ASPNETCORE_ENVIRONMENT"] = "Development",
                    ["Data__Directory"] = directory.At("data"),
                });

            Assert.Equal(1, said.ExitCode);
            Assert.Matches($"^DensaiAdmin: 起動できません。.*{remedy}.* / Cannot start: .*{remedy}.*\n$", said.All);
            Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
        }
    }

    [Theory]
    [InlineData("{ \"Data\": ")]
    [InlineData("not json")]
    [InlineData("[1]")]
    public void SettingsFile_ThatCannotBeRead_IsToldByItsName(string content)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.At("appsettings.json"), content);

        var fault = Assert.ThrowsAny<Exception>(() => new ConfigurationBuilder().AddJsonFile(directory.At("appsettings.json")).Build());

        Assert.Equal("appsettings.json", HostPreconditions.Words(fault)?.Key);
        Assert.Contains("appsettings.json", HostPreconditions.Words(fault)!.Japanese, StringComparison.Ordinal);
    }

    [Fact]
    public void ThisMachine_HasWhatItTakes() => Assert.Null(HostPreconditions.Missing());

    [Theory]
    [InlineData("/proc/densai/data")]
    [InlineData("/dev/null/data")]
    public void Directory_ThatCannotBeWritten_IsToldByItsKey(string directory)
    {
        var fault = HostPreconditions.WritableFault("Data:Directory", directory);

        Assert.Equal("Data:Directory", fault?.Key);
        Assert.Contains(directory, fault!.Japanese);
    }

    [Fact]
    public void Directory_ThatCanBeWritten_IsLeftAsItWas()
    {
        using var directory = new TemporaryDirectory();

        Assert.Null(HostPreconditions.WritableFault("Data:Directory", directory.At("a/b/c")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }
}
