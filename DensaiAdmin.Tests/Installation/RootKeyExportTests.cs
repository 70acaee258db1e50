using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Verbs;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Installation;

/// <summary>In Production the root's key signs at first start, and then is no longer there.</summary>
[Web]
public sealed class RootKeyExportTests : IDisposable
{
    private const string Passphrase = "sealed for tests only";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _directory.Dispose();
    }

    private string Export => _directory.At("data.root-key.pem");

    private string RootKey => Path.Combine(_directory.At("data"), "ca", "root.key.pem");

    [Fact]
    public async Task FirstStart_TakesTheRootKeyOut_AndTheSecondRunsWithoutIt()
    {
        DateTimeOffset issuingEnds = default;
        await StartAsync("Production", async (installation, app) =>
        {
            Assert.False(File.Exists(RootKey));
            Assert.Equal(RootKeyPlace.Exported, installation.Authorities.Keys.RootKey.Place);
            Assert.Contains(Export, await AnnouncedAsync(installation, app), StringComparison.Ordinal);
            Assert.Contains(
                Export, VerbText.Ca(installation.Authorities, null, app.Services.GetRequiredService<CrlPublisher>().Root),
                StringComparison.Ordinal);
            issuingEnds = new DateTimeOffset(installation.Authorities.Current.X509.NotAfter);
        });
        Assert.IsType<SealedKey.Opened>(SealedKeyFile.Open(Export, new KeyPassphrase(Passphrase)));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Export));
        }

        File.Delete(Export);
        await StartAsync("Production", async (installation, app) =>
        {
            // The root's CRL lives as long as the issuing CA: nobody has to bring the key back for it.
            Assert.True(installation.Authorities.Keys.RootCrl.NextUpdate >= issuingEnds);
            Assert.DoesNotContain(Export, await AnnouncedAsync(installation, app), StringComparison.Ordinal);
            Assert.Equal(["root-key-export"], await DetailsAsync(app));
        });
    }

    [Fact]
    public async Task Start_AfterOneThatWasKilledBetweenExportAndRemoval_RemovesTheKey()
    {
        await StartAsync("Testing", (_, _) => Task.CompletedTask);
        File.Copy(RootKey, Export);

        await StartAsync("Production", (installation, _) =>
        {
            Assert.Equal(RootKeyPlace.Exported, installation.Authorities.Keys.RootKey.Place);
            return Task.CompletedTask;
        });

        Assert.False(File.Exists(RootKey));
        Assert.True(File.Exists(Export));
    }

    [Fact]
    public async Task Start_WhereAnotherFileIsInTheWay_IsRefusedAndKeepsTheKey()
    {
        _directory.Write("data.root-key.pem", "somebody else's");

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StartAsync("Production", (_, _) => Task.CompletedTask));

        Assert.Equal("Authority:RootKeyExport", Assert.Single(refused.Faults).Key);
        Assert.True(File.Exists(RootKey));
        Assert.Equal("somebody else's", await File.ReadAllTextAsync(Export, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Setting_InsideTheDataDirectory_IsRefusedBeforeAnythingIsMade()
    {
        var builder = Builder("Production");
        builder.Configuration["Authority:RootKeyExport"] = Path.Combine(_directory.At("data"), "root.pem");

        var fault = Assert.Single(
            Assert.Throws<StartRefusedException>(() => ServerSettings.Read(builder.Configuration, builder.Environment)).Faults);

        Assert.Equal("Authority:RootKeyExport", fault.Key);
        Assert.False(Directory.Exists(_directory.At("data")));
    }

    [Fact]
    public async Task Development_KeepsItsRootKey()
    {
        await StartAsync("Testing", (installation, _) =>
        {
            Assert.Equal(RootKeyPlace.InDirectory, installation.Authorities.Keys.RootKey.Place);
            return Task.CompletedTask;
        });

        Assert.True(File.Exists(RootKey));
        Assert.False(File.Exists(Export));
    }

    private static async Task<string> AnnouncedAsync(OpenInstallation installation, WebApplication app)
    {
        using var words = new StringWriter();
        await ReadyMessage.WriteAsync(words, installation, app.Environment);
        return words.ToString();
    }

    private static async Task<List<string>> DetailsAsync(WebApplication app)
    {
        await using var db = await app.Services.GetRequiredService<IDbContextFactory<DensaiDbContext>>().CreateDbContextAsync();
        return await db.HistoryRecords.Where(r => r.Operation == HistoryOperation.Operation).OrderBy(r => r.Sequence).Select(r => r.Detail)
            .ToListAsync();
    }

    private async Task StartAsync(string environment, Func<OpenInstallation, WebApplication, Task> look)
    {
        var builder = Builder(environment);
        using var installation = OpenInstallation.Open(
            ServerSettings.Read(builder.Configuration, builder.Environment), builder.Configuration);
        await using var app = await Server.BuildAsync(builder, installation);
        await app.StartAsync();
        await look(installation, app);
        await app.StopAsync();
    }

    private WebApplicationBuilder Builder(string environment)
    {
        var builder = ServerBuilder.Create([], environment);
        var settings = typeof(InstitutionOptions).GetProperties()
            .Where(p => p.CanWrite)
            .ToDictionary(p => "Institution:" + p.Name, p => (string?)p.GetValue(new InstitutionOptions()), StringComparer.Ordinal);
        settings["Endpoints:Public"] = "https://public.test";
        settings["Endpoints:Certificate"] = "https://certificate.test";
        settings["Endpoints:Pki"] = "http://pki.test";
        settings["Listen:Public"] = "https://127.0.0.1:0";
        settings["Listen:Certificate"] = "https://127.0.0.1:0";
        settings["Listen:Pki"] = "http://127.0.0.1:0";
        settings["Endpoints:ServerCertificate:Path"] = ServerCertificate();
        settings["Endpoints:ServerCertificate:Password"] = Passphrase;
        settings["Authority:KeyPassphrase"] = Passphrase;
        settings["Mail:Transport"] = "Pickup";
        settings["History:AnchorFile"] = _directory.At("data.anchor");
        settings["Data:Directory"] = _directory.At("data");
        settings["Logging:LogLevel:Default"] = "None";
        settings["Logging:LogLevel:Microsoft.AspNetCore"] = "None";
        builder.Configuration.AddInMemoryCollection(settings);
        return builder;
    }

    private string ServerCertificate()
    {
        var file = _directory.At("server.p12");
        if (!File.Exists(file))
        {
            File.WriteAllBytes(
                file,
                LocalTlsCertificate.Create(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow, new KeyPassphrase(Passphrase)).Pfx.ToArray());
        }

        return file;
    }
}
