using Xunit.v3;

namespace DensaiAdmin.Tests;

/// <summary>
/// Marks a class whose tests render components or drive the server, so that <c>./test web</c> runs it.
/// Every class without it belongs to <c>./test unit</c>: a forgotten mark moves a test, it never loses one.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = true)]
internal sealed class WebAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("part", "web")];
}
