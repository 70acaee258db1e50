using System.Net;
using System.Text;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Tests.Tls;
using DensaiAdmin.Web.Home;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Ical.Net.CalendarComponents;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Tests.Home;

public sealed class ExpiryCalendarTests : LookContext
{
    [Fact]
    public void Event_SaysWhoseAndTheExactTime_OnTheDayInJapan()
    {
        var lines = Unfolded(Calendar("でんさい00601更新"));

        Assert.Equal("BEGIN:VCALENDAR", lines[0]);
        Assert.Contains("UID:user-1@bank.example.jp", lines);
        Assert.Contains("DTSTAMP:20221107T055057Z", lines);
        Assert.Contains("DTSTART;VALUE=DATE:20221127", lines);
        Assert.Contains("DTEND;VALUE=DATE:20221128", lines);
        Assert.Contains("SUMMARY:電子証明書の有効期限：0501D00601R でんさい00601更新", lines);
        Assert.Contains(
            "DESCRIPTION:有効期限は2022年11月27日 08時59分59秒です。この時刻を過ぎると、この電子証明書ではログインできなくなります。\\n証明書シリアル番号：5B07 E4D1 93AC 2F68 0D7E B1C5 48F2 9A36",
            lines);
        Assert.Contains("TRIGGER:-P10D", lines);
        Assert.Equal("END:VCALENDAR", lines[^1]);
    }

    [Fact]
    public void Name_WithSigns_IsEscaped() =>
        Assert.Contains("SUMMARY:電子証明書の有効期限：0501D00601R a\\;b\\,c\\\\d\\ne", Unfolded(Calendar("a;b,c\\d\r\ne")));

    [Fact]
    public void Event_AfterARenewal_ReplacesTheEarlierOne()
    {
        var before = Renewed("2021-11-27T10:00:00", "2022-11-27T08:59:59", "01");
        var after = Renewed("2022-11-20T10:00:00", "2023-11-21T08:59:59", "02");

        Assert.Equal(before.Uid, after.Uid);
        Assert.True(after.Sequence > before.Sequence);
        Assert.NotEqual(before.Start, after.Start);

        CalendarEvent Renewed(string issuedAt, string notAfter, string serial) => ExpiryCalendar.Event(
            new Holder(
                7, "0501D00601R", "x", UserRole.General, CertificateStatus.Issued, Jst(notAfter), SerialNumber.Parse(serial),
                false)
            { IssuedAt = Jst(issuedAt) },
            Clock.GetUtcNow(), "bank.example.jp", Services.GetRequiredService<IStringLocalizer<HomeText>>());
    }

    [Property(MaxTest = 300)]
    public void Name_WhateverItIs_AddsNoLine_AndNoLineIsTooLong(NonNull<string> name)
    {
        var text = Calendar(name.Get);

        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        Assert.All(text.Split("\r\n"), line =>
        {
            Assert.InRange(Encoding.UTF8.GetByteCount(line), 0, 75);
            Assert.DoesNotContain(line, char.IsControl);
        });
        var expected = Unfolded(Calendar("x")).Select(line => line.Split(':', ';')[0]);
        Assert.Equal(expected, Unfolded(text).Select(line => line.Split(':', ';')[0]));
    }

    private string Calendar(string name)
    {
        var words = Services.GetRequiredService<IStringLocalizer<HomeText>>();
        var calendar = ExpiryCalendar.New();
        calendar.Events.Add(ExpiryCalendar.Event(
            new Holder(
                1, "0501D00601R", name, UserRole.General, CertificateStatus.Issued, Jst("2022-11-27T08:59:59"),
                SerialNumber.Parse("5B07E4D193AC2F680D7EB1C548F29A36"), false),
            Clock.GetUtcNow(), "bank.example.jp", words));
        return ExpiryCalendar.Written(calendar);
    }

    private static List<string> Unfolded(string text) => [.. text.Replace("\r\n ", "", StringComparison.Ordinal).TrimEnd().Split("\r\n")];
}

[Web]
public sealed class ExpiryCalendarEndpointTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task Calendar_IsTheOwnCompanys_ForMasters_AndRecorded()
    {
        var master = shared.Server.Client(shared.Server.DemoCertificate("0501D00601M"));
        var session = await shared.Server.LogInAsync(master);
        using var answer = await RunningServer.GetWithSessionAsync(master, "/management/users/expiries.ics", session);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/calendar", answer.Content.Headers.ContentType?.MediaType);
        var text = (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Replace(
            "\r\n ", "", StringComparison.Ordinal);
        Assert.Equal(["0501D00601R", "0501D00601U", "0501D00601M"], text.Split("\r\n").Where(
            line => line.StartsWith("SUMMARY:", StringComparison.Ordinal)).Select(line => line.Split('：', ' ')[1]));
        Assert.Single(
            shared.Server.History(), r => r is { Operation: HistoryOperation.Download, Detail: "expiry-calendar", LoginId: "0501D00601M" });
    }

    [Fact]
    public async Task Calendar_IsNotForGeneralUsers()
    {
        var user = shared.Server.Client(shared.Server.DemoCertificate("0501D00601U"));
        var session = await shared.Server.LogInAsync(user);
        using var answer = await RunningServer.GetWithSessionAsync(user, "/management/users/expiries.ics", session);

        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
    }
}
