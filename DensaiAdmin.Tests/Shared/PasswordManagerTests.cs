using System.Text.RegularExpressions;
using Bunit;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.PasswordChange;

namespace DensaiAdmin.Tests.Shared;

/// <summary>
/// What a password manager is told of every password there is to type: it may fill in the login password where one logs in, and nowhere
/// else, least of all as the 確認用パスワード (R14).
/// </summary>
public sealed partial class PasswordManagerTests : LookContext
{
    private static readonly string[] WhereOneLogsIn =
    [
        "DensaiAdmin.EnrollmentApp/Screens/Authenticate.razor",
        "DensaiAdmin.Web/SignIn/PasswordView.razor",
        "DensaiAdmin.Web/SignIn/PublicLoginView.razor",
    ];

    [Fact]
    public void EveryPasswordInput_SaysWhatItIs_AndOnlyALoginIsFilledIn()
    {
        var inputs = Sources().SelectMany(source => Inputs().Matches(source.Text).Select(match => (source.Path, Tag: match.Value)))
            .ToList();

        Assert.True(inputs.Count >= 18, $"Only {inputs.Count} password inputs were found.");
        Assert.All(inputs, input =>
        {
            // Not said, it is what the component says.
            var said = Said().Match(input.Tag) is { Success: true } match ? match.Groups["said"].Value
                : input.Path.StartsWith("DensaiAdmin.Web/", StringComparison.Ordinal) ? "new-password" : "off";
            Assert.Equal(WhereOneLogsIn.Contains(input.Path, StringComparer.Ordinal) ? "current-password" : "new-password", said);
        });
    }

    [Fact]
    public void NoPasswordInput_IsWrittenPastTheTwoComponents() =>
        Assert.Equal(
            ["DensaiAdmin.EnrollmentApp/Screens/Field.razor", "DensaiAdmin.Web/Shared/PasswordField.razor"],
            Sources().Where(source => source.Text.Contains("\"password\"", StringComparison.Ordinal) && source.Text.Contains(
                "type=\"password\"", StringComparison.Ordinal)).Select(source => source.Path).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData(true, PasswordKind.Login, 5)]
    [InlineData(false, PasswordKind.Login, 3)]
    [InlineData(false, PasswordKind.Confirmation, 3)]
    public void PasswordChange_FillsInNothing(bool first, PasswordKind kind, int passwords)
    {
        var view = Render<PasswordChangeView>(
            parameters => parameters.Add(v => v.First, first).Add(v => v.Input, new PasswordInput { Kind = kind }));

        Assert.Equal(
            Enumerable.Repeat("new-password", passwords),
            view.FindAll("input[type=password]").Select(input => input.GetAttribute("autocomplete")));
    }

    private static IEnumerable<(string Path, string Text)> Sources() =>
        ((string[])["DensaiAdmin.Web", "DensaiAdmin.EnrollmentApp"]).SelectMany(project => Repository.Files(project, ".razor"))
            .Select(file => (Path.GetRelativePath(Repository.Root, file), File.ReadAllText(file)));

    [GeneratedRegex("<PasswordField [^>]*|<Field [^>]*Password=\"true\"[^>]*", RegexOptions.NonBacktracking)]
    private static partial Regex Inputs();

    [GeneratedRegex("AutoComplete=\"(?<said>[^\"]*)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Said();
}
