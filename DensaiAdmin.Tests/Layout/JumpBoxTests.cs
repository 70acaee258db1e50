using Bunit;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.Layout;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Tests.Layout;

public sealed class JumpBoxTests : LookContext
{
    [Fact]
    public void Screens_OfAMaster_AreAllThereAre()
    {
        var options = Render<JumpBox>(parameters => parameters.Add(p => p.Role, UserRole.Master)).FindAll("[role=option]");

        Assert.Equal(Functions.All.Select(function => function.Href), options.Select(option => option.GetAttribute("data-href")));
        Assert.Contains(options, option => option.GetAttribute("data-find") == "利用者管理 > 証明書失効 BRSK018");
        Assert.Equal(options.Count, options.Select(option => option.Id).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Screens_OfMasters_AreNotListedForOthers()
    {
        var found = Render<JumpBox>(parameters => parameters.Add(p => p.Role, UserRole.General)).FindAll("[role=option]")
            .Select(option => option.GetAttribute("data-href")).ToList();

        Assert.Contains(Urls.History, found);
        Assert.DoesNotContain(Urls.Revocation, found);
        Assert.DoesNotContain(Urls.Accounts, found);
        Assert.DoesNotContain(Urls.Suspension, found);
    }

    [Fact]
    public void Box_IsAComboboxOverItsList()
    {
        var box = Render<JumpBox>(parameters => parameters.Add(p => p.Role, UserRole.General));
        var input = box.Find("[role=combobox]");

        Assert.Equal(box.Find("[role=listbox]").Id, input.GetAttribute("aria-controls"));
        Assert.Equal("画面名または画面ID", box.Find($"label[for={input.Id}]").TextContent);
        Assert.Equal(box.Find("h2").Id, box.Find("dialog").GetAttribute("aria-labelledby"));
    }

    [Theory]
    [InlineData("/management/history", "BSRS001")]
    [InlineData("/management/history?op=login#x", "BSRS001")]
    [InlineData("/Services/Densai", "BLNK001-D")]
    [InlineData("/management/users/revocation", "BRSK018")]
    [InlineData("/management/history/12", null)]
    [InlineData("/management", null)]
    [InlineData("/", null)]
    public void Function_IsKnownByItsAddress_MenusAndHomeAreNone(string address, string? function) =>
        Assert.Equal(function, Functions.At(address)?.Id);

    [Fact]
    public void Functions_HaveOneIdEach() =>
        Assert.Equal(Functions.All.Count, Functions.All.Select(function => function.Id).Distinct(StringComparer.Ordinal).Count());
}
