using System.Globalization;
using System.Text;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// Text of a header as octets on the wire: encoded-words of at most 75 characters on lines of at most 76 (RFC 2047 section 2), no
/// character split between two of them. MimeKit folds encoded-words a few characters too late.
/// </summary>
internal static class HeaderText
{
    /// <summary>RFC 2047 section 2: of an encoded-word.</summary>
    public const int MaxWord = 75;

    /// <summary>RFC 2047 section 2: of a line that holds one, without its end.</summary>
    public const int MaxLine = 76;

    private const string Begin = "=?utf-8?B?";
    private const string End = "?=";
    private const string Fold = "\r\n ";

    /// <summary>The value of an unstructured header, from behind the colon to the end of its last line.</summary>
    /// <param name="name">Of the header: its length counts for the first line.</param>
    /// <param name="text">One line of text.</param>
    public static byte[] Unstructured(string name, string text) => Encoding.ASCII.GetBytes($" {Words(name.Length + 2, text)}\r\n");

    /// <summary>The value of a header with one mailbox, name and address.</summary>
    /// <param name="header">Of the header.</param>
    /// <param name="name">Display name, one line.</param>
    /// <param name="address">Never folded, so it has a line of its own.</param>
    public static byte[] Mailbox(string header, string name, string address) =>
        Encoding.UTF8.GetBytes(
            name.Length == 0 ? $" <{address}>\r\n" : $" {Words(header.Length + 2, name, isPhrase: true)}{Fold}<{address}>\r\n");

    private static string Words(int used, string text, bool isPhrase = false)
    {
        // A phrase (RFC 5322 3.2.5) would need quotes for many a sign: encoded, it needs none.
        if (text.Length <= MaxLine - used
            && text.All(c => char.IsAsciiLetterOrDigit(c) || (c == ' ' || (!isPhrase && c is > ' ' and <= '~')))
            && text == text.Trim()
            && !text.Contains("=?", StringComparison.Ordinal))
        {
            return text;
        }

        var words = new StringBuilder();
        var word = new MemoryStream();
        var room = RoomAfter(used);
        foreach (var part in Parts(text))
        {
            var octets = Encoding.UTF8.GetBytes(part);
            if (word.Length > 0 && word.Length + octets.Length > room)
            {
                EndWord();
                words.Append(Fold);
                room = RoomAfter(1);
            }

            word.Write(octets);
        }

        EndWord();
        return words.ToString();

        void EndWord()
        {
            words.Append(Begin).Append(Convert.ToBase64String(word.ToArray())).Append(End);
            word.SetLength(0);
        }
    }

    // What a person sees as one character stays in one word as long as it is not longer than any word.
    private static IEnumerable<string> Parts(string text)
    {
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            var element = elements.GetTextElement();
            if (Encoding.UTF8.GetByteCount(element) <= RoomAfter(MaxLine - MaxWord))
            {
                yield return element;
                continue;
            }

            foreach (var rune in element.EnumerateRunes())
            {
                yield return rune.ToString();
            }
        }
    }

    // Octets that fit into a word, three for each four characters.
    private static int RoomAfter(int used) => (Math.Min(MaxWord, MaxLine - used) - Begin.Length - End.Length) / 4 * 3;
}
