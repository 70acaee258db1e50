namespace DensaiAdmin.Web.Layout;

/// <summary>文字サイズ 小 中 大: chosen in the browser (densai.js writes the cookie), honoured by the server from the first byte.</summary>
internal static class TextSizes
{
    public const string Cookie = "__Host-densai-text-size";
    public const string Cascade = "TextSize";
    public const string Small = "small";
    public const string Medium = "medium";
    public const string Large = "large";

    /// <summary>The size a cookie asks for; anything but the three known values is <see cref="Medium"/>.</summary>
    public static string From(string? cookie) => cookie is Small or Large ? cookie : Medium;
}
