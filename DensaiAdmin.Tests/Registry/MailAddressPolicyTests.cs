using DensaiAdmin.Core.Registry;
using FsCheck;
using FsCheck.Xunit;
using MimeKit;

namespace DensaiAdmin.Tests.Registry;

public class MailAddressPolicyTests
{
    [Theory]
    [InlineData("taro@example.jp")]
    [InlineData("t.a-r_o+densai@sub.example.co.jp")]
    [InlineData("0501d00601u@example.jp")]
    [InlineData("o'hara@xn--eckwd4c7c.jp")]
    public void Address_OfOnePerson_IsAccepted(string address) => Assert.Null(MailAddressPolicy.Evaluate(address));

    [Theory]
    [InlineData("", MailAddressFault.Empty)]
    [InlineData("taro", MailAddressFault.NoAtSign)]
    [InlineData("taro.example.jp", MailAddressFault.NoAtSign)]
    [InlineData("taro@example.jp, hanako@example.jp", MailAddressFault.NotOne)]
    [InlineData("taro@example.jp;hanako@example.jp", MailAddressFault.NotOne)]
    [InlineData("taro@@example.jp", MailAddressFault.NotOne)]
    [InlineData("a@b@example.jp", MailAddressFault.NotOne)]
    [InlineData("太郎 <taro@example.jp>", MailAddressFault.NotOne)]
    [InlineData("taro@example.jp\r\nBcc: x@example.jp", MailAddressFault.NotOne)]
    [InlineData("\"taro\"@example.jp", MailAddressFault.NotOne)]
    [InlineData("taro@[192.0.2.1]", MailAddressFault.NotOne)]
    [InlineData("太郎@example.jp", MailAddressFault.WrongCharacters)]
    [InlineData("taro@例え.jp", MailAddressFault.WrongCharacters)]
    [InlineData("@example.jp", MailAddressFault.WrongLocalPart)]
    [InlineData(".taro@example.jp", MailAddressFault.WrongLocalPart)]
    [InlineData("taro.@example.jp", MailAddressFault.WrongLocalPart)]
    [InlineData("ta..ro@example.jp", MailAddressFault.WrongLocalPart)]
    [InlineData("taro@", MailAddressFault.WrongDomain)]
    [InlineData("taro@example", MailAddressFault.WrongDomain)]
    [InlineData("taro@example..jp", MailAddressFault.WrongDomain)]
    [InlineData("taro@-example.jp", MailAddressFault.WrongDomain)]
    [InlineData("taro@exa_mple.jp", MailAddressFault.WrongDomain)]
    [InlineData("taro@192.0.2.1", MailAddressFault.WrongDomain)]
    public void Address_ThatCannotBeOne_IsRefusedWithItsReason(string address, MailAddressFault fault) =>
        Assert.Equal(fault, MailAddressPolicy.Evaluate(address));

    [Fact]
    public void Address_TooLong_IsRefused()
    {
        Assert.Null(MailAddressPolicy.Evaluate(new string('a', 64) + "@example.jp"));
        Assert.Equal(MailAddressFault.TooLong, MailAddressPolicy.Evaluate(new string('a', 65) + "@example.jp"));
        Assert.Equal(MailAddressFault.TooLong, MailAddressPolicy.Evaluate("a@" + string.Concat(Enumerable.Repeat("abcdefgh.", 30)) + "jp"));
    }

    [Fact]
    public void Typed_InFullWidth_IsTidied() => Assert.Equal("taro@example.jp", MailAddressPolicy.Tidy("　ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ "));

    [Property(MaxTest = 500)]
    public void Address_ThatIsAccepted_IsOneMailboxForTheMailLibraryToo(NonEmptyString local, NonEmptyString domain)
    {
        var address = MailAddressPolicy.Tidy(local.Get + "@" + domain.Get + ".jp");
        if (MailAddressPolicy.Evaluate(address) is null)
        {
            Assert.True(MailboxAddress.TryParse(address, out var parsed));
            Assert.Equal(address, parsed.Address);
        }
    }
}
