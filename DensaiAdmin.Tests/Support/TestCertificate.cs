using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Tests.Support;

/// <summary>A certificate of no CA of ours, for tests in which only its serial and its octets count.</summary>
internal static class TestCertificate
{
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static readonly Lock Gate = new();

    /// <summary>DER with this serial.</summary>
    public static byte[] Der(SerialNumber serial)
    {
        var name = new X500DistinguishedName("CN=test");
        lock (Gate)
        {
            using var made = new CertificateRequest(name, Key, HashAlgorithmName.SHA256).Create(
                name, X509SignatureGenerator.CreateForECDsa(Key), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100),
                serial.ToBytes());
            return made.RawData;
        }
    }
}
