using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.EnrollmentApp;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Store;

/// <summary>
/// R26, over all that acts: an act asks for a clock that is to be trusted unless it is on the list here, so that a new one is refused until
/// somebody has thought about it. And no wait is computed that is not on the list of those that are bounded.
/// </summary>
public sealed partial class ClockRuleTests
{
    // What works whatever the clock says: revocation, suspension, logout and the CRL; what is refused or counted; upkeep that lets nobody
    // in.
    private static readonly string[] WithoutAClock =
    [
        "DensaiAdmin.Core/Authority/CrlPublisher.cs 4",
        "DensaiAdmin.Core/Authority/StoreDisagreementJob.cs 1",
        "DensaiAdmin.Core/Counter/AuthenticateOperators.cs 2",
        "DensaiAdmin.Core/Counter/RegisterOperator.cs 1",
        "DensaiAdmin.Core/Enrollment/AbandonIntents.cs 1",
        "DensaiAdmin.Core/Enrollment/EnrollCertificate.cs 1",
        "DensaiAdmin.Core/Enrollment/EnrollmentPipeline.cs 1",
        "DensaiAdmin.Core/Enrollment/ReenrollCertificate.cs 1",
        "DensaiAdmin.Core/ExpiryNotices/RenewalQueries.cs 2",
        "DensaiAdmin.Core/History/Alarms.cs 1",
        "DensaiAdmin.Core/History/ForeignAccess.cs 1",
        "DensaiAdmin.Core/History/RefusalCounter.cs 1",
        "DensaiAdmin.Core/HistorySearch/ReportLogin.cs 1",
        "DensaiAdmin.Core/LoginIdAcquisition/ForgetApplicationsJob.cs 1",
        "DensaiAdmin.Core/Mail/MailSender.cs 3",
        "DensaiAdmin.Core/Mail/QueueOwedMails.cs 1",
        "DensaiAdmin.Core/PasswordChange/ChangePassword.cs 2",
        "DensaiAdmin.Core/Passwords/Confirmation.cs 1",
        "DensaiAdmin.Core/Passwords/ForgetAttemptsJob.cs 1",
        "DensaiAdmin.Core/Passwords/PasswordCheck.cs 3",
        "DensaiAdmin.Core/Recovery/ReconcileStore.cs 1",
        "DensaiAdmin.Core/Revocation/RevokeCertificate.cs 2",
        "DensaiAdmin.Core/SignIn/LogIn.cs 2",
        "DensaiAdmin.Core/UserManagement/ManageUser.cs 1",
        "DensaiAdmin.Web/Installation/RootKeyExports.cs 2",
        "DensaiAdmin.Web/Sessions/CircuitGuard.cs 1",
        "DensaiAdmin.Web/Sessions/SessionActivity.cs 1",
    ];

    // Waits that are computed, each cut off at a day or less where it is computed; all others are constants.
    private static readonly string[] ComputedWaits =
    [
        "DensaiAdmin.Core/Authority/CrlPublisher.cs: retry > TimeSpan.Zero ? retry : UntilRenewal()",
        "DensaiAdmin.Core/Authority/CrlSignal.cs: max",
        "DensaiAdmin.Core/BackgroundJob.cs: wait",
        "DensaiAdmin.Core/ExpiryNotices/ExpiryMailJob.cs: WaitAfter(Clock.GetUtcNow())",
        "DensaiAdmin.Core/Mail/MailSender.cs: wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestSleep ? LongestSleep : wait",
        "DensaiAdmin.Web/Hosting/NodeShutdown.cs: drain",
        "DensaiAdmin.Web/Sessions/SessionGuard.razor.cs: due < max ? due : max",
    ];

    [Fact]
    public void Acts_ThatDoWithoutTheClock_AreTheOnesThatMust() =>
        Assert.Equal(
            WithoutAClock,
            Sources()
                .Where(source => !source.File.EndsWith("/StoreWriter.cs", StringComparison.Ordinal))
                .Select(source => (source.File, Count: Regex.Count(
                    source.Text, @"\bPerformAnyTimeAsync\b", RegexOptions.None, TimeSpan.FromSeconds(10))))
                .Where(found => found.Count > 0)
                .Select(found => $"{found.File} {found.Count}")
                .Order(StringComparer.Ordinal));

    [Fact]
    public void Waits_ThatAreComputed_AreTheOnesThatAreBounded()
    {
        var computed = Sources()
            .SelectMany(
                source => Wait().Matches(source.Text).Select(match => (source.File, Argument: match.Groups["argument"].Value.Trim())))
            .Where(found => !Constant().IsMatch(found.Argument))
            .Select(found => $"{found.File}: {found.Argument}")
            .Order(StringComparer.Ordinal);

        Assert.Equal(ComputedWaits, computed);
    }

    /// <summary>
    /// A page that writes something beside while it opens must open all the same: with a wrong clock the master still has to come to the
    /// page that suspends.
    /// </summary>
    [Fact]
    public void Pages_ThatWriteWhileTheyOpen_OpenAlsoWhereTheActIsRefused()
    {
        var acting = Sources()
            .Where(source => source.File.StartsWith("DensaiAdmin.Core/", StringComparison.Ordinal))
            .SelectMany(source => Method().Matches(source.Text))
            .Where(method => method.Value.Contains("PerformAsync", StringComparison.Ordinal))
            .Select(method => method.Groups["name"].Value)
            .ToHashSet(StringComparer.Ordinal);
        Assert.Superset(new HashSet<string>(["NoteAsync", "NoteReadAsync"], StringComparer.Ordinal), acting);

        var opening =
            from source in Sources()
            where source.File.StartsWith("DensaiAdmin.Web/", StringComparison.Ordinal)
            from method in Method().Matches(source.Text)
            where method.Groups["name"].Value is "OnInitializedAsync" or "OnParametersSetAsync" or "OnAfterRenderAsync"
            where !method.Value.Contains("when (StoreFaults.Find(", StringComparison.Ordinal)
            from call in Call().Matches(method.Value)
            where acting.Contains(call.Groups["name"].Value)
            select $"{source.File}: {call.Value}";

        Assert.Empty(opening);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(-20 * 24)]
    public async Task ClockBehind_SignsNothingAndLetsNobodyIn_AndRevokesAllTheSame(int hours)
    {
        using var bank = await IssuingBank.OpenAsync();
        var issued = await bank.Issue();
        var latest = bank.Bank.History()[^1].At;
        bank.Bank.Clock.AdjustTime(bank.Bank.Now.AddHours(hours));
        var password = new SuppliedPassword(TestBank.LoginPassword);

        await Assert.ThrowsAsync<ClockNotTrustedException>(() => bank.Ask(IssuingBank.NewRequest()));
        await Assert.ThrowsAsync<ClockNotTrustedException>(() => bank.AskAgain(issued.Der));
        await Assert.ThrowsAsync<ClockNotTrustedException>(() => bank.LogIn.WithCertificateAsync(
            issued.Der.ToArray(), password, Actor.Anonymous(IssuingBank.Source), "test", TestContext.Current.CancellationToken));
        await bank.Revoke(bank.User, X509RevocationReason.KeyCompromise);
        await bank.Publisher.PublishAsync(always: false, TestContext.Current.CancellationToken);

        Assert.Equal(latest, Assert.Single(bank.Stored()).RevokedAt);
        Assert.Equal([issued.SerialNumber], bank.Listed());
    }

    private static IEnumerable<(string File, string Text)> Sources() =>
        from project in (string[])["DensaiAdmin.Core", "DensaiAdmin.Web"]
        from file in Repository.Files(project, ".cs", ".razor")
        select (Path.GetRelativePath(Repository.Root, file), File.ReadAllText(file));

    [GeneratedRegex(
        @"(?:Task\.Delay|new PeriodicTimer|\.CancelAfter|\btimer\.Change)"
            + @"\((?<argument>(?:[^(),]|\([^()]*(?:\([^()]*\))?[^()]*\))*)",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Wait();

    // A method of a class with its body.
    [GeneratedRegex(
        @"^    (?:public|internal|protected override) [^\n]*?\b(?<name>\w+Async)(?:<\w+>)?"
            + @"\(.*?\)\s*(?:=>.*?;\r?\n(?=\r?\n|\})|\{.*?^    \})",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Method();

    [GeneratedRegex(@"\w+\.(?<name>\w+Async)\(", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Call();

    // A field or constant, or what a literal makes.
    [GeneratedRegex(@"^(?:[A-Z]\w*|TimeSpan\.From\w+\(\d+\))$", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Constant();
}
