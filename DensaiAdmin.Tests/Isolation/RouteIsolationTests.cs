using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Isolation;

/// <summary>
/// Foreign IDs through the front doors: every route × roles × companies. An address that names something foreign is answered like one
/// that names nothing, and no page carries anything of another company. The routes, and the handlers of the pages behind them, are
/// found by reflection: one that is not named here fails.
/// </summary>
[Web]
public sealed partial class RouteIsolationTests(SharedServer shared) : IClassFixture<SharedServer>
{
    /// <summary>How a route is tried.</summary>
    private enum Trial
    {
        /// <summary>Knows nobody: before login, for programs, or Blazor's own transport behind its own guard.</summary>
        OfNobody,

        /// <summary>Names nothing in its address: every page of it is searched for things of other companies.</summary>
        OwnOnly,

        /// <summary>Only posts; acts on the session that asks.</summary>
        OwnSession,

        /// <summary>The address ends in a certificate's serial.</summary>
        BySerial,

        /// <summary>The address ends in a 受付番号.</summary>
        ByReceipt,

        /// <summary>The address ends in a 受付番号 of another kind of act.</summary>
        ByOtherReceipt,

        /// <summary>A login ID stands in the query.</summary>
        ByLoginId,
    }

    private static readonly Dictionary<string, Trial> Routes = new(StringComparer.Ordinal)
    {
        ["/"] = Trial.OwnOnly,
        ["/accessibility"] = Trial.OfNobody,
        ["/certificate"] = Trial.OfNobody,
        ["/certificate/app/{file}"] = Trial.OfNobody,
        ["/contact"] = Trial.OfNobody,
        ["/enrollment.json"] = Trial.OfNobody,
        ["/fault"] = Trial.OfNobody,
        ["/language"] = Trial.OfNobody,
        ["/login"] = Trial.OfNobody,
        ["/login-id"] = Trial.OfNobody,
        ["/login-id/confirm"] = Trial.OfNobody,
        ["/login-id/done"] = Trial.OfNobody,
        ["/login-id/user"] = Trial.OfNobody,
        ["/logins"] = Trial.OwnOnly,
        ["/logins/{Number}"] = Trial.OwnOnly,
        ["/logout"] = Trial.OwnSession,
        ["/management"] = Trial.OwnOnly,
        ["/management/company"] = Trial.OwnOnly,
        ["/management/history"] = Trial.OwnOnly,
        ["/management/users"] = Trial.OwnOnly,
        ["/management/mails"] = Trial.OwnOnly,
        ["/management/history.csv"] = Trial.OwnOnly,
        ["/management/history/{Number}"] = Trial.OwnOnly,
        ["/management/users/accounts"] = Trial.OwnOnly,
        ["/management/users/accounts.csv"] = Trial.OwnOnly,
        ["/management/users/accounts/new"] = Trial.OwnOnly,
        ["/management/users/accounts/change"] = Trial.ByLoginId,
        ["/management/users/accounts/user"] = Trial.ByLoginId,
        ["/management/users/accounts/{What}/confirm"] = Trial.ByLoginId,
        ["/management/users/accounts/result/{Number}"] = Trial.ByOtherReceipt,
        ["/management/users/expiries.ics"] = Trial.OwnOnly,
        ["/management/users/password"] = Trial.OwnOnly,
        ["/management/users/password/{Number}"] = Trial.ByOtherReceipt,
        ["/management/users/revocation"] = Trial.OwnOnly,
        ["/management/users/revocation.csv"] = Trial.OwnOnly,
        ["/management/users/revocation/receipt/{number}"] = Trial.ByReceipt,
        ["/management/users/revocation/result/{Number}"] = Trial.ByReceipt,
        ["/management/users/revocation/{Serial}"] = Trial.BySerial,
        ["/management/users/suspension"] = Trial.OwnOnly,
        ["/management/users/suspension/{What}"] = Trial.ByLoginId,
        ["/management/users/suspension/result/{Number}"] = Trial.ByOtherReceipt,
        ["/not-found"] = Trial.OfNobody,
        ["/notices"] = Trial.OwnOnly,
        ["/notices/{Id:long}"] = Trial.OwnOnly,
        ["/own-certificate"] = Trial.OwnOnly,
        ["/own-certificate/{Serial}"] = Trial.BySerial,
        ["/own-certificate/pem/{serial}"] = Trial.BySerial,
        ["/renewal"] = Trial.OwnOnly,
        ["/renewal/app"] = Trial.OwnOnly,
        ["/services/{Service:regex(^(densai|gaitame)$)}"] = Trial.OwnOnly,
        ["/too-many-pages"] = Trial.OwnOnly,
        // In Development only: the demo bank's days, and style sheets and scripts as they lie in the source.
        ["/dev/calendar"] = Trial.OfNobody,
        ["/{**path:file}"] = Trial.OfNobody,
        ["/health/live"] = Trial.OfNobody,
        ["/health/ready"] = Trial.OfNobody,
    };

    /// <summary>Routes that are many or Blazor's own, by their beginning.</summary>
    private static readonly string[] OfNobody = ["/.well-known/est/", "/pki/", "/_blazor", "/_framework/"];

    /// <summary>
    /// What a person can make a signed-in page do, and the use case it calls, which <see cref="UseCaseIsolationTests"/> tries; or none,
    /// when it only leads elsewhere.
    /// </summary>
    private static readonly Dictionary<string, string?> Handlers = new(StringComparer.Ordinal)
    {
        ["AccountInputPage.NextAsync"] = "UserQueries.IsOwnLoginIdAsync",
        ["AccountListPage.Show"] = null,
        ["AccountListPage.Act"] = null,
        ["HistoryPage.Show"] = null,
        ["LoginReportPage.ReportAsync"] = "ReportLogin.ReportAsync",
        ["MailsPage.Show"] = null,
        ["AnnouncementsPage.LookUp"] = "AnnouncementBoard.FindMailAsync",
        ["AnnouncementsPage.ReadAllAsync"] = "AnnouncementBoard.NoteReadAsync",
        // The passwords of the session that asks; no ID is sent.
        ["PasswordPage.ExecuteAsync"] = null,
        ["SuspensionListPage.Show"] = null,
        ["SuspensionListPage.Act"] = null,
        ["UserConfirmPage.ExecuteAsync"] = "ManageUser.ByMasterAsync",
        ["RevocationConfirmPage.ExecuteAsync"] = "RevokeCertificate.ByMasterAsync",
        ["RevocationListPage.Show"] = null,
        ["RevocationListPage.Revoke"] = null,
        ["SessionGuard.Stay"] = null,
    };

    private static readonly string[] People = ["0501D00601M", "0501D00601U", "0501D47701M", "0501D00900M", "counter1"];

    private readonly RunningServer _server = shared.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Routes_OfTheServer_AreAllKnownHere()
    {
        var unknown = Found().Except(Routes.Keys, StringComparer.Ordinal)
            .Where(route => !OfNobody.Any(start => route.StartsWith(start, StringComparison.Ordinal))).ToList();

        Assert.True(
            unknown.Count == 0,
            $"These routes are new. Say in {nameof(RouteIsolationTests)}.{nameof(Routes)} how each is tried with an ID of another company: "
                + string.Join(", ", unknown));
        Assert.Empty(Routes.Keys.Except(Found(), StringComparer.Ordinal));
    }

    [Fact]
    public void Handlers_OfSignedInPages_AreAllKnownHere()
    {
        var unknown = FoundHandlers().Except(Handlers.Keys, StringComparer.Ordinal).ToList();

        Assert.True(
            unknown.Count == 0,
            $"These handlers are new. Name in {nameof(RouteIsolationTests)}.{nameof(Handlers)} the use case that each calls: "
                + string.Join(", ", unknown));
        Assert.Empty(Handlers.Keys.Except(FoundHandlers(), StringComparer.Ordinal));
        Assert.All(
            Handlers.Values.OfType<string>(), useCase => Assert.Contains(UseCaseIsolationTests.Tried, tried => tried.Data == useCase));
    }

    [Fact]
    public void Routes_BehindLogin_AnswerForBothWaysToLogIn()
    {
        // A route of one origin alone shuts the companies of ID・パスワード方式 out, or lets in who is not signed in.
        var onOne = Endpoints().Where(e => e.Metadata.GetMetadata<Microsoft.AspNetCore.Authorization.IAllowAnonymous>() is null
            && e.Metadata.GetMetadata<OriginAttribute>() is not null)
            .Select(Name);

        Assert.Empty(onOne);
    }

    [Fact]
    public async Task Pages_ForEveryRole_CarryNothingOfAnotherCompany()
    {
        foreach (var person in People)
        {
            var (client, cookie) = await LogInAsync(_server, person);
            var foreign = await ForeignMarksAsync(person);
            foreach (var route in Routes.Where(r => r.Value == Trial.OwnOnly).SelectMany(r => Addresses(r.Key)))
            {
                using var answer = await RunningServer.GetAsync(client, route, cookie);
                Assert.True((int)answer.StatusCode is 200 or 303 or 403 or 404 or 429, $"{person} {route}: {answer.StatusCode}");
                var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancellation));
                var leaked = foreign.Where(mark => html.Contains(mark, StringComparison.Ordinal)).ToList();
                Assert.True(leaked.Count == 0, $"{person} sees at {route}: {string.Join(", ", leaked)}");
            }
        }
    }

    [Fact]
    public async Task Addresses_OfForeignThings_AreAnsweredLikeThoseOfNothing()
    {
        // A bank of its own: what was asked for in vain stands in the history of who asked, where another test would take it for a leak.
        await using var server = await RunningServer.StartAsync();
        await using var db = await server.Services.GetRequiredService<IDbContextFactory<DensaiDbContext>>()
            .CreateDbContextAsync(Cancellation);
        var receipt = await db.CertificateRevocations.AsNoTracking().Include(r => r.User).ThenInclude(u => u.Company)
            .SingleAsync(Cancellation);
        foreach (var person in People)
        {
            var (client, cookie) = await LogInAsync(server, person);
            var user = await db.Users.AsNoTracking().SingleAsync(u => u.LoginId == person, Cancellation);
            var foreign = await db.Certificates.AsNoTracking()
                .Where(c => c.User.CompanyId != user.CompanyId && c.User.CompanyId != null && c.User.Role == UserRole.General)
                .Select(c => c.SerialNumber).FirstAsync(Cancellation);
            var foreignId = await db.Users.AsNoTracking()
                .Where(u => u.CompanyId != user.CompanyId && u.CompanyId != null && u.Role == UserRole.General).Select(u => u.LoginId)
                .FirstAsync(Cancellation);
            foreach (var address in Routes.Where(r => r.Value == Trial.ByLoginId).SelectMany(r => OfUser(r.Key)))
            {
                Assert.Equal(await AskAsync(client, cookie, address, "0501D99999Z"), await AskAsync(client, cookie, address, foreignId));
            }

            foreach (var (route, trial) in Routes.Where(r => r.Value is Trial.BySerial or Trial.ByReceipt or Trial.ByOtherReceipt))
            {
                var (theirs, invented) = trial == Trial.BySerial
                    ? (foreign.ToString(), new string('7', 32))
                    : (receipt.ReceiptNumber, "R-20260101-AAAA-BBBB");
                if (trial == Trial.ByReceipt && receipt.CompanyId == user.CompanyId && user.Role == UserRole.Master)
                {
                    // So that this test can fail: the own one is shown.
                    Assert.Equal(200, (await AskAsync(client, cookie, route, theirs)).Status);
                    continue;
                }

                Assert.Equal(await AskAsync(client, cookie, route, invented), await AskAsync(client, cookie, route, theirs));
            }
        }

        var (master, own) = await LogInAsync(server, "0501D00601M");
        var colleague = await db.Certificates.AsNoTracking().Where(c => c.User.LoginId == "0501D00601U").Select(c => c.SerialNumber)
            .SingleAsync(Cancellation);
        Assert.Equal(200, (await AskAsync(master, own, "/management/users/revocation/{Serial}", colleague.ToString())).Status);
    }

    private static string Name(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.TrimStart('/');

    private static IEnumerable<string> Addresses(string route) =>
        route.Contains("{Service", StringComparison.Ordinal) ? ["/services/densai", "/services/gaitame"]
        // Numbers that count per company, or are everybody's: those that others have are asked for, too.
        : route.Contains("{Number}", StringComparison.Ordinal) || route.Contains("{Id:long}", StringComparison.Ordinal)
            ? Enumerable.Range(1, 6).Select(
                number => NumberParameter().Replace(route, number.ToString(System.Globalization.CultureInfo.InvariantCulture)))
        : [route];

    /// <summary>The addresses of a page for one user.</summary>
    private static IEnumerable<string> OfUser(string route) =>
        (!route.Contains("{What}", StringComparison.Ordinal) ? [route]
            : route.Contains("suspension", StringComparison.Ordinal)
            ? new[] { "suspend", "release", "unlock" }.Select(what => route.Replace("{What}", what, StringComparison.Ordinal))
            : new[] { "delete", "reset", "change", "new" }.Select(what => route.Replace("{What}", what, StringComparison.Ordinal)))
        .Select(address => address + "?id={id}");

    private static IEnumerable<string> FoundHandlers()
    {
        const BindingFlags Own = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;
        // What a page gives to events is a method of its own that is neither a lifecycle method nor one that makes a part of the page.
        return typeof(SessionGuard).Assembly.GetTypes()
            .Where(type => typeof(ComponentBase).IsAssignableFrom(type)
                && (type == typeof(SessionGuard)
                || (type.IsDefined(typeof(RouteAttribute)) && !type.IsDefined(typeof(ExcludeFromInteractiveRoutingAttribute)))))
            .SelectMany(type => type.GetMethods(Own)
                .Where(method => !method.IsSpecialName
                    && !method.IsVirtual
                    && !method.Name.Contains('<', StringComparison.Ordinal)
                    && (method.ReturnType == typeof(void) || method.ReturnType == typeof(Task)))
                .Where(method => EventHandlers.Passed(type).Contains(method.Name))
                .Select(method => $"{type.Name}.{method.Name}"))
            .Distinct(StringComparer.Ordinal);
    }

    private IEnumerable<RouteEndpoint> Endpoints() => _server.Services.GetRequiredService<EndpointDataSource>()
        .Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null);

    private HashSet<string> Found() => Endpoints().Select(Name).ToHashSet(StringComparer.Ordinal);

    private static async Task<(HttpClient Client, string Cookie)> LogInAsync(RunningServer server, string loginId)
    {
        if (loginId == "0501D00900M")
        {
            var open = server.PublicClient();
            return (open, await RunningServer.LogInPubliclyAsync(open, loginId));
        }

        var client = server.Client(server.DemoCertificate(loginId));
        return (client, "__Host-densai-cert=" + await server.LogInAsync(client));
    }

    /// <summary>Login IDs, names and serials of everybody outside the person's company, and the names of those companies.</summary>
    private async Task<IReadOnlyList<string>> ForeignMarksAsync(string loginId)
    {
        await using var db = await _server.Services.GetRequiredService<IDbContextFactory<DensaiDbContext>>()
            .CreateDbContextAsync(Cancellation);
        var own = await db.Users.Where(u => u.LoginId == loginId).Select(u => u.CompanyId).SingleAsync(Cancellation);
        var users = await db.Users.AsNoTracking().Where(u => u.CompanyId != own).ToListAsync(Cancellation);
        var serials = await db.Certificates.AsNoTracking().Where(c => c.User.CompanyId != own).Select(c => c.SerialNumber)
            .ToListAsync(Cancellation);
        var companies = await db.Companies.AsNoTracking().Where(c => c.Id != own).ToListAsync(Cancellation);
        return [.. users.SelectMany(u => new[] { u.LoginId, u.Name }), .. serials.Select(s => s.ToString()), .. companies.SelectMany(
            c => new[] { c.Number, c.Name })];
    }

    /// <summary>Status, destination and what a person reads of an address, without the address itself.</summary>
    private static async Task<(int Status, string? Location, string Main)> AskAsync(
        HttpClient client, string cookie, string route, string id)
    {
        using var answer = await RunningServer.GetAsync(client, Parameter().Replace(route, id), cookie);
        var html = await answer.Content.ReadAsStringAsync(Cancellation);
        var main = MainElement().Match(Marker().Replace(html, ""));
        return ((int)answer.StatusCode, answer.Headers.Location?.ToString().Replace(id, "ID", StringComparison.Ordinal), main.Value.Replace(
            id, "ID", StringComparison.Ordinal));
    }

    [GeneratedRegex("<!--.*?-->", RegexOptions.Singleline, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Marker();

    [GeneratedRegex("<main.*</main>", RegexOptions.Singleline, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex MainElement();

    [GeneratedRegex(@"\{(Number|Id:long)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex NumberParameter();

    [GeneratedRegex(@"\{\w+\}", RegexOptions.None, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Parameter();
}
