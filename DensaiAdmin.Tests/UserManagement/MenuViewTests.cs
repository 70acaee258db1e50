using Bunit;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.UserManagement;

namespace DensaiAdmin.Tests.UserManagement;

/// <summary>Every entry of a menu has its words: the keys are made of the entries' names, so that nothing else misses one.</summary>
public sealed class MenuViewTests : LookContext
{
    [Theory]
    [InlineData("ja")]
    [InlineData("en")]
    public void Menu_OfUsers_NamesEveryTask(string language)
    {
        Speak(language);

        Assert.Equal(Enum.GetValues<UsersTask>().Length, Render<UsersMenuView>().FindAll(".menu a").Count);
    }

    [Theory]
    [InlineData("ja")]
    [InlineData("en")]
    public void Menu_OfManagement_NamesEveryTask(string language)
    {
        Speak(language);

        Assert.Equal(Enum.GetValues<ManagementTask>().Length, Render<ManagementMenuView>().FindAll(".menu a").Count);
    }
}
