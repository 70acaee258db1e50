using System.Globalization;
using System.Text;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Localization;
using Calendar = Ical.Net.Calendar;
using Alarm = Ical.Net.CalendarComponents.Alarm;

namespace DensaiAdmin.Web.Home;

/// <summary>
/// The expiry dates of the company's certificates as a calendar file (RFC 5545), one all-day event each with a reminder ten days
/// before. An event belongs to the user, not to the certificate: imported again after a renewal it moves. The download is a record of the
/// history (R22).
/// </summary>
internal static class ExpiryCalendar
{
    private static readonly DateTimeOffset FirstSequence = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void MapExpiryCalendar(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(Urls.Expiries, WriteAsync).RequireAuthorization(new AuthorizeAttribute { Roles = nameof(UserRole.Master) });

    internal static Calendar New() => new() { ProductId = "-//DensaiAdmin//Expiries//JA", Scale = "GREGORIAN", Method = "PUBLISH" };

    /// <summary>One event: an all-day one, because calendars show a morning hour of that day easily as the day before.</summary>
    internal static CalendarEvent Event(Holder holder, DateTimeOffset now, string host, IStringLocalizer<HomeText> text)
    {
        var date = JapanTime.JstDate(holder.NotAfter!.Value);
        var summary = Shown(text["Calendar_Summary", holder.LoginId, holder.Name]);
        var day = new CalendarEvent
        {
            Uid = string.Create(CultureInfo.InvariantCulture, $"user-{holder.UserId}@{host}"),
            DtStamp = new CalDateTime(now.UtcDateTime, CalDateTime.UtcTzId),
            Sequence = SequenceOf(holder),
            Start = new CalDateTime(date),
            End = new CalDateTime(date.AddDays(1)),
            Summary = summary,
            Description = Shown(string.Concat(
                text["Calendar_Description", JapanTime.Format(holder.NotAfter.Value)], "\n",
                text["Calendar_Serial", holder.SerialNumber?.Grouped() ?? ""])),
            Transparency = TransparencyType.Transparent,
        };
        day.Alarms.Add(new Alarm
        {
            Action = AlarmAction.Display,
            Description = summary,
            Trigger = new Trigger(Duration.FromDays(-ExpiryNearness.UrgentDays)),
        });
        return day;
    }

    internal static string Written(Calendar calendar) => new CalendarSerializer().SerializeToString(calendar)!;

    // RFC 5545 3.8.7.4: a later certificate of the same user has a greater number, whatever validity the bank gave it; minutes fit into an
    // integer for four thousand years.
    private static int SequenceOf(Holder holder) =>
        holder.IssuedAt is { } issuedAt ? Math.Max(0, (int)Math.Min(int.MaxValue, (issuedAt - FirstSequence).TotalMinutes)) : 0;

    // Characters that no name has and that no calendar takes; the library escapes the others.
    private static string Shown(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var rune in value.EnumerateRunes())
        {
            if (rune.Value == '\n'
                || Rune.GetUnicodeCategory(rune)
                    is not (UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator))
            {
                text.Append(rune.ToString());
            }
        }

        return text.ToString();
    }

    private static async Task WriteAsync(
        HttpContext http,
        CertificateHolders holders,
        CurrentActor current,
        EndpointOptions endpoints,
        IStringLocalizer<HomeText> text,
        TimeProvider clock)
    {
        var cancellation = http.RequestAborted;
        if (!await http.RecordDownloadAsync("expiry-calendar"))
        {
            return;
        }

        var now = clock.GetUtcNow();
        var name = string.Create(CultureInfo.InvariantCulture, $"{text["Calendar_FileName"]}_{JapanTime.JstDate(now):yyyyMMdd}.ics");
        var calendar = New();
        var query = new HolderQuery { CompanyId = current.CompanyId!.Value, Status = CertificateStatus.Issued, Sort = HolderSort.NotAfter };
        await foreach (var holder in holders.StreamAsync(query, cancellation))
        {
            calendar.Events.Add(Event(holder, now, endpoints.Public.IdnHost, text));
        }

        http.Response.ContentType = "text/calendar; charset=utf-8; method=PUBLISH";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"expiries.ics\"; filename*=UTF-8''{Uri.EscapeDataString(name)}";
        await http.Response.WriteAsync(Written(calendar), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellation);
    }
}
