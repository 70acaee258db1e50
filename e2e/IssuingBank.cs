namespace DensaiAdmin.EndToEnd;

/// <summary>A server for the journeys of the issuing app, which it hands out as its own package, stamped with its address and trust.</summary>
[CollectionDefinition]
public sealed class IssuingBanks : ICollectionFixture<IssuingBank>;

public sealed class IssuingBank : AppUnderTest
{
    public IssuingBank() => Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["EnrollmentApp__PackageDirectory"] = PackageFolder };

    public override IReadOnlyDictionary<string, string> Settings { get; }

    public string PackageFolder { get; } = Directory.CreateTempSubdirectory("densai-packages-").FullName;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AppPackage.MakeAsync(Public, TrustFile, PackageFolder);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(PackageFolder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
