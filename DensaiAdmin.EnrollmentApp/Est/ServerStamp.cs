using System.Security.Cryptography;
using System.Text.Json;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>
/// Whose app this is, from the <c>server.json</c> that the package puts beside the program, so that a clerk need not type an address.
/// Arguments take precedence. A checkout has no such file; there the bank is the one that <c>dotnet run</c> starts.
/// </summary>
/// <param name="Server">The bank's public origin.</param>
/// <param name="TrustFile">PEM file of the authorities trusted for the bank's TLS; null for those of the operating system.</param>
/// <param name="Name">The title of the window; null for the manual's.</param>
internal sealed record ServerStamp(Uri Server, string? TrustFile, string? Name)
{
    public const string FileName = "server.json";

    public static Uri DefaultServer { get; } = new("https://localhost:7443");

    /// <param name="folder">The folder of the program.</param>
    /// <param name="server">As given on the command line, or null.</param>
    /// <param name="trust">As given on the command line, or null.</param>
    /// <returns>Null where an address is not usable or a file cannot be read; <paramref name="fault"/> then names it.</returns>
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
                string? Of(string name) =>
                    json.RootElement.TryGetProperty(name, out var value) && value.GetString() is { Length: > 0 } text ? text : null;
                if (Origin(Of("server")) is not { } stamped)
                {
                    fault = file;
                    return null;
                }

                stamp = new ServerStamp(stamped, Of("trust") is { } beside ? Path.Combine(folder, beside) : null, Of("name"));
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException
                or JsonException or InvalidOperationException)
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

            // The stamped authorities count for the stamped bank only.
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

    // An empty name would be invisible in the sentence.
    private static string Named(string given) => given.Trim().Length > 0 ? given : "\"\"";

    // Without any authority every bank would be refused as if somebody intercepted the connection.
    private static bool HoldsCertificates(string file)
    {
        try
        {
            return ServerTrust.Read(file) is { Count: > 0 };
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException
            or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private static Uri? Origin(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var origin) && origin.Scheme == Uri.UriSchemeHttps
        && origin.PathAndQuery == "/" && origin.UserInfo.Length == 0 && origin.Fragment.Length == 0
            ? origin
            : null;
}
