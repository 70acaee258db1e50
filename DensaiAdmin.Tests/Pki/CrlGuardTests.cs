using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Pki;

public sealed class CrlGuardTests : IDisposable
{
    static readonly DateTimeOffset Now = TestAuthority.Now;

    readonly TestAuthority _authority = new();
    readonly RevokedCertificate _first = new(SerialNumber.New(), Now, X509RevocationReason.KeyCompromise);
    readonly RevokedCertificate _second = new(SerialNumber.New(), Now, X509RevocationReason.Superseded);

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Compare_NewerWithMore_GoesForward() => Assert.Equal(
        CrlComparison.GoesForward, Compare(List(1, Now, _first), List(2, Now.AddHours(1), _first, _second)));

    [Fact]
    public void Compare_TwoInOneSecond_GoesForward() => Assert.Equal(
        CrlComparison.GoesForward, Compare(List(1, Now, _first), List(2, Now, _first, _second)));

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Compare_NumberNotGreater_IsRefused(long number) => Assert.Equal(
        CrlComparison.NumberDoesNotGrow, Compare(List(5, Now, _first), List(number, Now.AddHours(1), _first)));

    [Fact]
    public void Compare_OlderDate_IsRefused() => Assert.Equal(
        CrlComparison.OlderDate, Compare(List(1, Now, _first), List(2, Now.AddSeconds(-1), _first)));

    [Fact]
    public void Compare_EntryGone_IsRefused() => Assert.Equal(
        CrlComparison.EntriesLost, Compare(List(1, Now, _first, _second), List(2, Now.AddHours(1), _second)));

    [Fact]
    public void Compare_EntryGoneThatNobodyKnows_IsRefused() => Assert.Equal(
        CrlComparison.EntriesLost,
        CrlGuard.Compare(List(1, Now, _first), List(2, Now.AddHours(1)), _ => null));

    [Theory]
    [InlineData(0, CrlComparison.EntriesLost)]
    [InlineData(-1, CrlComparison.GoesForward)]
    [InlineData(1, CrlComparison.EntriesLost)]
    public void Compare_ExpiredEntryGone_OnlyAfterItStoodOnAListBeyondItsEnd(
        int secondsFromPreviousList, CrlComparison expected) => Assert.Equal(
        expected,
        CrlGuard.Compare(List(1, Now, _first), List(2, Now.AddDays(1)), _ => Now.AddSeconds(secondsFromPreviousList)));

    [Fact]
    public void Compare_ListOfAnotherCa_IsRefused() => Assert.Equal(
        CrlComparison.OtherIssuer, Compare(_authority.Keys.RootCrl, List(2, Now.AddHours(1))));

    CertificateRevocationList List(long number, DateTimeOffset thisUpdate, params RevokedCertificate[] entries) =>
        CertificateRevocationList.Build(_authority.Keys.Current, number, thisUpdate, thisUpdate.AddDays(7), entries);

    static CrlComparison Compare(CertificateRevocationList previous, CertificateRevocationList next) =>
        CrlGuard.Compare(previous, next, _ => Now.AddYears(1));
}
