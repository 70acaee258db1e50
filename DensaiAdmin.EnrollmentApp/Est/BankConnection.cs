using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.Proxy;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>One answer of the bank, read completely.</summary>
internal sealed record BankAnswer(
    HttpStatusCode Status, string? Reason, string? ErrorCode, TimeSpan? RetryAfter, string? ContentType, byte[] Body);

/// <summary>
/// HTTPS to the bank through the chosen proxy. Time and size are limited, redirects are not followed and no cookies are kept. What goes
/// wrong becomes one of the faults that a person can act on.
/// </summary>
internal sealed class BankConnection : IDisposable
{
    public const int MaxBytes = 512 * 1024;

    /// <summary>
    /// With a larger difference the dates on this PC mislead the person, and a new certificate may seem not to be valid yet.
    /// </summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    private readonly ProxyChoice _proxy;
    private readonly ServerTrust _trust;
    private readonly TimeProvider _time;
    private readonly Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? _connect;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HttpClient> _anonymous = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, X500DistinguishedName> _issuers = new(StringComparer.Ordinal);
    private int _proxyEdition = -1;

    static BankConnection()
    {
        if (OperatingSystem.IsLinux())
        {
            // For proxies that accept Windows accounts only. Without this .NET needs a GSSAPI plugin that most systems lack.
            AppContext.SetSwitch("System.Net.Security.UseManagedNtlm", isEnabled: true);
        }
    }

    /// <param name="connect">Opens the connection in another way (tests); null: as usual.</param>
    public BankConnection(
        ProxyChoice proxy,
        ServerTrust trust,
        TimeProvider time,
        Func<SocketsHttpConnectionContext,
        CancellationToken,
        ValueTask<Stream>>? connect = null) =>
        (_proxy, _trust, _time, _connect) = (proxy, trust, time, connect);

    public TimeProvider Time => _time;

    /// <summary>The issuer of the last TLS certificate from this address, accepted or not; null before the first handshake.</summary>
    public X500DistinguishedName? IssuerSeen(Uri address) => _issuers.GetValueOrDefault(PlaceOf(address));

    /// <summary>Host and port, as a network administrator writes them.</summary>
    public static string PlaceOf(Uri address) => string.Create(CultureInfo.InvariantCulture, $"{address.IdnHost}:{address.Port}");

    /// <param name="certificate">With its key, for the certificate origin. Its connection is not shared.</param>
    public async Task<(BankAnswer? Answer, ConnectionFault? Fault)> SendAsync(
        Func<HttpRequestMessage> request, X509Certificate2? certificate, CancellationToken cancellation)
    {
        if (_proxy.NotUsable is { } variable)
        {
            return (null, new(ConnectionFaultKind.ProxySettingNotUsable, variable));
        }

        using var sample = request();
        var place = PlaceOf(sample.RequestUri!);
        using var own = certificate is null ? null : Client(place, certificate, timeIgnored: false);
        var (answer, fault) = await SendAsync(own ?? Anonymous(place), request, cancellation);
        return fault is { Kind: ConnectionFaultKind.ClockWrong }
            ? (null, await CompareClocksAsync(request, cancellation))
            : (answer, fault);
    }

    public void Dispose()
    {
        foreach (var client in _anonymous.Values)
        {
            client.Dispose();
        }
    }

    private async Task<(BankAnswer? Answer, ConnectionFault? Fault)> SendAsync(
        HttpClient client, Func<HttpRequestMessage> build, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerLimit);
        using var request = build();
        request.Headers.AcceptLanguage.Add(new StringWithQualityHeaderValue(Words.IsEnglish ? "en" : "ja"));
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (response.StatusCode == HttpStatusCode.ProxyAuthenticationRequired)
            {
                return (null, ProxyRefuses());
            }

            await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
            return await BoundedStream.ReadAsync(stream, MaxBytes, limit.Token) is { } body
                ? (AnswerOf(response, body), null)
                : (null, new(ConnectionFaultKind.NotUnderstood, "HTTP " + (int)response.StatusCode));
        }
        catch (HttpRequestException fault)
        {
            return (null, FaultOf(fault, request.RequestUri!));
        }
        catch (Exception fault) when (fault is IOException or SocketException
            || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            var asked = request.RequestUri!;
            return (null, ProxyOf(asked) is { } proxy ? NotThrough(proxy, asked) : new(ConnectionFaultKind.ServerDown));
        }
        catch (Exception broken) when (broken is ArgumentException or FormatException or IndexOutOfRangeException or OverflowException
            && ProxyOf(request.RequestUri!) is not null)
        {
            // The framework's NTLM code throws these when a proxy sends something that is not NTLM.
            return (null, ProxyRefuses());
        }
    }

    private BankAnswer AnswerOf(HttpResponseMessage response, byte[] body) => new(
        response.StatusCode,
        Header(response, "Densai-Reason"),
        Header(response, "Densai-Code"),
        WaitOf(response),
        response.Content.Headers.ContentType?.MediaType,
        body);

    private ConnectionFault FaultOf(HttpRequestException fault, Uri asked)
    {
        if (FirstOf<TlsFaultException>(fault) is { Fault: var refused })
        {
            return new(refused.Kind, refused.Detail) { Place = PlaceOf(asked) };
        }

        var proxy = ProxyOf(asked);
        var socket = FirstOf<SocketException>(fault)?.SocketErrorCode;
        return fault.HttpRequestError switch
        {
            // Some proxies answer 401 to wrong credentials, where RFC 9110 15.5.8 demands 407 again.
            HttpRequestError.ProxyTunnelError
                when fault.StatusCode is HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.Unauthorized => ProxyRefuses(),
            // The proxy's rules forbid this host and port.
            HttpRequestError.ProxyTunnelError
                when fault.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError =>
                new(ConnectionFaultKind.ProxyForbids, _proxy.Address ?? "") { Place = PlaceOf(asked) },
            // From here it cannot be told whether the proxy failed or the bank behind it.
            HttpRequestError.ProxyTunnelError => NotThrough(_proxy.Address ?? "", asked, fault.StatusCode),
            HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                when proxy is not null => new(ConnectionFaultKind.ProxyNotReached, proxy),
            _ when proxy is not null => NotThrough(proxy, asked),
            HttpRequestError.NameResolutionError => new(ConnectionFaultKind.NoNetwork, asked.Host),
            HttpRequestError.ConnectionError
                when socket is SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown
                    or SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData =>
                        new(ConnectionFaultKind.NoNetwork, asked.Host),
            HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError => new(ConnectionFaultKind.NotUnderstood),
            _ => new(ConnectionFaultKind.ServerDown),
        };
    }

    private string? ProxyOf(Uri asked) => _proxy.GetProxy(asked) is null ? null : _proxy.Address;

    private static ConnectionFault NotThrough(string proxy, Uri asked, HttpStatusCode? status = null) =>
        new(ConnectionFaultKind.NotThroughProxy, proxy) { Place = PlaceOf(asked), Answer = status is { } said ? $"HTTP {(int)said}" : "" };

    private ConnectionFault ProxyRefuses() => new(
        _proxy.HasCredentials ? ConnectionFaultKind.ProxyRefusesCredentials : ConnectionFaultKind.ProxyAsksCredentials,
        _proxy.Address ?? "");

    /// <summary>The first exception of this type in the chain, whichever layers wrapped it.</summary>
    private static T? FirstOf<T>(Exception? fault)
        where T : Exception
    {
        while (fault is not null and not T)
        {
            fault = fault.InnerException;
        }

        return (T?)fault;
    }

    /// <summary>
    /// The certificate is the bank's, but not valid by this PC's clock. The Date header of the bank tells which of the two is wrong. It is
    /// requested over a connection whose chain was verified except for the time, and on which nothing about the person is sent.
    /// </summary>
    private async Task<ConnectionFault> CompareClocksAsync(Func<HttpRequestMessage> request, CancellationToken cancellation)
    {
        using var sample = request();
        using var client = Client(PlaceOf(sample.RequestUri!), certificate: null, timeIgnored: true);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ConnectLimit);
        try
        {
            using var ask = new HttpRequestMessage(HttpMethod.Head, new Uri(sample.RequestUri!, "/enrollment.json"));
            using var answer = await client.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (answer.Headers.Date is { } theirs)
            {
                var difference = _time.GetUtcNow() - theirs;
                return difference.Duration() > ClockTolerance
                    ? new(ConnectionFaultKind.ClockWrong) { ClockAhead = difference }
                    // The clock is right, so the bank's own certificate has expired.
                    : new(ConnectionFaultKind.ServerDown, "TLS");
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException
            or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            // Then there is only what the dates of the certificate tell.
        }

        return new(ConnectionFaultKind.ClockWrong);
    }

    private HttpClient Anonymous(string place)
    {
        lock (_gate)
        {
            // A connection through another proxy, or with other credentials, must not be used again.
            if (_proxyEdition != _proxy.Edition)
            {
                _anonymous.Clear();
                _proxyEdition = _proxy.Edition;
            }

            if (!_anonymous.TryGetValue(place, out var client))
            {
                _anonymous[place] = client = Client(place, certificate: null, timeIgnored: false);
            }

            return client;
        }
    }

    private HttpClient Client(string place, X509Certificate2? certificate, bool timeIgnored)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectLimit,
            MaxResponseHeadersLength = 32,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            Proxy = _proxy,
            UseProxy = true,
            ConnectCallback = _connect,
        };
        handler.SslOptions.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, server, chain, errors) =>
        {
            if (server is X509Certificate2 seen)
            {
                _issuers[place] = seen.IssuerName;
            }

            var fault = _trust.Verify(server as X509Certificate2, chain, errors);
            return fault is null || (timeIgnored && fault.Kind == ConnectionFaultKind.ClockWrong)
                ? true
                : throw new TlsFaultException(fault);
        };
        if (certificate is not null)
        {
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, DefaultRequestVersion = HttpVersion.Version11 };
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private TimeSpan? WaitOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } wait } => wait,
        { Date: { } until } => until - _time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    /// <summary>Carries the fault out of the handshake through all layers that wrap exceptions.</summary>
    private sealed class TlsFaultException(TlsFault fault) : AuthenticationException(fault.Kind.ToString())
    {
        public TlsFault Fault => fault;
    }
}
