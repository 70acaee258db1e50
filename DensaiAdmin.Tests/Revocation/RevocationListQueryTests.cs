using System.Web;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Revocation;
using FsCheck;
using FsCheck.Fluent;

namespace DensaiAdmin.Tests.Revocation;

[Web]
public sealed class RevocationListQueryTests
{
    [FsCheck.Xunit.Property]
    public bool Address_ReadAgain_IsTheSameList(
        RevocationFilter filter, HolderSort sort, bool descending, PositiveInt page, NonNull<string> search)
    {
        // A lone surrogate has no UTF-8 form and cannot stand in an address.
        var words = new string([.. search.Get.Where(letter => !char.IsSurrogate(letter))]).Trim();
        var query = new RevocationListQuery { Filter = filter, Sort = sort, Descending = descending, Page = page.Get, Search = words };
        var parts = HttpUtility.ParseQueryString(new Uri(new Uri("https://localhost"), query.Href).Query);
        int? at = parts[RevocationListQuery.PageName] is { } number
            ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)
            : null;

        return query == RevocationListQuery.From(
            parts[RevocationListQuery.StateName], parts[RevocationListQuery.SearchName], parts[RevocationListQuery.SortName],
            parts[RevocationListQuery.DirectionName], at);
    }

    [Fact]
    public void Address_WithNonsense_IsTheWholeList() =>
        Assert.Equal(RevocationListQuery.All, RevocationListQuery.From("x' or 1=1", null, "--", "up", -7));
}
