using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.Tls;

namespace DensaiAdmin.Web.Health;

/// <summary>
/// How long the TLS certificates of the server are good for. Browsers judge them by the machine's time, not by the application's.
/// </summary>
internal sealed class ServerCertificateCheck(TransportCertificates certificates) : FaultCheck
{
    /// <summary>
    /// So many days before its end a certificate is worth a word: a new one has to be asked for, checked and put in place.
    /// </summary>
    public const int DaysAhead = 30;

    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "サーバ証明書を確認できません。",
        "Endpoints:ServerCertificate の設定を確認してください。",
        "The server's certificate cannot be looked at.",
        "See to the settings Endpoints:ServerCertificate:*.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HealthFault>>(
        [
            .. new[] { certificates.Public, certificates.Certificate }
                .DistinctBy(c => c.Thumbprint)
                .Select(c => Evaluate(c, TimeProvider.System.GetUtcNow()))
                .OfType<HealthFault>(),
        ]);

    internal static HealthFault? Evaluate(X509Certificate2 certificate, DateTimeOffset realNow)
    {
        var notAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        var name = certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false);
        var until = JapanTime.Format(notAfter);
        if (realNow > notAfter)
        {
            return HealthFault.Failing(
                $"サーバ証明書({name})の有効期限が {until} に切れました。ブラウザは接続を拒否します。",
                "新しい証明書を Endpoints:ServerCertificate:Path に置き、再起動してください。",
                $"The server's certificate for {name} expired at {until} (JST); browsers refuse it.",
                "Put a new one at Endpoints:ServerCertificate:Path and restart.");
        }

        return notAfter - realNow > TimeSpan.FromDays(DaysAhead) ? null : HealthFault.Warning(
            $"サーバ証明書({name})の有効期限は {until} です。",
            "それまでに新しい証明書を Endpoints:ServerCertificate:Path に置き、再起動してください。",
            $"The server's certificate for {name} expires at {until} (JST).",
            "Put a new one at Endpoints:ServerCertificate:Path before that and restart.");
    }
}
