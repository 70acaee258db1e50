using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Tests.Store;

public class RevokedSerialsTests
{
    [Fact]
    public void Denied_HoweverOftenTheCertificateIsShown_IsRaisedOnceUntilItsRowIsRight()
    {
        var revoked = new RevokedSerials();
        var serial = SerialNumber.New();
        var raised = 0;
        revoked.Denied += () => raised++;
        revoked.Note(new AnchorNote.Revoked(serial, null, null, null), DateTimeOffset.UnixEpoch);

        for (var publication = 0; publication < 3; publication++)
        {
            Assert.True(revoked.IsRevoked(serial, isRevokedByRow: false));
            Assert.True(revoked.IsRevoked(serial, isRevokedByRow: false));
            Assert.Equal(publication == 0 ? [serial] : [], revoked.TakeDenied());
        }

        Assert.Equal(1, raised);
        Assert.True(revoked.IsRevoked(serial, isRevokedByRow: true));
        Assert.True(revoked.IsRevoked(serial, isRevokedByRow: false));
        Assert.Equal((2, serial), (raised, Assert.Single(revoked.TakeDenied())));
    }
}
