using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>What every signed-in screen has around it.</summary>
public abstract class SignedInPage(Person person, string id) : Screen(person, id)
{
    public ILocator Header => Page.GetByRole(AriaRole.Banner);

    public ILocator Clock => Header.GetByRole(AriaRole.Time).Or(Header.Locator("time"));

    public ILocator Logout => Button("ログアウト");

    public ILocator Tab(string name) =>
        Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).First;

    public ILocator TextSize(string size) =>
        Page.GetByRole(AriaRole.Group, new() { Name = "文字サイズ" }).GetByRole(AriaRole.Button, new() { Name = size, Exact = true });

    public async Task<ManagementPage> OpenManagementAsync()
    {
        await Tab("管理").ClickAsync();
        var management = new ManagementPage(Person);
        await management.ReadyAsync();
        return management;
    }

    /// <summary>管理 > 利用者管理 > 証明書失効, the way the manual walks it.</summary>
    public async Task<UserListPage> WalkToRevocationAsync()
    {
        var management = await OpenManagementAsync();
        var users = await management.OpenUsersAsync();
        return await users.OpenRevocationAsync();
    }

    public async Task<EntrancePage> LogOutAsync()
    {
        await Logout.ClickAsync();
        var entrance = new EntrancePage(Person);
        await entrance.ReadyAsync();
        return entrance;
    }
}
