using System.Globalization;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>The filter pills of BRSK005 and BRSK011. ロック中 may be either of the two before it.</summary>
public enum UserFilter
{
    All,
    Active,
    Suspended,
    Locked,
}

/// <summary>What a list of users shows, as it stands in the address, so that it can be bookmarked and Back returns to it.</summary>
/// <param name="Path">Which list.</param>
public sealed record UserListQuery(string Path)
{
    public const string FilterName = "use";
    public const string SearchName = "q";
    public const string SortName = "sort";
    public const string DirectionName = "dir";
    public const string PageName = "page";

    private const string DescendingValue = "desc";

    private static readonly (UserFilter Filter, string Value)[] Filters =
        [(UserFilter.Active, "active"), (UserFilter.Suspended, "suspended"), (UserFilter.Locked, "locked")];

    private static readonly (HolderSort Sort, string Value)[] Orders =
        [(HolderSort.LoginId, "login-id"), (HolderSort.Name, "name"), (HolderSort.Role, "kind"), (HolderSort.Status, "state")];

    /// <summary>What these lists can be sorted by, in the order of the columns.</summary>
    public static IReadOnlyList<HolderSort> Sorts { get; } = [.. Orders.Select(order => order.Sort)];

    public UserFilter Filter { get; init; }

    /// <summary>Part of a login ID or a name; empty for all.</summary>
    public string Search { get; init; } = "";

    public HolderSort Sort { get; init; }

    public bool Descending { get; init; }

    /// <summary>Counted from 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Reads an address; whatever it does not know counts as not said.</summary>
    public static UserListQuery From(string path, string? filter, string? search, string? sort, string? direction, int? page) => new(path)
    {
        Filter = Filters.FirstOrDefault(entry => entry.Value == filter).Filter,
        Search = search?.Trim() ?? "",
        Sort = Orders.FirstOrDefault(entry => entry.Value == sort).Sort,
        Descending = direction == DescendingValue,
        Page = Math.Max(page ?? 1, 1),
    };

    /// <summary>The address of this list; what is at its default is left out.</summary>
    public string Href => Path + Parameters;

    /// <summary>The same list as a file.</summary>
    public string CsvHref => Path + ".csv" + (this with { Page = 1 }).Parameters;

    private string Parameters
    {
        get
        {
            var parts = new List<string>();
            if (Filter != UserFilter.All)
            {
                parts.Add($"{FilterName}={Filters.First(entry => entry.Filter == Filter).Value}");
            }

            if (Search.Length > 0)
            {
                parts.Add($"{SearchName}={Uri.EscapeDataString(Search)}");
            }

            if (Sort != HolderSort.LoginId)
            {
                parts.Add($"{SortName}={Orders.First(entry => entry.Sort == Sort).Value}");
            }

            if (Descending)
            {
                parts.Add($"{DirectionName}={DescendingValue}");
            }

            if (Page > 1)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{PageName}={Page}"));
            }

            return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
        }
    }
}
