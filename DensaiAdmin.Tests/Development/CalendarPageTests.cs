using System.Net;
using DensaiAdmin.Core;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Development;

[Web]
public sealed class CalendarPageTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task Calendar_ShowsWhatHappensWhen_AndHowToGetThere()
    {
        using var certificate = shared.Server.DemoCertificate("0501D00601R");
        var notAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        var expiry = JapanTime.JstDate(notAfter);
        using var page = await RunningServer.GetAsync(shared.Server.Client(), RunningServer.Public + "dev/calendar?user=0501d00601r");

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var html = WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains("data-screen=\"DEV001\"", html, StringComparison.Ordinal);
        Assert.Contains($"{expiry.AddDays(-40):yyyy年MM月dd日} 09時00分00秒", html, StringComparison.Ordinal);
        Assert.Contains($"{expiry.AddDays(-10):yyyy年MM月dd日} 09時00分00秒", html, StringComparison.Ordinal);
        Assert.Contains($"Clock__StartAt={expiry:yyyy-MM-dd}T00:00:00+09:00", html, StringComparison.Ordinal);
        Assert.Contains($"{expiry:yyyy年MM月dd日} 09時00分00秒", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Development", true)]
    [InlineData("Testing", false)]
    [InlineData("Production", false)]
    public async Task Page_ForDevelopment_ExistsNowhereElse(string environment, bool exists)
    {
        var reached = false;
        var gate = new OriginGate(context =>
        {
            reached = context.GetEndpoint() is not null;
            return Task.CompletedTask;
        }, new Here(environment));
        var context = new DefaultHttpContext();
        context.Features.Set(new ConnectionOrigin(Origin.Public));
        context.Request.Path = "/dev/calendar";
        context.SetEndpoint(new Endpoint(null, new(new DevelopmentOnlyAttribute(), new OriginAttribute(Origin.Public)), "calendar"));

        await gate.InvokeAsync(context);

        Assert.Equal((exists, exists ? 200 : 404), (reached, context.Response.StatusCode));
    }

    [Fact]
    public void Timeline_IsInOrder_AndEndsWithTheCertificate()
    {
        var notAfter = ValidityPolicy.NotAfter(new(2026, 11, 25, 1, 0, 0, TimeSpan.Zero), 1);
        var timeline = new ExpiryTimeline(null!, new ExpiryMailPolicy([]), Options.Create(new CertificatePolicyOptions()));

        Assert.Equal(
            [
                (ExpiryEvent.Issued, null, 366), (ExpiryEvent.WindowOpens, null, 40), (ExpiryEvent.Notice, 40, 40),
                (ExpiryEvent.TurnsUrgent, null, 10),
                (ExpiryEvent.Notice, 10, 10), (ExpiryEvent.Notice, 0, 0), (ExpiryEvent.LastDay, (int?)null, 0),
                (ExpiryEvent.Expired, null, 0),
            ],
            timeline.EntriesOf(new(2026, 11, 25, 1, 0, 0, TimeSpan.Zero), notAfter).Select(
                entry => (entry.Event, entry.Stage, entry.DaysLeft)));
    }

    private sealed class Here(string environment) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = environment;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
