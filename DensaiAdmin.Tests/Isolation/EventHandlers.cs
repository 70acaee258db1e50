using System.Reflection;
using System.Reflection.Emit;

namespace DensaiAdmin.Tests.Isolation;

/// <summary>Which methods of a component are given away as delegates: what a click, an input or a child component can call.</summary>
internal static class EventHandlers
{
    private const BindingFlags Own =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;

    /// <summary>Names of the type's own methods that its rendering, or a lambda in it, loads as a function pointer or calls.</summary>
    public static IReadOnlySet<string> Passed(Type type)
    {
        var rendering = type.GetMethods(Own).Where(m => m.Name is "BuildRenderTree")
            .Concat(type.GetMethods(Own).Where(m => m.Name.StartsWith("<BuildRenderTree>", StringComparison.Ordinal)))
            .Concat(type.GetNestedTypes(BindingFlags.NonPublic).SelectMany(n => n.GetMethods(Own)).Where(
                m => m.Name.StartsWith("<BuildRenderTree>", StringComparison.Ordinal)));
        return rendering.SelectMany(Named).Where(m => m.DeclaringType == type).Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
    }

    private static IEnumerable<MethodBase> Named(MethodInfo method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at + 4 < code.Length; at++)
        {
            // ldftn is two octets (0xFE 0x06), call and callvirt one; a false hit only names a method that is asked about anyway.
            var token = (code[at] == 0xFE && code[at + 1] == (OpCodes.Ldftn.Value & 0xFF) && at + 5 < code.Length) ? at + 2
                : code[at] == OpCodes.Call.Value || code[at] == OpCodes.Callvirt.Value ? at + 1
                : -1;
            if (token >= 0 && Resolve(method, BitConverter.ToInt32(code, token)) is { } named)
            {
                yield return named;
            }
        }
    }

    private static MethodBase? Resolve(MethodInfo method, int token)
    {
        try
        {
            return method.Module.ResolveMethod(
                token, method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null, null);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
