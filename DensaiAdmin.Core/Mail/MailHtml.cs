using System.Net;
using System.Text;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// The HTML alternative of a mail. It is made of the text part when the mail goes out, so that the two can never say different
/// things; it loads nothing, links nowhere and names no address (R24).
/// </summary>
internal static class MailHtml
{
    /// <summary>Stands above and below the facts in the text part.</summary>
    public const string Rule = "────────────────────";

    private const string Viewport = """<meta name="viewport" content="width=device-width, initial-scale=1">""";
    private const string Fonts = "'BIZ UDPGothic','Noto Sans JP','Yu Gothic UI','Hiragino Sans',sans-serif";

    private const string Head = $"""
        <!DOCTYPE html>
        <html lang="ja"><head><meta charset="utf-8">{Viewport}<title></title></head>
        <body style="margin:0;padding:24px 16px;background:#f4f6f9;color:#1a1f26;font-family:{Fonts};font-size:16px;line-height:1.75">
        <div style="max-width:640px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #d6dce4;border-radius:8px">

        """;

    private const string Foot = "</div>\n</body></html>\n";

    /// <summary>The same words: facts between two rules become a table, blocks become paragraphs.</summary>
    public static string Of(string text)
    {
        var html = new StringBuilder(Head);
        foreach (var (index, section) in text.ReplaceLineEndings("\n").Split(Rule).Index())
        {
            if (index == 1)
            {
                AppendFacts(html, section);
                continue;
            }

            if (index > 1)
            {
                html.Append("<hr style=\"margin:24px 0;border:0;border-top:1px solid #d6dce4\">\n");
            }

            foreach (var block in section.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                html.Append("<p style=\"margin:0 0 16px\">").Append(string.Join("<br>\n", block.Split('\n').Select(Encoded)))
                    .Append("</p>\n");
            }
        }

        return html.Append(Foot).ToString();
    }

    private static void AppendFacts(StringBuilder html, string section)
    {
        html.Append("<table style=\"width:100%;margin:0 0 16px;border-collapse:collapse\">\n");
        foreach (var line in section.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = line.IndexOf('：', StringComparison.Ordinal) is var at and > 0 ? (line[..at], line[(at + 1)..]) : ("", line);
            html.Append("<tr><th scope=\"row\" style=\"padding:8px 16px 8px 0;border-top:1px solid #d6dce4;text-align:left;"
                    + "vertical-align:top;font-weight:400;color:#495361;white-space:nowrap\">")
                .Append(Encoded(name))
                .Append("</th><td style=\"padding:8px 0;border-top:1px solid #d6dce4;overflow-wrap:anywhere\">")
                .Append(Encoded(value))
                .Append("</td></tr>\n");
        }

        html.Append("</table>\n");
    }

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);
}
