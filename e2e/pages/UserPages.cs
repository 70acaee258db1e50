using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BRSK005 and BRSK011: a list of the company's users.</summary>
public abstract class UsersPage(Person person, string id) : SignedInPage(person, id)
{
    public ILocator Radio(string loginId) => Main.GetByRole(AriaRole.Radio, new() { Name = loginId, Exact = true });

    public ILocator Row(string loginId) =>
        Main.GetByRole(AriaRole.Row).Filter(new() { Has = Page.GetByRole(AriaRole.Radio, new() { Name = loginId, Exact = true }) });

    public ILocator Rows => Main.GetByRole(AriaRole.Row).Filter(new() { Has = Page.GetByRole(AriaRole.Radio) });

    public ILocator Filter(string state) => Main.GetByRole(AriaRole.Button, new() { Name = state }).And(Main.Locator("[aria-pressed]"));

    public ILocator Search => Main.GetByRole(AriaRole.Searchbox);

    public ILocator InBar(string name) =>
        Page.GetByRole(AriaRole.Region, new() { Name = "選択した利用者" }).GetByRole(AriaRole.Button, new() { Name = name, Exact = true });
}

/// <summary>BRSK011, 利用者停止・解除.</summary>
public sealed class SuspensionPage(Person person) : UsersPage(person, "BRSK011")
{
    public const string Path = "/management/users/suspension";

    public static async Task<SuspensionPage> OpenAsync(Person person)
    {
        await person.GoToAsync(Path);
        var list = new SuspensionPage(person);
        await list.ReadyAsync();
        return list;
    }

    public async Task<UserConfirmationPage> ChooseAsync(string loginId, string act)
    {
        await Radio(loginId).CheckAsync();
        await InBar(act).ClickAsync();
        var confirmation = new UserConfirmationPage(Person, "BRSK012", "BRSK013");
        await confirmation.ReadyAsync();
        return confirmation;
    }
}

/// <summary>BRSK005, 利用者情報の管理.</summary>
public sealed class AccountsPage(Person person) : UsersPage(person, "BRSK005")
{
    public const string Path = "/management/users/accounts";

    public static async Task<AccountsPage> OpenAsync(Person person)
    {
        await person.GoToAsync(Path);
        var list = new AccountsPage(person);
        await list.ReadyAsync();
        return list;
    }

    public async Task<AccountPage> RegisterAsync()
    {
        await Link("新規登録").ClickAsync();
        var input = new AccountPage(Person);
        await input.Heading.Filter(new() { HasText = "利用者新規登録" }).WaitForAsync();
        await input.ReadyAsync();
        return input;
    }

    public async Task<AccountPage> LookAsync(string loginId)
    {
        await Radio(loginId).CheckAsync();
        await InBar("照会").ClickAsync();
        var account = new AccountPage(Person);
        await account.Heading.Filter(new() { HasText = "利用者情報照会" }).WaitForAsync();
        await account.ReadyAsync();
        return account;
    }
}

/// <summary>BRSK006: 照会, and the input of 新規登録 and 変更.</summary>
public sealed class AccountPage(Person person) : SignedInPage(person, "BRSK006")
{
    public ILocator LoginId => TextBox("ログインID");

    public ILocator Name => TextBox("利用者名");

    public ILocator MailAddress => TextBox("メールアドレス");

    public ILocator Next => Page.GetByRole(AriaRole.Button, new() { Name = "確認へ", Exact = true });

    public ILocator Act(string name) => Main.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    public async Task<AccountPage> ChangeAsync()
    {
        await Act("変更").ClickAsync();
        await Heading.Filter(new() { HasText = "利用者情報変更" }).WaitForAsync();
        await ReadyAsync();
        return this;
    }

    public Task<UserConfirmationPage> GoOnAsync() => ToConfirmationAsync(Next);

    public Task<UserConfirmationPage> ToConfirmationAsync(string act) => ToConfirmationAsync(Act(act));

    private async Task<UserConfirmationPage> ToConfirmationAsync(ILocator way)
    {
        await way.ClickAsync();
        var confirmation = new UserConfirmationPage(Person, "BRSK007", "BRSK008");
        await confirmation.ReadyAsync();
        return confirmation;
    }
}

/// <summary>BRSK007 and BRSK012: what is to be done, and the 確認用パスワード.</summary>
public sealed class UserConfirmationPage(Person person, string id, string resultId) : SignedInPage(person, id)
{
    public ILocator Password => TextBox("確認用パスワード");

    public ILocator Execute => Page.GetByRole(AriaRole.Button, new() { Name = "実行", Exact = true });

    public ILocator Back => ButtonOrLink("戻る");

    public async Task SendAsync(string password = DemoBank.ConfirmationPassword)
    {
        await Password.FillAsync(password);
        await Execute.ClickAsync();
    }

    public async Task<UserResultPage> ExecuteAsync()
    {
        await SendAsync();
        var result = new UserResultPage(Person, resultId);
        await result.ReadyAsync();
        return result;
    }
}

/// <summary>BRSK008 and BRSK013: what was done.</summary>
public sealed class UserResultPage(Person person, string id) : SignedInPage(person, id)
{
    public ILocator InitialPassword => Main.Locator("[data-initial-password]");
}

/// <summary>BRSK002, パスワード変更; at the first login パスワードの登録.</summary>
public sealed class PasswordPage(Person person) : SignedInPage(person, "BRSK002")
{
    public const string Path = "/management/users/password";

    public ILocator Field(string name) => Main.GetByRole(AriaRole.Textbox, new() { Name = name, Exact = true });

    public ILocator Button(string name, bool exact) => Main.GetByRole(AriaRole.Button, new() { Name = name, Exact = exact });

    public static async Task<PasswordPage> OpenAsync(Person person)
    {
        await person.GoToAsync(Path);
        var page = new PasswordPage(person);
        await page.ReadyAsync();
        return page;
    }

    public async Task FillAsync(string current, string replacement, string? again = null)
    {
        await Field("現在のパスワード").FillAsync(current);
        await Field("新しいパスワード").FillAsync(replacement);
        await Field("新しいパスワード（再入力）").FillAsync(again ?? replacement);
    }

    public async Task FillFirstAsync(string initial, string login, string confirmation)
    {
        await Field("初期パスワード").FillAsync(initial);
        await Field("新しいログインパスワード").FillAsync(login);
        await Field("ログインパスワード（再入力）").FillAsync(login);
        await Field("新しい確認用パスワード").FillAsync(confirmation);
        await Field("確認用パスワード（再入力）").FillAsync(confirmation);
    }

    public async Task DoneAsync()
    {
        await Expect(Main).ToContainTextAsync("変更完了");
        await ReadyAsync();
    }
}
