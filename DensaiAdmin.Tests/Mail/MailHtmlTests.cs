using System.Net;
using System.Text.RegularExpressions;
using DensaiAdmin.Core.Mail;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DensaiAdmin.Tests.Mail;

public partial class MailHtmlTests
{
    [Fact]
    public async Task Html_SaysTheWordsOfTheText_AndNoOther()
    {
        await using var office = await PostOffice.Open();
        await office.Queue();

        foreach (var mail in office.Rows)
        {
            var html = MailHtml.Of(mail.Text);
            Assert.Equal(
                Words(mail.Text.Replace("：", "", StringComparison.Ordinal).Replace(MailHtml.Rule, "", StringComparison.Ordinal)),
                Words(Shown(html).Replace("：", "", StringComparison.Ordinal)));
            Assert.DoesNotContain("http", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotMatch(Loads(), html);
            Assert.Contains("<th scope=\"row\"", html, StringComparison.Ordinal);
        }
    }

    [Property(MaxTest = 200)]
    public void Html_WhateverTheText_HasOnlyOurMarkup(NonNull<string> name)
    {
        var html = MailHtml.Of(
            $"{name.Get} 様\n\n本文\n{MailHtml.Rule}\n利用者名：{name.Get.ReplaceLineEndings(" ")}\n{MailHtml.Rule}\n<script>alert(1)</script>\n");

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.All(Tags().Matches(html).Select(tag => tag.Groups["name"].Value), tag => Assert.Contains(tag, OurTags));
    }

    private static readonly string[] OurTags =
        ["!DOCTYPE", "html", "head", "meta", "title", "body", "div", "p", "br", "hr", "table", "tr", "th", "td"];

    private static string Shown(string html) => WebUtility.HtmlDecode(Tags().Replace(html, ""));

    private static string Words(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    [GeneratedRegex("</?(?<name>[!a-zA-Z]+)[^>]*>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tags();

    [GeneratedRegex(
        "(src|href|url\\(|<a |<img|<link)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Loads();
}
