using System.Text.RegularExpressions;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// What journeys through the last weeks of a certificate share: days of the server's clock, the banner, the mails that went.
/// </summary>
public abstract partial class LastWeeks(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    /// <summary>Address of the demo company's master.</summary>
    protected const string Master = "0501d00601m@example.jp";

    protected static readonly TimeSpan Jst = TimeSpan.FromHours(9);

    protected static ILocator Banner(HomePage home) => home.Main.GetByRole(AriaRole.Region, new() { NameRegex = BannerName() });

    protected static Regex Look(string kind) => new($"notice--{kind}", RegexOptions.None, TimeSpan.FromSeconds(1));

    protected List<string> Mails() => Mailbox.All(App);

    /// <summary>Notices of expiry to an address, oldest first, decoded.</summary>
    protected List<string> MailsTo(string address, string? about = null) =>
        [.. Mails().Where(text => text.Contains($"To: {address}", StringComparison.Ordinal)
            && text.Contains("残りの日数：", StringComparison.Ordinal)
            && (about is null || text.Contains("ログインID：" + about, StringComparison.Ordinal)))];

    protected async Task UntilMailsAsync(string address, int count, string? about = null)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (MailsTo(address, about).Count < count)
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }

        Assert.Equal(count, MailsTo(address, about).Count);
    }

    protected static string NumberIn(string mail) => MailNumber().Match(mail).Value;

    protected async Task RestartAtAsync(DateTimeOffset clock)
    {
        await App.StopAsync();
        await App.StartAsync(clock);
    }

    [GeneratedRegex("^電子証明書の有効期限", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BannerName();

    [GeneratedRegex("N-[0-9A-Z]{5}-[0-9A-Z]{5}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MailNumber();
}
