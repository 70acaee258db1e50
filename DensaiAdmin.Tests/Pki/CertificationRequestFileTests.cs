using System.Security.Cryptography;
using System.Text;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Pki;

public class CertificationRequestFileTests
{
    private static readonly byte[] Der = IssuingBank.NewRequest();

    private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
    {
        ["base64 in one line"] = Convert.ToBase64String(Der),
        ["base64 in lines"] = Convert.ToBase64String(Der, Base64FormattingOptions.InsertLineBreaks) + "\r\n",
        ["PEM"] = Pem("CERTIFICATE REQUEST"),
        ["PEM of the older name"] = Pem("NEW CERTIFICATE REQUEST"),
        ["PEM with CRLF"] = Pem("CERTIFICATE REQUEST").ReplaceLineEndings("\r\n"),
        ["PEM with a preface"] = "Subject: CN=x\n" + Pem("CERTIFICATE REQUEST"),
        ["PEM behind the parameters"] = PemEncoding.WriteString("EC PARAMETERS", [0x06, 0x01, 0x01]) + "\n" + Pem("CERTIFICATE REQUEST"),
    };

    private static readonly Dictionary<string, Encoding> Encodings = new(StringComparer.Ordinal)
    {
        ["UTF-8"] = new UTF8Encoding(false),
        ["UTF-8 with mark"] = new UTF8Encoding(true),
        ["UTF-16"] = new UnicodeEncoding(bigEndian: false, byteOrderMark: false),
        ["UTF-16 with mark"] = new UnicodeEncoding(bigEndian: false, byteOrderMark: true),
        ["UTF-16 big-endian"] = new UnicodeEncoding(bigEndian: true, byteOrderMark: false),
        ["UTF-16 big-endian with mark"] = new UnicodeEncoding(bigEndian: true, byteOrderMark: true),
    };

    public static TheoryData<string, string> Dresses() => [.. Texts.Keys.SelectMany(
        text => Encodings.Keys.Select(encoding => (text, encoding)))];

    [Theory]
    [MemberData(nameof(Dresses))]
    public void Decode_TextInAnyDress_IsTheRequest(string text, string encoding)
    {
        var chosen = Encodings[encoding];

        Assert.Equal(Der, CertificationRequestFile.Decode([.. chosen.GetPreamble(), .. chosen.GetBytes(Texts[text])]));
    }

    [Fact]
    public void Decode_Der_IsItself() => Assert.Equal(Der, CertificationRequestFile.Decode(Der));

    [Theory]
    [InlineData("")]
    [InlineData("no base64 !")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nMIIB")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----")]
    [InlineData("証明書")]
    [InlineData("\0\0")]
    public void Decode_AnythingElse_IsNothing(string text) => Assert.Null(CertificationRequestFile.Decode(Encoding.UTF8.GetBytes(text)));

    private static string Pem(string label) => PemEncoding.WriteString(label, Der) + "\n";
}
