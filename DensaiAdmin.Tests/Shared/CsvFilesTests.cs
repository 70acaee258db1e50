using System.Globalization;
using System.Net;
using System.Text;
using CsvHelper;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Shared;

/// <summary>Every CSV that the server writes, found by its address and read back as a program would.</summary>
[Web]
public sealed class CsvFilesTests
{
    // Login IDs and names that a spreadsheet would take for something else.
    private static readonly string[] Ids =
        ["00012345", "0501E00012", "123456789012345678", "2026-11-27", "TRUE", "1-2", "MAR1", "9:00x9", "=1", "＋x"];
    private static readonly string[] Names = ["＝1+1", "=1+1", "+1", "-", "－1", "@x", "＠x", "1 1/2", "'x", "2026/11/27"];

    [Fact]
    public async Task EveryFile_KeepsIdentifiersAndNamesText_AndOurOwnWordsAsTheyAre()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client(server.DemoCertificate("0501D00601M"));
        var session = await server.LogInAsync(client);
        await server.Services.GetRequiredService<StoreWriter>().PerformAsync(
            work =>
            {
                var company = work.Db.Companies.Single(c => c.Number == "0501D00601");
                var hash = work.Db.Users.Single(u => u.LoginId == "0501D00601M").LoginPassword;
                foreach (var (id, name) in Ids.Zip(Names))
                {
                    var user = new User(company, id, name, "x@example.jp", UserRole.General, hash, hash, work.Now);
                    work.Db.Users.Add(user);
                    work.Record(new()
                    {
                        Operation = Core.Registry.HistoryOperation.Login,
                        Result = Core.Registry.HistoryResult.Refused,
                        CompanyId = company.Id,
                        LoginId = id,
                        TargetLoginId = name,
                        Source = "192.0.2.1",
                        Detail = "login-refused",
                    });
                }

                return true;
            },
            TestContext.Current.CancellationToken);

        var files = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/')).Where(path => path.EndsWith(".csv", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            using var answer = await RunningServer.GetWithSessionAsync(client, file, session);
            Assert.Equal(
                (HttpStatusCode.OK, "text/csv; charset=utf-8"), (answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
            var octets = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            Assert.Equal(Encoding.UTF8.Preamble.ToArray(), octets[..3]);
            var rows = Read(Encoding.UTF8.GetString(octets[3..]));
            Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
            var cells = rows.Skip(1).SelectMany(row => row).ToHashSet(StringComparer.Ordinal);
            foreach (var value in Ids.Concat(Names))
            {
                Assert.DoesNotContain(value, cells);
                Assert.Contains("'" + value, cells);
            }

            // Ours: nothing for no value, and no mark before a word.
            Assert.DoesNotContain("'―", cells);
            Assert.DoesNotContain("'", cells);
            Assert.Contains("0501D00601M", cells);
        }
    }

    [Fact]
    public async Task NoValue_IsAnEmptyCell()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client(server.DemoCertificate("0501D00601M"));
        var session = await server.LogInAsync(client);

        var certificates = await RowsAsync(client, "/management/users/revocation.csv", session);
        var accounts = await RowsAsync(client, "/management/users/accounts.csv", session);

        Assert.Equal(["未発行", "", ""], certificates.Single(row => row[0] == "0501D00601N")[3..]);
        Assert.Equal(["失効済み", ""], certificates.Single(row => row[0] == "0501D00601S")[3..5]);
        Assert.All(accounts.Skip(1), row => Assert.Equal("", row[6]));
        Assert.Matches("^[0-9A-F]{4}( [0-9A-F]{4}){7}$", certificates.Single(row => row[0] == "0501D00601U")[5]);
    }

    [Fact]
    public void NothingElse_WritesACsv()
    {
        var writers = Repository.Files("DensaiAdmin.Web", ".cs")
            .Where(file => File.ReadAllText(file) is var source
                && (source.Contains("CsvWriter", StringComparison.Ordinal) || source.Contains("text/csv", StringComparison.Ordinal)));

        Assert.Equal(["CsvFile.cs"], writers.Select(Path.GetFileName));
    }

    private static async Task<List<string[]>> RowsAsync(HttpClient client, string path, string session)
    {
        using var answer = await RunningServer.GetWithSessionAsync(client, path, session);
        return Read((await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimStart('\uFEFF'));
    }

    private static List<string[]> Read(string text)
    {
        using var reader = new StringReader(text);
        using var parser = new CsvParser(reader, CultureInfo.InvariantCulture);
        var rows = new List<string[]>();
        while (parser.Read())
        {
            rows.Add(parser.Record!);
        }

        return rows;
    }
}
