using System.Security.Cryptography;
using System.Text.Json;
using DensaiAdmin.EnrollmentApp.Est;

namespace DensaiAdmin.EnrollmentApp;

/// <summary>
/// Whose app this is: written into the package as <c>server.json</c> beside the program, so that a clerk types no address.
/// Arguments come before it; in a checkout there is none, and the bank is the one that <c>dotnet run</c> starts.
/// </summary>
/// <param name="Server">The bank's public origin.</param>
/// <param name="TrustFile">PEM of the authorities trusted for the bank's TLS; null: what the system trusts.</param>
/// <param name="Name">What the window's bar says; null: the manual's.</param>
internal sealed record ServerStamp(Uri Server, string? TrustFile, string? Name)
{
    public const string FileName = "server.json";

    public static Uri DefaultServer { get; } = new("https://localhost:7443");

    /// <param name="folder">Where the program lies.</param>
    /// <param name="server">As given on the command line, or null.</param>
    /// <param name="trust">As given on the command line, or null.</param>
    /// <returns>Null where an address is none, or a file cannot be read; <paramref name="fault"/> then names it.</returns>
    public static ServerStamp? Read(string folder, string? server, string? trust, out string fault)
    {
        fault = "";
        var stamp = new ServerStamp(DefaultServer, null, null);
        var file = Path.Combine(folder, FileName);
        if (Path.Exists(file))
        {
            try
            {
                using var json = JsonDocument.Parse(SettingsFile.Read(file));
                string? Of(string name) => json.RootElement.TryGetProperty(name, out var value) && value.GetString() is { Length: > 0 } text ? text : null;
                if (Origin(Of("server")) is not { } stamped)
                {
                    fault = file;
                    return null;
                }

                stamp = new ServerStamp(stamped, Of("trust") is { } beside ? Path.Combine(folder, beside) : null, Of("name"));
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
            {
                fault = file;
                return null;
            }
        }

        if (server is not null)
        {
            if (Origin(server) is not { } given)
            {
                fault = Named(server);
                return null;
            }

            // Another bank's authorities are not this one's.
            stamp = stamp.Server == given ? stamp : stamp with { Server = given, TrustFile = null };
        }

        stamp = trust is null ? stamp : stamp with { TrustFile = trust };
        if (stamp.TrustFile is { } needed && !HoldsCertificates(needed))
        {
            fault = Named(needed);
            return null;
        }

        return stamp.TrustFile is { } readable ? stamp with { TrustFile = Path.GetFullPath(readable) } : stamp;
    }

    // An empty name would leave the sentence without its object.
    private static string Named(string given) => given.Trim().Length > 0 ? given : "\"\"";

    // An empty trust would refuse every bank, as if somebody stood between.
    private static bool HoldsCertificates(string file)
    {
        try
        {
            return ServerTrust.Read(file) is { Count: > 0 };
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private static Uri? Origin(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var origin) && origin.Scheme == Uri.UriSchemeHttps && origin.PathAndQuery == "/" && origin.UserInfo.Length == 0 && origin.Fragment.Length == 0
            ? origin
            : null;
}
