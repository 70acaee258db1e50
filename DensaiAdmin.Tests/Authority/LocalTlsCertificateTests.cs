using System.Globalization;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Authority;

public sealed class LocalTlsCertificateTests : IDisposable
{
    static readonly DateTimeOffset RealNow = new(2026, 11, 22, 15, 0, 0, TimeSpan.Zero);
    static readonly DateTimeOffset ApplicationNow = new(2028, 2, 29, 0, 0, 0, TimeSpan.Zero);
    static readonly KeyPassphrase Password = new("of the pfx");
    static readonly LocalTlsIdentity Identity = LocalTlsCertificate.Create(RealNow, ApplicationNow, Password);

    readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("-verify_hostname", "localhost", 0)]
    [InlineData("-verify_ip", "127.0.0.1", 0)]
    [InlineData("-verify_ip", "::1", 0)]
    [InlineData("-verify_hostname", "example.jp", 0, false)]
    [InlineData("-verify_ip", "127.0.0.2", 0, false)]
    [InlineData("-verify_hostname", "localhost", -399)]
    [InlineData("-verify_hostname", "localhost", 1_200)]
    [InlineData("-verify_hostname", "localhost", -401, false)]
    public async Task Create_Server_PassesStrictOpensslForThisMachineOnly(string option, string name, int daysFromNow, bool passes = true)
    {
        using var server = LocalTlsIdentity.Load(Identity.Pfx.Span, Password);
        var time = RealNow.AddDays(daysFromNow).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

        var evaluation = await Tool.OpenSsl(
            "verify", "-x509_strict", "-purpose", "sslserver", option, name, "-attime", time,
            "-CAfile", _files.Write("ca.pem", Identity.Authority.ToPem()), _files.Write("server.pem", server.ExportCertificatePem()));

        Assert.True(passes == (evaluation.ExitCode == 0), evaluation.All);
    }

    [Fact]
    public async Task Create_Authority_IsHeldToThisMachine()
    {
        var text = (await Tool.OpenSsl("x509", "-noout", "-text", "-in", _files.Write("ca.pem", Identity.Authority.ToPem()))).Output;

        Assert.Matches(
            @"Name Constraints: critical\s+Permitted:\s+DNS:localhost\s+IP:127\.0\.0\.1/255\.255\.255\.255\s+IP:0:0:0:0:0:0:0:1/FFFF",
            text);
        Assert.Contains("CA:TRUE, pathlen:0", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_Pfx_ServesTls()
    {
        using var server = LocalTlsIdentity.Load(Identity.Pfx.Span, Password);
        var (near, far) = (new Pipe(), new Pipe());
        await using var serving = new SslStream(new TwoPipes(near.Reader, far.Writer));
        await using var asking = new SslStream(new TwoPipes(far.Reader, near.Writer));
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationTime = RealNow.UtcDateTime,
        };
        policy.CustomTrustStore.Add(Identity.Authority.X509);

        await Task.WhenAll(
            serving.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = server }, TestContext.Current.CancellationToken),
            asking.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    CertificateChainPolicy = policy,
                    EnabledSslProtocols = SslProtocols.Tls13,
                },
                TestContext.Current.CancellationToken));

        Assert.True(asking.IsAuthenticated);
        Assert.Equal(server.RawData, asking.RemoteCertificate?.GetRawCertData());
    }

    /// <summary>One end of a connection without a network.</summary>
    sealed class TwoPipes(PipeReader reader, PipeWriter writer) : Stream
    {
        readonly Stream _in = reader.AsStream();
        readonly Stream _out = writer.AsStream();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => _out.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => _out.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => _in.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _in.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => _out.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            _out.WriteAsync(buffer, cancellationToken);
    }
}
