using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Verbs;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DensaiAdmin.Tests.Verbs;

[Web]
public class CommandLineTests
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
        Assert.True(Assert.IsType<VerbCall.Reconcile>(Call("reconcile --operator c1 --clock")).Clock);
        Assert.False(Assert.IsType<VerbCall.Reconcile>(Call("reconcile --recover /f")).Clock);
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
    [InlineData("reconcile --clock --recover /f --operator c1")]
    [InlineData("reconcile --clock=")]
    [InlineData("reconcile --clock=true")]
    [InlineData("reconcile --clock true")]
    [InlineData("densai-admin crl now")]
    [InlineData("/usr/bin/densai-admin crl now")]
    [InlineData("crl crl now")]
    [InlineData("[diagram]")]
    [InlineData("[diagram] crl now")]
    [InlineData("[suggest:3] crl now")]
    [InlineData("crl [diagram] now")]
    [InlineData("@arguments")]
    [InlineData("seed --companies 0 --users 10")]
    [InlineData("seed --companies -1 --users 10")]
    [InlineData("seed --companies 1.5 --users 10")]
    [InlineData("seed --companies 99999999999 --users 10")]
    [InlineData("seed --users 10")]
    public void WrongUsage_IsAnsweredWithTheUsage(string line)
    {
        CheckMisuse("", Words(line));
    }

    [Theory]
    [MemberData(nameof(AllVerbs))]
    public void EveryVerb_RefusesWhatItDoesNotKnow(string name)
    {
        var verb = Verb(name);
        string[] example = VerbTests.Examples[name];
        string[][] options = [["--no-such"], ["--no-such", "x"], ["--no-such=x"], ["--"], ["--", "x"]];
        string[][] surplus = [["surplus"], ["-x"], [""], ["@f"], ["[diagram]"]];

        Assert.All([.. options, .. surplus], words => CheckMisuse(verb.Usage, [.. example, .. words]));
        Assert.All(
            options, words => CheckMisuse(verb.Usage, [.. name.Split(' '), .. words, .. example.Skip(name.Split(' ').Length)]));
    }

    [Theory]
    [MemberData(nameof(AllVerbs))]
    public void EveryVerb_RefusesWhatIsMissingEmptyOrTooOften(string name)
    {
        var verb = Verb(name);
        string[] example = VerbTests.Examples[name];
        // Whatever the example holds is needed: without any one of its words, or with an empty one, it is none.
        var whole = example[name.Split(' ').Length..];
        for (var i = 0; i < whole.Length; i++)
        {
            CheckMisuse(verb.Usage, [.. name.Split(' '), .. whole[..i], .. whole[(i + 1)..]]);
            CheckMisuse(verb.Usage, [.. name.Split(' '), .. whole[..i], "", .. whole[(i + 1)..]]);
        }

        foreach (var option in verb.Command.Options)
        {
            var max = option.Arity.MaximumNumberOfValues;
            string[] given = max == 0 ? [option.Name] : [option.Name, "1"];
            CheckMisuse(verb.Usage, [.. example, .. Enumerable.Repeat(given, max + 2).SelectMany(one => one)]);
            CheckMisuse(verb.Usage, [.. example, option.Name + "="]);
            if (max > 0)
            {
                CheckMisuse(verb.Usage, [.. example, option.Name]);
                CheckMisuse(verb.Usage, [.. example, option.Name, ""]);
                Assert.All(verb.Command.Options, next => CheckMisuse(verb.Usage, [.. example, option.Name, next.Name, "1"]));
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllVerbs))]
    public void EveryVerb_TakesSettingsInEveryPosition(string name)
    {
        string[] example = VerbTests.Examples[name];
        var expected = CommandLine.Parse(example, out _)!.Call;
        string[][] settings =
        [
            ["--Data:Directory=/x y"], ["--Data:Directory", "/x"], ["--environment=Production"], ["--urls", "http://localhost:1"],
        ];
        foreach (var setting in settings)
        {
            for (var i = 0; i <= example.Length; i++)
            {
                string[] words = [.. example[..i], .. setting, .. example[i..]];

                Assert.Equivalent(expected, CommandLine.Parse(words, out _)?.Call, strict: true);
                Assert.Equal([string.Join('=', setting)], CommandLine.Split(words).Settings);
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllVerbs))]
    public void EveryVerb_HasHelp(string name)
    {
        var verb = Verb(name);
        string[] words = name.Split(' ');
        string[][] asking =
        [
            ["help", .. words], ["--help", .. words], ["-h", .. words], ["-?", .. words], [.. words, "--help"],
            [.. VerbTests.Examples[name], "--help"],
        ];
        foreach (var line in asking)
        {
            Assert.Null(CommandLine.Parse(line, out var answer));
            Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
            Assert.StartsWith($"usage: {verb.Usage}\n", answer.Output, StringComparison.Ordinal);
            Assert.All(verb.Command.Options, option => Assert.Contains($"\n  {option.Name}", answer.Output, StringComparison.Ordinal));
        }

        Assert.All(
            [verb.Command, .. verb.Command.Children],
            symbol => Assert.Contains(" / ", symbol.Description, StringComparison.Ordinal));
        Assert.Contains(verb.Usage + "\n", Help("help"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("-?")]
    [InlineData("help help")]
    [InlineData("help nonsense")]
    [InlineData("--help nonsense")]
    [InlineData("-- help")]
    public void Help_OfNoVerb_ListsEveryVerb(string line) => Assert.Equal(Help("help"), Help(line));

    [Theory]
    [InlineData("-x", "-h")]
    [InlineData("-?", "-")]
    [InlineData("@x", "@/etc/hostname")]
    [InlineData("[diagram]", "[suggest]")]
    [InlineData("日本", "行員　一")]
    [InlineData("a=b", "c=d:e")]
    [InlineData("help", "unlock")]
    [InlineData(" ", "\t")]
    public void Values_AreTakenLiterally(string operand, string value)
    {
        string[][] lines = [["unlock", operand, "--operator", value], ["unlock", "--operator=" + value, operand]];
        foreach (var line in lines)
        {
            var call = Assert.IsType<VerbCall.Unlock>(CommandLine.Parse(line, out _)?.Call);
            Assert.Equal((operand, value), (call.LoginId, Assert.Single(call.Operators)));
        }
    }

    [Fact]
    public void Value_ThatLooksLikeAnOption_StandsBehindAnEqualsSignOnly()
    {
        Assert.Equal(["--operator"], Assert.IsType<VerbCall.Unlock>(Call("unlock U --operator=--operator")).Operators);
        CheckMisuse("unlock ", "unlock", "U", "--operator", "--operator");
        CheckMisuse("unlock ", "unlock", "--U", "--operator", "c");
    }

    [Theory]
    [InlineData("revoke U --operator c", "--reason unspecified")]
    [InlineData("revoke --reason superseded --operator c", "<loginId> が必要です。")]
    [InlineData("revoke U --reason superseded --operator", "--operator のあとに値がありません。")]
    [InlineData("revoke U --reason --operator c", "--reason のあとに値がありません。")]
    [InlineData("revoke U --reason 4 --operator c", "--reason の値が正しくありません。")]
    [InlineData("revoke U --reason superseded --reason superseded --operator c", "--reason の数が多すぎます。")]
    [InlineData("revoke U V --reason superseded --operator c", "使えない指定です: V")]
    [InlineData("revoke U --reason superseded --operator c --password=secret", "使えない指定です: --password /")]
    [InlineData("reconcile --recover /f --operator c", "--operator と --recover は同時に指定できません。")]
    [InlineData("crl", "コマンドが必要です。")]
    [InlineData("crl later", "使えない指定です: later")]
    public void Misuse_IsNamed(string line, string named) =>
        Assert.Contains(named, CheckMisuse("", Words(line)).Split(" (")[^1], StringComparison.Ordinal);

    [Fact]
    public void Misuse_IsOneShortLine_WhateverTheWordHolds()
    {
        var misuse = CheckMisuse("crl now", "crl", "now", "x\n\u001b[2J" + new string('x', 10_000));

        Assert.DoesNotContain(misuse, char.IsControl);
        Assert.InRange(misuse.Length, 1, 400);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/using.md")]
    public void Pages_NameEveryVerb_AndNoOther(string page)
    {
        var text = File.ReadAllText(Repository.At(page));
        var section = text[text.IndexOf("\n## Verbs\n", StringComparison.Ordinal)..];
        var rows = section[section.IndexOf("|---|---|", StringComparison.Ordinal)..]
            .Split('\n').Skip(1).TakeWhile(row => row.StartsWith('|'));
        var named = rows.SelectMany(row => row.Split(" | ")[0].Split('`').Where((_, i) => i % 2 == 1)).Select(NameIn);

        Assert.Equal(VerbTable.All.Select(verb => verb.Name).Order(StringComparer.Ordinal), named.Distinct().Order(StringComparer.Ordinal));
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
        var split = CommandLine.Split(Words(line));

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

    [Fact]
    public async Task SettingsAlone_AreForTheServer() =>
        Assert.Null(await VerbRunner.TryRunAsync(["--Data:Directory", "/no/such/place", "--environment=Production"]));

    [Property]
    public Property Anything_IsUnderstoodOrAnswered(string[] args)
    {
        var asked = CommandLine.Parse([.. args.Select(a => a ?? "")], out var answer);
        return (asked is null ^ answer is { ExitCode: 0, Output: "" }).ToProperty();
    }

    private static string NameIn(string typed) =>
        VerbTable.All.SingleOrDefault(verb => (typed + " ").StartsWith(verb.Name + " ", StringComparison.Ordinal))?.Name ?? typed;

    public static TheoryData<string> AllVerbs() => [.. VerbTable.All.Select(verb => verb.Name)];

    private static Verb Verb(string name) => VerbTable.All.Single(verb => verb.Name == name);

    private static string Help(string line)
    {
        Assert.Null(CommandLine.Parse(Words(line), out var answer));
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        return answer.Output;
    }

    /// <summary>Its one line on stderr.</summary>
    private static string CheckMisuse(string usage, params string[] words)
    {
        Assert.Null(CommandLine.Parse(words, out var answer));
        Assert.Equal((2, ""), (answer.ExitCode, answer.Output));
        Assert.StartsWith("usage: " + usage, answer.Error, StringComparison.Ordinal);
        Assert.EndsWith(")", answer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', answer.Error);
        return answer.Error;
    }

    private static VerbCall? Call(string line) => CommandLine.Parse(Words(line), out _)?.Call;

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
