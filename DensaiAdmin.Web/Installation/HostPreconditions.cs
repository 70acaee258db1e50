using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.Connections;

namespace DensaiAdmin.Web.Installation;

/// <summary>What the machine must have before anything is made. What it lacks is said in one line, never by a stack trace.</summary>
internal static class HostPreconditions
{
    private const string TimeZone = "Asia/Tokyo";

    /// <summary>
    /// Looks for time zones and languages. Called before anything else of the program is touched: its types need both as soon as they are
    /// used.
    /// </summary>
    /// <returns>Whether the program can run at all; if not, it was told why.</returns>
    public static bool Check(TextWriter errors)
    {
        if (Missing() is not { } missing)
        {
            return true;
        }

        errors.WriteLine($"DensaiAdmin: 起動できません。{missing.Japanese} / Cannot start: {missing.English}");
        return false;
    }

    /// <summary>What is missing, or null.</summary>
    internal static (string Japanese, string English)? Missing() => MissingTimeZone() ?? MissingLanguages();

    /// <summary>Without its files the program would answer every style and script with nothing.</summary>
    /// <exception cref="StartRefusedException">They are not there.</exception>
    public static void RequireFiles(IWebHostEnvironment environment)
    {
        if (FilesFault(environment) is { } fault)
        {
            throw new StartRefusedException([fault]);
        }
    }

    /// <summary>As <see cref="RequireFiles"/>, as a finding.</summary>
    internal static SettingFault? FilesFault(IWebHostEnvironment environment)
    {
        if (environment.WebRootFileProvider.GetFileInfo("densai.css").Exists
            && environment.WebRootFileProvider.GetFileInfo("densai.js").Exists)
        {
            return null;
        }

        var root = environment.WebRootPath ?? Path.Combine(environment.ContentRootPath, "wwwroot");
        return new(
            "wwwroot",
            $"画面のファイルが「{root}」にありません。dotnet publish で作成したファイルをすべて同じ場所に置いて起動してください。",
            $"the files of the screens are not in {root}. Start a program made by dotnet publish, with all its files beside it.");
    }

    /// <summary>Data and anchor must be writable; tried by a file that is gone again at once.</summary>
    /// <exception cref="StartRefusedException">One is not.</exception>
    public static void RequireWritable(ServerSettings settings)
    {
        List<SettingFault> faults =
        [
            .. new[]
            {
                WritableFault("Data:Directory", settings.DataDirectory),
                WritableFault("History:AnchorFile", Path.GetDirectoryName(settings.AnchorFile)!),
            }.OfType<SettingFault>(),
        ];
        if (faults.Count > 0)
        {
            throw new StartRefusedException(faults);
        }
    }

    /// <summary>Why a directory, or the nearest one above it that exists, cannot be written; null when it can.</summary>
    internal static SettingFault? WritableFault(string key, string directory)
    {
        var existing = Path.GetFullPath(directory);
        while (!Directory.Exists(existing) && !File.Exists(existing) && Path.GetDirectoryName(existing) is { } above)
        {
            existing = above;
        }

        try
        {
            var probe = Path.Combine(existing, $".densai-probe-{Guid.NewGuid():N}");
            using var file = new FileStream(probe, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Options = FileOptions.DeleteOnClose,
            });
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new(
                key,
                $"「{directory}」に書き込めません。権限と空き容量を確認するか、別の場所を指定してください。",
                $"{directory} cannot be written. See to its permissions and free space, or name another place.");
        }
    }

    /// <summary>What broke a start, in words; null for a fault of the program itself.</summary>
    internal static SettingFault? Words(Exception fault) => fault switch
    {
        InvalidDataException { InnerException: FormatException unreadable } file => new(
            "appsettings.json",
            $"設定ファイルを読み取れません（{file.Message} {unreadable.InnerException?.Message ?? unreadable.Message}）。書き方を直してください。",
            "the settings file cannot be read. Mend its JSON."),
        IOException { InnerException: AddressInUseException } => new(
            "Endpoints",
            $"別のプログラムが使用中のポートがあります（{fault.Message}）。",
            "another program listens there already. Stop it or set other addresses."),
        SocketException { SocketErrorCode: SocketError.AccessDenied } => new(
            "Listen",
            "ポートを開く権限がありません。1024 以上のポートを指定するか、CAP_NET_BIND_SERVICE を与えてください。",
            "may not open the port. Give ports from 1024 on, or the capability CAP_NET_BIND_SERVICE."),
        SocketException socket => new(
            "Listen",
            $"アドレスを開けません（{socket.SocketErrorCode}）。このサーバのアドレスを指定してください。",
            $"cannot open the address ({socket.SocketErrorCode}). Give addresses of this machine."),
        DbException store => new(
            "Data:Directory",
            $"データベースを開けません（{store.Message}）。ファイルの権限と空き容量を確認し、壊れている場合はバックアップから戻してください。",
            $"the database cannot be opened ({store.Message}). See to permissions and free space; if it is damaged, restore a backup."),
        UnauthorizedAccessException or IOException => new(
            "Data:Directory",
            $"ファイルを読み書きできません（{fault.Message}）。権限と空き容量を確認してください。",
            "a file cannot be read or written. See to permissions and free space."),
        _ => fault.InnerException is { } inner ? Words(inner) : null,
    };

    private static (string Japanese, string English)? MissingTimeZone()
    {
        try
        {
            if (TimeZoneInfo.FindSystemTimeZoneById(TimeZone).BaseUtcOffset == TimeSpan.FromHours(9))
            {
                return null;
            }
        }
        catch (Exception fault) when (fault is TimeZoneNotFoundException or InvalidTimeZoneException
            or IOException or UnauthorizedAccessException)
        {
            // Said below.
        }

        return (
            $"タイムゾーン {TimeZone} がありません。tzdata を入れてください(TZDIR を設定している場合は確認してください)。",
            $"there is no time zone {TimeZone}. Install tzdata (and see to TZDIR where it is set).");
    }

    private static (string Japanese, string English)? MissingLanguages()
    {
        try
        {
            // In invariant mode every culture is the invariant one, or none is found.
            if (CultureInfo.GetCultureInfo("ja-JP").DateTimeFormat.GetDayName(DayOfWeek.Monday) == "月曜日"
                && "\u30ac".Normalize(NormalizationForm.FormD).Length == 2)
            {
                return null;
            }
        }
        catch (CultureNotFoundException)
        {
            // Said below.
        }

        return (
            "日本語を扱えません。ICU(libicu)を入れ、DOTNET_SYSTEM_GLOBALIZATION_INVARIANT の設定を外してください。",
            "it cannot handle Japanese. Install ICU (libicu) and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
    }
}
