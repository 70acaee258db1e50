using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BTOP001.</summary>
public sealed class HomePage(Person person) : SignedInPage(person, "BTOP001")
{
    public ILocator Section(string heading) => Main.GetByRole(AriaRole.Region, new() { Name = heading });

    public static async Task<HomePage> OpenAsync(Person person)
    {
        await person.Page.GotoAsync(person.App.Certificate.ToString());
        var home = new HomePage(person);
        await home.ReadyAsync();
        return home;
    }
}
