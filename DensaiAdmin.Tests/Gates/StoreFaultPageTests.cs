using System.Diagnostics;
using Bunit;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Revocation;
using DensaiAdmin.Web.Sessions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Gates;

/// <summary>
/// An act of an open page on a running server whose store another process holds: answered on the page, in words and in time.
/// </summary>
public sealed class StoreFaultPageTests : LookContext, IAsyncLifetime
{
    private RunningServer _server = null!;
    private AsyncServiceScope _scope;

    private static CancellationToken Cancellation => Xunit.TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        await _server.LogInAsync(_server.Client(_server.DemoCertificate("0501D00601M")));
        _scope = _server.Services.CreateAsyncScope();
        var services = _scope.ServiceProvider;
        await using var db = await services.GetRequiredService<IDbContextFactory<DensaiDbContext>>().CreateDbContextAsync(Cancellation);
        var clock = services.GetRequiredService<TimeProvider>();
        var session = await db.Sessions.OrderByDescending(s => s.Id).Select(s => s.Id).FirstAsync(Cancellation);
        services.GetRequiredService<CurrentActor>().Set(
            SessionClaims.Principal(_server.Sessions.Find(db, session, clock.GetUtcNow()).Live!, "test", "test"));
        Services.AddSingleton(clock);
        Services.AddFallbackServiceProvider(services);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        await _scope.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("BEGIN IMMEDIATE")]
    [InlineData("BEGIN EXCLUSIVE")]
    public async Task Revocation_WhileAnotherProcessHoldsTheWriteLock_IsRefusedOnThePage_AndDoneAfterwards(string begin)
    {
        var serial = _server.DemoCertificate("0501D00601U").SerialNumber;
        var page = Render<RevocationConfirmPage>(parameters => parameters.Add(p => p.Serial, serial));
        page.WaitForElement("#cpw");
        await using (var other = new SqliteConnection($"Data Source={_server.DataFile("densai.db")};Pooling=False"))
        {
            await other.OpenAsync(Cancellation);
            Execute(other, begin);
            var since = Stopwatch.GetTimestamp();
            page.Find("#cpw").Change(DemoUsers.ConfirmationPassword);
            page.Find("form").Submit();
            page.WaitForState(() => page.Markup.Contains("E-9002", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
            Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(5));
            Assert.Contains("変更は行われていません", page.Markup, StringComparison.Ordinal);
            Assert.False(await IsRevokedAsync(serial));
            Execute(other, "ROLLBACK");
        }

        page.Find("#cpw").Change(DemoUsers.ConfirmationPassword);
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.True(IsRevokedAsync(serial).GetAwaiter().GetResult()), TimeSpan.FromSeconds(10));
    }

    private async Task<bool> IsRevokedAsync(string serial)
    {
        await using var db = await _server.Services.GetRequiredService<IDbContextFactory<DensaiDbContext>>()
            .CreateDbContextAsync(Cancellation);
        return await db.Certificates.Where(c => c.SerialNumber == Core.Pki.SerialNumber.Parse(serial)).Select(c => c.RevokedAt != null)
            .SingleAsync(Cancellation);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
