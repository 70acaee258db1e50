using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.Proxy;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>One answer of the bank's, read whole.</summary>
internal sealed record BankAnswer(HttpStatusCode Status, string? Reason, string? ErrorCode, TimeSpan? RetryAfter, string? ContentType, byte[] Body);

/// <summary>
/// HTTPS to the bank through the chosen proxy. Bounded in time and size, follows nothing, keeps no cookies. What goes wrong becomes one of the
/// faults that a person can act on.
/// </summary>
internal sealed class BankConnection : IDisposable
{
    /// <summary>Largest answer that is read.</summary>
    public const int MostOctets = 512 * 1024;

    /// <summary>Beyond it a certificate's first and last hour, and the person, are misled.</summary>
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
    private int _edition = -1;

    static BankConnection()
    {
        if (OperatingSystem.IsLinux())
        {
            // Proxies that know only Windows accounts: the system answers them only where a plugin of GSSAPI was installed, .NET by itself.
            AppContext.SetSwitch("System.Net.Security.UseManagedNtlm", isEnabled: true);
        }
    }

    /// <param name="connect">Leads names to sockets in another way; null: as the system does.</param>
    public BankConnection(ProxyChoice proxy, ServerTrust trust, TimeProvider time, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect = null) =>
        (_proxy, _trust, _time, _connect) = (proxy, trust, time, connect);

    public TimeProvider Time => _time;

    /// <summary>Who issued the TLS certificate that was seen last at this address, good or not; null before the first handshake.</summary>
    public X500DistinguishedName? IssuerSeen(Uri address) => _issuers.GetValueOrDefault(PlaceOf(address));

    /// <summary>Host and port, as a network person writes them down.</summary>
    public static string PlaceOf(Uri address) => string.Create(CultureInfo.InvariantCulture, $"{address.IdnHost}:{address.Port}");

    /// <param name="certificate">With its key, for the certificate origin; the connection is not shared with any other.</param>
    public async Task<(BankAnswer? Answer, ConnectionFault? Fault)> SendAsync(Func<HttpRequestMessage> request, X509Certificate2? certificate, CancellationToken cancellation)
    {
        if (_proxy.NotUsable is { } variable)
        {
            return (null, new(ConnectionFaultKind.ProxySettingNotUsable, variable));
        }

        using var sample = request();
        var place = PlaceOf(sample.RequestUri!);
        using var own = certificate is null ? null : Client(place, certificate, timeIgnored: false);
        var (answer, fault) = await SendAsync(own ?? Anonymous(place), request, cancellation);
        return fault is { Kind: ConnectionFaultKind.ClockWrong } ? (null, await CompareClocksAsync(request, cancellation)) : (answer, fault);
    }

    public void Dispose()
    {
        foreach (var client in _anonymous.Values)
        {
            client.Dispose();
        }
    }

    private async Task<(BankAnswer? Answer, ConnectionFault? Fault)> SendAsync(HttpClient client, Func<HttpRequestMessage> build, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerLimit);
        using var request = build();
        request.Headers.AcceptLanguage.Add(new StringWithQualityHeaderValue(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en" ? "en" : "ja"));
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (response.StatusCode == HttpStatusCode.ProxyAuthenticationRequired)
            {
                return (null, ProxyRefuses());
            }

            var body = await ReadAsync(response, limit.Token);
            return body is null
                ? (null, new(ConnectionFaultKind.NotUnderstood, "HTTP " + (int)response.StatusCode))
                : (new BankAnswer(response.StatusCode, Header(response, "Densai-Reason"), Header(response, "Densai-Code"), WaitOf(response), response.Content.Headers.ContentType?.MediaType, body), null);
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
            // What a proxy says in NTLM is read without a fault of its own for what is none.
            return (null, ProxyRefuses());
        }
    }

    private ConnectionFault FaultOf(HttpRequestException fault, Uri asked)
    {
        if (TlsRefusal.In(fault) is { } refused)
        {
            return new(refused.Verdict.Kind, refused.Verdict.Detail) { Place = PlaceOf(asked) };
        }

        var proxy = ProxyOf(asked);
        var socket = SocketErrorIn(fault);
        return fault.HttpRequestError switch
        {
            // Some say 401 to wrong credentials, where RFC 9110 15.5.8 wants 407 again.
            HttpRequestError.ProxyTunnelError when fault.StatusCode is HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.Unauthorized => ProxyRefuses(),
            // It answers and says no: a matter of its rules, for this host and port.
            HttpRequestError.ProxyTunnelError when fault.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError =>
                new(ConnectionFaultKind.ProxyForbids, _proxy.Address ?? "") { Place = PlaceOf(asked) },
            // Whether it is the proxy or the bank behind it, nobody here can tell.
            HttpRequestError.ProxyTunnelError => NotThrough(_proxy.Address ?? "", asked, fault.StatusCode),
            HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError when proxy is not null => new(ConnectionFaultKind.ProxyNotReached, proxy),
            _ when proxy is not null => NotThrough(proxy, asked),
            HttpRequestError.NameResolutionError => new(ConnectionFaultKind.NoNetwork, asked.Host),
            HttpRequestError.ConnectionError when socket is SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown
                or SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => new(ConnectionFaultKind.NoNetwork, asked.Host),
            HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError => new(ConnectionFaultKind.NotUnderstood),
            _ => new(ConnectionFaultKind.ServerDown),
        };
    }

    private string? ProxyOf(Uri asked) => _proxy.GetProxy(asked) is null ? null : _proxy.Address;

    private static ConnectionFault NotThrough(string proxy, Uri asked, HttpStatusCode? status = null) =>
        new(ConnectionFaultKind.NotThroughProxy, proxy) { Place = PlaceOf(asked), Answer = status is { } said ? $"HTTP {(int)said}" : "" };

    private ConnectionFault ProxyRefuses() =>
        new(_proxy.HasCredentials ? ConnectionFaultKind.ProxyRefusesCredentials : ConnectionFaultKind.ProxyAsksCredentials, _proxy.Address ?? "");

    private static SocketError? SocketErrorIn(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault is SocketException socket)
            {
                return socket.SocketErrorCode;
            }
        }

        return null;
    }

    /// <summary>
    /// The certificate is the bank's but not of this PC's today. The bank's own Date, over a connection whose chain was checked but for the time and
    /// on which nothing of the person's is sent, says which of the two is wrong.
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
                    // The clock is right: the bank's own certificate has run out.
                    : new(ConnectionFaultKind.ServerDown, "TLS");
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            // The certificate's dates alone must do.
        }

        return new(ConnectionFaultKind.ClockWrong);
    }

    private HttpClient Anonymous(string place)
    {
        lock (_gate)
        {
            // A connection through another proxy, or with other credentials, is not this way.
            if (_edition != _proxy.Edition)
            {
                _anonymous.Clear();
                _edition = _proxy.Edition;
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

            return _trust.Judge(server as X509Certificate2, chain, errors) is not { } verdict || (timeIgnored && verdict.Kind == ConnectionFaultKind.ClockWrong)
                ? true
                : throw new TlsRefusal(verdict);
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

    /// <summary>The body, or null as soon as it proves too long.</summary>
    private static async Task<byte[]?> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var all = new MemoryStream();
        var piece = new byte[8192];
        while (await stream.ReadAsync(piece, cancellation) is var read and > 0)
        {
            all.Write(piece, 0, read);
            if (all.Length > MostOctets)
            {
                return null;
            }
        }

        return all.ToArray();
    }

    /// <summary>Carries the verdict out of the handshake, whichever layer wraps it.</summary>
    private sealed class TlsRefusal(TlsVerdict verdict) : AuthenticationException(verdict.Kind.ToString())
    {
        public TlsVerdict Verdict => verdict;

        public static TlsRefusal? In(Exception? fault)
        {
            for (; fault is not null; fault = fault.InnerException)
            {
                if (fault is TlsRefusal refusal)
                {
                    return refusal;
                }
            }

            return null;
        }
    }
}
