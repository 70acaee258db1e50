using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BRSK018, 利用者一覧: the user whose certificate is to be revoked is chosen.</summary>
public sealed class UserListPage(Person person) : SignedInPage(person, "BRSK018")
{
    public const string Path = "/management/users/revocation";

    public ILocator Revoke => Page.GetByRole(AriaRole.Button, new() { Name = "失効", Exact = true });

    public ILocator Radio(string loginId) => Main.GetByRole(AriaRole.Radio, new() { Name = loginId });

    public ILocator Row(string loginId) =>
        Main.GetByRole(AriaRole.Row).Filter(new() { Has = Page.GetByRole(AriaRole.Radio, new() { Name = loginId }) });

    public ILocator SortBy => Main.GetByRole(AriaRole.Combobox, new() { Name = "並び順" });

    public ILocator Descending => Main.GetByRole(AriaRole.Combobox, new() { Name = "降順" });

    public ILocator ShowAgain => Main.GetByRole(AriaRole.Button, new() { Name = "再表示", Exact = true });

    public ILocator Search => Main.GetByRole(AriaRole.Searchbox);

    public ILocator Filter(string state) => Main.GetByRole(AriaRole.Button, new() { Name = state }).And(Main.Locator("[aria-pressed]"));

    public ILocator Rows => Main.GetByRole(AriaRole.Row).Filter(new() { Has = Page.GetByRole(AriaRole.Radio) });

    public static async Task<UserListPage> OpenAsync(Person person)
    {
        await person.Page.GotoAsync(new Uri(person.App.Certificate, Path).ToString());
        var list = new UserListPage(person);
        await list.ReadyAsync();
        return list;
    }

    public async Task<ConfirmationPage> ChooseAsync(string loginId)
    {
        await Radio(loginId).CheckAsync();
        await Revoke.ClickAsync();
        var confirmation = new ConfirmationPage(Person);
        await confirmation.ReadyAsync();
        return confirmation;
    }
}

/// <summary>BRSK019, 証明書失効確認: who and what, the reason and the 確認用パスワード.</summary>
public sealed class ConfirmationPage(Person person) : SignedInPage(person, "BRSK019")
{
    public ILocator Password => TextBox("確認用パスワード");

    public ILocator Reason => Main.GetByRole(AriaRole.Combobox, new() { Name = "失効理由" });

    public ILocator AlsoSuspend => Main.GetByRole(AriaRole.Checkbox, new() { Name = "利用停止も行う" });

    public ILocator Execute => Page.GetByRole(AriaRole.Button, new() { Name = "実行", Exact = true });

    public ILocator Back => ButtonOrLink("戻る");

    public async Task<ResultPage> ExecuteAsync(string password = DemoBank.ConfirmationPassword)
    {
        await Password.FillAsync(password);
        await Execute.ClickAsync();
        return await ResultPage.ReachedAsync(Person);
    }

    /// <summary>Tries with a wrong password and waits until the screen has answered with <paramref name="said"/>.</summary>
    public async Task BeRefusedAsync(string password, System.Text.RegularExpressions.Regex said)
    {
        await Password.FillAsync(password);
        await Execute.ClickAsync();
        await Assertions.Expect(Alert).ToContainTextAsync(said);
    }
}

/// <summary>BRSK020, 証明書失効結果: the proof, at an address of its own.</summary>
public sealed class ResultPage(Person person) : SignedInPage(person, "BRSK020")
{
    public static async Task<ResultPage> ReachedAsync(Person person)
    {
        var result = new ResultPage(person);
        await result.ReadyAsync();
        return result;
    }

    /// <summary>The value beside a label of the result list.</summary>
    public ILocator Value(string label) =>
        Main.Locator("dt", new() { HasText = label }).Locator("xpath=following-sibling::dd[1]");

    /// <summary>Read from the address, so only while the browser is on this screen.</summary>
    public string ReceiptNumber => Page.Url.Split('/')[^1];
}
