using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.Core;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Tests.Tls;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.SignIn;

/// <summary>
/// Every certificate that must not log in, shown in real TLS by whoever has its key: each gets its true cause, at login and at a renewal.
/// One that was made with the CA's key behind the bank's back alarms the bank, once; any other does not.
/// </summary>
[Web]
public sealed class ForgedCertificateTests(ForgedCertificateTests.Bank bank) : IClassFixture<ForgedCertificateTests.Bank>
{
    private const string Good = "0501D60001M";
    private const string Suspended = "0501D60001T";
    private const string Deleted = "0501D00601U";

    // Nobody of the company is left.
    private const string Left = "0501D47701M";
    private const string Any = "2.5.29.37.0";
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    private const string Unknown = "登録されていない電子証明書です";
    private const string NoLogin = "ログイン用の電子証明書ではありません";

    private readonly RunningServer _server = bank.Server;

    /// <summary>What is shown; the code and heading at login, reason and code at a renewal, and whether the bank is alarmed.</summary>
    public static TheoryData<string, string, string, string, string, bool> Shown
    {
        get
        {
            var shown = new TheoryData<string, string, string, string, string, bool>();
            void Minted(string which, ErrorCode code, string heading) =>
                shown.Add(which, code.ToString(), heading, "certificate-required", ErrorCodes.CertificateNotOurs.ToString(), true);

            Minted("unknown serial", ErrorCodes.CertificateUnknown, Unknown);
            Minted("known serial, another key", ErrorCodes.CertificateUnknown, Unknown);
            Minted("known serial and key, signed anew", ErrorCodes.CertificateUnknown, Unknown);
            Minted("name of nobody", ErrorCodes.CertificateUnknown, Unknown);
            Minted("name of a suspended user", ErrorCodes.CertificateUnknown, Unknown);
            Minted("name of a deleted user", ErrorCodes.CertificateUnknown, Unknown);
            Minted("name of a company that left", ErrorCodes.CertificateUnknown, Unknown);
            Minted("server's", ErrorCodes.CertificateProfileWrong, NoLogin);
            Minted("server's and client's", ErrorCodes.CertificateProfileWrong, NoLogin);
            Minted("OCSP responder's", ErrorCodes.CertificateProfileWrong, NoLogin);
            Minted("for any purpose", ErrorCodes.CertificateProfileWrong, NoLogin);
            Minted("a CA's", ErrorCodes.CertificateProfileWrong, NoLogin);
            Minted("signed by the root", ErrorCodes.CertificateProfileWrong, NoLogin);
            Minted("a CA's, signed by the root", ErrorCodes.CertificateProfileWrong, NoLogin);
            shown.Add(
                "another authority's of the same name", ErrorCodes.CertificateNotOurs.ToString(), "本サービスの電子証明書ではありません",
                "certificate-required", ErrorCodes.CertificateNotOurs.ToString(), false);
            shown.Add(
                "suspended user's", ErrorCodes.UserSuspended.ToString(), "ご利用が停止されています",
                "user-suspended", ErrorCodes.UserSuspended.ToString(), false);
            foreach (var which in new[] { "deleted user's", "user's of a company that left" })
            {
                shown.Add(
                    which, ErrorCodes.UserDeleted.ToString(), "利用者の登録が削除されています",
                    "bad-credentials", ErrorCodes.CredentialsWrong.ToString(), false);
            }

            return shown;
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Shown))]
    public async Task Certificate_ThatMustNotLogIn_IsToldItsTrueCause_AndAlarmsTheBankOnceWhereItWasForged(
        string which, string code, string heading, string reason, string renewalCode, bool alarms)
    {
        var (certificate, loginId) = Make(which);
        using var shown = certificate;
        var before = Alarmed().Count;
        var client = _server.Client(certificate);
        var form = await RunningServer.ShowFormAsync(_server.Client(_server.DemoCertificate(Good)), "/login");
        for (var i = 0; i < 2; i++)
        {
            using var visit = await RunningServer.GetAsync(client, "/login");
            await CheckAsync(visit, code, heading);
            Dictionary<string, string> fields =
                new(StringComparer.Ordinal) { ["_handler"] = "sign-in", ["password"] = RunningServer.LoginPassword };
            using var login = await RunningServer.PostAsync(client, "/login", form, fields);
            await CheckAsync(login, code, heading);
            Assert.Null(RunningServer.CookieOf(login, "__Host-densai-cert"));
            using var renewal = await RenewAsync(client, loginId);
            Assert.Equal(reason, renewal.Headers.GetValues("Densai-Reason").Single());
            Assert.Equal(renewalCode, renewal.Headers.GetValues("Densai-Code").Single());
        }

        await CheckAlarmAsync(certificate, before, alarms);
    }

    /// <summary>Whoever comes with a session that ended is shown how it ended; a forged certificate behind it counts for more.</summary>
    [Fact]
    public async Task ForgedCertificate_BehindAnotherOnesSession_AlarmsTheBankToo()
    {
        var session = await _server.LogInAsync(_server.Client(_server.DemoCertificate(Good)));
        var (certificate, _) = Make("unknown serial");
        using var shown = certificate;
        var before = Alarmed().Count;

        using var answer = await RunningServer.GetWithSessionAsync(_server.Client(certificate), "/login", session);

        await CheckAsync(answer, ErrorCodes.CertificateUnknown.ToString(), Unknown);
        await CheckAlarmAsync(certificate, before, alarms: true);
    }

    /// <summary>Wherever it is shown, and whatever is asked for with it: a key in other hands need not log in first.</summary>
    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/contact")]
    [InlineData("GET", "/management/history.csv")]
    [InlineData("GET", "/densai.css")]
    [InlineData("GET", "/no-such-page")]
    [InlineData("GET", "/.well-known/est/cacerts")]
    [InlineData("POST", "/.well-known/est/simplereenroll")]
    [InlineData("POST", "/.well-known/est/simpleenroll")]
    [InlineData("POST", "/logout")]
    [InlineData("POST", "/_blazor/negotiate")]
    [InlineData("PUT", "/")]
    public async Task ForgedCertificate_WhereverItIsShown_AlarmsTheBankOnce(string method, string path)
    {
        var (certificate, _) = Make(path.Length % 2 == 0 ? "unknown serial" : "signed by the root");
        using var shown = certificate;
        var before = Alarmed().Count;
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
            using var answer = await _server.Client(certificate).SendAsync(request, Cancellation);
        }

        await CheckAlarmAsync(certificate, before, alarms: true);
    }

    private static async Task CheckAsync(HttpResponseMessage answer, string code, string heading)
    {
        var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{answer.StatusCode}: {html}");
        Assert.Equal(code, answer.Headers.GetValues("Densai-Code").Single());
        Assert.Contains("data-screen=\"BLGI003\"", html, StringComparison.Ordinal);
        Assert.Contains(heading, html, StringComparison.Ordinal);
        Assert.Contains(code, html, StringComparison.Ordinal);
    }

    private async Task CheckAlarmAsync(X509Certificate2 certificate, int before, bool alarms)
    {
        var fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        var lines = _server.Log.Lines.Count(line => line.Text.Contains($"ALARM KeyCompromise: {fingerprint}", StringComparison.Ordinal));
        var mails = (await _server.MailsAsync(MailKind.Alarm)).Where(m => m.Text.Contains(fingerprint, StringComparison.Ordinal))
            .Select(m => m.Address).ToList();
        if (!alarms)
        {
            Assert.Equal((before, 0, 0), (Alarmed().Count, lines, mails.Count));
            return;
        }

        Assert.Equal((before + 1, 1), (Alarmed().Count, lines));
        var record = Alarmed()[^1];
        Assert.Equal(
            (fingerprint, certificate.SerialNumber, "127.0.0.1", null, null),
            (record.Value, record.SerialNumber, record.Source, record.CompanyId, record.TargetLoginId));
        // The third operator has no address.
        Assert.Equal(["counter1@example.jp", "counter2@example.jp"], mails.Order(StringComparer.Ordinal));
        await UntilHealthWarnsAsync();
    }

    private async Task UntilHealthWarnsAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var client = _server.Client(version: 1);
        string text;
        do
        {
            using var ready = await RunningServer.GetAsync(client, new Uri(RunningServer.Pki, "/health/ready?verbose").ToString());
            text = await ready.Content.ReadAsStringAsync(Cancellation);
        }
        while (!text.Contains("認証局が署名し、発行の記録がない電子証明書が使われました", StringComparison.Ordinal) && !limit.IsCancellationRequested);
        Assert.Matches("(?m)^alarms: warning .*\n  原因: 警報が [0-9]+ 件あります（.*）：認証局が署名し、発行の記録がない電子証明書が使われました", text);
    }

    private static async Task<HttpResponseMessage> RenewAsync(HttpClient client, string loginId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/.well-known/est/simplereenroll", UriKind.Relative))
        {
            Content = new StringContent(Convert.ToBase64String(IssuingBank.NewRequest()), Encoding.ASCII, "application/pkcs10"),
        };
        var credentials = Encoding.UTF8.GetBytes($"{loginId}:{RunningServer.LoginPassword}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
        return await client.SendAsync(request, Cancellation);
    }

    private (X509Certificate2 Certificate, string LoginId) Make(string which) => which switch
    {
        "unknown serial" => (Mint(Good), Good),
        "known serial, another key" => (Mint(Good, serialOf: Good), Good),
        "known serial and key, signed anew" => (Mint(Good, serialOf: Good, keyOf: Good), Good),
        "name of nobody" => (Mint("0501D99999X"), Good),
        "name of a suspended user" => (Mint(Suspended, serialOf: Suspended), Suspended),
        "name of a deleted user" => (Mint(Deleted, serialOf: Deleted), Deleted),
        "name of a company that left" => (Mint(Left, serialOf: Left), Left),
        "server's" => (Mint(Good, purposes: [ServerAuth]), Good),
        "server's and client's" => (Mint(Good, purposes: [ServerAuth, ForgedCertificate.ClientAuth]), Good),
        "OCSP responder's" => (Mint(Good, purposes: [OcspSigning]), Good),
        "for any purpose" => (Mint(Good, purposes: [Any]), Good),
        "a CA's" => (Mint(Good, isCa: true), Good),
        "signed by the root" => (Mint(Good, byRoot: true), Good),
        "a CA's, signed by the root" => (Mint(Good, isCa: true, byRoot: true), Good),
        "another authority's of the same name" => (ForgedCertificate.OfAnotherAuthority(Good), Good),
        "suspended user's" => (_server.DemoCertificate(Suspended), Suspended),
        "deleted user's" => (_server.DemoCertificate(Deleted), Deleted),
        "user's of a company that left" => (_server.DemoCertificate(Left), Left),
        _ => throw new ArgumentOutOfRangeException(nameof(which), which, null),
    };

    private X509Certificate2 Mint(
        string loginId, string? serialOf = null, string? keyOf = null, bool isCa = false, bool byRoot = false, params string[] purposes) =>
        ForgedCertificate.Mint(_server, loginId, serialOf, keyOf, isCa, byRoot, purposes);

    private IReadOnlyList<HistoryRecord> Alarmed() => [.. _server.History().Where(r => r.Detail == Alarms.Code(AlarmKind.KeyCompromise))];

    /// <summary>
    /// A running server with a suspended and a deleted user, a company of which nobody is left, and an operator without an address.
    /// </summary>
    public sealed class Bank : IAsyncLifetime
    {
        public RunningServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await RunningServer.StartAsync();
            await Server.Services.GetRequiredService<StoreWriter>().PerformAsync(work =>
            {
                work.Db.Users.Single(u => u.LoginId == Suspended).Suspend(work.Now);
                var company = work.Db.Users.Single(u => u.LoginId == Left).CompanyId;
                foreach (var user in work.Db.Users.Where(u => u.LoginId == Deleted || u.CompanyId == company))
                {
                    user.Delete(work.Now);
                }

                var password = work.Db.Users.First().LoginPassword;
                work.Db.Users.Add(new User(null, "counter3", "窓口担当三", "", UserRole.CounterClerk, password, password, work.Now));
                return true;
            });
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
