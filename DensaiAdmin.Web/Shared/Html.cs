using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.Shared;

/// <summary>
/// HTML written as text, for what a page has very many of, such as the cells of a table: a component for each, or even an element that
/// Blazor watches, costs more than all that is in it.
/// </summary>
public static class Html
{
    /// <summary>The markup of an interpolated text. What fills a hole is encoded, in an element as between an attribute's quotes.</summary>
    public static MarkupString Of(HtmlText text) => text.ToMarkup();

    /// <summary>One after the other.</summary>
    public static MarkupString Concat(IEnumerable<MarkupString> parts) => new(string.Concat(parts));
}

/// <summary>Takes words, which are encoded, and markup, which is not; anything else does not compile.</summary>
[InterpolatedStringHandler]
public ref struct HtmlText(int literalLength, int formattedCount)
{
    // As in every page (LookServiceCollectionExtensions): Japanese stays readable.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private DefaultInterpolatedStringHandler _text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);

    public void AppendLiteral(string markup) => _text.AppendLiteral(markup);

    public void AppendFormatted(string? words) => _text.AppendLiteral(words is null ? "" : Encoder.Encode(words));

    public void AppendFormatted(MarkupString markup) => _text.AppendLiteral(markup.Value ?? "");

    internal MarkupString ToMarkup() => new(_text.ToStringAndClear());
}
