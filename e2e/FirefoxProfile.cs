using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace DensaiAdmin.EndToEnd;

/// <summary>A profile of Firefox as a person's is after a while: a certificate is in it, and a login that was saved.</summary>
public sealed class FirefoxProfile : IDisposable
{
    // The certificate without the dialog that no test can press; what is driven from outside would fill in nothing unless told that it
    // is somebody's browser; nothing of the network but the pages themselves.
    private const string Settings = """
        user_pref("security.default_personal_cert", "Select Automatically");
        user_pref("intl.accept_languages", "ja");
        user_pref("remote.prefs.recommended", false);
        user_pref("signon.autofillForms", true);
        user_pref("signon.rememberSignons", true);
        user_pref("app.update.enabled", false);
        user_pref("app.normandy.enabled", false);
        user_pref("browser.safebrowsing.malware.enabled", false);
        user_pref("browser.safebrowsing.phishing.enabled", false);
        user_pref("browser.shell.checkDefaultBrowser", false);
        user_pref("browser.startup.homepage_override.mstone", "ignore");
        user_pref("datareporting.policy.dataSubmissionEnabled", false);
        user_pref("network.captive-portal-service.enabled", false);
        user_pref("network.connectivity-service.enabled", false);
        user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
        user_pref("toolkit.telemetry.server", "");
        """;

    public string Path { get; } = Directory.CreateTempSubdirectory("densai-firefox-").FullName;

    private string Database => "sql:" + Path;

    /// <summary>Makes the databases and imports a certificate.</summary>
    public async Task CreateAsync(CertificateFile certificate)
    {
        (await Tool.RunAsync("certutil", "-N", "-d", Database, "--empty-password")).Succeeded();
        (await Tool.RunAsync("pk12util", "-i", certificate.Path, "-d", Database, "-W", certificate.Password, "-K", "")).Succeeded();
        await WriteSettingsAsync(Path);
    }

    /// <summary>What a test needs, into a profile that is there; every other setting is as shipped.</summary>
    public static Task WriteSettingsAsync(string profile) => File.WriteAllTextAsync(System.IO.Path.Combine(profile, "user.js"), Settings);

    /// <summary>Saves a login, as the person did who pressed "Save" once.</summary>
    public void SaveLogin(Uri origin, string userName, string password)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var (name, secret) = Nss.Encrypt(Database, userName, password);
        var login = new JsonObject
        {
            ["id"] = 1,
            ["hostname"] = origin.GetLeftPart(UriPartial.Authority),
            ["httpRealm"] = null,
            ["formSubmitURL"] = "",
            ["usernameField"] = "",
            ["passwordField"] = "",
            ["encryptedUsername"] = name,
            ["encryptedPassword"] = secret,
            ["guid"] = Guid.NewGuid().ToString("B", CultureInfo.InvariantCulture),
            ["encType"] = 1,
            ["timeCreated"] = now,
            ["timeLastUsed"] = now,
            ["timePasswordChanged"] = now,
            ["timesUsed"] = 1,
        };
        var all = new JsonObject
        {
            ["nextId"] = 2,
            ["logins"] = new JsonArray(login),
            ["potentiallyVulnerablePasswords"] = new JsonArray(),
            ["dismissedBreachAlertsByLoginGUID"] = new JsonObject(),
            ["version"] = 3,
        };
        File.WriteAllText(System.IO.Path.Combine(Path, "logins.json"), all.ToJsonString());
    }

    public void Dispose() => Scratch.Delete(Path);

    /// <summary>What Firefox seals saved logins with: the key of the profile itself (NSS, "secret decoder ring").</summary>
    private static class Nss
    {
        private const string Library = "libnss3.so";
        private static readonly Lock s_one = new();

        public static (string UserName, string Password) Encrypt(string database, string userName, string password)
        {
            // One profile at a time in one process.
            lock (s_one)
            {
                Check(NSS_InitReadWrite(database));
                try
                {
                    return (Encrypt(userName), Encrypt(password));
                }
                finally
                {
                    Check(NSS_Shutdown());
                }
            }
        }

        private static string Encrypt(string text)
        {
            var octets = Encoding.UTF8.GetBytes(text);
            var pinned = GCHandle.Alloc(octets, GCHandleType.Pinned);
            try
            {
                var key = default(Item);
                var data = new Item { Data = pinned.AddrOfPinnedObject(), Length = (uint)octets.Length };
                var result = default(Item);
                Check(PK11SDR_Encrypt(ref key, ref data, ref result, IntPtr.Zero));
                var sealedOctets = new byte[result.Length];
                Marshal.Copy(result.Data, sealedOctets, 0, sealedOctets.Length);
                return Convert.ToBase64String(sealedOctets);
            }
            finally
            {
                pinned.Free();
            }
        }

        private static void Check(int status) => Assert.Equal(0, status);

        [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        private static extern int NSS_InitReadWrite(string database);

        [DllImport(Library)]
        private static extern int NSS_Shutdown();

        [DllImport(Library)]
        private static extern int PK11SDR_Encrypt(ref Item keyId, ref Item data, ref Item result, IntPtr context);

        [StructLayout(LayoutKind.Sequential)]
        private struct Item
        {
            public int Type;
            public IntPtr Data;
            public uint Length;
        }
    }
}
