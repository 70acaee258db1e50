using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Store;

public class AnchorNoteTests
{
    private static readonly SerialNumber Serial = SerialNumber.Parse("0123456789ABCDEF0123456789ABCDEF");
    private static readonly Sha256Hash KeyHash = Sha256Hash.Parse("00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF");
    private static readonly DateTimeOffset At = new(2026, 8, 31, 15, 30, 0, 123, TimeSpan.Zero);

    public static TheoryData<AnchorNote, string> Notes => new()
    {
        { new AnchorNote.Issued(
            Serial, "0A0B", At, KeyHash, "0501D00601U"), $"+0123456789ABCDEF0123456789ABCDEF:0A0B:1788190200123:{KeyHash}:0501D00601U" },
        { new AnchorNote.Issued(
            Serial, "0A0B", At, KeyHash, "a:b,-c 漢"),
            $"+0123456789ABCDEF0123456789ABCDEF:0A0B:1788190200123:{KeyHash}:a%3Ab%2C-c%20%E6%BC%A2" },
        { new AnchorNote.Issued(Serial, "0A0B", At, null, "U"), "+0123456789ABCDEF0123456789ABCDEF:0A0B:1788190200123::U" },
        { new AnchorNote.Issued(Serial, null, null, null, null), "+0123456789ABCDEF0123456789ABCDEF" },
        { new AnchorNote.Revoked(
            Serial, "0A0B", At, X509RevocationReason.KeyCompromise), "-0123456789ABCDEF0123456789ABCDEF:0A0B:1788190200123:KeyCompromise" },
        { new AnchorNote.Revoked(Serial, null, null, null), "-0123456789ABCDEF0123456789ABCDEF" },
        { new AnchorNote.Crl("0A0B", 12), "#0A0B:12" },
    };

    [Theory]
    [MemberData(nameof(Notes))]
    public void Note_Written_IsReadBack(AnchorNote note, string text)
    {
        Assert.Equal(text, note.ToString());
        Assert.Equal(note, AnchorNote.Parse(text));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("-00")]
    [InlineData("#0A0B")]
    [InlineData("#0A0B:-1")]
    [InlineData("?0123")]
    [InlineData("+01:0A:1:CC")]
    [InlineData("+01:0A:soon:CC:U")]
    [InlineData("-01:0A:1:Because")]
    [InlineData("-01:0A:99999999999999999:Superseded")]
    public void Note_OfAnotherKind_IsNone(string? text) => Assert.Null(AnchorNote.Parse(text));

    /// <summary>Every way in which a serial is issued or ends, each through its own use case.</summary>
    [Fact]
    public async Task Act_ThatIssuesOrRevokes_NotesWhatARestoreNeeds()
    {
        using var bank = await IssuingBank.OpenAsync();
        var first = await bank.Issue();
        bank.WaitForRenewal();
        var unused = await bank.Renew(first.Der);
        var renewed = await bank.Renew(first.Der);
        await bank.TryLogIn(renewed.Der);
        bank.Bank.Sql($"CREATE TRIGGER fault BEFORE INSERT ON Certificates BEGIN SELECT RAISE(ABORT, 'disk fault'); END");
        await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => bank.Ask(IssuingBank.NewRequest(), "0501D00601M"));
        bank.Bank.Sql($"DROP TRIGGER fault");
        bank.Bank.Clock.Advance(AbandonIntents.OpenFor);
        await bank.Intents.RunOnceAsync(TestContext.Current.CancellationToken);
        var intent = Assert.Single(bank.OpenIntents());
        await bank.Revoke(bank.User, X509RevocationReason.AffiliationChanged);

        var lines = bank.Bank.Anchor.Read().Select(l => l.Line).ToList();

        var stored = bank.Stored();
        Assert.Equal(
            stored.Select(c => new AnchorNote.Issued(c.SerialNumber, c.IssuerKeyIdentifier, c.NotAfter, c.PublicKeySha256, "0501D00601U"))
                .Append(new(intent.SerialNumber, intent.IssuerKeyIdentifier, intent.NotAfter, intent.PublicKeySha256, "0501D00601M"))
                .OrderBy(n => n.SerialNumber),
            lines.SelectMany(l => l.NotesOf<AnchorNote.Issued>()).OrderBy(n => n.SerialNumber));
        Assert.Equal([first.SerialNumber, unused.SerialNumber, renewed.SerialNumber], stored.Select(c => c.SerialNumber));
        Assert.Equal(
            stored.Select(c => new AnchorNote.Revoked(c.SerialNumber, c.IssuerKeyIdentifier, c.RevokedAt, c.Reason))
                .Append(new(intent.SerialNumber, intent.IssuerKeyIdentifier, intent.AbandonedAt, X509RevocationReason.Unspecified))
                .OrderBy(n => n.SerialNumber),
            lines.SelectMany(l => l.NotesOf<AnchorNote.Revoked>()).OrderBy(n => n.SerialNumber));
    }

    /// <summary>What sets an end in the store must pass the act, which anchors it: nothing else in the product may.</summary>
    [Fact]
    public void Certificate_EndsByTheActAlone()
    {
        Assert.All(
            new[] { typeof(Certificate).GetMethod("Revoke", Any), typeof(IssueIntent).GetMethod("Abandon", Any) },
            method => Assert.True(method!.IsAssembly));
        Assert.Equal(
            ["UnitOfWork.cs", "UnitOfWork.cs"],
            Repository.Files("DensaiAdmin.Core", ".cs").SelectMany(file => File.ReadLines(file).Where(
                line => ((string[])["certificate.Revoke(", "certificate.Abandon(", "intent.Revoke(", "intent.Abandon("]).Any(
                    call => line.Contains(call, StringComparison.Ordinal))).Select(_ => Path.GetFileName(file))));
    }

    private const System.Reflection.BindingFlags Any =
        System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic;
}
