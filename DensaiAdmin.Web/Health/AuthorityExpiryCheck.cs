using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.Health;

/// <summary>
/// Whether the CAs outlive what they sign from now on: a client certificate ends with the CA above it, whatever it says itself (RFC 5280
/// 6.1).
/// </summary>
internal sealed class AuthorityExpiryCheck(
    Authorities authorities, IOptions<CertificatePolicyOptions> policy, TimeProvider clock) : FaultCheck
{
    /// <summary>Days in which a new CA is made, handed out and trusted, beyond the validity of a client certificate.</summary>
    public const int DaysAhead = 90;

    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "認証局の証明書を確認できません。",
        "データディレクトリの ca とログを確認してください。",
        "The certificates of the CA cannot be looked at.",
        "See to ca in the data directory and to the log.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HealthFault>>(
        [
            .. new[] { authorities.Root, authorities.Current }
                .Select(ca => Evaluate(ca, policy.Value.ValidityYears, clock.GetUtcNow()))
                .OfType<HealthFault>(),
        ]);

    internal static HealthFault? Evaluate(AuthorityCertificate authority, int validityYears, DateTimeOffset now)
    {
        var name = authority.X509.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        var until = JapanTime.Format(authority.NotAfter);
        if (now > authority.NotAfter)
        {
            return HealthFault.Failing(
                $"認証局「{name}」の有効期限が {until} に切れました。証明書を発行できず、お客様はログインできません。",
                "ca rotate で新しい認証局に切り替えてください。",
                $"The CA {name} expired at {until} (JST): no certificate can be issued and none logs in.",
                "Change to a new CA with ca rotate.");
        }

        return ValidityPolicy.NotAfter(now, validityYears).AddDays(DaysAhead) < authority.NotAfter ? null : HealthFault.Warning(
            $"認証局「{name}」の有効期限は {until} です。これから発行する証明書より先に切れます。",
            "ca rotate で新しい認証局に切り替えてください。",
            $"The CA {name} expires at {until} (JST), before certificates that are issued from now on.",
            "Change to a new CA with ca rotate.");
    }
}
