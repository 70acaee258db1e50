using AngleSharp.Html.Parser;
using DensaiAdmin.Web.Shared;
using FsCheck.Xunit;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Tests.Shared;

public class HtmlTests
{
    [Property]
    public void Words_InAnElementAndInAnAttribute_AreReadBackAsTheyWere(string? words)
    {
        // What is no character cannot be in a document, and a document knows one kind of line end.
        var given = new string(
            [.. (words ?? "").Where(c => !char.IsControl(c) && !char.IsSurrogate(c) && c is not ('\uFFFE' or '\uFFFF'))]);

        var body = new HtmlParser().ParseDocument(Html.Of($"""<p title="{given}">{given}</p>""").Value).Body!;

        var only = Assert.Single(body.Children);
        Assert.Equal((given, given), (only.GetAttribute("title"), only.TextContent));
        Assert.Empty(only.Children);
    }

    [Theory]
    [InlineData("<script>", "&lt;script&gt;")]
    [InlineData("\" onclick=\"", "&quot; onclick=&quot;")]
    [InlineData("'&", "&#x27;&amp;")]
    [InlineData("でんさい 太郎", "でんさい 太郎")]
    [InlineData(null, "")]
    public void Words_AreEncoded(string? words, string expected) => Assert.Equal(expected, Html.Of($"{words}").Value);

    [Fact]
    public void Markup_StaysWhatItIs() =>
        Assert.Equal("<p><b>1</b></p>", Html.Of($"<p>{new MarkupString("<b>1</b>")}{default(MarkupString)}</p>").Value);
}
