using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>A screen of the console, found by its screen ID; everything on it is found by role and by the words a person reads.</summary>
public abstract class Screen(Person person, string id)
{
    public string Id => id;

    public Person Person => person;

    public IPage Page => person.Page;

    public ILocator Main => Page.Locator($"main[data-screen='{id}']");

    /// <summary>The summary of what must be put right, to which focus moves.</summary>
    public ILocator Alert => Main.GetByRole(AriaRole.Alert);

    public ILocator Heading => Main.GetByRole(AriaRole.Heading, new() { Level = 1 });

    /// <summary>Before it is ready a screen only looks usable: clicks on prerendered HTML do nothing.</summary>
    public async Task ReadyAsync() => await Page.Locator($"main[data-screen='{id}'][data-ready='true']").WaitForAsync();

    public Task SwitchToEnglishAsync() => SwitchAsync("English", "en");

    public Task SwitchToJapaneseAsync() => SwitchAsync("日本語", "ja");

    /// <summary>
    /// Sends a form whose answer is a page of its own, maybe at the same address: the locators of this screen then speak of
    /// the new one.
    /// </summary>
    /// <remarks>
    /// The page is marked and its going awaited, because a load state may have been reached between Playwright's look at it
    /// and its listening, and is then awaited in vain.
    /// </remarks>
    public async Task SendFormAsync(Func<Task> send)
    {
        await Page.EvaluateAsync("() => document.documentElement.setAttribute('data-sent', '')");
        await send();
        await Page.Locator("html:not([data-sent]) main").WaitForAsync();
    }

    private async Task SwitchAsync(string name, string language)
    {
        await ButtonOrLink(name).ClickAsync();
        await Page.Locator($"html[lang='{language}']").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await ReadyAsync();
    }

    protected ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    protected ILocator Link(string name) => Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    protected ILocator ButtonOrLink(string name) => Button(name).Or(Link(name));

    protected ILocator TextBox(string name) => Main.GetByRole(AriaRole.Textbox, new() { Name = name });
}

/// <summary>Waits for whichever of several screens comes next.</summary>
public static class NextScreen
{
    public static async Task<string> IdAsync(Person person, params string[] ids)
    {
        var any = string.Join(", ", ids.Select(id => $"main[data-screen='{id}'][data-ready='true']"));
        var main = person.Page.Locator(any);
        await main.WaitForAsync();
        return await main.GetAttributeAsync("data-screen") ?? "";
    }
}
