using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Web.Verbs;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DensaiAdmin.Tests.Verbs;

[Web]
public class VerbSyntaxTests
{
    [Fact]
    public void Verbs_AreUnderstood()
    {
        Assert.Equal(new VerbCall.CrlNow(), Call("crl now"));
        Assert.Equal(new VerbCall.AuditVerify(), Call("audit verify"));
        Assert.Equal(new VerbCall.CaShow(), Call("ca show"));
        Assert.Equal(new VerbCall.Migrate(), Call("migrate"));
        Assert.Equal(new VerbCall.DemoReset(), Call("demo reset"));
        Assert.Equal(new VerbCall.Seed(10, 100, null), Call("seed --companies 10 --users 100"));
        Assert.Equal(new VerbCall.Seed(10, 100, 50), Call("seed --largest=50 --users=100 --companies=10"));
        var plain = Assert.IsType<VerbCall.OperatorAdd>(Call("operator add op1 --name 名 --role approver"));
        Assert.Equal(
            ("op1", "名", UserRole.CounterApprover, null, null),
            (plain.LoginId, plain.Name, plain.Role, plain.MailAddress, plain.RecoverFile));
        var full = Assert.IsType<VerbCall.OperatorAdd>(
            Call("operator add --mail a@example.jp op1 --operator c1 --name 名 --operator c2 --role clerk"));
        Assert.Equal("a@example.jp", full.MailAddress);
        Assert.Equal(["c1", "c2"], full.Operators);
        Assert.Equal("/f", Assert.IsType<VerbCall.OperatorAdd>(Call("operator add --recover /f op1 --name 名 --role clerk")).RecoverFile);
    }

    [Theory]
    [InlineData("revoke U --reason superseded --operator counter1")]
    [InlineData("revoke --operator counter1 --reason=Superseded U")]
    [InlineData("revoke U --reason SUPERSEDED --operator counter1 --Data:Directory=/elsewhere --environment=Production")]
    public void Revoke_IsUnderstood_InAnyOrder(string line)
    {
        var call = Assert.IsType<VerbCall.Revoke>(Call(line));
        Assert.Equal(("U", X509RevocationReason.Superseded), (call.LoginId, call.Reason));
        Assert.Equal(["counter1"], call.Operators);
    }

    [Theory]
    [InlineData("no-such-verb")]
    [InlineData("crl")]
    [InlineData("crl later")]
    [InlineData("crl now please")]
    [InlineData("revoke")]
    [InlineData("revoke U")]
    [InlineData("revoke U --reason superseded")]
    [InlineData("revoke U --operator counter1")]
    [InlineData("revoke U --reason --operator counter1")]
    [InlineData("revoke U --reason cACompromise --operator counter1")]
    [InlineData("revoke U --reason 4 --operator counter1")]
    [InlineData("revoke U --reason superseded --reason unspecified --operator counter1")]
    [InlineData("revoke U V --reason superseded --operator counter1")]
    [InlineData("revoke U --reason superseded --operator a --operator b --operator c")]
    [InlineData("revoke U --reason superseded --operator counter1 --password secret")]
    [InlineData("unlock U")]
    [InlineData("unlock --operator counter1")]
    [InlineData("issue U")]
    [InlineData("issue U --csr")]
    [InlineData("issue U --csr=")]
    [InlineData("operator add op1 --name 名")]
    [InlineData("operator add op1 --name 名 --role boss")]
    [InlineData("operator add op1 --name 名 --role clerk --mail")]
    [InlineData("operator add op1 --name 名 --role clerk --recover /f --operator c1")]
    [InlineData("backup")]
    [InlineData("restore")]
    [InlineData("restore a b")]
    [InlineData("reconcile now")]
    [InlineData("reconcile --recover /f --operator c1")]
    [InlineData("seed --companies 0 --users 10")]
    [InlineData("seed --companies -1 --users 10")]
    [InlineData("seed --companies 1.5 --users 10")]
    [InlineData("seed --companies 99999999999 --users 10")]
    [InlineData("seed --users 10")]
    public void WrongUsage_IsAnsweredWithTheUsage(string line)
    {
        var (call, usage) = VerbSyntax.Parse(Words(line));
        Assert.Null(call);
        Assert.NotEmpty(usage!);
        Assert.DoesNotContain('\n', usage!);
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("--", "", "")]
    [InlineData("--Data:Directory=/x", "--Data:Directory=/x", "")]
    [InlineData("--Data:Directory /x", "--Data:Directory=/x", "")]
    [InlineData("--urls http://localhost:1 --environment Production", "--urls=http://localhost:1 --environment=Production", "")]
    [InlineData("-- --environment=Production", "--environment=Production", "")]
    [InlineData("audit verify", "", "audit verify")]
    [InlineData("-- crl now", "", "crl now")]
    [InlineData("--Data:Directory=/x crl now", "--Data:Directory=/x", "crl now")]
    [InlineData("crl --Data:Directory /x now", "--Data:Directory=/x", "crl now")]
    [InlineData("typo", "", "typo")]
    [InlineData("-x", "", "-x")]
    [InlineData("--DataDirectory=/x", "", "--DataDirectory=/x")]
    [InlineData("--Data:Directory", "", "--Data:Directory")]
    [InlineData("crl -- now", "", "crl -- now")]
    public void Settings_AreTakenOut_AndAnyWordThatIsLeftIsForAVerb(string line, string settings, string words)
    {
        var split = VerbSyntax.Split(Words(line));

        Assert.Equal((settings, words), (string.Join(' ', split.Settings), string.Join(' ', split.Words)));
    }

    [Theory]
    [InlineData("typo")]
    [InlineData("-- typo")]
    [InlineData("-x")]
    [InlineData("--DataDirectory=/x")]
    [InlineData("--Data:Directory=/no/such/place typo")]
    [InlineData("--Data:Directory")]
    [InlineData("crl -- now")]
    public async Task Word_ThatIsNoVerb_IsWrongUsage_AndStartsNothing(string line) =>
        Assert.Equal(2, await VerbRunner.TryRunAsync(Words(line)));

    [Property]
    public Property Anything_IsUnderstoodOrAnswered(string[] args)
    {
        var (call, usage) = VerbSyntax.Parse([.. args.Select(a => a ?? "")]);
        return (call is null ^ usage is null).ToProperty();
    }

    private static VerbCall? Call(string line) => VerbSyntax.Parse(Words(line)).Call;

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
