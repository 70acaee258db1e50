using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DensaiAdmin.Core;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.HistorySearch;

/// <summary>What BSRS001 shows, as it stands in the address, so that a search can be bookmarked and Back returns to it.</summary>
public sealed partial record HistoryListQuery
{
    public const string FromName = "from";
    public const string ToName = "to";
    public const string UserName = "user";
    public const string OperationName = "op";
    public const string ResultName = "result";
    public const string OrderName = "order";
    public const string AfterName = "after";
    public const string BeforeName = "before";

    private const string OldestValue = "oldest";
    private const string DateFormat = "yyyy-MM-dd";
    private const int DaysShown = 30;

    /// <summary>The days that the product can know of; others count as not said.</summary>
    private static readonly (DateOnly First, DateOnly Last) Calendar = (new(2000, 1, 1), new(2199, 12, 31));

    /// <summary>The day of asking, JST.</summary>
    public required DateOnly Today { get; init; }

    /// <summary>First day, JST; null for all before.</summary>
    public DateOnly? From { get; init; }

    /// <summary>Last day, JST; null for all after.</summary>
    public DateOnly? To { get; init; }

    /// <summary>Login ID of who acted; empty for everybody.</summary>
    public string User { get; init; } = "";

    public HistoryOperation? Operation { get; init; }

    public HistoryResult? Result { get; init; }

    public bool OldestFirst { get; init; }

    public long? After { get; init; }

    public long? Before { get; init; }

    /// <summary>Whether the days stand in their order.</summary>
    public bool IsPeriod => From is null || To is null || From <= To;

    /// <summary>The last thirty days.</summary>
    public static HistoryListQuery Default(DateOnly today) => new() { Today = today, From = today.AddDays(1 - DaysShown), To = today };

    /// <summary>Reads an address; whatever it does not know counts as not said.</summary>
    public static HistoryListQuery Read(
        DateOnly today, string? from, string? to, string? user, string? operation, string? result, string? order, long? after,
        long? before) =>
        Default(today) with
        {
            From = Day(from, Default(today).From),
            To = Day(to, today),
            User = user?.Trim() ?? "",
            Operation = Named(HistoryWords.Operations, operation),
            Result = Named(Enum.GetValues<HistoryResult>(), result),
            OldestFirst = order == OldestValue,
            After = after,
            Before = after is null ? before : null,
        };

    /// <summary>The address of this search; what is at its default is left out.</summary>
    public string Href => Urls.History + Search;

    /// <summary>The same as a file: all pages of it.</summary>
    public string CsvHref => Urls.HistoryCsv + FirstPage.Search;

    public string DetailHref(long recordNumber) => Urls.HistoryRecord(recordNumber) + Search;

    public HistoryListQuery FirstPage => this with { After = null, Before = null };

    private string Search
    {
        get
        {
            var standard = Default(Today);
            var parts = new List<string>();
            Add(FromName, From?.ToString(DateFormat, CultureInfo.InvariantCulture), From == standard.From);
            Add(ToName, To?.ToString(DateFormat, CultureInfo.InvariantCulture), To == standard.To);
            Add(UserName, User, User.Length == 0);
            Add(OperationName, NameOf(Operation), Operation is null);
            Add(ResultName, NameOf(Result), Result is null);
            Add(OrderName, OldestValue, !OldestFirst);
            Add(AfterName, After?.ToString(CultureInfo.InvariantCulture), After is null);
            Add(BeforeName, Before?.ToString(CultureInfo.InvariantCulture), Before is null);
            return parts.Count == 0 ? "" : "?" + string.Join('&', parts);

            void Add(string name, string? value, bool isDefault)
            {
                if (!isDefault)
                {
                    parts.Add($"{name}={Uri.EscapeDataString(value ?? "")}");
                }
            }
        }
    }

    /// <summary>For Core: days become instants.</summary>
    public HistoryQuery ToCore(int pageSize) => new()
    {
        From = From is { } from ? JapanTime.At(from, TimeOnly.MinValue) : null,
        Until = To is { } to ? JapanTime.At(to.AddDays(1), TimeOnly.MinValue) : null,
        LoginId = User,
        Operation = Operation,
        Result = Result,
        OldestFirst = OldestFirst,
        After = After,
        Before = Before,
        PageSize = pageSize,
    };

    /// <summary>A day as an address or an input writes it: empty for none.</summary>
    public static DateOnly? Day(string? text, DateOnly? otherwise) =>
        text is null ? otherwise
        : text.Length == 0 ? null
        : DateOnly.TryParseExact(text, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day >= Calendar.First
        && day <= Calendar.Last ? day
        : otherwise;

    /// <summary>A day as it is shown: 2022年11月01日; empty for none.</summary>
    public static string Written(DateOnly? day) => day?.ToString("yyyy'年'MM'月'dd'日'", CultureInfo.InvariantCulture) ?? "";

    /// <summary>
    /// Reads a day as people type it, in any width: 2022年11月1日, 2022/11/1, 2022-11-01, 20221101. Nothing typed is no day.
    /// </summary>
    public static bool TryReadTyped(string typed, out DateOnly? day)
    {
        day = null;
        string folded;
        try
        {
            folded = typed.Normalize(NormalizationForm.FormKC).Trim();
        }
        catch (ArgumentException)
        {
            return false;
        }

        if (folded.Length == 0)
        {
            return true;
        }

        if (TypedDay().Match(folded) is not { Success: true, Groups: var parts }
            || !DateOnly.TryParseExact(
                $"{parts["y"].Value}-{parts["m"].Value.PadLeft(2, '0')}-{parts["d"].Value.PadLeft(2, '0')}", DateFormat,
                CultureInfo.InvariantCulture, DateTimeStyles.None, out var found)
            || found < Calendar.First || found > Calendar.Last)
        {
            return false;
        }

        day = found;
        return true;
    }

    [GeneratedRegex(
        "^(?<y>[0-9]{4})(?:(?<m>[0-9]{2})(?<d>[0-9]{2})"
            + @"|\s*[年/.-]\s*(?<m>[0-9]{1,2})\s*[月/.-]\s*(?<d>[0-9]{1,2})\s*日?)$",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex TypedDay();

    private static string? NameOf<T>(T? value)
        where T : struct, Enum => value?.ToString().ToLowerInvariant();

    private static T? Named<T>(IEnumerable<T> all, string? name)
        where T : struct, Enum =>
            all.Where(value => string.Equals(NameOf<T>(value), name, StringComparison.Ordinal)).Select(value => (T?)value).FirstOrDefault();
}
