using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BLGI004: 更新する or 更新しない, then 実行.</summary>
public sealed class RenewalChoicePage(Person person) : Screen(person, "BLGI004")
{
    public ILocator Renew => Main.GetByRole(AriaRole.Radio, new() { Name = "更新する", Exact = true });

    public ILocator Decline => Main.GetByRole(AriaRole.Radio, new() { Name = "更新しない", Exact = true });

    public ILocator Execute => Main.GetByRole(AriaRole.Button, new() { Name = "実行", Exact = true });

    /// <summary>Where it is renewed already, there is nothing to choose: the way home is all it has.</summary>
    public ILocator GoHome => Main.GetByRole(AriaRole.Button, new() { Name = "ホームへ", Exact = true });

    /// <summary>On to home without renewing.</summary>
    public async Task<HomePage> DeclineAsync()
    {
        if (await Decline.IsVisibleAsync())
        {
            await Decline.CheckAsync();
            await Execute.ClickAsync();
        }
        else
        {
            await GoHome.ClickAsync();
        }

        var home = new HomePage(Person);
        await home.ReadyAsync();
        return home;
    }
}
