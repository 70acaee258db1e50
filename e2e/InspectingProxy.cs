using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// A company's box that reads what passes: it answers in the bank's name with certificates of its own CA, and goes on to the bank as a
/// client without any.
/// </summary>
internal sealed class InspectingProxy : TunnelProxy
{
    public const string Issuer = "Example Trading Web Gateway CA";

    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _leaf;
    private IReadOnlyCollection<int> _inspected;

    /// <param name="inspected">The ports whose lines are opened; the others pass as they are.</param>
    public InspectingProxy(params IReadOnlyCollection<int> inspected)
    {
        _inspected = inspected;
        var now = DateTimeOffset.UtcNow;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=" + Issuer, key, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        _authority = authority.CreateSelfSigned(now.AddYears(-1), now.AddYears(5));

        using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = new CertificateRequest("CN=localhost", ownKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        leaf.CertificateExtensions.Add(names.Build());
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], critical: false));
        using var unkeyed = leaf.Create(_authority, now.AddDays(-1), now.AddDays(30), RandomNumberGenerator.GetBytes(8));
        _leaf = unkeyed.CopyWithPrivateKey(ownKey);
    }

    /// <summary>What a company puts into the system's store of each of its PCs.</summary>
    public string Authority => _authority.ExportCertificatePem();

    /// <summary>From here on these ports' lines are opened, and no others.</summary>
    public void Inspect(params IReadOnlyCollection<int> ports) => _inspected = ports;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _leaf.Dispose();
        _authority.Dispose();
    }

    protected override async Task ServeAsync(NetworkStream pc, int port)
    {
        using var bank = await OpenAsync(pc, port);
        if (bank is null)
        {
            return;
        }

        if (!_inspected.Contains(port))
        {
            await CarryAsync(pc, bank.GetStream());
            return;
        }

        await using var towardsPc = new SslStream(pc);
        await using var towardsBank = new SslStream(bank.GetStream());
        try
        {
            await towardsPc.AuthenticateAsServerAsync(_leaf);
            await towardsBank.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                // Whom it trusts is not what is tried here.
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            });
        }
        catch (System.Security.Authentication.AuthenticationException)
        {
            // The PC does not take it for the bank.
            return;
        }

        await CarryAsync(towardsPc, towardsBank);
    }

    private static async Task CarryAsync(Stream one, Stream other) => await Task.WhenAny(one.CopyToAsync(other), other.CopyToAsync(one));
}
