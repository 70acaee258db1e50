namespace DensaiAdmin.EndToEnd;

/// <summary>
/// A server for the journeys of the issuing app, which it hands out as its own package, stamped with its address and trust.
/// </summary>
[CollectionDefinition]
public sealed class IssuingBanks : ICollectionFixture<IssuingBank>;

public class IssuingBank : AppUnderTest
{
    public IssuingBank() =>
        Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["EnrollmentApp__PackageDirectory"] = PackageFolder };

    public override IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>When the bank opens; null: now.</summary>
    protected virtual DateTimeOffset? BeginsAt => null;

    public string PackageFolder { get; } = Directory.CreateTempSubdirectory("densai-packages-").FullName;

    public override async ValueTask InitializeAsync()
    {
        await StartAsync(BeginsAt);
        await AppPackage.MakeAsync(Public, TrustFile, PackageFolder);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(PackageFolder, recursive: true);
        GC.SuppressFinalize(this);
    }
}

/// <summary>
/// A bank that lives at first in the last year, so that what it issues then can be renewed once it is started again in the present.
/// PCs keep their clocks: a certificate that is to be renewed is one of today's for the app.
/// </summary>
public sealed class IssuingBankOfLastYear : IssuingBank
{
    protected override DateTimeOffset? BeginsAt { get; } = DateTimeOffset.UtcNow.AddDays(-345);
}
