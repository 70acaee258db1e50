using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BLID001: what the bank's letter says.</summary>
public sealed class LetterPage(Person person) : Screen(person, "BLID001")
{
    public static async Task<LetterPage> OpenAsync(Person person)
    {
        var entrance = await EntrancePage.OpenAsync(person);
        await entrance.Main.GetByRole(AriaRole.Link, new() { Name = "ログインID取得", Exact = true }).ClickAsync();
        var letter = new LetterPage(person);
        await letter.ReadyAsync();
        return letter;
    }

    public Task SendAsync(Letter letter) => SendAsync(letter.Contract, letter.Branch, letter.Account, letter.Code);

    public async Task SendAsync(string contract, string branch, string account, string code)
    {
        await TextBox("契約番号").FillAsync(contract);
        await TextBox("店番").FillAsync(branch);
        await TextBox("口座番号").FillAsync(account);
        await TextBox("利用開始コード").FillAsync(code);
        await Button("次へ").ClickAsync();
    }
}

/// <summary>BLID002: the person's own login ID and passwords; and the page that shows them once more.</summary>
public sealed class ApplicantPage(Person person) : Screen(person, "BLID002")
{
    public ILocator LoginId => Main.GetByRole(AriaRole.Textbox, new() { Name = "ログインID", Exact = true });

    public ILocator Password => Main.GetByRole(AriaRole.Textbox, new() { Name = "ログインパスワード", Exact = true });

    public ILocator Register => Button("登録");

    public ILocator Back => Link("戻る");

    public async Task WriteAsync(string loginId, string name, string mail)
    {
        await LoginId.FillAsync(loginId);
        await TextBox("利用者名").FillAsync(name);
        await TextBox("メールアドレス").FillAsync(mail);
    }

    public async Task SetPasswordsAsync(string password, string confirmation)
    {
        await Password.FillAsync(password);
        await TextBox("ログインパスワード（再入力）").FillAsync(password);
        await Main.GetByRole(AriaRole.Textbox, new() { Name = "確認用パスワード", Exact = true }).FillAsync(confirmation);
        await TextBox("確認用パスワード（再入力）").FillAsync(confirmation);
    }

    public Task CheckAsync() => Button("確認画面へ").ClickAsync();
}

/// <summary>BLID003: the login ID is the person's.</summary>
public sealed class AcquiredPage(Person person) : Screen(person, "BLID003")
{
    public ILocator Issue => Link("電子証明書発行");
}

/// <summary>The bank's letter, as it lies on the desk.</summary>
public sealed record Letter(string Contract, string Branch, string Account, string Code)
{
    public static async Task<Letter> ReadAsync(AppUnderTest app, string company)
    {
        var text = await File.ReadAllTextAsync(app.DemoFile($"letters/{company}.txt"));
        string After(string label) => text.Split(label)[1].Split('\n')[0].Trim();
        var account = After("代表口座　　　　：店番 ").Split("　口座番号 ");
        return new(After("契約番号　　　　："), account[0], account[1], After("利用開始コード　："));
    }
}
