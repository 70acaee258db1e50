using Bunit;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.UserManagement;

namespace DensaiAdmin.Tests.UserManagement;

public sealed class CompanyInfoViewTests : LookContext
{
    [Theory]
    [InlineData("ja", "3名 / 上限 100名")]
    [InlineData("en", "3 of up to 100")]
    public void Company_OfAMaster_SaysHowManyUsersThereAreAndMayBe(string language, string shown)
    {
        Speak(language);

        var view = Show(new CompanyUsers(Masters: 1, General: 2, Suspended: 1));

        Assert.Equal(shown, view.Find("[aria-labelledby=h-users] dd").TextContent.Trim());
    }

    [Fact]
    public void Company_OfAGeneralUser_SaysNothingOfOthers() => Assert.Empty(Show(users: null).FindAll("#h-users"));

    private IRenderedComponent<CompanyInfoView> Show(CompanyUsers? users) => Render<CompanyInfoView>(parameters => parameters
        .Add(p => p.Model, new CompanyView(new Company("0501D00601", "でんさい00601株式会社", AuthenticationMethod.Certificate), users)));
}
