using DensaiAdmin.Web.Enrollment;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>Whether the issuing app is handed out as its manifest says.</summary>
internal sealed class PackagesCheck(AppPackages packages) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Warning(
        "証明書発行アプリのパッケージを確認できません。",
        "EnrollmentApp:PackageDirectory のファイルと権限を確認してください。",
        "The packages of the issuing app cannot be looked at.",
        "See to the files of EnrollmentApp:PackageDirectory and their permissions.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) => packages.WarningsAsync(cancellation);
}
