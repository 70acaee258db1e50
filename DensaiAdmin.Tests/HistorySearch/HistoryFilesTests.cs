using System.Net;
using System.Text;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.HistorySearch;

/// <summary>The files that leave the console: whose they are, what they say, and that each is a record.</summary>
[Web]
public sealed class HistoryFilesTests
{
    [Fact]
    public async Task Csv_OfAMaster_IsTheCompanys_OpensInASpreadsheet_AndBeginsNoFormula()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client(server.DemoCertificate("0501D00601M"));
        var session = await server.LogInAsync(client);
        var company = server.History().First(r => r.LoginId == "0501D00601M").CompanyId;
        string[] evil = ["=1+1", "＝1+1", "+1", "-1", "@x", "＠x", "a\"b,c"];
        await server.Services.GetRequiredService<StoreWriter>().PerformAsync(work =>
        {
            foreach (var id in evil)
            {
                work.Record(new HistoryEntry
                {
                    Operation = HistoryOperation.Login,
                    Result = HistoryResult.Refused,
                    CompanyId = company,
                    LoginId = id,
                    Source = "192.0.2.1",
                    Detail = "login-refused",
                });
            }

            return true;
        }, TestContext.Current.CancellationToken);

        using var answer = await RunningServer.GetWithSessionAsync(client, "/management/history.csv?op=login", session);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/csv; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        var file = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Encoding.UTF8.Preamble.ToArray(), file[..3]);
        var text = Encoding.UTF8.GetString(file[3..]);
        Assert.StartsWith("記録番号,日時,利用者,操作,対象,結果,内容,回数,接続元,証明書シリアル番号,受付番号\r\n", text, StringComparison.Ordinal);
        Assert.All(evil[..^1], id => Assert.Contains($",\"'{id}\",", text, StringComparison.Ordinal));
        Assert.Contains(",\"a\"\"b,c\",", text, StringComparison.Ordinal);
        Assert.Contains("証明書とパスワード", text, StringComparison.Ordinal);
        Assert.DoesNotContain("証明書発行", text, StringComparison.Ordinal);
        var record = server.History()[^1];
        Assert.Equal(
            (HistoryOperation.Download, "history", "0501D00601M", company),
            (record.Operation, record.Detail, record.LoginId, record.CompanyId));
    }

    [Fact]
    public async Task Csv_OfAGeneralUser_HasOwnRecordsOnly()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client(server.DemoCertificate("0501D00601U"));
        var session = await server.LogInAsync(client);

        using var answer = await RunningServer.GetWithSessionAsync(client, "/management/history.csv?from=&to=", session);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Contains("0501D00601U", text, StringComparison.Ordinal);
        Assert.DoesNotContain("0501D00601M", text, StringComparison.Ordinal);
        Assert.DoesNotContain("0501D47701", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/management/history.csv")]
    [InlineData("/own-certificate/pem/00FF")]
    public async Task File_WithoutASession_IsNobodys(string path)
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client(server.DemoCertificate("0501D00601U"));

        using var answer = await RunningServer.GetAsync(client, path);

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.DoesNotContain(server.History(), record => record.Operation == HistoryOperation.Download);
    }

    [Fact]
    public async Task Pem_OfOnesOwn_IsTheCertificate_AndAnothersIsNotFound()
    {
        await using var server = await RunningServer.StartAsync();
        var own = server.DemoCertificate("0501D00601U");
        using var client = server.Client(own);
        var session = await server.LogInAsync(client);

        using var answer = await RunningServer.GetWithSessionAsync(client, "/own-certificate/pem/" + own.SerialNumber, session);
        using var foreign = await RunningServer.GetWithSessionAsync(
            client, "/own-certificate/pem/" + server.DemoCertificate("0501D00601M").SerialNumber, session);

        Assert.Equal(own.ExportCertificatePem() + "\n", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal("certificate", Assert.Single(server.History(), record => record.Operation == HistoryOperation.Download).Detail);
    }
}
