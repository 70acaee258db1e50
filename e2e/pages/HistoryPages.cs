using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BSRS001, 操作履歴照会.</summary>
public sealed class HistoryPage(Person person) : SignedInPage(person, "BSRS001")
{
    public const string Path = "/management/history";

    public ILocator Rows => Main.Locator("tbody tr");

    public ILocator Search => Main.GetByRole(AriaRole.Button, new() { Name = "照会", Exact = true });

    public ILocator Csv => Main.GetByRole(AriaRole.Link, new() { Name = "CSV保存", Exact = true });

    public ILocator Select(string label) => Main.GetByLabel(label, new() { Exact = true });

    public static async Task<HistoryPage> OpenAsync(Person person, string query = "")
    {
        await person.Page.GotoAsync(new Uri(person.App.Certificate, Path + query).ToString());
        var history = new HistoryPage(person);
        await history.ReadyAsync();
        return history;
    }
}

/// <summary>BSRS002, one record.</summary>
public sealed class HistoryRecordPage(Person person) : SignedInPage(person, "BSRS002")
{
    public ILocator Value(string label) => Main.Locator("dt", new() { HasText = label }).Locator("xpath=following-sibling::dd[1]");
}

/// <summary>A signed-in screen of which a journey only needs what is on it.</summary>
public sealed class PlainPage(Person person, string id) : SignedInPage(person, id)
{
    public static async Task<PlainPage> OpenAsync(Person person, string id, string path)
    {
        await person.Page.GotoAsync(new Uri(person.App.Certificate, path).ToString());
        var page = new PlainPage(person, id);
        await page.ReadyAsync();
        return page;
    }
}
