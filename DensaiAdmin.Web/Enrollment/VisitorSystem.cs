namespace DensaiAdmin.Web.Enrollment;

/// <summary>The systems for which there is an issuing app.</summary>
public enum AppSystem
{
    Windows,
    MacOS,
    Linux,
}

/// <summary>What the browser says it runs on. Only the order of the downloads hangs on it.</summary>
internal static class VisitorSystem
{
    /// <returns>Null for a phone, a tablet and whatever there is no app for.</returns>
    public static AppSystem? Of(HttpRequest request) => OfHint(request.Headers["Sec-CH-UA-Platform"].ToString().Trim('"')) switch
    {
        "" => OfAgent(request.Headers.UserAgent.ToString()),
        nameof(AppSystem.Windows) => AppSystem.Windows,
        nameof(AppSystem.MacOS) => AppSystem.MacOS,
        nameof(AppSystem.Linux) => AppSystem.Linux,
        _ => null,
    };

    private static string OfHint(string platform) => platform switch
    {
        "macOS" => nameof(AppSystem.MacOS),
        "Unknown" => "",
        _ => platform,
    };

    private static AppSystem? OfAgent(string agent)
    {
        bool Says(string word) => agent.Contains(word, StringComparison.OrdinalIgnoreCase);

        // Android calls itself Linux, an iPhone something like Mac OS X, a Chromebook X11.
        return Says("Android") || Says("iPhone") || Says("iPad") || Says("CrOS") ? null
            : Says("Windows NT") ? AppSystem.Windows
            : Says("Macintosh") ? AppSystem.MacOS
            : Says("Linux") ? AppSystem.Linux
            : null;
    }
}
