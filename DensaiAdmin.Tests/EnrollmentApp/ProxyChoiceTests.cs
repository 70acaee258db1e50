using System.Net;
using DensaiAdmin.EnrollmentApp.Proxy;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.EnrollmentApp;

public sealed class ProxyChoiceTests
{
    private static readonly Uri Bank = new("https://bank.example:7443");

    [Fact]
    public void Address_OfTheSystem_IsShownWithoutTheCredentialsInIt()
    {
        var choice = new ProxyChoice(Bank, null, new WebProxy("http://proxy.office:8080") { Credentials = new NetworkCredential("user", "secret") });

        Assert.Equal("http://proxy.office:8080/", choice.Address);
        Assert.True(choice.HasCredentials);
    }

    [Fact]
    public void Address_WhereTheSystemHasNone_IsNull() => Assert.Null(new ProxyChoice(Bank, null, new WebProxy()).Address);

    [Theory]
    [InlineData("proxy.office:8080", "http://proxy.office:8080/")]
    [InlineData(" http://172.16.127.37:8080/ ", "http://172.16.127.37:8080/")]
    [InlineData("http://proxy.office:80", "http://proxy.office:80/")]
    public void UseAddress_OfHostAndPort_IsTaken(string typed, string shown)
    {
        var choice = new ProxyChoice(Bank, null, new WebProxy());

        Assert.True(choice.UseAddress(typed));
        Assert.Equal(shown, choice.Address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("proxy.office")]
    [InlineData("socks5://proxy.office:1080")]
    [InlineData("http://user:secret@proxy.office:8080")]
    [InlineData("proxy.office:8080/path")]
    [InlineData("プロキシ")]
    public void UseAddress_OfAnythingElse_IsNotTaken(string typed)
    {
        var choice = new ProxyChoice(Bank, null, new WebProxy("http://before:3128"));

        Assert.False(choice.UseAddress(typed));
        Assert.Equal("http://before:3128/", choice.Address);
    }

    [Fact]
    public void NextRun_KnowsAddressAndUserName_AndNeverThePassword()
    {
        using var directory = new TemporaryDirectory();
        var memory = directory.At("proxy.json");
        var choice = new ProxyChoice(Bank, memory, new WebProxy());
        choice.UseAddress("proxy.office:8080");
        choice.UseCredentials("office", "Proxy-Pass-2026");

        var next = new ProxyChoice(Bank, memory, new WebProxy());

        Assert.Equal(("http://proxy.office:8080/", "office"), (next.Address, next.UserName));
        Assert.False(next.HasCredentials);
        Assert.DoesNotContain("Proxy-Pass-2026", File.ReadAllText(memory), StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_ForOneProxy_AreNotShownToAnother()
    {
        var choice = new ProxyChoice(Bank, null, new WebProxy());
        choice.UseAddress("proxy.office:8080");
        choice.UseCredentials("office", "Proxy-Pass-2026");

        choice.UseAddress("proxy.other:8080");

        Assert.False(choice.HasCredentials);
    }

    [Fact]
    public void Memory_ThatIsDamaged_IsAsGoodAsNone()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.At("proxy.json"), "{");

        Assert.Null(new ProxyChoice(Bank, directory.At("proxy.json"), new WebProxy()).Address);
    }
}
