using System.Globalization;
using System.Text.RegularExpressions;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Tests.Shared;

/// <summary>One set of colours, readable by everybody (WCAG 1.4.3, 1.4.11).</summary>
[Web]
public sealed partial class ThemeTests
{
    private static readonly Dictionary<string, string> Tokens = ReadTokens();

    [Theory]
    [InlineData("ink", "surface", 4.5)]
    [InlineData("ink", "page", 4.5)]
    [InlineData("ink-2", "surface", 4.5)]
    [InlineData("ink-2", "page", 4.5)]
    [InlineData("ink-2", "neutral-tint", 4.5)]
    [InlineData("ink-2", "primary-tint", 4.5)]
    [InlineData("primary", "surface", 4.5)]
    [InlineData("primary", "page", 4.5)]
    [InlineData("primary", "primary-tint", 4.5)]
    [InlineData("surface", "primary", 4.5)]
    [InlineData("surface", "primary-strong", 4.5)]
    [InlineData("surface", "error", 4.5)]
    [InlineData("surface", "error-strong", 4.5)]
    [InlineData("surface", "staff", 4.5)]
    [InlineData("success", "success-tint", 4.5)]
    [InlineData("error", "error-tint", 4.5)]
    [InlineData("warning", "warning-tint", 4.5)]
    [InlineData("info", "info-tint", 4.5)]
    [InlineData("line-strong", "surface", 3)]
    [InlineData("line-strong", "page", 3)]
    [InlineData("warning-mark", "surface", 3)]
    [InlineData("warning-mark", "warning-tint", 3)]
    [InlineData("focus", "page", 3)]
    [InlineData("focus-ring", "focus", 3)]
    public void Colours_OnEachOther_AreReadable(string front, string back, double ratio) =>
        Assert.InRange(Contrast(Tokens[front], Tokens[back]), ratio, 21);

    [Fact]
    public void Theme_AndStyleSheet_ShareTheirColours()
    {
        var palette = DensaiTheme.Light.PaletteLight;
        var pairs = new (string Token, string Colour)[]
        {
            ("primary", Hex(palette.Primary)), ("ink", Hex(palette.TextPrimary)), ("ink-2", Hex(palette.TextSecondary)),
            ("line", Hex(palette.Divider)),
            ("line", Hex(palette.TableLines)), ("line-strong", Hex(palette.LinesInputs)), ("surface", Hex(palette.Surface)),
            ("page", Hex(palette.Background)),
            ("success", Hex(palette.Success)), ("error", Hex(palette.Error)), ("warning", Hex(palette.Warning)),
            ("info", Hex(palette.Info)),
        };

        Assert.All(pairs, pair => Assert.Equal(Tokens[pair.Token], pair.Colour, ignoreCase: true));
    }

    private static string Hex(MudBlazor.Utilities.MudColor colour) => colour.Value[..7];

    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    // WCAG 2.2, relative luminance.
    private static double Luminance(string hex)
    {
        var parts = new[] { 1, 3, 5 }.Select(
            at => int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0)
            .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4)).ToArray();
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }

    private static Dictionary<string, string> ReadTokens()
    {
        var sheet = File.ReadAllText(Repository.At("DensaiAdmin.Web", "wwwroot", "densai.css"));
        return Token().Matches(sheet)
            .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["colour"].Value, StringComparer.Ordinal);
    }

    [GeneratedRegex(@"--(?<name>[a-z0-9-]+): (?<colour>#[0-9A-F]{6});", RegexOptions.NonBacktracking)]
    private static partial Regex Token();
}
