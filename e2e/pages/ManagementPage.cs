using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BSSK001, 管理 業務選択.</summary>
public sealed class ManagementPage(Person person) : SignedInPage(person, "BSSK001")
{
    public ILocator Users => Main.GetByRole(AriaRole.Link, new() { Name = "利用者管理" }).First;

    public async Task<UserTasksPage> OpenUsersAsync()
    {
        await Users.ClickAsync();
        var tasks = new UserTasksPage(Person);
        await tasks.ReadyAsync();
        return tasks;
    }
}

/// <summary>BRSK001, 利用者管理 作業内容選択.</summary>
public sealed class UserTasksPage(Person person) : SignedInPage(person, "BRSK001")
{
    public ILocator Revocation => Main.GetByRole(AriaRole.Link, new() { Name = "証明書失効" }).First;

    public async Task<AccountsPage> OpenAccountsAsync()
    {
        await Main.GetByRole(AriaRole.Link, new() { Name = "利用者情報の管理" }).First.ClickAsync();
        var accounts = new AccountsPage(Person);
        await accounts.ReadyAsync();
        return accounts;
    }

    public async Task<UserListPage> OpenRevocationAsync()
    {
        await Revocation.ClickAsync();
        var list = new UserListPage(Person);
        await list.ReadyAsync();
        return list;
    }
}
