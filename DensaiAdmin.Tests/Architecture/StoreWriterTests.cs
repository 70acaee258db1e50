using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Health;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Verbs;

namespace DensaiAdmin.Tests.Architecture;

/// <summary>
/// What is done on behalf of somebody signed in is a use case of Core, which reads the session anew inside the act; pages and endpoints
/// write nothing by themselves.
/// </summary>
public sealed class StoreWriterTests
{
    /// <summary>Who of the server writes or looks at the writer, and why it need not ask for a session.</summary>
    private static readonly Dictionary<Type, string> Known = new()
    {
        [typeof(Server)] = "hands it to the start",
        [typeof(RootKeyExports)] = "the server's own, at its start",
        [typeof(WriterCheck)] = "only looks whether it can write",
        [typeof(CircuitGuard)] = "records that a session was not let to another's page",
        [typeof(SessionActivity)] = "reads the session inside its act",
        [typeof(Doctor)] = "looks at a store in a process of its own",
        [typeof(VerbHandler)] = "for operators, who are authenticated by two passwords first",
    };

    [Fact]
    public void Web_WritesNothingOnBehalfOfAPerson()
    {
        var writing = typeof(Server).Assembly.GetTypes()
            .Where(type => !type.IsNested && References.Of(type).Contains(typeof(StoreWriter)) && !Known.ContainsKey(type))
            .Select(type => type.FullName).ToList();

        Assert.True(writing.Count == 0, $"Make a use case of Core of it, which takes an Actor: {string.Join(", ", writing)}");
    }

    [Fact]
    public void Known_AreStillThere() => Assert.All(Known.Keys, type => Assert.Contains(typeof(StoreWriter), References.Of(type)));
}
