using DensaiAdmin.EndToEnd.Pages;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// Every screen of 利用者管理, on desk and phone, in both languages: nothing scrolls sideways, and axe finds nothing. Leaves a picture of each.
/// </summary>
[Collection(typeof(UserBank))]
public sealed class UserScreensJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task EveryScreen_FitsAndHasNoViolation()
    {
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();

        var suspension = await SuspensionPage.OpenAsync(master);
        await LookAtAsync(suspension, "BRSK011");
        await suspension.InBar("利用者停止・解除").ClickAsync();
        await suspension.Alert.WaitForAsync();
        await LookAtAsync(suspension, "BRSK011-error");
        var stop = await suspension.ChooseAsync("0501D00601N", "停止");
        await LookAtAsync(stop, "BRSK012");
        await stop.SendAsync("wrong");
        await stop.Alert.WaitForAsync();
        await LookAtAsync(stop, "BRSK012-error");
        await LookAtAsync(await stop.ExecuteAsync(), "BRSK013");
        suspension = await SuspensionPage.OpenAsync(master);
        await suspension.Radio("0501D00601N").CheckAsync();
        await LookAtAsync(suspension, "BRSK011-chosen");

        var accounts = await AccountsPage.OpenAsync(master);
        await LookAtAsync(accounts, "BRSK005");
        var account = await accounts.LookAsync("0501D00601T");
        await LookAtAsync(account, "BRSK006");
        await LookAtAsync(await account.ToConfirmationAsync("削除"), "BRSK007-delete");
        account = await (await AccountsPage.OpenAsync(master)).LookAsync("0501D00601M");
        await LookAtAsync(account, "BRSK006-master");
        var change = await (await (await AccountsPage.OpenAsync(master)).LookAsync("0501D00601T")).ChangeAsync();
        await LookAtAsync(change, "BRSK006-change");
        await change.Name.FillAsync("担当 太郎");
        await LookAtAsync(await change.GoOnAsync(), "BRSK007-change");
        var input = await (await AccountsPage.OpenAsync(master)).RegisterAsync();
        await LookAtAsync(input, "BRSK006-new");
        await input.Next.ClickAsync();
        await input.Alert.WaitForAsync();
        await LookAtAsync(input, "BRSK006-new-error");
        await input.LoginId.FillAsync("0501D00601Z9");
        await input.Name.FillAsync("画面 花子");
        await input.MailAddress.FillAsync("screen@example.jp");
        var confirmation = await input.GoOnAsync();
        await LookAtAsync(confirmation, "BRSK007");
        var registered = await confirmation.ExecuteAsync();
        var initial = await registered.InitialPassword.InnerTextAsync();
        await LookAtAsync(registered, "BRSK008", switches: false);

        var password = await PasswordPage.OpenAsync(master);
        await LookAtAsync(password, "BRSK002");
        await password.Button("変更", exact: true).ClickAsync();
        await password.Alert.WaitForAsync();
        await LookAtAsync(password, "BRSK002-error");

        var est = new EstClient(App);
        await est.MakeKeyAsync();
        var user = await NewPersonAsync("0501D00601Z9", await est.InstallAsync(await est.EnrollAsync("0501D00601Z9", initial)));
        await (await (await EntrancePage.OpenAsync(user)).LogInWithCertificateAsync()).SendAsync(initial);
        var first = new PasswordPage(user);
        await first.ReadyAsync();
        await LookAtAsync(first, "BRSK002-first");
        await first.FillFirstAsync(initial, "my own long password", "my own for acts");
        await LookAtAsync(first, "BRSK002-first-filled", switches: false);
        await first.Button("登録", exact: true).ClickAsync();
        await first.DoneAsync();
        await LookAtAsync(first, "BRSK002-done");
    }

    private static async Task LookAtAsync(Screen screen, string state, bool switches = true)
    {
        await NarrowJourney.FitsAsync(screen.Person, state);
        await screen.Page.AssertNoViolationsAsync(state);
        if (switches
            && !state.Contains("error", StringComparison.Ordinal)
            && !state.Contains("chosen", StringComparison.Ordinal)
            && state is not "BRSK007" and not "BRSK007-change")
        {
            await NarrowJourney.FitsInEnglishAsync(screen, state);
        }
    }
}
