using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// A home and a profile of Chromium as a person's are after a while: the bank's CA is trusted (where TLS has a fault, no password is
/// filled in), a certificate is in the store, and a login that was saved.
/// </summary>
public sealed class ChromiumProfile : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("densai-chromium-").FullName;

    private string Store => Path.Combine(_home, ".pki/nssdb");

    private string Profile => Path.Combine(_home, "profile");

    private string Logins => Path.Combine(Profile, "Default", "Login Data");

    /// <summary>Trusts the server under test, imports a certificate and lets Chromium make its profile.</summary>
    public async Task CreateAsync(AppUnderTest app, CertificateFile certificate)
    {
        Directory.CreateDirectory(Store);
        (await Tool.RunAsync("certutil", "-N", "-d", "sql:" + Store, "--empty-password")).Succeeded();
        (await Tool.RunAsync("pk12util", "-i", certificate.Path, "-d", "sql:" + Store, "-W", certificate.Password, "-K", "")).Succeeded();
        const string end = "-----END CERTIFICATE-----";
        foreach (var (number, one) in (await File.ReadAllTextAsync(app.TrustFile)).Split(end, StringSplitOptions.RemoveEmptyEntries)
            .Where(part => part.Contains("BEGIN", StringComparison.Ordinal)).Index())
        {
            var file = Path.Combine(_home, string.Create(CultureInfo.InvariantCulture, $"trust-{number}.pem"));
            await File.WriteAllTextAsync(file, one + end + "\n");
            (await Tool.RunAsync("certutil", "-A", "-d", "sql:" + Store, "-n", Path.GetFileName(file), "-t", "CT,C,C", "-a", "-i", file))
                .Succeeded();
        }

        using var playwright = await Playwright.CreateAsync();
        await using (var first = await OpenAsync(playwright))
        {
            // The table of logins is made when a page first asks for one. The browser alone reads it while it runs.
            await first.Pages[0].GotoAsync(new Uri(app.Certificate, "/login").ToString());
            var until = DateTime.UtcNow + TimeSpan.FromSeconds(60);
            while (new FileInfo(Logins) is not { Exists: true, Length: > 0 })
            {
                Assert.True(DateTime.UtcNow < until, "Chromium makes no file of logins");
                await Task.Delay(100);
            }
        }

        Assert.Equal(
            "logins",
            (await Tool.RunAsync("sqlite3", Logins, "SELECT name FROM sqlite_master WHERE name = 'logins'")).Succeeded().Output.Trim());
    }

    /// <summary>Saves a login, as the person did who pressed "Save" once.</summary>
    public async Task SaveLoginAsync(Uri origin, string userName, string password)
    {
        // Columns come with versions; what is not known here gets the emptiest value that its type has.
        var address = origin.GetLeftPart(UriPartial.Authority) + "/";
        var known = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["origin_url"] = Quoted(new Uri(origin, "/login").ToString()),
            ["action_url"] = Quoted(address),
            ["signon_realm"] = Quoted(address),
            ["username_value"] = Quoted(userName),
            ["password_value"] = $"X'{Convert.ToHexString(Sealed(password))}'",
            ["times_used"] = "1",
        };
        const string needed = "SELECT name || '|' || type FROM pragma_table_info('logins') "
            + "WHERE \"notnull\" = 1 AND pk = 0 AND dflt_value IS NULL "
            + "OR name IN ('action_url', 'username_value', 'password_value', 'times_used')";
        var columns = (await Tool.RunAsync("sqlite3", Logins, needed)).Succeeded()
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split('|'))
            .ToList();
        var values = columns.Select(column => known.GetValueOrDefault(column[0])
            ?? (column[1].StartsWith("INT", StringComparison.Ordinal) ? "0" : column[1] == "BLOB" ? "X''" : "''"));
        var names = string.Join(", ", columns.Select(column => column[0]));
        (await Tool.RunAsync("sqlite3", Logins, $"INSERT INTO logins ({names}) VALUES ({string.Join(", ", values)})")).Succeeded();
    }

    /// <summary>The browser on this profile.</summary>
    public Task<IBrowserContext> OpenAsync(IPlaywright playwright) => playwright.Chromium.LaunchPersistentContextAsync(Profile, new()
    {
        ExecutablePath = Browser.Chromium(),
        Args =
        [
            "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--no-first-run", "--password-store=basic",
        ],
        Env = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = _home,
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["LANG"] = "C.UTF-8",
        },
        Locale = "ja-JP",
        ViewportSize = new() { Width = 1280, Height = 900 },
    });

    public void Dispose() => Scratch.Delete(_home);

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    // Without a key ring of the desktop (--password-store=basic), Chromium seals with a key that is the same everywhere: "v10",
    // AES-128-CBC.
    private static byte[] Sealed(string password)
    {
        using var aes = Aes.Create();
        aes.Key = Rfc2898DeriveBytes.Pbkdf2("peanuts", Encoding.ASCII.GetBytes("saltysalt"), 1, HashAlgorithmName.SHA1, 16);
        return [.. "v10"u8, .. aes.EncryptCbc(Encoding.UTF8.GetBytes(password), Encoding.ASCII.GetBytes(new string(' ', 16)))];
    }
}
