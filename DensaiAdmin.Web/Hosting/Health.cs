using System.Net;
using System.Security.Cryptography;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Web.Enrollment;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Web.Hosting;

/// <summary>One thing that keeps the service from being ready: what it is and what to do about it.</summary>
internal sealed record HealthFault(string Cause, string Remedy);

/// <summary>
/// Whether the service can do its work now (fault H8). Asked by anybody, so an answer stands for a second; asked in the open, so
/// causes are told on this machine only.
/// </summary>
internal sealed class Health(ActWriter acts, IDbContextFactory<DensaiDbContext> contexts, Authorities authorities, CrlPublisher crls, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Standing = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan OldestMail = TimeSpan.FromHours(1);

    // Never a certificate or a CRL: both begin with a SEQUENCE tag.
    private static readonly byte[] Probe = "DensaiAdmin health: is the key usable?"u8.ToArray();

    private readonly SemaphoreSlim _one = new(1);
    private IReadOnlyList<HealthFault>? _last;
    private long _lastAt;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health/live", () => Results.Text("live\n")).AllowAnonymous().WithMetadata(new OriginAttribute(Origin.Pki));
        endpoints.MapGet("/health/ready", ReadyAsync).AllowAnonymous().WithMetadata(new OriginAttribute(Origin.Pki));
    }

    /// <summary>What keeps the service from being ready; empty when nothing does.</summary>
    public async Task<IReadOnlyList<HealthFault>> FaultsAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (_last is null || clock.GetElapsedTime(_lastAt) > Standing)
            {
                _last = [.. (await Task.WhenAll(StoreAsync(), ReadAsync())).SelectMany(faults => faults), .. Key()];
                _lastAt = clock.GetTimestamp();
            }

            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private static async Task<IResult> ReadyAsync(HttpContext context, Health health, AppPackages packages)
    {
        var faults = await health.FaultsAsync(context.RequestAborted);
        var isHere = context.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(peer);
        if (faults.Count == 0)
        {
            // A missing package must not take the service out: it is said beside the status.
            var warnings = isHere ? await packages.WarningsAsync(context.RequestAborted) : [];
            return Results.Text("ready\n" + string.Concat(warnings.Select(w => $"warning: {w.Cause} {w.Remedy}\n")), "text/plain; charset=utf-8");
        }

        var told = isHere ? string.Concat(faults.Select(f => $"{f.Cause} {f.Remedy}\n")) : "";
        return Results.Text("not ready\n" + told, "text/plain; charset=utf-8", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private async Task<IReadOnlyList<HealthFault>> StoreAsync()
    {
        try
        {
            // The write lock is taken and a commit made, which is what every act needs.
            await acts.PerformAsync(_ => true).WaitAsync(Patience);
            return [];
        }
        catch (Exception fault) when (fault is StoreUnavailableException or TimeoutException)
        {
            return [new("データベースに書き込めません。", "データディレクトリの空き容量と権限を確認してください。")];
        }
    }

    private async Task<IReadOnlyList<HealthFault>> ReadAsync()
    {
        try
        {
            await using var db = await contexts.CreateDbContextAsync();
            var now = clock.GetUtcNow();
            var faults = new List<HealthFault>();
            if (!crls.IsFreshAt(now))
            {
                faults.Add(new("有効な CRL がありません。", "crl now を実行し、失敗する場合はログを確認してください。"));
            }

            var late = now - OldestMail;
            if (await db.OutboxMails.AsNoTracking().AnyAsync(m => m.SentAt == null && m.FailedAt == null && m.WithdrawnAt == null && m.CreatedAt < late))
            {
                faults.Add(new("1時間以上送信できていないメールがあります。", "Mail:Transport の設定とメールサーバを確認してください。"));
            }

            return faults;
        }
        catch (Exception fault) when (fault is Microsoft.Data.Sqlite.SqliteException or InvalidOperationException)
        {
            return [new("データベースを読み出せません。", "データディレクトリの状態とログを確認してください。")];
        }
    }

    private IReadOnlyList<HealthFault> Key()
    {
        try
        {
            authorities.Keys.Current.Sign(Probe);
            return [];
        }
        catch (CryptographicException)
        {
            return [new("認証局の鍵を使用できません。", "Authority の設定と鍵ファイル(または HSM)を確認してください。")];
        }
    }
}
