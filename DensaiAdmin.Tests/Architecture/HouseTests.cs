using System.Reflection;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Architecture;

/// <summary>
/// Floors and rooms, as docs/architecture.md describes them: read from the built assemblies, not from what the files say.
/// </summary>
public class HouseTests
{
    /// <summary>
    /// Entrances that take no <see cref="Actor"/>, by what they take instead. Nothing that a page does for somebody signed in belongs here
    /// but questions by the IDs of the session itself, to which <see cref="OwnIdsTests"/> hold the pages.
    /// </summary>
    private static readonly Dictionary<string, string[]> WithoutActor = new(StringComparer.Ordinal)
    {
        ["a look by what only its owner has, a certificate or a token: nothing is recorded of it"] =
        [
            "AcquireLoginId.FindAsync", "CertificateDiagnosis.EvaluateAsync", "CertificateDiagnosis.OwnerOfSessionAsync",
        ],
        ["two operators of the bank, whose approval is verified again inside the act"] =
        [
            "AuthenticateOperators.RunAsync", "EnrollCertificate.ByOperatorAsync", "EvaluateOperators.AreNeededAsync",
            "EvaluateOperators.RunAsync",
            "ReconcileClock.RunAsync", "ReconcileStore.RunAsync", "RegisterOperator.RefuseRecoveryAsync", "RegisterOperator.RunAsync",
            "RevokeCertificate.ByOperatorAsync", "UnlockUser.ByOperatorAsync",
        ],
        ["Development alone"] = ["ExpiryTimeline.FindAsync", "ExpiryTimeline.UsersAsync"],
        ["the session itself, or the IDs that it carries"] =
        [
            "AnnouncementBoard.CountUnreadAsync", "AnnouncementBoard.FindAnnouncementAsync", "AnnouncementBoard.FindMailAsync",
            "AnnouncementBoard.ListAnnouncementsAsync",
            "AnnouncementBoard.ListMailsAsync", "LoginHistory.OfAsync", "RecentOperations.OfAsync",
            "RenewalQueries.FindAsync",
            "UserQueries.CountSuspendedAsync", "UserQueries.IsOwnLoginIdAsync", "UserQueries.LimitAsync", "UserQueries.LockedAsync",
            "UserQueries.StandingsAsync",
        ],
    };

    private const string Engines = "DensaiAdmin.Core.Store.Sqlite";

    public static TheoryData<string> Houses => ["Core", "Web"];

    [Theory]
    [MemberData(nameof(Houses))]
    public void Rooms_AreAllKnownHere(string name)
    {
        var house = Of(name);
        var there = house.Assembly.GetTypes().Where(house.IsOurs).Select(house.RoomOf).Distinct(StringComparer.Ordinal).ToList();

        Assert.Empty(there.Except([.. house.Rooms, House.Root], StringComparer.Ordinal));
        Assert.Empty(house.Rooms.Except(there, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Houses))]
    public void Rooms_UseNoFloorAboveTheirs_AndNoUseCaseUsesAnother(string name)
    {
        var house = Of(name);
        var violations = house.Uses.Where(use => !house.MayUse(use.From, use.To)).Select(use => use.Because)
            .Distinct(StringComparer.Ordinal);

        Assert.Empty(violations.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Houses))]
    public void Rooms_NeverUseEachOtherInACircle(string name) => Assert.Empty(Of(name).Circles());

    [Theory]
    [MemberData(nameof(Houses))]
    public void Graph_InTheDocuments_IsTheOneThatWasBuilt(string name)
    {
        var built = Path.Combine(AppContext.BaseDirectory, $"{name}.graph.txt");
        File.WriteAllText(built, Of(name).Graph());
        var document = File.ReadAllText(Repository.At("docs", "architecture.md"));

        Assert.True(
            document.Contains(Of(name).Graph(), StringComparison.Ordinal),
            $"Put {built} in the place of the graph of {name} in docs/architecture.md.");
    }

    [Fact]
    public void Drivers_OfDatabases_AreNamedByTheirEnginesAlone()
    {
        var named = new[] { House.Core, House.Web }.SelectMany(house => house.Assembly.GetTypes())
            .Where(type => !type.IsNested && type.Namespace?.StartsWith(Engines, StringComparison.Ordinal) != true)
            .SelectMany(type => References.Of(type).Where(IsOfADriver).Select(used => $"{type.FullName} uses {used.FullName}"));

        Assert.Empty(named.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.Contains(References.Of(House.Core.Assembly.GetType(Engines + ".SqliteWriter")!), IsOfADriver);

        static bool IsOfADriver(Type type) => type.Assembly.GetName().Name!.Contains("Sqlite", StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Engines_AreNamedByTheStoreAlone_AndTheFileOfOneByItsBackup()
    {
        var named = House.Core.Assembly.GetTypes()
            .Where(type => !type.IsNested && type.Namespace?.StartsWith(Engines, StringComparison.Ordinal) != true)
            .Where(type => References.Of(type).Any(used => used.Namespace == Engines)).Select(type => type.Name);

        Assert.Equal(["BackUpStore", "StoreEngine"], named.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Entrances_OfUseCases_TakeAnActor()
    {
        var open = House.Core.Assembly.GetExportedTypes()
            .Where(type => House.Core.UseCaseRooms.Contains(House.Core.RoomOf(type)) && type is { IsClass: true })
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => typeof(Task).IsAssignableFrom(method.ReturnType)
                && method.GetParameters().All(p => p.ParameterType != typeof(Actor)))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}").ToHashSet(StringComparer.Ordinal);
        var known = WithoutActor.Values.SelectMany(names => names).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(open.Except(known, StringComparer.Ordinal));
        Assert.Empty(known.Except(open, StringComparer.Ordinal));
    }

    [Fact]
    public void Types_OfCore_ArePublicOnlyWhereSomebodyOutsideUsesThem()
    {
        var outside = new[] { House.Web.Assembly }.SelectMany(assembly => assembly.GetTypes()).Where(type => !type.IsNested)
            .SelectMany(References.Of).ToHashSet();
        var visible = Visible();

        var needless = House.Core.Assembly.GetExportedTypes().Where(
            type => House.Core.IsOurs(type) && !outside.Contains(type) && !visible.Contains(type))
            .Select(type => type.FullName).ToList();

        // Of these only constants are used, which leave no trace in the instructions.
        needless.RemoveAll(name => name is "DensaiAdmin.Core.Pki.CertificationRequest" or "DensaiAdmin.Core.Pki.ExpiryNearness");

        Assert.True(needless.Count == 0, string.Join("\n", needless));
    }

    [Theory]
    [InlineData("Revocation", "Passwords", true)]
    [InlineData("Revocation", "Revocation", true)]
    [InlineData("SignIn", "", true)]
    [InlineData("Authority", "History", true)]
    [InlineData("Users", "Pki", true)]
    [InlineData("Revocation", "SignIn", false)]
    [InlineData("Counter", "Revocation", false)]
    [InlineData("Passwords", "Revocation", false)]
    [InlineData("Store", "Enrollment", false)]
    [InlineData("", "Users", false)]
    public void Rule_SaysWhoMayUseWhom(string from, string to, bool may) => Assert.Equal(may, House.Core.MayUse(from, to));

    private static House Of(string name) => name == "Core" ? House.Core : House.Web;

    // What stands in the signature of something public must be public too.
    private static HashSet<Type> Visible() =>
        [.. House.Core.Assembly.GetExportedTypes().SelectMany(References.OfSignatures)];
}
