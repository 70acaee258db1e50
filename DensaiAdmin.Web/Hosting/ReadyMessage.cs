using DensaiAdmin.Core.Authority;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Web.Hosting;

/// <summary>What the program says on the terminal, to whoever started it.</summary>
internal static class ReadyMessage
{
    /// <summary>Ready: addresses and, in Development, what to open next.</summary>
    public static async Task WriteAsync(TextWriter output, OpenInstallation installation, IHostEnvironment environment)
    {
        var settings = installation.Settings;
        var endpoints = settings.Endpoints;
        var text = $"""

            DensaiAdmin: 起動しました / ready
              公開 / public             {EndpointOptions.Authority(endpoints.Public)}
              証明書 / certificate      {EndpointOptions.Authority(endpoints.Certificate)}
              PKI                       {EndpointOptions.Authority(endpoints.Pki)}
              データ / data             {settings.DataDirectory}

            """;
        if (settings.ClockStartAt is not null)
        {
            text += $"  時計 / clock              {DensaiAdmin.Core.JapanTime.Format(installation.Clock.GetUtcNow())} (JST, Clock:StartAt)\n";
        }

        // At every start until somebody has taken it away, not at the first one only, which may have been read by nobody.
        if (installation.Authorities.Keys.RootKey is { Place: RootKeyPlace.Exported, ExportedTo: { } export } && File.Exists(export))
        {
            text += $"""

                ルート認証局の鍵 / root key
                  {export} に書き出し、データディレクトリから削除しました。Authority:KeyPassphrase で封じてあります。
                  このファイルをオフラインの媒体に移し、金庫などで保管したうえで、このサーバから削除してください。
                  It was exported there, sealed with Authority:KeyPassphrase, and removed from the data directory.
                  Move that file to off-line storage, keep it in a safe, and delete it from this server.

                """;
        }

        if (environment.IsDevelopment())
        {
            var demo = Path.Combine(settings.DataDirectory, "demo");
            var certificate = Path.Combine(demo, "0501D00601M.p12");
            var ca = Path.Combine(demo, "ca.pem");
            text += $"""

                デモ銀行 / demo bank
                  0501D00601M マスターユーザ / master user, 0501D00601U 一般ユーザ / general user, counter1, counter2 窓口 / counter
                  ログインパスワード / login password          Densai-Demo-2026
                  確認用パスワード / confirmation password     Kakunin-Demo-2026
                次にすること
                  1. {certificate} (パスワード demo) をブラウザに取り込み、{ca} を信頼する認証局に加えます。
                  2. ブラウザを一度すべて閉じてから {EndpointOptions.Authority(endpoints.Public)} を開き、「電子証明書ログイン」を押します。
                  ログインID取得の書面 / letters for ログインID取得: {Path.Combine(demo, "letters")}
                Next
                  1. Import {certificate} (password: demo) into your browser and trust {ca}.
                  2. Close every browser window once, open {EndpointOptions.Authority(endpoints.Public)} and press 電子証明書ログイン.

                """;
        }

        await output.WriteAsync(text);
    }

    /// <summary>Settings that mean nothing: the server runs all the same.</summary>
    public static async Task WriteAsync(TextWriter errors, IReadOnlyList<SettingFault> warnings)
    {
        foreach (var warning in warnings)
        {
            await errors.WriteLineAsync("DensaiAdmin: 警告 / warning: " + warning);
        }
    }

    /// <summary>The start was refused: every reason, and how each setting is named in the environment.</summary>
    public static async Task WriteAsync(TextWriter errors, StartRefusedException refused)
    {
        await errors.WriteLineAsync("DensaiAdmin: 起動できません。次の設定を確認してください。 / Cannot start. Please see to these settings:");
        foreach (var fault in refused.Faults)
        {
            await errors.WriteLineAsync("  " + fault);
        }
    }
}
