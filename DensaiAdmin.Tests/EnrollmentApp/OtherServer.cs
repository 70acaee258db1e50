using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>Somebody who answers in the bank's place, with a TLS certificate and answers as the test wants them.</summary>
internal sealed class OtherServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _root;

    private OtherServer(WebApplication app, X509Certificate2 root) => (_app, _root) = (app, root);

    public int Port =>
        new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    /// <summary>What a package stamped for this server would trust.</summary>
    public X509Certificate2Collection Trust => [_root];

    public static async Task<OtherServer> StartAsync(
        RequestDelegate answer,
        string issuer = "Other Root CA",
        string host = "public.test",
        DateTimeOffset? notBefore = null,
        DateTimeOffset? notAfter = null)
    {
        var now = DateTimeOffset.UtcNow;
        var root = MakeRoot(issuer, now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + host, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], critical: false));
        using var leaf = request.Create(root, notBefore ?? now.AddDays(-1), notAfter ?? now.AddDays(30), RandomNumberGenerator.GetBytes(8));
        var certificate = leaf.CopyWithPrivateKey(key);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new OtherServer(app, root);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _root.Dispose();
    }

    private static X509Certificate2 MakeRoot(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(now.AddYears(-5), now.AddYears(5));
    }
}

/// <summary>The app's client, led to loopback ports.</summary>
internal sealed class TestClient : IDisposable
{
    private readonly BankConnection _connection;

    public TestClient(
        Uri server,
        X509Certificate2Collection? trust,
        Func<string,
        int>? portOf,
        TimeProvider? time = null,
        ProxyChoice? proxy = null,
        Func<Stream,
        int,
        Stream>? through = null)
    {
        Time = time ?? new HastyTime();
        _connection = new BankConnection(
            proxy ?? WithoutProxy(server), new ServerTrust(trust, Time), Time, portOf is null ? null : async (context, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Connections++;
            await socket.ConnectAsync(IPAddress.Loopback, portOf(context.DnsEndPoint.Host), cancellation);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            return through is null ? stream : through(stream, Connections);
        });
        Bank = new BankClient(server, _connection);
    }

    public BankClient Bank { get; }

    public TimeProvider Time { get; }

    public int Connections { get; private set; }

    public static ProxyChoice WithoutProxy(Uri server)
    {
        var none = new ProxyChoice(server, new WebProxy(), file: null);
        none.UseNone();
        return none;
    }

    public void Dispose() => _connection.Dispose();
}

/// <summary>A clock on which every wait is over at once; it remembers how long they were.</summary>
internal sealed class HastyTime(TimeSpan ahead = default) : TimeProvider
{
    public List<TimeSpan> Waits { get; } = [];

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waits.Add(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}

/// <summary>A connection that dies with the answer on its way, once the request was sent.</summary>
internal sealed class LosingStream(Stream inner) : Stream
{
    // More than a TLS handshake says, less than a request with its PKCS#10.
    private const int Handshake = 1000;

    private long _written;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        return _written > Handshake ? throw new IOException("The line is dead.") : read;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _written += buffer.Length;
        await inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
