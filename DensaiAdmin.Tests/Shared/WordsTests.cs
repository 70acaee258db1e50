using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Resources;
using System.Text.RegularExpressions;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Tests.Architecture;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Revocation;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.UserManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using MudBlazor;

namespace DensaiAdmin.Tests.Shared;

/// <summary>Japanese and English say the same things, and MudBlazor speaks Japanese too.</summary>
[Web]
public sealed partial class WordsTests
{
    private static readonly Assembly Web = typeof(SharedText).Assembly;
    private static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");
    private static readonly string OwnMudWords = typeof(MudBlazorText).FullName!;

    public static TheoryData<string> Rooms() =>
        [.. Web.GetManifestResourceNames().Where(name => name.EndsWith("Text.resources", StringComparison.Ordinal)).Select(
            name => name[..^".resources".Length]).Where(name => name != OwnMudWords)];

    [Fact]
    public void Rooms_AreFound() => Assert.Contains(typeof(SharedText).FullName!, Rooms().Select(row => row.Data));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Words_InBothLanguages_HaveTheSameKeysAndPlaces(string room)
    {
        var japanese = Words(room, CultureInfo.InvariantCulture);
        var english = Words(room, English);

        Assert.Equal(japanese.Keys.Order(StringComparer.Ordinal), english.Keys.Order(StringComparer.Ordinal));
        Assert.All(japanese, word => Assert.Equal(Places(word.Value), Places(english[word.Key])));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Words_InBothLanguages_AreThere(string room)
    {
        Assert.All(Words(room, CultureInfo.InvariantCulture), word => Assert.False(string.IsNullOrWhiteSpace(word.Value), word.Key));
        Assert.All(Words(room, English), word => Assert.False(string.IsNullOrWhiteSpace(word.Value), word.Key));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void EnglishWords_HoldNoJapanese(string room) =>
        Assert.All(Words(room, English), word => Assert.DoesNotMatch(JapaneseLetters(), word.Value));

    [Fact]
    public void Keys_WrittenInTheSources_HaveTheirWords()
    {
        var rooms = Rooms().Select(row => row.Data).ToDictionary(name => name.Split('.')[^1], StringComparer.Ordinal);
        var seen = 0;
        var missing = new List<string>();
        foreach (var source in Sources())
        {
            var localizers = Localizer().Matches(source.Text)
                .Select(m => (m.Groups["variable"].Value, m.Groups["room"].Value))
                .Where(l => rooms.ContainsKey(l.Item2)).Distinct();
            foreach (var (variable, room) in localizers)
            {
                var words = Words(rooms[room], CultureInfo.InvariantCulture);
                var keys = Regex.Matches(
                    source.Text, $@"\b{variable}\[""(?<key>[^""]+)""(?<more>\s*\+)?",
                    RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10));
                seen += keys.Count;
                missing.AddRange(keys.Where(key => key.Groups["more"].Success
                        ? !words.Keys.Any(k => k.StartsWith(key.Groups["key"].Value, StringComparison.Ordinal))
                        : !words.ContainsKey(key.Groups["key"].Value))
                    .Select(key => $"{source.File}: {room} {key.Value}"));
            }
        }

        Assert.Empty(missing);
        Assert.True(seen > 500, $"{seen} keys");
    }

    [Theory]
    [InlineData(typeof(UsersText), typeof(UserRefusal))]
    [InlineData(typeof(RevocationText), typeof(RevokeRefusal))]
    public void Refusals_EachHaveTheirWordsOnTheScreen(Type room, Type refusals) =>
        Assert.Superset(
            Enum.GetNames(refusals).Select(name => "Refused_" + name).ToHashSet(StringComparer.Ordinal),
            Words(room.FullName!, CultureInfo.InvariantCulture).Keys.ToHashSet(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(MudKeys))]
    public void MudWord_InJapanese_IsOurs(string key)
    {
        using var _ = new Speaking("ja");
        var word = MudLocalizer()[key];

        Assert.False(word.ResourceNotFound);
        Assert.Equal(Places(MudWords()[key]), Places(word.Value));
        // Signs of comparison need no translation.
        Assert.True(JapaneseLetters().IsMatch(word.Value)
            || !word.Value.Any(char.IsAsciiLetter)
            || word.Value.StartsWith("GUID", StringComparison.Ordinal), word.Value);
    }

    [Fact]
    public void MudWord_InEnglish_IsLeftToMudBlazor()
    {
        using var _ = new Speaking("en");
        Assert.True(MudLocalizer()["MudTablePager_NextPage"].ResourceNotFound);
    }

    public static TheoryData<string> MudKeys() => [.. MudWords().Keys];

    private static DensaiMudLocalizer MudLocalizer()
    {
        var services = new ServiceCollection().AddLogging().AddLocalization().BuildServiceProvider();
        return new(services.GetRequiredService<IStringLocalizer<MudBlazorText>>());
    }

    private static Dictionary<string, string> MudWords() =>
        Words("MudBlazor.Resources.LanguageResource", CultureInfo.InvariantCulture, typeof(MudButton).Assembly);

    private static Dictionary<string, string> Words(string name, CultureInfo culture, Assembly? assembly = null) =>
        new ResourceManager(name, assembly ?? Web).GetResourceSet(culture, createIfNotExists: true, tryParents: false)!
            .Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal);

    private static IEnumerable<string> Places(string words) =>
        Place().Matches(words).Select(match => match.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    // A page and what stands behind it are one source: the words of one are injected in the other.
    private static IEnumerable<(string File, string Text)> Sources()
    {
        var web = Repository.At("DensaiAdmin.Web");
        return Repository.Files("DensaiAdmin.Web", ".cs", ".razor").Select(file => Path.GetRelativePath(web, file))
            .GroupBy(file => file.EndsWith(".razor.cs", StringComparison.Ordinal) ? file[..^".cs".Length] : file, StringComparer.Ordinal)
            .Select(files => (files.Key, string.Join('\n', files.Select(file => File.ReadAllText(Path.Combine(web, file))))));
    }

    [GeneratedRegex(
        @"IStringLocalizer<(?:[\w.]*\.)?(?<room>\w+)>\s+(?<variable>\w+)",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Localizer();

    [GeneratedRegex(@"\{\d+\}", RegexOptions.NonBacktracking)]
    private static partial Regex Place();

    [GeneratedRegex("[\u3040-\u30ff\u4e00-\u9fff]", RegexOptions.NonBacktracking)]
    private static partial Regex JapaneseLetters();

    private sealed class Speaking : IDisposable
    {
        private readonly CultureInfo _before = CultureInfo.CurrentUICulture;

        public Speaking(string language) => CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);

        public void Dispose() => CultureInfo.CurrentUICulture = _before;
    }
}
