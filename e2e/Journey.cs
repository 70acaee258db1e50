using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// What a person sets out to do and how it goes, told in one test. A failed journey leaves a screenshot and a trace
/// of everybody in it under artifacts/e2e.
/// </summary>
public abstract class Journey(AppUnderTest app, Browser browser) : IAsyncLifetime
{
    private readonly List<Person> _people = [];
    private long _logPosition;

    protected static readonly (int Width, int Height) Desk = (1280, 900);
    protected static readonly (int Width, int Height) Phone = (390, 844);
    protected static readonly (int Width, int Height) Narrowest = (320, 700);

    protected AppUnderTest App => app;

    public ValueTask InitializeAsync()
    {
        _logPosition = app.LogPosition;
        return ValueTask.CompletedTask;
    }

    /// <summary>A demo user at a PC on which that user's certificate is installed.</summary>
    protected Task<Person> NewPersonAsync(string loginId, (int Width, int Height)? viewport = null) =>
        NewPersonAsync(loginId, new CertificateFile(app.DemoFile(loginId + ".p12"), DemoBank.CertificateFilePassword), viewport);

    protected Task<Person> NewPersonWithoutCertificateAsync((int Width, int Height)? viewport = null) =>
        NewPersonAsync("nobody", null, viewport);

    protected async Task<Person> NewPersonAsync(string name, CertificateFile? certificate, (int Width, int Height)? viewport = null)
    {
        var context = await browser.NewContextAsync(app, certificate, viewport ?? Desk);
        await context.Tracing.StartAsync(new() { Snapshots = false, Screenshots = false, Sources = false });
        var person = new Person(name, app, context, await context.NewPageAsync());
        person.Watch(person.Page);
        _people.Add(person);
        return person;
    }

    /// <summary>The bank revokes what this user holds, while the server runs.</summary>
    protected async Task RevokeAsync(string loginId, string reason = "superseded")
    {
        var answer = await ControlLine.TryAskAsync(app, "revoke", loginId, "--reason", reason, "--operator", "counter1");
        Assert.Equal(0, answer?.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        if (failed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(app.LogSince(_logPosition));
        }

        foreach (var (person, number) in _people.Select((person, index) => (person, index + 1)))
        {
            if (failed)
            {
                await KeepEvidenceAsync(person, number);
            }

            await person.Context.DisposeAsync();
        }

        GC.SuppressFinalize(this);
        if (!failed)
        {
            Assert.Empty(_people.SelectMany(person => person.Complaints));
        }
    }

    private static async Task KeepEvidenceAsync(Person person, int number)
    {
        var test = TestContext.Current.Test?.TestDisplayName.Replace("DensaiAdmin.EndToEnd.", "", StringComparison.Ordinal) ?? "unknown";
        var folder = Repository.Artifacts("failed", string.Concat(test.Split(Path.GetInvalidFileNameChars())));
        var file = Path.Combine(folder, FormattableString.Invariant($"{number}-{person.Name}"));
        var tab = 0;
        foreach (var page in person.Context.Pages)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{person.Name} was at {page.Url}");
            try
            {
                await page.ScreenshotAsync(
                    new() { Path = FormattableString.Invariant($"{file}-{++tab}.png"), FullPage = true, Timeout = 5_000 });
            }
            catch (Exception gone) when (gone is PlaywrightException or TimeoutException)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"No screenshot: {gone.Message}");
            }
        }

        await person.Context.Tracing.StopAsync(new() { Path = file + ".zip" });
        TestContext.Current.TestOutputHelper?.WriteLine($"Kept {file}.zip and .png");
    }
}
