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

/// <summary>BTOP001 on a bank whose store answers nobody before all have asked.</summary>
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
    public async Task Parts_OfHome_AreAllAskedFor_BeforeTheFirstIsAnswered(bool isMaster, int parts)
    {
        await SignInAsync(isMaster);
        _contexts.Parts = parts;

        var page = Render<HomePage>();

        page.WaitForAssertion(() => Assert.Contains("最近の操作", page.Markup, StringComparison.Ordinal), TimeSpan.FromMinutes(1));
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

    /// <summary>
    /// Keeps whoever asks first waiting until all have asked, and the thread with it, as a driver without asynchronous calls does.
    /// </summary>
    private sealed class GatedContexts(IDbContextFactory<DensaiDbContext> contexts) : IDbContextFactory<DensaiDbContext>
    {
        private readonly TaskCompletionSource _allAsked = new();

        private int _asked;

        public int Parts { get; set; }

        public int Asked => Volatile.Read(ref _asked);

        public DensaiDbContext CreateDbContext()
        {
            var asked = Interlocked.Increment(ref _asked);
            if (asked == Parts)
            {
                _allAsked.SetResult();
            }
            else if (asked == 1)
            {
                Assert.True(_allAsked.Task.Wait(TimeSpan.FromMinutes(1), Xunit.TestContext.Current.CancellationToken));
            }

            return contexts.CreateDbContext();
        }

        public Task<DensaiDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default) =>
            Task.FromResult(CreateDbContext());
    }
}
