using System.Reflection;
using Xunit.v3;

namespace DensaiAdmin.Tests;

public class PartsTests
{
    [Fact]
    public void TestClass_ThatNeedsTheWebLayer_IsMarkedWeb()
    {
        var unmarked = typeof(PartsTests).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && HasTests(type))
            .Where(type => !type.IsDefined(typeof(WebAttribute), inherit: true))
            .Where(NeedsTheWebLayer)
            .Select(type => type.FullName);

        Assert.Empty(unmarked);
    }

    private static bool HasTests(Type type) =>
        type.GetMethods().Any(method => method.GetCustomAttributes(inherit: true).Any(attribute => attribute is IFactAttribute));

    /// <summary>Judged by what a class is made of: its base types, fixtures, constructor parameters and fields.</summary>
    private static bool NeedsTheWebLayer(Type type)
    {
        const BindingFlags all = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var made = new List<Type>();
        for (var self = type; self is not null && self != typeof(object); self = self.BaseType)
        {
            made.Add(self);
            made.AddRange(self.GetFields(all | BindingFlags.DeclaredOnly).Select(field => field.FieldType));
        }

        made.AddRange(type.GetInterfaces());
        made.AddRange(
            type.GetConstructors(all).SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.ParameterType));
        return made.SelectMany(part => part.IsGenericType ? [part, .. part.GetGenericArguments()] : new[] { part }).Any(IsWebLayer);
    }

    private static bool IsWebLayer(Type type) =>
        type.Namespace is { } room
        && (room.StartsWith("Bunit", StringComparison.Ordinal)
            || room.StartsWith("DensaiAdmin.Web", StringComparison.Ordinal)
            || room.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
}
