using Bunit;
using DensaiAdmin.Core.Announcements;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.Home;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Home;
using DensaiAdmin.Web.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Home;

/// <summary>BTOP001 on a bank whose store answers when the test lets it.</summary>
public sealed class HomePageTests : LookContext, IAsyncLifetime
{
    private CustomerFixture _fixture = null!;
    private GatedContexts _contexts = null!;

    public async ValueTask InitializeAsync()
    {
        _fixture = await CustomerFixture.OpenAsync();
        // Inside the renewal window, where every part has something to ask.
        _fixture.Bank.Clock.Advance(TimeSpan.FromDays(190));
        var (bank, sessions, clock) = (_fixture.Bank, _fixture.Sessions, (TimeProvider)_fixture.Bank.Writer.Clock);
        _contexts = new(bank.Contexts);
        Services.AddSingleton(clock);
        Services.AddSingleton(_fixture.Live);
        Services.AddSingleton(new CertificateHolders(_contexts, clock));
        Services.AddSingleton(new LoginHistory(_contexts, _fixture.Records, sessions, clock));
        Services.AddSingleton(new AnnouncementBoard(bank.Writer, _contexts, sessions, clock));
        Services.AddSingleton(new RecentOperations(bank.Writer, _contexts, sessions, clock));
        Services.AddSingleton(new RenewalQueries(bank.Writer, _contexts, sessions, Options.Create(new CertificatePolicyOptions()), clock));
        Services.AddSingleton(new MailLedger(_contexts));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _fixture.Dispose();
    }

    [Theory]
    [InlineData(true, 8)]
    [InlineData(false, 6)]
    public async Task Parts_OfHome_AreAllAskedFor_BeforeAnyIsAnswered(bool isMaster, int parts)
    {
        await SignInAsync(isMaster);

        var page = Render<HomePage>();

        Assert.Equal(parts, _contexts.Asked);
        Assert.Equal("", page.Markup.Trim());

        _contexts.Open();
        page.WaitForAssertion(() => Assert.Contains("最近の操作", page.Markup, StringComparison.Ordinal));
        Assert.Equal(parts, _contexts.Asked);
        Assert.Equal(isMaster, page.FindAll(".tile").Count > 0);
    }

    private async Task SignInAsync(bool isMaster)
    {
        var actor = await _fixture.SignIn(isMaster ? _fixture.MasterCertificate : _fixture.UserCertificate);
        var current = new CurrentActor();
        current.Set(SessionClaims.Principal(_fixture.Live.Find(actor)!, CustomerFixture.Source, "test"));
        Services.AddSingleton(current);
    }

    private sealed class GatedContexts(IDbContextFactory<DensaiDbContext> contexts) : IDbContextFactory<DensaiDbContext>
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public void Open() => _opened.SetResult();

        public DensaiDbContext CreateDbContext() => throw new NotSupportedException("Home waits for its store without a thread.");

        public async Task<DensaiDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _asked);
            await _opened.Task;
            return await contexts.CreateDbContextAsync(cancellationToken);
        }
    }
}
