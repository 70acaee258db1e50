namespace DensaiAdmin.Web.Shared;

/// <summary>The header that carries the error code of a refusal (docs/codes.md) to programs; it is finer than the status.</summary>
internal static class CodeHeader
{
    public const string Name = "Densai-Code";
}
