using System.Collections.Concurrent;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd;

/// <summary>Somebody at a PC: a browser of their own, with the certificate that is installed there.</summary>
public sealed class Person(string name, AppUnderTest app, IBrowserContext context, IPage page)
{
    private readonly ConcurrentQueue<string> _complaints = new();

    public string Name => name;

    public AppUnderTest App => app;

    public IBrowserContext Context => context;

    public IPage Page => page;

    /// <summary>What the browser held against our pages: uncaught script errors and breaches of the content security policy.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    public void Watch(IPage watched)
    {
        watched.PageError += (_, error) =>
        {
            // A page that lost its server cannot fetch from it: no fault of its script.
            if (!app.WasAway || !error.StartsWith("TypeError: Failed to fetch", StringComparison.Ordinal))
            {
                _complaints.Enqueue($"{watched.Url}: {error}");
            }
        };
        watched.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
            {
                _complaints.Enqueue($"{watched.Url}: {message.Text}");
            }
        };
    }

    /// <summary>The whole way in, as the manual tells it: BLGI001, certificate, BLGI002, home.</summary>
    public async Task<HomePage> LogInAsync(string password = DemoBank.LoginPassword)
    {
        var entrance = await EntrancePage.OpenAsync(this);
        var login = await entrance.LogInWithCertificateAsync();
        return await login.EnterAsync(password);
    }

    /// <summary>
    /// Leaves a picture of the whole page under artifacts/e2e. It is for people to look at: a browser that does not give one, as Chromium
    /// without a screen now and then does not, is asked once more in front of the others, and then only told of.
    /// </summary>
    public async Task LeavePictureAsync(string file)
    {
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            try
            {
                await page.ScreenshotAsync(new() { Path = file, FullPage = true, Timeout = 10_000 });
                return;
            }
            catch (TimeoutException none)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"No picture {Path.GetFileName(file)}: {none.Message}");
                await page.BringToFrontAsync();
            }
        }
    }

    /// <summary>Goes to a path on the origin where one is logged in.</summary>
    public Task GoToAsync(string path) => page.GotoAsync(new Uri(new Uri(page.Url), path).ToString());

    /// <summary>A second tab of the same browser.</summary>
    public async Task<Person> NewTabAsync()
    {
        var tab = new Person(name, app, context, await context.NewPageAsync());
        Watch(tab.Page);
        return tab;
    }
}
