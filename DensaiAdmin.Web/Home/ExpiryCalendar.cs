using System.Globalization;
using System.Text;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.Home;

/// <summary>
/// The expiry dates of the company's certificates as a calendar file (RFC 5545), one all-day event each with a reminder ten days
/// before. The download is a record of the history (R22).
/// </summary>
internal static class ExpiryCalendar
{
    // RFC 5545 3.1: octets of a line without its end.
    private const int MostOctets = 75;

    public static void MapExpiryCalendar(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(Urls.Expiries, WriteAsync).RequireAuthorization(new AuthorizeAttribute { Roles = nameof(UserRole.Master) });

    /// <summary>One event: an all-day one, because calendars show a morning hour of that day easily as the day before.</summary>
    internal static void Append(StringBuilder calendar, Holder holder, DateTimeOffset now, string host, IStringLocalizer<HomeText> text)
    {
        var date = JapanTime.JstDate(holder.NotAfter!.Value);
        Line(calendar, "BEGIN:VEVENT");
        Line(calendar, $"UID:{holder.SerialNumber}@{host}");
        Line(calendar, "DTSTAMP:" + now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        Line(calendar, "DTSTART;VALUE=DATE:" + date.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        Line(calendar, "DTEND;VALUE=DATE:" + date.AddDays(1).ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        Line(calendar, "SUMMARY:" + Escaped(text["Calendar_Summary", holder.LoginId, holder.Name]));
        Line(calendar, "DESCRIPTION:" + Escaped(text["Calendar_Description", JapanTime.Format(holder.NotAfter.Value)]));
        Line(calendar, "TRANSP:TRANSPARENT");
        Line(calendar, "BEGIN:VALARM");
        Line(calendar, "ACTION:DISPLAY");
        Line(calendar, "DESCRIPTION:" + Escaped(text["Calendar_Summary", holder.LoginId, holder.Name]));
        Line(calendar, $"TRIGGER:-P{ExpiryNearness.UrgentDays}D");
        Line(calendar, "END:VALARM");
        Line(calendar, "END:VEVENT");
    }

    internal static void Begin(StringBuilder calendar)
    {
        Line(calendar, "BEGIN:VCALENDAR");
        Line(calendar, "VERSION:2.0");
        Line(calendar, "PRODID:-//DensaiAdmin//Expiries//JA");
        Line(calendar, "CALSCALE:GREGORIAN");
        Line(calendar, "METHOD:PUBLISH");
    }

    internal static void End(StringBuilder calendar) => Line(calendar, "END:VCALENDAR");

    /// <summary>A content line, folded between characters (RFC 5545 3.1).</summary>
    internal static void Line(StringBuilder calendar, string line)
    {
        var octets = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > MostOctets)
            {
                calendar.Append("\r\n ");
                octets = 1;
            }

            calendar.Append(rune.ToString());
            octets += rune.Utf8SequenceLength;
        }

        calendar.Append("\r\n");
    }

    /// <summary>A text value (RFC 5545 3.3.11): a name must begin no line and no property of its own.</summary>
    internal static string Escaped(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var rune in value.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\\' or ';' or ',':
                    text.Append('\\').Append((char)rune.Value);
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                default:
                    text.Append(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? "" : rune.ToString());
                    break;
            }
        }

        return text.ToString();
    }

    private static async Task WriteAsync(
        HttpContext http, CertificateHolders holders, CurrentActor current, ActWriter acts, EndpointOptions endpoints, IStringLocalizer<HomeText> text, TimeProvider clock)
    {
        var cancellation = http.RequestAborted;
        await acts.RecordDownloadAsync(current, "expiry-calendar", cancellation: cancellation);
        var now = clock.GetUtcNow();
        var name = string.Create(CultureInfo.InvariantCulture, $"{text["Calendar_FileName"]}_{JapanTime.JstDate(now):yyyyMMdd}.ics");
        http.Response.ContentType = "text/calendar; charset=utf-8; method=PUBLISH";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"expiries.ics\"; filename*=UTF-8''{Uri.EscapeDataString(name)}";

        await using var writer = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var part = new StringBuilder();
        Begin(part);
        var query = new HolderQuery { CompanyId = current.CompanyId!.Value, Status = CertificateStatus.Issued, Sort = HolderSort.NotAfter };
        await foreach (var holder in holders.StreamAsync(query, cancellation))
        {
            Append(part, holder, now, endpoints.Public.IdnHost, text);
            await writer.WriteAsync(part, cancellation);
            part.Clear();
        }

        End(part);
        await writer.WriteAsync(part, cancellation);
    }
}
