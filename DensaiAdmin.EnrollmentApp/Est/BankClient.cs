using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using DensaiAdmin.EnrollmentApp.Screens;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>
/// The bank over HTTPS: EST (RFC 7030, RFC 8951) and its own description. A lost answer is asked for again with the same key and request, which
/// brings the same certificate and never a second one.
/// </summary>
internal sealed class BankClient(Uri server, BankConnection connection) : IEstClient, IBank
{
    /// <summary>How often one request is sent at most.</summary>
    public const int MostTries = 3;

    /// <summary>The longest wait that the bank may ask for before this client asks again by itself.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    // Somebody waits before the window, and can ask again.
    private const int ReachTries = 2;

    // The bank's code of a request that no certificate came with (docs/codes.md).
    private static readonly string NoneCame = ErrorCodes.CertificateMissing.ToString();

    private static readonly TimeSpan ListLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);

    private IReadOnlyList<X509Certificate2>? _authorities;
    private BankInformation? _information;

    public Uri Server => server;

    public async Task<(BankInformation? Information, ConnectionFault? Fault)> GetInformationAsync(CancellationToken cancellation)
    {
        var (answer, fault) = await RepeatAsync(() => Get(new Uri(server, "/enrollment.json")), null, cancellation);
        if (answer is null)
        {
            return (null, fault);
        }

        if (answer.Status != HttpStatusCode.OK || ReadInformation(answer.Body) is not { } information)
        {
            return (null, NotUnderstood(answer));
        }

        _information = information;
        return (information, null);
    }

    public async Task<(IReadOnlyList<X509Certificate2> Authorities, ConnectionFault? Fault)> GetAuthoritiesAsync(CancellationToken cancellation)
    {
        if (_authorities is not null)
        {
            return (_authorities, null);
        }

        var (answer, fault) = await RepeatAsync(() => Get(new Uri(server, "/.well-known/est/cacerts")), null, cancellation);
        if (answer is null)
        {
            return ([], fault);
        }

        if (answer.Status != HttpStatusCode.OK || CertsOnly(answer) is not { Count: > 0 } authorities)
        {
            return ([], NotUnderstood(answer));
        }

        _authorities = authorities;
        return (authorities, null);
    }

    public Task<EstOutcome> EnrollAsync(ReadOnlyMemory<byte> certificationRequest, Credentials credentials, CancellationToken cancellation) =>
        AskAsync(new Uri(server, "/.well-known/est/simpleenroll"), certificationRequest, credentials, null, cancellation);

    public async Task<EstOutcome> ReenrollAsync(ReadOnlyMemory<byte> certificationRequest, X509Certificate2 current, Credentials credentials, CancellationToken cancellation)
    {
        var (origin, fault) = await CertificateOriginAsync(cancellation);
        return origin is null
            ? new EstOutcome.NotReached(fault!)
            : await AskAsync(new Uri(origin, "/.well-known/est/simplereenroll"), certificationRequest, credentials, current, cancellation);
    }

    public async Task<ConnectionFault?> TryHandshakeAsync(X509Certificate2 certificate, CancellationToken cancellation)
    {
        var (origin, fault) = await CertificateOriginAsync(cancellation);
        if (origin is null)
        {
            return fault;
        }

        // BLGI002 answers 200 to a certificate that could log in, BLGI003 403 to any other. Without the password it is no login.
        var (answer, unreached) = await RepeatAsync(() => Get(new Uri(origin, "/login")), certificate, cancellation);
        return answer switch
        {
            null => unreached,
            { Status: HttpStatusCode.OK } => null,
            { ErrorCode: { } none } when none == NoneCame => NotReceived(origin),
            { Status: HttpStatusCode.Forbidden, ErrorCode: { } code } => new(ConnectionFaultKind.CertificateNotAccepted, code),
            _ => NotUnderstood(answer),
        };
    }

    public string? IssuerSeen(Uri origin) => connection.IssuerSeen(origin) is { } issuer ? ServerTrust.NameOf(issuer) : null;

    public async Task<bool?> IsRevokedAsync(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation)
    {
        if (RevocationList.AddressOf(certificate) is not { } address)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ListLimit);
        try
        {
            var (answer, _) = await connection.SendAsync(() => Get(address), null, limit.Token);
            return answer is { Status: HttpStatusCode.OK } ? RevocationList.Has(answer.Body, certificate, authorities) : null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Nobody waits for it longer than for the rest; the bank judges the certificate in the end.
            return null;
        }
    }

    private ConnectionFault NotReceived(Uri origin) =>
        new(ConnectionFaultKind.CertificateNotReceived, IssuerSeen(origin) ?? "") { Place = BankConnection.PlaceOf(origin) };

    public async Task<ConnectionFault?> ReachCertificateOriginAsync(CancellationToken cancellation)
    {
        var (origin, fault) = await CertificateOriginAsync(cancellation);
        if (origin is null)
        {
            return fault;
        }

        // What this origin answers without a certificate, and nobody else does in its place.
        var (answer, unreached) = await RepeatAsync(() => Get(new Uri(origin, "/.well-known/est/cacerts")), null, cancellation, ReachTries);
        if (answer is null)
        {
            return unreached;
        }

        if (answer.Status != HttpStatusCode.OK || CertsOnly(answer) is not { Count: > 0 })
        {
            return NotUnderstood(answer);
        }

        // A box whose issuer this PC trusts hands on all but a client's certificate: known before one is spent.
        return _information?.CertificateOriginIssuer is { } theirs && connection.IssuerSeen(origin) is { } seen && HashOf(seen) != theirs
            ? new(ConnectionFaultKind.TlsIntercepted, ServerTrust.NameOf(seen)) { Place = BankConnection.PlaceOf(origin) }
            : null;
    }

    private static string HashOf(X500DistinguishedName name) => Convert.ToHexStringLower(SHA256.HashData(name.RawData));

    private static HttpRequestMessage Get(Uri address) => new(HttpMethod.Get, address);

    private async Task<(Uri? Origin, ConnectionFault? Fault)> CertificateOriginAsync(CancellationToken cancellation)
    {
        var (information, fault) = _information is not null ? (_information, null) : await GetInformationAsync(cancellation);
        return (information?.CertificateOrigin, fault);
    }

    private async Task<EstOutcome> AskAsync(Uri address, ReadOnlyMemory<byte> request, Credentials credentials, X509Certificate2? current, CancellationToken cancellation)
    {
        var (answer, fault) = await RepeatAsync(() => Post(address, request, credentials), current, cancellation);
        if (answer is null)
        {
            return new EstOutcome.NotReached(fault!);
        }

        if (current is not null && answer.ErrorCode == NoneCame)
        {
            // It was shown, and did not arrive.
            return new EstOutcome.NotReached(NotReceived(address));
        }

        if (answer.Reason is { Length: > 0 } code)
        {
            return new EstOutcome.Refused(code, OneLine(answer), answer.RetryAfter) { ErrorCode = answer.ErrorCode };
        }

        if (answer.Status == HttpStatusCode.TooManyRequests)
        {
            return new EstOutcome.Refused("too-many-requests", "", answer.RetryAfter);
        }

        if (answer.Status != HttpStatusCode.OK || CertsOnly(answer) is not { } certificates || Own(certificates, request) is not { } own)
        {
            return new EstOutcome.NotReached(NotUnderstood(answer));
        }

        var (authorities, unknown) = await GetAuthoritiesAsync(cancellation);
        return unknown is not null ? new EstOutcome.NotReached(unknown)
            : IsOf(authorities, own) ? new EstOutcome.Issued(own)
            : new EstOutcome.NotReached(NotUnderstood(answer));
    }

    private static HttpRequestMessage Post(Uri address, ReadOnlyMemory<byte> request, Credentials credentials)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ByteArrayContent(Encoding.ASCII.GetBytes(Convert.ToBase64String(request.Span, Base64FormattingOptions.InsertLineBreaks))),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
        message.Content.Headers.Add("Content-Transfer-Encoding", "base64");
        message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.LoginId}:{credentials.Password}")));
        return message;
    }

    /// <summary>Sends again what may have been lost: a silent or broken server, a 5xx. Every other fault wants a person.</summary>
    private async Task<(BankAnswer? Answer, ConnectionFault? Fault)> RepeatAsync(
        Func<HttpRequestMessage> request, X509Certificate2? certificate, CancellationToken cancellation, int mostTries = MostTries)
    {
        var wait = FirstWait;
        for (var tries = 1; ; tries++)
        {
            var (answer, fault) = await connection.SendAsync(request, certificate, cancellation);
            var isBusy = answer is { Status: >= HttpStatusCode.InternalServerError };
            if (!isBusy && fault is not { Kind: ConnectionFaultKind.ServerDown or ConnectionFaultKind.NotThroughProxy })
            {
                return (answer, fault);
            }

            var asked = answer?.RetryAfter ?? wait;
            if (tries == mostTries || asked > LongestWait)
            {
                return (null, fault ?? new(ConnectionFaultKind.ServerDown, $"HTTP {(int)answer!.Status}"));
            }

            await Task.Delay(asked, connection.Time, cancellation);
            wait *= 2;
        }
    }

    private static ConnectionFault NotUnderstood(BankAnswer answer) => new(ConnectionFaultKind.NotUnderstood, $"HTTP {(int)answer.Status}");

    /// <summary>The bank's reason: its first line, as it was said.</summary>
    private static string OneLine(BankAnswer answer) =>
        answer.ContentType == "text/plain" ? Encoding.UTF8.GetString(answer.Body).Split('\n', 2)[0].Trim() : "";

    private static List<X509Certificate2>? CertsOnly(BankAnswer answer)
    {
        if (answer.ContentType != "application/pkcs7-mime")
        {
            return null;
        }

        try
        {
            var message = new SignedCms();
            message.Decode(Convert.FromBase64String(Encoding.ASCII.GetString(answer.Body)));
            return [.. message.Certificates];
        }
        catch (Exception fault) when (fault is FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static X509Certificate2? Own(IEnumerable<X509Certificate2> certificates, ReadOnlyMemory<byte> request)
    {
        var asked = CertificateRequest.LoadSigningRequest(request.ToArray(), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1)
            .PublicKey.ExportSubjectPublicKeyInfo();
        return certificates.FirstOrDefault(certificate => certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(asked));
    }

    /// <summary>Whether the chain ends in a root among the authorities. Not the dates: this PC's clock is judged elsewhere.</summary>
    private static bool IsOf(IReadOnlyList<X509Certificate2> authorities, X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities.Where(IsRoot).ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(authorities.Where(authority => !IsRoot(authority)).ToArray());
        return chain.Build(certificate);
    }

    private static bool IsRoot(X509Certificate2 authority) => authority.SubjectName.RawData.AsSpan().SequenceEqual(authority.IssuerName.RawData);

    private static BankInformation? ReadInformation(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            string? Of(string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            int Number(string name, int usual) =>
                json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var given) && given is > 0 and < 1000 ? given : usual;
            string? InContact(string name) =>
                json.RootElement.TryGetProperty("contact", out var contact) && contact.ValueKind == JsonValueKind.Object && contact.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= 200 } text ? text : null;
            return Uri.TryCreate(Of("certificateOrigin"), UriKind.Absolute, out var origin) && origin.Scheme == Uri.UriSchemeHttps
                ? new BankInformation(
                    origin,
                    Version.TryParse(Of("version"), out var version) ? version : null,
                    Version.TryParse(Of("minimumVersion"), out var minimum) ? minimum : null,
                    DateTimeOffset.TryParse(Of("serverTime"), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var at) ? at : null)
                {
                    CertificateOriginIssuer = Of("certificateOriginIssuer"),
                    RenewalWindowDays = Number("renewalWindowDays", 40),
                    NoticeDays = Number("noticeDays", 40),
                    ValidityYears = Number("validityYears", 1),
                    Telephone = InContact("telephone"),
                    Hours = InContact("hours"),
                }
                : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
