using System.Globalization;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Revocation;

/// <summary>The filter pills of BRSK018. The last two are parts of <see cref="Issued"/>, not states of their own.</summary>
public enum RevocationFilter
{
    All,
    Expired,
    Issued,
    Revoked,
    NotIssued,
    ExpiresSoon,
    ExpiresUrgently,
}

/// <summary>What BRSK018 shows, as it stands in the address, so that a list can be bookmarked and Back returns to it.</summary>
public sealed record RevocationListQuery
{
    public const string StateName = "state";
    public const string SearchName = "q";
    public const string SortName = "sort";
    public const string DirectionName = "dir";
    public const string PageName = "page";

    private const string DescendingValue = "desc";

    private static readonly (RevocationFilter Filter, string Value)[] Filters =
    [
        (RevocationFilter.Expired, "expired"), (RevocationFilter.Issued, "issued"), (RevocationFilter.Revoked, "revoked"),
        (RevocationFilter.NotIssued, "not-issued"), (RevocationFilter.ExpiresSoon, "soon"), (RevocationFilter.ExpiresUrgently, "urgent"),
    ];

    private static readonly (HolderSort Sort, string Value)[] Sorts =
    [
        (HolderSort.LoginId, "login-id"), (HolderSort.Name, "name"), (HolderSort.Role, "kind"),
        (HolderSort.Status, "state"), (HolderSort.NotAfter, "not-after"),
    ];

    public static RevocationListQuery All { get; } = new();

    public RevocationFilter Filter { get; init; }

    /// <summary>Part of a login ID or a name; empty for all.</summary>
    public string Search { get; init; } = "";

    public HolderSort Sort { get; init; }

    public bool Descending { get; init; }

    /// <summary>Counted from 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Reads an address; whatever it does not know counts as not said.</summary>
    public static RevocationListQuery From(string? state, string? search, string? sort, string? direction, int? page) => new()
    {
        Filter = Filters.FirstOrDefault(entry => entry.Value == state).Filter,
        Search = search?.Trim() ?? "",
        Sort = Sorts.FirstOrDefault(entry => entry.Value == sort).Sort,
        Descending = direction == DescendingValue,
        Page = Math.Max(page ?? 1, 1),
    };

    public static RevocationFilter FilterFor(CertificateStatus state) => state switch
    {
        CertificateStatus.Expired => RevocationFilter.Expired,
        CertificateStatus.Issued => RevocationFilter.Issued,
        CertificateStatus.Revoked => RevocationFilter.Revoked,
        CertificateStatus.NotIssued => RevocationFilter.NotIssued,
    };

    /// <summary>The address of this list; what is at its default is left out.</summary>
    public string Href
    {
        get
        {
            var parts = new List<string>();
            if (Filter != RevocationFilter.All)
            {
                parts.Add($"{StateName}={Filters.First(entry => entry.Filter == Filter).Value}");
            }

            if (Search.Length > 0)
            {
                parts.Add($"{SearchName}={Uri.EscapeDataString(Search)}");
            }

            if (Sort != HolderSort.LoginId)
            {
                parts.Add($"{SortName}={Sorts.First(entry => entry.Sort == Sort).Value}");
            }

            if (Descending)
            {
                parts.Add($"{DirectionName}={DescendingValue}");
            }

            if (Page > 1)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{PageName}={Page}"));
            }

            return parts.Count == 0 ? Urls.Revocation : $"{Urls.Revocation}?{string.Join('&', parts)}";
        }
    }
}
