using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Revocation;

public class RevocationDeskTests
{
    [Fact]
    public async Task Target_OfTheOwnCompany_IsFoundWithWhatThePageShows()
    {
        using var desk = await CustomerDesk.OpenAsync();
        await desk.SignIn(desk.UserCertificate);
        var actor = await desk.SignIn(desk.MasterCertificate);

        var target = await FindAsync(desk, actor, desk.UserCertificate);

        Assert.Equal(
            (desk.User.Id, desk.UserCertificate.SerialNumber, desk.UserCertificate.NotAfter, CertificateStatus.Issued, 1, null),
            (target!.User.Id, target.SerialNumber, target.NotAfter, target.Status, target.LiveSessions, target.Refusal));
    }

    [Fact]
    public async Task Target_ThatMayNotBeRevoked_IsFoundWithTheReason()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        Assert.Equal(RevokeRefusal.CounterOnly, (await FindAsync(desk, actor, desk.SecondMasterCertificate))!.Refusal);
    }

    [Fact]
    public async Task Target_OfAnotherCompany_IsLikeOneThatNeverWas()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);

        Assert.Null(await FindAsync(desk, actor, desk.StrangerCertificate));
        Assert.Null(await desk.Desk.FindTargetAsync(actor, SerialNumber.New().ToString(), TestContext.Current.CancellationToken));
        Assert.Null(await desk.Desk.FindTargetAsync(actor, "nonsense", TestContext.Current.CancellationToken));
        Assert.Null(await desk.Desk.FindTargetAsync(actor, null, TestContext.Current.CancellationToken));

        // One record for each, and nothing in it that tells them apart but what was asked.
        var records = desk.History(HistoryOperation.ForeignAccess);
        Assert.Equal(4, records.Count);
        Assert.All(records, r => Assert.Equal((HistoryResult.Refused, "not-found", desk.Company.Id, desk.Master.Id, null), (r.Result, r.Detail, r.CompanyId, r.UserId, r.TargetUserId)));
    }

    [Fact]
    public async Task Target_AskedForByAGeneralUser_IsNotFoundAndRecorded()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);

        Assert.Null(await FindAsync(desk, actor, desk.UserCertificate));
        Assert.Single(desk.History(HistoryOperation.ForeignAccess));
    }

    [Fact]
    public async Task Target_AskedForByNobody_IsNotFound()
    {
        using var desk = await CustomerDesk.OpenAsync();

        Assert.Null(await FindAsync(desk, new Actor(4711, CustomerDesk.Source), desk.UserCertificate));
    }

    [Fact]
    public async Task Result_OfTheOwnCompany_IsFoundByItsNumber()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var revoked = await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate));
        var colleague = await desk.SignIn(desk.SecondMasterCertificate);

        var result = await desk.Desk.FindResultAsync(colleague, revoked.ReceiptNumber, TestContext.Current.CancellationToken);

        Assert.Equal((desk.UserCertificate.SerialNumber.ToString(), desk.User.Id, desk.Master.Name), (result!.Revocation.SerialNumber, result.User.Id, result.Revocation.RevokedByName));
        Assert.Null(result.CrlPublishedAt);
    }

    [Fact]
    public async Task Result_OfAnotherCompany_IsNotFoundAndRecorded()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.MasterCertificate);
        var revoked = await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate));
        var foreign = await desk.SignIn(await desk.Bank.GiveCertificate(await desk.Bank.AddUser("0501D47701M", desk.OtherCompany, UserRole.Master)));

        Assert.Null(await desk.Desk.FindResultAsync(foreign, revoked.ReceiptNumber, TestContext.Current.CancellationToken));
        Assert.Equal(desk.OtherCompany.Id, Assert.Single(desk.History(HistoryOperation.ForeignAccess)).CompanyId);
    }

    [Fact]
    public async Task Result_ByThePersonItConcerns_IsNotFound()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var colleague = await desk.Bank.AddUser("0501D60001X", desk.Company);
        var user = await desk.SignIn(await desk.Bank.GiveCertificate(colleague));
        var actor = await desk.SignIn(desk.MasterCertificate);
        var revoked = await desk.Revoked(actor, CustomerDesk.Request(desk.UserCertificate));

        Assert.Null(await desk.Desk.FindResultAsync(user, revoked.ReceiptNumber, TestContext.Current.CancellationToken));
    }

    private static Task<RevocationTarget?> FindAsync(CustomerDesk desk, Actor actor, Certificate certificate) =>
        desk.Desk.FindTargetAsync(actor, certificate.SerialNumber.ToString(), TestContext.Current.CancellationToken);
}
