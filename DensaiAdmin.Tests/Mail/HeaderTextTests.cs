using System.Text;
using System.Text.RegularExpressions;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Registry;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MimeKit;

namespace DensaiAdmin.Tests.Mail;

/// <summary>
/// RFC 2047 section 2, in every header of every mail: words of at most 75 characters, lines of at most 76, no character split.
/// </summary>
public sealed partial class HeaderTextTests
{
    private static readonly string[] Pieces =
        ["電", "子証明書の有効期限", "𠮷", "髙", "🎉", "👍🏽", "か\u3099", "a", "BC ", "（あと10日）", "=?", "\"", "<x>", ",", " "];

    [Property(MaxTest = 1000)]
    public void Subject_AndSender_WhateverTheySay_KeepToTheRfc(PositiveInt[] given, PositiveInt[] bank)
    {
        var (subject, name) = (Text(given), Text(bank));

        var octets = Written(subject, name);

        AssertKeeps(octets);
        using var stream = new MemoryStream(octets);
        using var read = MimeMessage.Load(stream, TestContext.Current.CancellationToken);
        Assert.Equal((subject, name), (read.Subject, Assert.IsType<MailboxAddress>(Assert.Single(read.From)).Name ?? ""));
        Assert.Equal("no-reply@bank.example.jp", read.From.Mailboxes.Single().Address);
    }

    [Fact]
    public void Subject_OfEachLength_KeepsToTheRfc()
    {
        for (var length = 1; length <= 120; length++)
        {
            AssertKeeps(Written(new string('限', length), new string('銀', length)));
            AssertKeeps(Written(new string('x', length), new string('y', length)));
        }
    }

    [Fact]
    public async Task EveryHeader_OfAMailThatWasSent_KeepsToTheRfc()
    {
        await using var office = await PostOffice.Open();
        await office.Queue();
        using var sender = office.NewSender();

        await PostOffice.Send(sender);

        var files = Directory.GetFiles(office.PickupDirectory, "*.eml");
        Assert.Equal(office.Rows.Count, files.Length);
        Assert.All(files, file => AssertKeeps(File.ReadAllBytes(file)));
        Assert.All(office.PickedUp(), mail => Assert.Equal("【北洋銀行】電子証明書を失効しました", mail.Subject));
    }

    private static string Text(PositiveInt[] pieces) => string.Concat(pieces.Select(p => Pieces[p.Get % Pieces.Length])).Trim();

    private static byte[] Written(string subject, string bankName)
    {
        var sender = new MailboxAddress(Encoding.UTF8, bankName, "no-reply@bank.example.jp");
        var recipient = new Correspondent(1, 1, "0501D00601U", "でんさい", "0501d00601u@example.jp", IsSuspended: false);
        var row = new OutboxMail(
            MailKind.CertificateIssued, recipient, "key", "N-ABCDE-FGHJK", subject, "text",
            new DateTimeOffset(2026, 8, 31, 15, 30, 0, TimeSpan.Zero));
        using var message = new MailComposer(sender).Compose(row)!;
        using var stream = new MemoryStream();
        message.WriteTo(stream, TestContext.Current.CancellationToken);
        return stream.ToArray();
    }

    private static void AssertKeeps(byte[] mail)
    {
        // Not UTF-8: every octet of a header must be ASCII.
        var head = Encoding.Latin1.GetString(mail).ReplaceLineEndings("\n").Split("\n\n")[0];
        Assert.All(head.Split('\n'), line =>
        {
            Assert.InRange(line.Length, 1, 76);
            Assert.True(line.All(char.IsAscii), line);
        });
        foreach (var word in Word().Matches(head).Select(match => match.Value))
        {
            Assert.InRange(word.Length, 1, 75);
            // Each word is text by itself; half a character would throw.
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(
                Convert.FromBase64String(word.Split('?')[3]));
        }
    }

    [GeneratedRegex(@"=\?utf-8\?[bB]\?[^?]*\?=", RegexOptions.NonBacktracking)]
    private static partial Regex Word();
}
