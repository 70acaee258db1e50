using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>
/// The bank over HTTPS: EST (RFC 7030, RFC 8951) and what it publishes for this app. When an answer is lost, the same request with the same
/// key is sent again, which brings the same certificate and never a second one.
/// </summary>
internal sealed class BankClient(Uri server, BankConnection connection) : IEstClient, IBank
{
    /// <summary>How often one request is sent.</summary>
    public const int MaxTries = 3;

    /// <summary>Up to this wait the client repeats a request by itself when the bank asks it to come back later.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(15);

    // A person is waiting at the window and can try again.
    private const int ReachTries = 2;

    /// <summary>The bank's code for a request that came without a certificate (docs/codes.md).</summary>
    public static readonly ErrorCode CertificateMissing = new(1201);

    private static readonly string NoCertificateCame = CertificateMissing.ToString();

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

    public async Task<(IReadOnlyList<X509Certificate2> Authorities, ConnectionFault? Fault)> GetAuthoritiesAsync(
        CancellationToken cancellation)
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

    public Task<EstOutcome> EnrollAsync(
        ReadOnlyMemory<byte> certificationRequest, Credentials credentials, CancellationToken cancellation) =>
        AskAsync(new Uri(server, "/.well-known/est/simpleenroll"), certificationRequest, credentials, null, cancellation);

    public async Task<EstOutcome> ReenrollAsync(
        ReadOnlyMemory<byte> certificationRequest, X509Certificate2 current, Credentials credentials, CancellationToken cancellation)
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

        // BLGI002 answers 200 to a certificate that can log in, BLGI003 answers 403 to any other. Without the password it is no login.
        var (answer, unreached) = await RepeatAsync(() => Get(new Uri(origin, "/login")), certificate, cancellation);
        return answer switch
        {
            null => unreached,
            { Status: HttpStatusCode.OK } => null,
            { ErrorCode: { } code } when code == NoCertificateCame => NotReceived(origin),
            { Status: HttpStatusCode.Forbidden, ErrorCode: { } code } => new(ConnectionFaultKind.CertificateNotAccepted, code),
            _ => NotUnderstood(answer),
        };
    }

    public string? IssuerSeen(Uri origin) => connection.IssuerSeen(origin) is { } issuer ? ServerTrust.NameOf(issuer) : null;

    public async Task<bool?> IsRevokedAsync(
        X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation)
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
            // This is not worth a longer wait: in the end the bank evaluates the certificate.
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

        // The bank answers this without a certificate, and nobody else could answer it in its place.
        var (answer, unreached) = await RepeatAsync(() => Get(new Uri(origin, "/.well-known/est/cacerts")), null, cancellation, ReachTries);
        if (answer is null)
        {
            return unreached;
        }

        if (answer.Status != HttpStatusCode.OK || CertsOnly(answer) is not { Count: > 0 })
        {
            return NotUnderstood(answer);
        }

        // An inspecting proxy whose issuer this PC trusts passes on everything but the client certificate. That must be known before one is
        // issued.
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

    private async Task<EstOutcome> AskAsync(
        Uri address, ReadOnlyMemory<byte> request, Credentials credentials, X509Certificate2? current, CancellationToken cancellation)
    {
        var (answer, fault) = await RepeatAsync(() => Post(address, request, credentials), current, cancellation);
        if (answer is null)
        {
            return new EstOutcome.NotReached(fault!);
        }

        if (current is not null && answer.ErrorCode == NoCertificateCame)
        {
            // It was presented and did not arrive.
            return new EstOutcome.NotReached(NotReceived(address));
        }

        if (answer.Reason is { Length: > 0 } code)
        {
            return new EstOutcome.Refused(code, OneLine(answer), answer.RetryAfter) { ErrorCode = answer.ErrorCode };
        }

        if (answer.Status == HttpStatusCode.TooManyRequests)
        {
            return new EstOutcome.Refused(RefusalCode.TooManyRequests, "", answer.RetryAfter);
        }

        if (answer.Status != HttpStatusCode.OK || CertsOnly(answer) is not { } certificates
            || certificates.Find(one => one.IsFor(request)) is not { } own)
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
        var base64 = Convert.ToBase64String(request.Span, Base64FormattingOptions.InsertLineBreaks);
        var login = Encoding.UTF8.GetBytes($"{credentials.LoginId}:{credentials.Password}");
        var message = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(Encoding.ASCII.GetBytes(base64)) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
        message.Content.Headers.Add("Content-Transfer-Encoding", "base64");
        message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(login));
        return message;
    }

    /// <summary>Repeats what may have been lost: no answer, a broken one, 5xx. Every other fault needs a person.</summary>
    private async Task<(BankAnswer? Answer, ConnectionFault? Fault)> RepeatAsync(
        Func<HttpRequestMessage> request, X509Certificate2? certificate, CancellationToken cancellation, int maxTries = MaxTries)
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
            if (tries == maxTries || asked > MaxWait)
            {
                return (null, fault ?? new(ConnectionFaultKind.ServerDown, $"HTTP {(int)answer!.Status}"));
            }

            await Task.Delay(asked, connection.Time, cancellation);
            wait *= 2;
        }
    }

    private static ConnectionFault NotUnderstood(BankAnswer answer) => new(ConnectionFaultKind.NotUnderstood, $"HTTP {(int)answer.Status}");

    /// <summary>The bank's reason: the first line of its answer.</summary>
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

    /// <summary>
    /// Whether the chain ends in a root among the authorities. The dates do not matter here: this PC's clock is checked elsewhere.
    /// </summary>
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

    private static bool IsRoot(X509Certificate2 authority) =>
        authority.SubjectName.RawData.AsSpan().SequenceEqual(authority.IssuerName.RawData);

    private static BankInformation? ReadInformation(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            if (!Uri.TryCreate(Text(root, "certificateOrigin"), UriKind.Absolute, out var origin) || origin.Scheme != Uri.UriSchemeHttps)
            {
                return null;
            }

            JsonElement? contact = root.TryGetProperty("contact", out var given) && given.ValueKind == JsonValueKind.Object ? given : null;
            return new BankInformation(origin, VersionOf(root, "version"), VersionOf(root, "minimumVersion"), TimeOf(root, "serverTime"))
            {
                CertificateOriginIssuer = Text(root, "certificateOriginIssuer"),
                RenewalWindowDays = Number(root, "renewalWindowDays") ?? 40,
                NoticeDays = Number(root, "noticeDays") ?? 40,
                ValidityYears = Number(root, "validityYears") ?? 1,
                Telephone = Shown(contact, "telephone"),
                Hours = Shown(contact, "hours"),
            };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // What a screen shows is neither empty nor longer than a line.
    private static string? Shown(JsonElement? element, string name) =>
        element is { } there && Text(there, name) is { Length: > 0 and <= 200 } text ? text : null;

    private static int? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out var number) && number is > 0 and < 1000 ? number : null;

    private static Version? VersionOf(JsonElement element, string name) =>
        Version.TryParse(Text(element, name), out var version) ? version : null;

    private static DateTimeOffset? TimeOf(JsonElement element, string name) =>
        DateTimeOffset.TryParse(Text(element, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;
}
