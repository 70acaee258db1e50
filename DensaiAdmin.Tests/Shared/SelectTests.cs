using System.Security.Cryptography.X509Certificates;
using Bunit;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.HistorySearch;
using DensaiAdmin.Web.Revocation;
using DensaiAdmin.Web.UserManagement;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Tests.Shared;

/// <summary>
/// A select sends what a browser makes it send. Whatever that is, the page stays alive, and what is no value of its kind is asked of
/// nobody; a 失効理由 that no page offers is refused by the act itself (R11).
/// </summary>
public sealed class SelectTests : LookContext
{
    private static readonly string?[] Sent = ["99", "-1", "2147483647", "999999999999", "CACompromise", "garbage", "", "１", null];

    // Screens with selects, found below; each is driven by one of the tests here. The last is a plain form of Development.
    private static readonly string[] Driven =
    [
        "HistorySearch/HistoryListView.razor", "Revocation/RevocationConfirmView.razor", "Revocation/RevocationListView.razor",
        "UserManagement/UserListView.razor",
        "Development/CalendarPage.razor",
    ];

    private readonly List<string> _asked = [];

    [Fact]
    public void EveryScreenWithASelect_IsDrivenHere()
    {
        var found = Repository.Files("DensaiAdmin.Web", ".razor")
            .Where(file => File.ReadAllText(file) is var text
                && (text.Contains("<select", StringComparison.Ordinal) || text.Contains("<MudSelect", StringComparison.Ordinal)
                || text.Contains("type=\"number\"", StringComparison.Ordinal) || text.Contains("<InputSelect", StringComparison.Ordinal)))
            .Select(file => Path.GetRelativePath(Repository.At("DensaiAdmin.Web"), file));

        Assert.Equal(Driven.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ListOfCertificates_AsksForNothingThatItDoesNotOffer() => Drive(
        Render<RevocationListView>(parameters => parameters
            .Add(v => v.Model, new RevocationListModel([], 0, new HolderCounts(0, 0, 0, 0, 0), 50, 40))
            .Add(v => v.OnQuery, EventCallback.Factory.Create<RevocationListQuery>(this, query => _asked.Add(query.Href)))));

    [Fact]
    public void ListOfUsers_AsksForNothingThatItDoesNotOffer() => Drive(
        Render<UserListView>(parameters => parameters
            .Add(v => v.Query, UserListQuery.From("/management/users/accounts", null, null, null, null, null))
            .Add(v => v.OnQuery, EventCallback.Factory.Create<UserListQuery>(this, query => _asked.Add(query.Href)))));

    [Fact]
    public void SearchOfTheHistory_AsksForNothingThatItDoesNotOffer() => Drive(
        Render<HistoryListView>(parameters => parameters
            .Add(v => v.Query, HistoryListQuery.Read(new(2022, 11, 7), null, null, null, null, null, null, null, null))
            .Add(v => v.OnQuery, EventCallback.Factory.Create<HistoryListQuery>(this, query => _asked.Add(query.Href)))));

    [Fact]
    public void Reason_IsHandedOnAsItWasSent_AndThePageStaysAlive()
    {
        var executed = new List<RevocationInput>();
        foreach (var sent in Sent)
        {
            var view = Render<RevocationConfirmView>(parameters => parameters
                .Add(v => v.Model, new RevocationConfirmModel
                {
                    LoginId = "0501D00601T",
                    Name = "x",
                    IsMaster = false,
                    State = CertificateStatus.Issued,
                    NotAfter = Jst("2023-10-08T08:59:59"),
                    Serial = "01",
                    OpenSessions = 0,
                    Reason = X509RevocationReason.Unspecified,
                    Reasons = RevocationReasons.Selectable,
                    SuspendingReasons = [X509RevocationReason.KeyCompromise],
                    ActorName = "x",
                })
                .Add(v => v.OnExecute, EventCallback.Factory.Create<RevocationInput>(this, executed.Add)));
            view.Find("#reason").Change(sent);
            view.Find("form").Submit();
        }

        Assert.Equal(Sent.Length, executed.Count);
        Assert.Contains(executed, input => input.Reason == X509RevocationReason.CACompromise);
    }

    private void Drive<T>(IRenderedComponent<T> view)
        where T : IComponent
    {
        var selects = view.FindAll("select").Select(select => select.Id!).ToList();
        Assert.NotEmpty(selects);
        foreach (var select in selects)
        {
            foreach (var sent in Sent)
            {
                view.Find("#" + select).Change(sent);
                view.Find("form[role=search]").Submit();
            }
        }

        Assert.Equal(selects.Count * Sent.Length, _asked.Count);
        Assert.All(_asked, href => Assert.DoesNotMatch("99|-1=|2147483647|garbage|CACompromise", href));
    }
}
