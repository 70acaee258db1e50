using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using DensaiAdmin.EnrollmentApp.Proxy;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>
/// Enrolment over Secure Transport (RFC 7030, RFC 8951) through whatever proxy there is. A request whose answer was lost is sent again as
/// it was: the bank answers the same key with the same certificate.
/// </summary>
internal sealed class EstClient(Uri server, X509Certificate2Collection? authorities, ProxyChoice proxy, TimeProvider time) : IEstClient, IBank
{
    private const string Base = "/.well-known/est/";
    private const int MostTries = 3;
    private const int MostOctets = 1024 * 1024;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);
    private Uri? _certificateOrigin;

    public Uri Server => server;

    /// <summary>How long is waited before a lost answer is asked for again, where the bank does not say.</summary>
    internal TimeSpan BetweenTries { get; init; } = TimeSpan.FromSeconds(2);

    public async Task<(BankInformation? Information, ConnectionFault? Fault)> GetInformationAsync(CancellationToken cancellation)
    {
        var (answer, fault) = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, new Uri(server, "/enrollment.json")), null, cancellation);
        if (answer is null)
        {
            return (null, fault);
        }

        try
        {
            using var json = JsonDocument.Parse(answer.Body);
            var root = json.RootElement;
            if (answer.Status != HttpStatusCode.OK
                || !Uri.TryCreate(Text(root, "certificateOrigin"), UriKind.Absolute, out var origin)
                || origin.Scheme != Uri.UriSchemeHttps)
            {
                return (null, NotUnderstood(answer));
            }

            _certificateOrigin = origin;
            return (new BankInformation(
                origin,
                Version.TryParse(Text(root, "version"), out var version) ? version : null,
                Version.TryParse(Text(root, "minimumVersion"), out var minimum) ? minimum : null,
                DateTimeOffset.TryParse(Text(root, "serverTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var now) ? now : null), null);
        }
        catch (JsonException)
        {
            return (null, NotUnderstood(answer));
        }
    }

    public async Task<(IReadOnlyList<X509Certificate2> Authorities, ConnectionFault? Fault)> GetAuthoritiesAsync(CancellationToken cancellation)
    {
        var (answer, fault) = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, new Uri(server, Base + "cacerts")), null, cancellation);
        if (answer is null)
        {
            return ([], fault);
        }

        return answer.Status == HttpStatusCode.OK && CertsOnly(answer.Body) is { Count: > 0 } certificates ? (certificates, null) : ([], NotUnderstood(answer));
    }

    public Task<EstOutcome> EnrollAsync(ReadOnlyMemory<byte> certificationRequest, Credentials credentials, CancellationToken cancellation) =>
        EnrollAsync(new Uri(server, Base + "simpleenroll"), certificationRequest, null, credentials, cancellation);

    public async Task<EstOutcome> ReenrollAsync(ReadOnlyMemory<byte> certificationRequest, X509Certificate2 current, Credentials credentials, CancellationToken cancellation)
    {
        var (origin, fault) = await CertificateOriginAsync(cancellation);
        return origin is null
            ? new EstOutcome.NotReached(fault!)
            : await EnrollAsync(new Uri(origin, Base + "simplereenroll"), certificationRequest, current, credentials, cancellation);
    }

    public async Task<ConnectionFault?> TryHandshakeAsync(X509Certificate2 certificate, CancellationToken cancellation)
    {
        var (origin, fault) = await CertificateOriginAsync(cancellation);
        if (origin is null)
        {
            return fault;
        }

        // BLGI002 answers 200 to a certificate that may log in, and 303 where it has a session; nobody is logged in by looking.
        var (answer, unreached) = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, new Uri(origin, "/login")), certificate, cancellation);
        return answer is null ? unreached : answer.Status is HttpStatusCode.OK or HttpStatusCode.SeeOther ? null : NotUnderstood(answer);
    }

    private async Task<(Uri? Origin, ConnectionFault? Fault)> CertificateOriginAsync(CancellationToken cancellation)
    {
        if (_certificateOrigin is { } known)
        {
            return (known, null);
        }

        var (information, fault) = await GetInformationAsync(cancellation);
        return (information?.CertificateOrigin, fault);
    }

    private async Task<EstOutcome> EnrollAsync(Uri address, ReadOnlyMemory<byte> certificationRequest, X509Certificate2? current, Credentials credentials, CancellationToken cancellation)
    {
        var (answer, fault) = await SendAsync(
            () =>
            {
                // RFC 8951 3.1: base64, whatever the transfer encoding says.
                var body = new ByteArrayContent(Encoding.ASCII.GetBytes(Convert.ToBase64String(certificationRequest.Span)));
                body.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
                var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = body };
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.LoginId}:{credentials.Password}")));
                return request;
            },
            current,
            cancellation);
        if (answer is null)
        {
            return new EstOutcome.NotReached(fault!);
        }

        if (answer.Status == HttpStatusCode.OK)
        {
            var key = KeyOf(certificationRequest);
            return CertsOnly(answer.Body)?.FirstOrDefault(one => one.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key)) is { } issued
                ? new EstOutcome.Issued(issued)
                : new EstOutcome.NotReached(NotUnderstood(answer));
        }

        // RFC 7030 4.2.3: not ready yet, to be asked again with the same request.
        return answer.Status == HttpStatusCode.Accepted
            ? new EstOutcome.Refused(Enrollment.RefusalCode.TooManyRequests, "", answer.RetryAfter)
            : (int)answer.Status is >= 400 and < 500
            ? new EstOutcome.Refused(answer.Reason ?? (answer.Status == HttpStatusCode.Unauthorized ? Enrollment.RefusalCode.BadCredentials : ""), Sentence(answer), answer.RetryAfter)
            : new EstOutcome.NotReached(NotUnderstood(answer));
    }

    /// <summary>The answer, or why there is none after a few tries. 5xx and lost answers are tried again; so is nothing that a person can mend.</summary>
    private async Task<(Answer? Answer, ConnectionFault? Fault)> SendAsync(Func<HttpRequestMessage> make, X509Certificate2? own, CancellationToken cancellation)
    {
        for (var tried = 1; ; tried++)
        {
            var (answer, fault) = await SendOnceAsync(make, own, cancellation);
            var wait = answer?.RetryAfter is { } asked && asked < BetweenTries * 5 ? asked : BetweenTries;
            if (answer is { Status: >= HttpStatusCode.InternalServerError } broken)
            {
                (answer, fault) = (null, new ConnectionFault(ConnectionFaultKind.ServerDown, $"HTTP {(int)broken.Status}"));
            }

            if (answer is not null || fault!.Kind != ConnectionFaultKind.ServerDown || tried == MostTries)
            {
                return (answer, fault);
            }

            await Task.Delay(wait, time, cancellation);
        }
    }

    private async Task<(Answer? Answer, ConnectionFault? Fault)> SendOnceAsync(Func<HttpRequestMessage> make, X509Certificate2? own, CancellationToken cancellation)
    {
        var trust = new BankTrust(authorities, time);
        using var request = make();
        request.Headers.AcceptLanguage.Add(new StringWithQualityHeaderValue(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en" ? "en" : "ja"));
        using var handler = Handler(trust, own);
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var limit = new CancellationTokenSource(AnswerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await ReadAsync(response, either.Token);
            return (new Answer(
                response.StatusCode,
                response.Headers.TryGetValues("Densai-Reason", out var reasons) ? reasons.FirstOrDefault() : null,
                response.Headers.RetryAfter is { } retry ? retry.Delta ?? (retry.Date - time.GetUtcNow()) : null,
                response.Content.Headers.ContentType?.MediaType ?? "",
                body), null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, new ConnectionFault(ConnectionFaultKind.ServerDown));
        }
        catch (HttpRequestException fault)
        {
            return (null, trust.Fault ?? Classify(fault, request.RequestUri!));
        }
        catch (IOException)
        {
            return (null, trust.Fault ?? new ConnectionFault(ConnectionFaultKind.ServerDown));
        }
    }

    // One for each question: the proxy may be another by the next, and a connection shows one certificate.
    private SocketsHttpHandler Handler(BankTrust trust, X509Certificate2? own)
    {
        var tls = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, shown, chain, errors) => trust.Accepts(shown, chain, errors),
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (own is not null)
        {
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true);
        }

        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = ConnectTimeout,
            UseProxy = true,
            Proxy = proxy,
            // This PC's own, as offices with Kerberos or NTLM expect; Basic is never answered with them.
            DefaultProxyCredentials = CredentialCache.DefaultCredentials,
            SslOptions = tls,
        };
    }

    private ConnectionFault Classify(HttpRequestException fault, Uri address)
    {
        var by = proxy.GetProxy(address) is null ? null : proxy.Address;
        // Some proxies answer wrong credentials with 401, though a tunnel has no other side yet that could.
        if (fault.StatusCode == HttpStatusCode.ProxyAuthenticationRequired || fault is { HttpRequestError: HttpRequestError.ProxyTunnelError, StatusCode: HttpStatusCode.Unauthorized })
        {
            return new ConnectionFault(proxy.HasCredentials ? ConnectionFaultKind.ProxyRefusesCredentials : ConnectionFaultKind.ProxyAsksCredentials, by ?? "");
        }

        var socket = fault.InnerException as SocketException;
        return fault.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError when by is not null => new ConnectionFault(ConnectionFaultKind.ProxyNotReached, by),
            HttpRequestError.NameResolutionError => new ConnectionFault(ConnectionFaultKind.NoNetwork, address.Authority),
            HttpRequestError.ConnectionError when socket?.SocketErrorCode is SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostNotFound =>
                new ConnectionFault(ConnectionFaultKind.NoNetwork, address.Authority),
            HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => new ConnectionFault(ConnectionFaultKind.NotUnderstood, address.Authority),
            _ => new ConnectionFault(ConnectionFaultKind.ServerDown, address.Authority),
        };
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var content = await response.Content.ReadAsStreamAsync(cancellation);
        using var body = new MemoryStream();
        var part = new byte[16 * 1024];
        while (await content.ReadAsync(part, cancellation) is var read and > 0)
        {
            body.Write(part, 0, read);
            if (body.Length > MostOctets)
            {
                throw new IOException("The answer is larger than any of EST.");
            }
        }

        return body.ToArray();
    }

    /// <summary>RFC 7030 4.1.3: a certs-only CMS message in base64; null for anything else.</summary>
    private static List<X509Certificate2>? CertsOnly(byte[] body)
    {
        try
        {
            var cms = new SignedCms();
            cms.Decode(Convert.FromBase64String(Encoding.ASCII.GetString(body)));
            return [.. cms.Certificates];
        }
        catch (Exception unreadable) when (unreadable is FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static byte[] KeyOf(ReadOnlyMemory<byte> certificationRequest) =>
        CertificateRequest.LoadSigningRequest(certificationRequest.ToArray(), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1)
            .PublicKey.ExportSubjectPublicKeyInfo();

    // The bank's refusals are one line of text; a page of something in between is not shown to a person.
    private static string Sentence(Answer answer)
    {
        var text = answer.MediaType == "text/plain" && answer.Reason is not null ? Encoding.UTF8.GetString(answer.Body).Trim() : "";
        return text.Length is > 0 and <= 300 && !text.Any(char.IsControl) ? text : "";
    }

    private static ConnectionFault NotUnderstood(Answer answer) => new(ConnectionFaultKind.NotUnderstood, $"HTTP {(int)answer.Status}");

    private static string? Text(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record Answer(HttpStatusCode Status, string? Reason, TimeSpan? RetryAfter, string MediaType, byte[] Body);
}
