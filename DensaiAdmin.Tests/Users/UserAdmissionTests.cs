using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Users;

/// <summary>The contract's limit of users is asked in one place: nobody makes a user of a company past it.</summary>
public sealed class UserAdmissionTests
{
    // Makes no user of a company, or is the demo bank, whose users stand in the design.
    private static readonly string[] WithoutALimit = ["Counter/RegisterOperator.cs", "DemoBank/CreateDemoBank.cs", "DemoBank/SeedUsers.cs"];

    [Fact]
    public void Users_ComeIntoBeing_InOnePlaceOnly()
    {
        var core = Repository.At("DensaiAdmin.Core");
        var storing = Repository.Files("DensaiAdmin.Core", ".cs")
            .Select(file => (Path: Path.GetRelativePath(core, file), Text: File.ReadAllText(file)))
            .Where(source => ((string[])["Users.Add(", "Users.AddRange(", "INSERT INTO Users", "INTO \"Users\""]).Any(
                way => source.Text.Contains(way, StringComparison.Ordinal))
                || (source.Text.Contains("new User(", StringComparison.Ordinal)
                && !source.Text.Contains("UserAdmission.TryAdd(", StringComparison.Ordinal)))
            .Select(source => source.Path);

        Assert.Equal(["Users/UserAdmission.cs"], storing.Except(WithoutALimit, StringComparer.Ordinal));
    }
}
