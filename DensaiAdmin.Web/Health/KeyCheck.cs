using DensaiAdmin.Core.Authority;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>Whether the issuing CA's key signs.</summary>
internal sealed class KeyCheck(Authorities authorities) : FaultCheck
{
    // Never a certificate or a CRL: both begin with a SEQUENCE tag.
    private static readonly byte[] Probe = "DensaiAdmin health: is the key usable?"u8.ToArray();

    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "認証局の鍵を使用できません。",
        "Authority の設定と鍵ファイル(または HSM)を確認してください。",
        "The key of the CA cannot be used.",
        "See to the settings Authority:* and to the key file or HSM.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation)
    {
        authorities.Keys.Current.Sign(Probe);
        return Task.FromResult<IReadOnlyList<HealthFault>>([]);
    }
}
