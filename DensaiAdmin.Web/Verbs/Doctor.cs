using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Enrollment;
using DensaiAdmin.Web.Health;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace DensaiAdmin.Web.Verbs;

/// <summary>
/// Verb <c>doctor</c>: looks at settings and surroundings as a start would find them and says of each, in one line, whether it is in order
/// (✓), worth seeing to (!) or stops the start (✗), with the remedy. Changes nothing, beside a running server as well; whether a directory
/// can be written it learns from a file without a name to keep, gone at once.
/// </summary>
internal sealed class Doctor
{
    private static readonly TimeSpan RelayPatience = TimeSpan.FromSeconds(10);

    private readonly List<string> _lines = [];
    private bool _isStopped;

    private Doctor()
    {
    }

    private enum Mark
    {
        Good,
        Warning,
        Stops,
    }

    /// <summary>Everything that was found; exit code 1 where something stops the start.</summary>
    public static async Task<VerbAnswer> RunAsync(IConfiguration configuration, IHostEnvironment environment)
    {
        var doctor = new Doctor();
        await doctor.LookAsync(configuration, environment);
        return new(doctor._isStopped ? 1 : 0, string.Join('\n', doctor._lines) + "\n");
    }

    private async Task LookAsync(IConfiguration configuration, IHostEnvironment environment)
    {
        Good("動作環境", "machine", "タイムゾーンと日本語を扱えます。", "time zones and Japanese are there.");
        if (environment is IWebHostEnvironment web)
        {
            Tell("画面のファイル", "files of the screens", HostPreconditions.FilesFault(web));
        }

        ServerSettings settings;
        try
        {
            settings = ServerSettings.Read(configuration, environment);
        }
        catch (StartRefusedException refused)
        {
            foreach (var fault in refused.Faults)
            {
                Tell("設定", "setting", fault);
            }

            return;
        }

        Good("設定", "settings", $"{environment.EnvironmentName} として読み取れました。", $"read, as {environment.EnvironmentName}.");
        foreach (var warning in settings.Warnings)
        {
            Say(Mark.Warning, "設定", "setting", $"{warning.Key}: {warning.Japanese}", $"{warning.Key}: {warning.English}");
        }

        Tell("データディレクトリ", "data directory", HostPreconditions.WritableFault("Data:Directory", settings.DataDirectory));
        Tell("アンカーファイル", "anchor file", HostPreconditions.WritableFault("History:AnchorFile", Path.GetDirectoryName(settings.AnchorFile)!));
        LookAtDisk(settings);
        var isRunning = DataStore.IsInUse(settings.DataDirectory);
        if (isRunning)
        {
            Good("サーバ", "server", "このデータディレクトリで稼働中です。", "one runs on this data directory.");
        }

        Guard("データベース", "database", () => LookAtStore(settings, isRunning));
        Guard("認証局の鍵", "CA key", () => LookAtAuthorities(settings, configuration));
        Guard("サーバ証明書", "server certificate", () => LookAtServerCertificates(settings));
        if (!isRunning)
        {
            LookAtListeners(settings);
        }

        await LookAtMailAsync(settings, configuration);
        foreach (var fault in SettingsCheck.UnsetContacts(Brand.From(configuration).Contact))
        {
            Tell("お問い合わせ先", "contacts", fault);
        }

        using var packages = new AppPackages(settings, TimeProvider.System, NullLogger<AppPackages>.Instance);
        foreach (var fault in await packages.WarningsAsync(CancellationToken.None))
        {
            Tell("証明書発行アプリ", "issuing app", fault);
        }
    }

    private void LookAtDisk(ServerSettings settings)
    {
        var existing = settings.DataDirectory;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } above)
        {
            existing = above;
        }

        var free = new DriveInfo(existing).AvailableFreeSpace;
        Tell(
            "ディスク", "disk", free < DiskCheck.EnoughOctets ? DiskCheck.Low(existing, free) : null,
            $"空き容量は {free >> 30:N0} GB です。", $"{free >> 30:N0} GB are free.");
    }

    private void LookAtStore(ServerSettings settings, bool isRunning)
    {
        var options = new StoreOptions(settings.DataDirectory);
        if (!File.Exists(options.DatabaseFile))
        {
            Good("データベース", "database", "まだありません。最初の起動で作成します。", "there is none yet; the first start makes it.");
            return;
        }

        var builder = new DbContextOptionsBuilder<DensaiDbContext>();
        DataStore.ConfigureReading(builder, options);
        using var db = new DensaiDbContext(builder.Options);
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        if (db.Database.GetAppliedMigrations().FirstOrDefault(m => !known.Contains(m)) is { } newer)
        {
            Tell("データベース", "database", StoreRefusals.Words(StoreRefusal.NewerSchema, newer, settings));
            return;
        }

        var last = db.HistoryRecords.AsNoTracking().OrderByDescending(r => r.Sequence).Select(r => new { r.Sequence, r.At })
            .FirstOrDefault();
        Good(
            "データベース", "database", $"読み取れました(操作履歴 {last?.Sequence ?? 0} 件)。",
            $"can be read ({last?.Sequence ?? 0} records in the history).");
        LookAtClock(settings, last?.At);
        if (!isRunning && OpenInstallation.KnownPassphraseOf(settings) is { } passphrase)
        {
            var (opened, refusal) = DataStore.OpenForReading(options, settings.AnchorFile, passphrase);
            using var store = opened;
            if (refusal is { } reason)
            {
                Tell("データベース", "database", StoreRefusals.Words(reason, null, settings));
            }
            else if (store is not null)
            {
                LookAtAnchor(store, settings);
            }
        }
    }

    private void LookAtAnchor(ReadOnlyStore store, ServerSettings settings)
    {
        if (store.HoldAgainstAnchor() is not { } refusal)
        {
            Good("操作履歴", "history", "アンカーと一致しています。", "agrees with its anchor.");
            return;
        }

        // Outside Production a start begins a new anchor where it finds none.
        var mark = refusal is StoreRefusal.AnchorMissing && !settings.IsProduction ? Mark.Warning : Mark.Stops;
        var words = StoreRefusals.Words(refusal, null, settings);
        Say(mark, "操作履歴", "history", $"{words.Key}: {words.Japanese}", words.English);
    }

    private void LookAtClock(ServerSettings settings, DateTimeOffset? latest)
    {
        var now = OpenInstallation.ClockOf(settings).GetUtcNow();
        if (latest is not { } last || now >= last - ClockGuard.MaxBehind)
        {
            Good("時計", "clock", $"{JapanTime.Format(now)} です。", $"{JapanTime.Format(now)} (JST).");
        }
        else if (settings.ClockStartAt is not null)
        {
            Tell("時計", "clock", StoreRefusals.Words(StoreRefusal.ClockBeforeHistory, JapanTime.Format(last), settings));
        }
        else
        {
            Say(
                Mark.Warning, "時計", "clock",
                $"{JapanTime.Format(now)} で、最後の記録({JapanTime.Format(last)})より前です。"
                + "時計を合わせてください。今の時刻が正しい場合は reconcile --clock を実行してください。",
                $"it says {JapanTime.Format(now)}, before the last record of {JapanTime.Format(last)} (JST). "
                + "Set it, or where it is right run reconcile --clock.");
        }
    }

    private void LookAtAuthorities(ServerSettings settings, IConfiguration configuration)
    {
        var directory = Path.Combine(settings.DataDirectory, "ca");
        if (!AuthorityKeys.Exist(directory))
        {
            Good("認証局の鍵", "CA key", "まだありません。最初の起動で作成します。", "there is none yet; the first start makes it.");
            return;
        }

        if (OpenInstallation.KnownPassphraseOf(settings) is not { } passphrase)
        {
            Tell("認証局の鍵", "CA key", StoreRefusals.Words(StoreRefusal.WrongPassphrase, null, settings));
            return;
        }

        var years = configuration.GetSection(CertificatePolicyOptions.Section).Get<CertificatePolicyOptions>()?.ValidityYears ?? 1;
        var fault = AuthorityKeys.Open(directory, new KeyPassphrase(passphrase)).Match<SettingFault?>(
            keys =>
            {
                using (keys)
                {
                    LookAtKeys(keys, years, OpenInstallation.ClockOf(settings).GetUtcNow());
                }

                return null;
            },
            () => null,
            () => StoreRefusals.Words(StoreRefusal.WrongPassphrase, null, settings),
            file => new(
                "Data:Directory",
                $"認証局のファイル「{file}」が壊れているか、ありません。バックアップから戻してください。",
                $"the CA's file {file} is damaged or missing. Restore it from a backup."));
        Tell("認証局の鍵", "CA key", fault, "使用できます。", "can be used.");
    }

    private void LookAtKeys(AuthorityKeys keys, int validityYears, DateTimeOffset now)
    {
        // Never a certificate or a CRL: both begin with a SEQUENCE tag.
        keys.Current.Sign("DensaiAdmin doctor: is the key usable?"u8.ToArray());
        foreach (var authority in new[] { keys.Root, keys.Current.IssuerCertificate })
        {
            var until = JapanTime.FormatDate(authority.NotAfter);
            Tell(
                "認証局の証明書", "CA certificate", AuthorityExpiryCheck.Evaluate(authority, validityYears, now),
                $"{until} まで有効です。", $"valid until {until}.");
        }
    }

    private void LookAtServerCertificates(ServerSettings settings)
    {
        if (settings.ServerCertificate is not { } given)
        {
            Good("サーバ証明書", "server certificate", "localhost 用のものを起動時に作成します。", "one for localhost is made at the start.");
            return;
        }

        LookAtServerCertificate(given, "Endpoints:ServerCertificate", settings.Endpoints.Public);
        LookAtServerCertificate(
            settings.ServerCertificateForCertificateOrigin
                ?? given, "Endpoints:ServerCertificate:CertificateOrigin", settings.Endpoints.Certificate);
    }

    private void LookAtServerCertificate(ServerSettings.CertificateFile file, string section, Uri origin)
    {
        using var certificate = ServerTls.Load(file, section).Server;
        if (!certificate.MatchesHostname(origin.IdnHost))
        {
            Say(
                Mark.Warning, "サーバ証明書", "server certificate",
                $"「{file.Path}」に {origin.IdnHost} の名前がありません。ブラウザは接続を拒否します。この名前の証明書を指定してください。",
                $"{file.Path} does not name {origin.IdnHost}; browsers refuse it. Give one for this name.");
        }

        // One that has expired does not stop the start; the node is not ready with it.
        Tell(
            "サーバ証明書", "server certificate", ServerCertificateCheck.Evaluate(certificate, TimeProvider.System.GetUtcNow()),
            $"{origin.IdnHost}: 有効です。", $"{origin.IdnHost}: valid.");
    }

    private void LookAtListeners(ServerSettings settings)
    {
        var endpoints = settings.Endpoints;
        var bound = new[] { endpoints.ListenPublic, endpoints.ListenCertificate, endpoints.ListenPki };
        foreach (var address in bound.Where(a => a.Port != 0).DistinctBy(a => (a.Host, a.Port)))
        {
            var ip = IPAddress.TryParse(address.Host.Trim('[', ']'), out var given) ? given
                : address.IsLoopback ? IPAddress.Loopback : IPAddress.Any;
            try
            {
                using var listener = new TcpListener(ip, address.Port);
                listener.Start();
                Good("ポート", "port", $"{address.Port} を開けます。", $"{address.Port} can be opened.");
            }
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                Say(
                    Mark.Stops, "ポート", "port",
                    $"{address.Port} は別のプログラムが使用中です。そちらを終了するか、Listen:* に別のポートを指定してください。",
                    $"{address.Port} is in use by another program. Stop it, or set another port in Listen:*.");
            }
            catch (SocketException fault)
            {
                Tell("ポート", "port", HostPreconditions.Words(fault));
            }
        }
    }

    private async Task LookAtMailAsync(ServerSettings settings, IConfiguration configuration)
    {
        var mail = configuration.GetSection(MailOptions.Section).Get<MailOptions>() ?? new();
        if (mail.Transport is MailTransport.Pickup)
        {
            Good(
                "メール", "mail", $"「{Path.Combine(settings.DataDirectory, "mail")}」にファイルとして書き出します。",
                "is written to files in mail of the data directory.");
            return;
        }

        using var limit = new CancellationTokenSource(RelayPatience);
        var down = await SmtpOptions.ProbeAsync(mail.Smtp, TimeProvider.System, limit.Token);
        Tell(
            "メール", "mail", down is var (trouble, answer) ? MailRelayCheck.Words(trouble, answer) : null,
            $"{mail.Smtp.Host} に接続できました。", $"{mail.Smtp.Host} can be reached.");
    }

    private void Guard(string title, string englishTitle, Action look)
    {
        try
        {
            look();
        }
        catch (StartRefusedException refused)
        {
            foreach (var fault in refused.Faults)
            {
                Tell(title, englishTitle, fault);
            }
        }
        catch (CryptographicException)
        {
            Say(Mark.Stops, title, englishTitle, "使用できません。ファイルと設定を確認してください。", "cannot be used. See to the files and the settings.");
        }
        catch (Exception fault) when (HostPreconditions.Words(fault) is { } words)
        {
            Tell(title, englishTitle, words);
        }
    }

    private void Tell(string title, string englishTitle, SettingFault? fault, string good = "問題ありません。", string englishGood = "in order.")
    {
        if (fault is null)
        {
            Good(title, englishTitle, good, englishGood);
        }
        else
        {
            Say(Mark.Stops, title, englishTitle, $"{fault.Key}: {fault.Japanese}", fault.English);
        }
    }

    private void Tell(string title, string englishTitle, HealthFault? fault, string good = "問題ありません。", string englishGood = "in order.")
    {
        if (fault is null)
        {
            Good(title, englishTitle, good, englishGood);
        }
        else
        {
            Say(Mark.Warning, title, englishTitle, fault.Cause + fault.Remedy, $"{fault.EnglishCause} {fault.EnglishRemedy}");
        }
    }

    private void Good(string title, string englishTitle, string japanese, string english) =>
        Say(Mark.Good, title, englishTitle, japanese, english);

    private void Say(Mark mark, string title, string englishTitle, string japanese, string english)
    {
        _isStopped |= mark is Mark.Stops;
        var sign = mark switch
        {
            Mark.Good => "✓",
            Mark.Warning => "!",
            Mark.Stops => "✗",
        };
        _lines.Add($"{sign} {title} / {englishTitle}: {japanese} / {english}".ReplaceLineEndings(" "));
    }
}
