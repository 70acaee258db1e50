using System.Globalization;
using System.Reflection;
using System.Text;
using DensaiAdmin.Core;
using DensaiAdmin.Web.Sessions;

namespace DensaiAdmin.Tests.Architecture;

/// <summary>
/// The floors and rooms of Core and Web, and who uses whom as the built assemblies say. A room is a folder, and with it a namespace; the
/// few types outside of every room belong to all of them.
/// </summary>
internal sealed class House
{
    public const string Root = "";

    private readonly string _rootNamespace;
    private readonly string[][] _floors;
    private readonly Lazy<IReadOnlyList<Use>> _uses;

    private House(Assembly assembly, string[] seeAll, string[][] below, string[] useCases, string[][] above)
    {
        Assembly = assembly;
        _rootNamespace = assembly.GetName().Name!;
        SeeAll = seeAll;
        UseCaseRooms = useCases;
        _floors = [.. below, useCases, .. above];
        _uses = new(ReadUses);
    }

    /// <summary>Core: use cases above services above the store above entities above the certificates themselves.</summary>
    public static House Core { get; } = new(
        typeof(ErrorCodes).Assembly,
        // The composition of everything, and the register of all refusals.
        [nameof(ServiceCollectionExtensions), nameof(ErrorCodes)],
        [["Pki"], ["Registry"], ["Store"], ["Authority", "History", "Mail", "Passwords", "Sessions", "Users"]],
        [
            "Announcements", "CertificateInfo", "Counter", "Enrollment", "ExpiryNotices", "HistorySearch", "Home", "LoginIdAcquisition",
            "PasswordChange", "Recovery", "Revocation", "SignIn", "UserManagement",
        ],
        [["DemoBank"]]);

    /// <summary>Web: who serves and starts above the screens above what the screens stand on.</summary>
    public static House Web { get; } = new(
        typeof(CurrentActor).Assembly,
        // The frame of all pages, which routes to each, and the program itself.
        ["App", "Routes", "Program"],
        [["Settings"], ["Tls"], ["Shared"], ["Gates"], ["Sessions"], ["Layout"]],
        [
            "Announcements", "CertificateInfo", "Development", "Enrollment", "ExpiryNotices", "HistorySearch", "LoginIdAcquisition", "Mail",
            "PasswordChange", "Pki", "Revocation", "Services", "SignIn", "UserManagement",
        ],
        [["Home"], ["Installation"], ["Health"], ["Verbs"], ["Hosting"]]);

    public Assembly Assembly { get; }

    /// <summary>Types outside of every room that may use all of them.</summary>
    public IReadOnlyList<string> SeeAll { get; }

    public IEnumerable<string> Rooms => _floors.SelectMany(floor => floor);

    /// <summary>The rooms in which somebody does something: they stand side by side and do not use each other.</summary>
    public IReadOnlyList<string> UseCaseRooms { get; }

    public IReadOnlyList<Use> Uses => _uses.Value;

    /// <summary>Whether a room may use another: one of a floor below, or beside it where no use case stands.</summary>
    public bool MayUse(string from, string to)
    {
        if (to == Root || from == to)
        {
            return true;
        }

        return from != Root && FloorOf(from) >= FloorOf(to) && (FloorOf(from) > FloorOf(to) || !UseCaseRooms.Contains(from));
    }

    public string RoomOf(Type type) =>
        type.Namespace!.Length == _rootNamespace.Length ? Root : type.Namespace[(_rootNamespace.Length + 1)..].Split('.')[0];

    public bool IsOurs(Type type) =>
        type.Assembly == Assembly && type.Namespace?.StartsWith(_rootNamespace, StringComparison.Ordinal) == true && !type.IsNested
        && !SeeAll.Contains(type.Name) && !IsMade(type);

    /// <summary>Rooms that use each other, directly or around a corner.</summary>
    public IEnumerable<string> Circles()
    {
        var uses = Uses.ToLookup(use => use.From, use => use.To, StringComparer.Ordinal);
        return Rooms.Where(room => Reaches(room, room)).Select(room => $"{room} reaches itself");

        bool Reaches(string from, string to)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var open = new Stack<string>([from]);
            while (open.TryPop(out var room))
            {
                foreach (var next in uses[room])
                {
                    if (next == to)
                    {
                        return true;
                    }

                    if (seen.Add(next))
                    {
                        open.Push(next);
                    }
                }
            }

            return false;
        }
    }

    /// <summary>The graph of rooms in words, the highest floor first, as docs/architecture.md shows it.</summary>
    public string Graph()
    {
        var text = new StringBuilder();
        for (var floor = _floors.Length - 1; floor >= 0; floor--)
        {
            foreach (var room in _floors[floor])
            {
                var used = Uses.Where(use => use.From == room && use.To != Root).Select(use => use.To).Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal);
                var line = string.Create(
                    CultureInfo.InvariantCulture, $"{floor,2}  {room,-20}{string.Join(' ', used)}");
                text.Append(line.TrimEnd()).Append('\n');
            }
        }

        return text.ToString();
    }

    private int FloorOf(string room) => Array.FindIndex(_floors, floor => floor.Contains(room));

    private List<Use> ReadUses() =>
    [
        .. Assembly.GetTypes().Where(IsOurs)
            .SelectMany(type => References.Of(type).Where(IsOurs).Select(
                used => new Use(RoomOf(type), RoomOf(used), $"{type.FullName} uses {used.FullName}")))
            .Where(use => use.From != use.To),
    ];

    // What the compiler and the tools write.
    private static bool IsMade(Type type) =>
        type.Name.StartsWith('<') || type.Name.StartsWith("__", StringComparison.Ordinal) || type.Name == "_Imports"
        || type.Namespace!.Contains("Migrations", StringComparison.Ordinal)
        || type.Namespace.Contains(".Generated", StringComparison.Ordinal);

    /// <summary>One room uses another.</summary>
    public sealed record Use(string From, string To, string Because);
}
