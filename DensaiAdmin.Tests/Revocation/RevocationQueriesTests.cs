using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Revocation;

public class RevocationQueriesTests
{
    [Fact]
    public async Task Target_OfTheOwnCompany_IsFoundWithWhatThePageShows()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await fixture.SignIn(fixture.UserCertificate);
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        var target = await FindAsync(fixture, actor, fixture.UserCertificate);

        Assert.Equal(
            (fixture.User.Id, fixture.UserCertificate.SerialNumber, fixture.UserCertificate.NotAfter, CertificateStatus.Issued, 1, null),
            (target!.User.Id, target.SerialNumber, target.NotAfter, target.Status, target.LiveSessions, target.Refusal));
    }

    [Fact]
    public async Task Target_ThatMayNotBeRevoked_IsFoundWithTheReason()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        Assert.Equal(RevokeRefusal.CounterOnly, (await FindAsync(fixture, actor, fixture.SecondMasterCertificate))!.Refusal);
    }

    [Fact]
    public async Task Target_OfAnotherCompany_IsLikeOneThatNeverWas()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);

        Assert.Null(await FindAsync(fixture, actor, fixture.StrangerCertificate));
        Assert.Null(
            await fixture.RevocationQueries.FindTargetAsync(actor, SerialNumber.New().ToString(), TestContext.Current.CancellationToken));
        Assert.Null(await fixture.RevocationQueries.FindTargetAsync(actor, "nonsense", TestContext.Current.CancellationToken));
        Assert.Null(await fixture.RevocationQueries.FindTargetAsync(actor, null, TestContext.Current.CancellationToken));

        // One record for each, and nothing in it that tells them apart but what was asked.
        var records = fixture.History(HistoryOperation.ForeignAccess);
        Assert.Equal(4, records.Count);
        Assert.All(records, r => Assert.Equal(
            (HistoryResult.Refused, "not-found", fixture.Company.Id, fixture.Master.Id, null),
            (r.Result, r.Detail, r.CompanyId, r.UserId, r.TargetUserId)));
    }

    [Fact]
    public async Task Target_AskedForByAGeneralUser_IsNotFoundAndRecorded()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);

        Assert.Null(await FindAsync(fixture, actor, fixture.UserCertificate));
        Assert.Single(fixture.History(HistoryOperation.ForeignAccess));
    }

    [Fact]
    public async Task Target_AskedForByNobody_IsNotFound()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        Assert.Null(await FindAsync(fixture, new Actor(4711, CustomerFixture.Source), fixture.UserCertificate));
    }

    [Fact]
    public async Task Result_OfTheOwnCompany_IsFoundByItsNumber()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var revoked = await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate));
        var colleague = await fixture.SignIn(fixture.SecondMasterCertificate);

        var result = await fixture.RevocationQueries.FindResultAsync(
            colleague, revoked.ReceiptNumber, TestContext.Current.CancellationToken);

        Assert.Equal(
            (fixture.UserCertificate.SerialNumber.ToString(), fixture.User.Id, fixture.Master.Name),
            (result!.Revocation.SerialNumber, result.User.Id, result.Revocation.RevokedByName));
        Assert.Null(result.CrlPublishedAt);
    }

    [Fact]
    public async Task Result_OfAnotherCompany_IsNotFoundAndRecorded()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var revoked = await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate));
        var foreign = await fixture.SignIn(
            await fixture.Bank.GiveCertificate(await fixture.Bank.AddUser("0501D47701M", fixture.OtherCompany, UserRole.Master)));

        Assert.Null(await fixture.RevocationQueries.FindResultAsync(foreign, revoked.ReceiptNumber, TestContext.Current.CancellationToken));
        Assert.Equal(fixture.OtherCompany.Id, Assert.Single(fixture.History(HistoryOperation.ForeignAccess)).CompanyId);
    }

    [Fact]
    public async Task Result_ByThePersonItConcerns_IsNotFound()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var colleague = await fixture.Bank.AddUser("0501D60001X", fixture.Company);
        var user = await fixture.SignIn(await fixture.Bank.GiveCertificate(colleague));
        var actor = await fixture.SignIn(fixture.MasterCertificate);
        var revoked = await fixture.Revoked(actor, CustomerFixture.Request(fixture.UserCertificate));

        Assert.Null(await fixture.RevocationQueries.FindResultAsync(user, revoked.ReceiptNumber, TestContext.Current.CancellationToken));
    }

    private static Task<RevocationTarget?> FindAsync(CustomerFixture fixture, Actor actor, Certificate certificate) =>
        fixture.RevocationQueries.FindTargetAsync(actor, certificate.SerialNumber.ToString(), TestContext.Current.CancellationToken);
}
