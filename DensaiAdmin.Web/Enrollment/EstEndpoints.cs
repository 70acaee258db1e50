using System.Data.Common;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.Tls;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Origin = DensaiAdmin.Web.Settings.Origin;

namespace DensaiAdmin.Web.Enrollment;

/// <summary>
/// Enrolment over Secure Transport (RFC 7030, RFC 8951): <c>cacerts</c> (4.1) and <c>csrattrs</c> (4.5); <c>simpleenroll</c> (4.2.1)
/// on the public origin with login ID and login password in HTTP Basic (RFC 7617); <c>simplereenroll</c> (4.2.2) on the certificate
/// origin with the same and the certificate that TLS proved. Bodies are base64, with or without line breaks, whatever a
/// Content-Transfer-Encoding header says (RFC 8951 3.1).
/// </summary>
internal static partial class EstEndpoints
{
    /// <summary>Largest body that is read.</summary>
    public const int MaxOctets = CertificationRequest.MaximumOctets;

    public const string ReasonHeader = "Densai-Reason";

    /// <summary>Under which everything of EST lives.</summary>
    public const string Base = "/.well-known/est";

    private const string WrongAddress = "wrong-address";
    private const string CertsOnlyType = "application/pkcs7-mime; smime-type=certs-only";
    private const string Challenge = "Basic realm=\"DensaiAdmin\", charset=\"UTF-8\"";

    private static readonly IReadOnlyList<Operation> Operations =
    [
        // A client that knows one address only finds there what it needs before it renews.
        new("cacerts", HttpMethods.Get, CaCertsAsync, Origin.Public, Origin.Certificate),
        new("csrattrs", HttpMethods.Get, CsrAttrsAsync, Origin.Public, Origin.Certificate),
        new("simpleenroll", HttpMethods.Post, SimpleEnrollAsync, Origin.Public),
        new("simplereenroll", HttpMethods.Post, SimpleReenrollAsync, Origin.Certificate),
    ];

    // Throws on octets that are not UTF-8 instead of guessing another password.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static IEndpointRouteBuilder MapEnrollment(this IEndpointRouteBuilder endpoints)
    {
        foreach (var operation in Operations)
        {
            // One endpoint for every method and origin: what is wrong is said here, and not as an unknown path.
            Map(endpoints, operation.Name, operation.AnswerAsync);
        }

        Map(endpoints, "{**unknown}", WrongAddressAsync);
        return endpoints;
    }

    private static void Map(IEndpointRouteBuilder endpoints, string path, RequestDelegate handle) => endpoints.Map($"{Base}/{path}", handle)
        .AllowAnonymous()
        .WithMetadata(new OriginAttribute(Enum.GetValues<Origin>()))
        .WithDisplayName($"EST {path}");

    private static bool IsAllowed(string method, string allowed) =>
        HttpMethods.Equals(method, allowed) || (HttpMethods.IsHead(method) && HttpMethods.IsGet(allowed));

    private static Task WrongMethodAsync(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = HttpMethods.IsGet(allowed) ? "GET, HEAD" : allowed;
        return RefuseWrongMethodAsync(context, StatusCodes.Status405MethodNotAllowed);
    }

    /// <summary>A refusal by what stands before the endpoints, in the words of EST.</summary>
    public static Task AnswerForAsync(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status405MethodNotAllowed or StatusCodes.Status501NotImplemented => RefuseWrongMethodAsync(
            context, context.Response.StatusCode),
        >= StatusCodes.Status500InternalServerError => UnavailableAsync(
            context, "store-unavailable", ErrorCodes.StoreUnavailable, EstText.Of("Unavailable", context.Request)),
        StatusCodes.Status404NotFound or StatusCodes.Status421MisdirectedRequest => RefuseAsync(
            context, context.Response.StatusCode, WrongAddress, ErrorCodes.WrongAddress, AddressWords(context)),
        var status => RefuseAsync(
            context, status, EnrollRefusal.BadRequest.Code(), ErrorCodes.RequestNotAccepted, EstText.Of("NotHere", context.Request)),
    };

    private static Task RefuseWrongMethodAsync(HttpContext context, int status) =>
        RefuseAsync(
            context, status, EnrollRefusal.BadRequest.Code(), ErrorCodes.RequestMethodWrong, EstText.Of("WrongMethod", context.Request));

    private static Task WrongAddressAsync(HttpContext context) =>
        RefuseAsync(context, StatusCodes.Status404NotFound, WrongAddress, ErrorCodes.WrongAddress, AddressWords(context));

    // Where the operation is, also for who wrote a CA label (RFC 7030 3.2.2) before it: there is one CA here.
    private static string AddressWords(HttpContext context)
    {
        var last = context.Request.Path.Value?.TrimEnd('/').Split('/')[^1];
        return Operations.FirstOrDefault(operation => operation.Name.Equals(last, StringComparison.OrdinalIgnoreCase)) is { } meant
            ? string.Format(CultureInfo.InvariantCulture, EstText.Of("WrongAddress_Elsewhere", context.Request), meant.AddressFrom(context))
            : string.Format(
                CultureInfo.InvariantCulture, EstText.Of("WrongAddress", context.Request),
                string.Join(", ", Operations.Select(operation => operation.Name)));
    }

    private static Task CaCertsAsync(HttpContext context)
    {
        var authorities = context.RequestServices.GetRequiredService<Authorities>();
        return SendAsync(context, CertsOnlyType, CertsOnly.Encode(authorities.Certificates.Select(c => c.Der)));
    }

    private static Task CsrAttrsAsync(HttpContext context) => SendAsync(context, "application/csrattrs", CsrAttributes.Encode());

    private static Task SimpleEnrollAsync(HttpContext context)
    {
        var enroll = context.RequestServices.GetRequiredService<EnrollCertificate>();
        return TakeAsync(
            context, enroll.RefuseUnread,
            (credentials, request) => enroll.ByUserAsync(credentials, request, context.Anonymous(), context.RequestAborted));
    }

    private static Task SimpleReenrollAsync(HttpContext context)
    {
        var reenroll = context.RequestServices.GetRequiredService<ReenrollCertificate>();
        var presented = context.Features.Get<TlsCertificate>()?.Der;
        return TakeAsync(
            context, reenroll.RefuseUnread,
            (credentials, request) => reenroll.ByUserAsync(presented, credentials, request, context.Anonymous(), context.RequestAborted));
    }

    private static async Task TakeAsync(
        HttpContext context, Func<Actor, string, EnrollOutcome.Refused> refuseUnread,
        Func<EnrollmentCredentials?, ReadOnlyMemory<byte>, Task<EnrollOutcome>> ask)
    {
        var request = context.Request;
        var visitor = context.Anonymous();
        if (request.ContentLength > MaxOctets)
        {
            refuseUnread(visitor, "TooLarge");
            await TooLargeAsync(context);
            return;
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !string.Equals(type.MediaType, "application/pkcs10", StringComparison.OrdinalIgnoreCase))
        {
            refuseUnread(visitor, "WrongType");
            await RefuseAsync(
                context, StatusCodes.Status415UnsupportedMediaType, EnrollRefusal.BadRequest.Code(), ErrorCodes.RequestTypeWrong,
                EstText.Of("WrongType", request));
            return;
        }

        ReadOnlyMemory<byte>? read;
        try
        {
            read = await ReadAsync(context);
        }
        catch (BadHttpRequestException fault)
        {
            // Sent too slowly, or broken off: the one who sent it is told, and nobody else needs to be.
            refuseUnread(visitor, "Incomplete");
            await RefuseAsync(
                context, fault.StatusCode, EnrollRefusal.BadRequest.Code(), ErrorCodes.RequestUnreadable,
                EstText.Of("Incomplete", request));
            return;
        }

        if (read is not { } body)
        {
            refuseUnread(visitor, "TooLarge");
            await TooLargeAsync(context);
            return;
        }

        try
        {
            await AnswerAsync(context, await ask(Credentials(request), body));
        }
        catch (ClockNotTrustedException fault)
        {
            await UnavailableAsync(
                context, ClockNotTrustedException.Code, ErrorCodes.ClockNotTrusted, StoreFaults.Of(fault, EstText.LanguageOf(request)));
        }
        catch (StoreReplacedException fault)
        {
            await UnavailableAsync(context, "store-unavailable", ErrorCodes.Of(fault), StoreFaults.Of(fault, EstText.LanguageOf(request)));
        }
        catch (Exception fault) when (fault is StoreUnavailableException or DbUpdateException or DbException)
        {
            // What was signed and not stored stays inside; the client may ask again with the same key.
            LogNotStored(
                context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(EstEndpoints)),
                StoreUnavailableException.CauseOf(fault),
                StoreUnavailableException.Unexplained(fault));
            var isUncertain = fault is StoreUnavailableException { IsUncertain: true };
            await UnavailableAsync(
                context, "store-unavailable", isUncertain
                    ? ErrorCodes.StoreUncertain
                    : ErrorCodes.StoreUnavailable, EstText.Of(isUncertain ? "Uncertain" : "Unavailable", request));
        }
    }

    private static Task AnswerAsync(HttpContext context, EnrollOutcome outcome) => outcome switch
    {
        EnrollOutcome.Issued issued => SendAsync(context, CertsOnlyType, CertsOnly.Encode([issued.Der])),
        EnrollOutcome.Refused refused => RefuseAsync(context, refused),
        EnrollOutcome.ProfileBroken or EnrollOutcome.Unavailable => UnavailableAsync(
            context, "store-unavailable", ErrorCodes.StoreUnavailable, EstText.Of("Unavailable", context.Request)),
        _ => throw new InvalidOperationException("The outcomes are closed."),
    };

    private static Task SendAsync(HttpContext context, string contentType, byte[] der)
    {
        // Old clients look for the header and for lines; RFC 8951 has both ignored by the others. Bare line feeds, because the
        // shell tools people decode with stumble over carriage returns.
        context.Response.Headers["Content-Transfer-Encoding"] = "base64";
        context.Response.ContentType = contentType;
        var body = Encoding.ASCII.GetBytes(
            Convert.ToBase64String(der, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n") + "\n");
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static Task RefuseAsync(HttpContext context, EnrollOutcome.Refused refused)
    {
        if (refused.Reason is EnrollRefusal.BadCredentials or EnrollRefusal.InitialPasswordExpired)
        {
            context.Response.Headers.WWWAuthenticate = Challenge;
        }

        if (refused.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return RefuseAsync(
            context, StatusOf(refused.Reason), refused.Reason.Code(), ErrorCodes.Of(refused)!.Value, Words(context, refused));
    }

    internal static string Words(HttpContext context, EnrollOutcome.Refused refused) => refused switch
    {
        { Request: { } why } => EstText.Of("Request_" + why, context.Request),
        { Reason: EnrollRefusal.NotInRenewalWindow } => string.Format(
            CultureInfo.InvariantCulture,
            EstText.Of(refused.Reason, context.Request),
            context.RequestServices.GetRequiredService<IOptions<CertificatePolicyOptions>>().Value.RenewalWindowDays),
        { Person: { } person } when refused.Reason.Cause() is { } cause
            && NextSteps.For(cause, person) is { Helper: not Helper.Nobody } advice => string.Format(
                CultureInfo.InvariantCulture, EstText.Of(refused.Reason + "_Ask", context.Request),
                EstText.Of(advice.Helper, context.Request)),
        _ => EstText.Of(refused.Reason, context.Request),
    };

    private static int StatusOf(EnrollRefusal refusal) => refusal switch
    {
        EnrollRefusal.BadRequest or EnrollRefusal.KeyNotAccepted => StatusCodes.Status400BadRequest,
        EnrollRefusal.BadCredentials or EnrollRefusal.InitialPasswordExpired => StatusCodes.Status401Unauthorized,
        EnrollRefusal.UserLocked or EnrollRefusal.UserSuspended or EnrollRefusal.MethodNotCertificate or EnrollRefusal.CertificateRequired
            or EnrollRefusal.CertificateNotOurs => StatusCodes.Status403Forbidden,
        EnrollRefusal.KeyReused or EnrollRefusal.CertificateActive or EnrollRefusal.CertificateExpired
            or EnrollRefusal.CertificateRevoked or EnrollRefusal.NotInRenewalWindow => StatusCodes.Status409Conflict,
        EnrollRefusal.TooManyRequests => StatusCodes.Status429TooManyRequests,
    };

    private static Task TooLargeAsync(HttpContext context)
    {
        if (context.Request.Protocol == HttpProtocol.Http11)
        {
            // The rest of the body is not waited for.
            context.Response.Headers.Connection = "close";
        }

        return RefuseAsync(
            context, StatusCodes.Status413PayloadTooLarge, EnrollRefusal.BadRequest.Code(), ErrorCodes.RequestTooLarge, EstText.Of(
                "TooLarge", context.Request));
    }

    private static Task UnavailableAsync(HttpContext context, string reason, ErrorCode code, string words)
    {
        context.Response.Headers.RetryAfter = "10";
        return RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, reason, code, words);
    }

    private static async Task RefuseAsync(HttpContext context, int status, string reason, ErrorCode code, string words)
    {
        // By the real time: it is the network that is waited for.
        await RequestBodies.DrainAsync(context.Request.Body, TimeProvider.System, context.RequestAborted);
        context.Response.StatusCode = status;
        context.Response.Headers[ReasonHeader] = reason;
        context.Response.Headers[CodeHeader.Name] = code.ToString();
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.WriteAsync(words + "\n", context.RequestAborted);
        }
    }

    /// <summary>The body, or null as soon as it proves too long.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context)
    {
        var body = new byte[MaxOctets + 1];
        var length = 0;
        try
        {
            while (length < body.Length
                && await context.Request.Body.ReadAsync(body.AsMemory(length), context.RequestAborted) is var read and > 0)
            {
                length += read;
            }
        }
        catch (BadHttpRequestException fault) when (fault.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }

        return length > MaxOctets ? default(ReadOnlyMemory<byte>?) : body.AsMemory(0, length);
    }

    /// <summary>RFC 7617 in UTF-8; null when there are none that can be read.</summary>
    private static EnrollmentCredentials? Credentials(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var given)
            || !string.Equals(given.Scheme, "Basic", StringComparison.OrdinalIgnoreCase)
            || given.Parameter is not { Length: > 0 } parameter)
        {
            return null;
        }

        var octets = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, octets, out var length))
        {
            return null;
        }

        try
        {
            var text = StrictUtf8.GetString(octets, 0, length);
            return text.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0
                ? new EnrollmentCredentials(text[..colon], new SuppliedPassword(text[(colon + 1)..]))
                : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>One of RFC 7030's operations that is offered here.</summary>
    private sealed record Operation(string Name, string Method, RequestDelegate Handle, params Origin[] Origins)
    {
        public Task AnswerAsync(HttpContext context) =>
            context.RequestOrigin() is not { } origin || !Origins.Contains(origin) ? WrongAddressAsync(context)
            : IsAllowed(context.Request.Method, Method) ? Handle(context)
            : WrongMethodAsync(context, Method);

        /// <summary>Its whole address: on the origin that was asked where it is offered there.</summary>
        public string AddressFrom(HttpContext context)
        {
            var origin = context.RequestOrigin() is { } here && Origins.Contains(here) ? here : Origins[0];
            return EndpointOptions.Authority(context.RequestServices.GetRequiredService<EndpointOptions>()
                .AddressOf(origin)) + $"{Base}/{Name}";
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A certificate could not be stored; it was not handed out: {Cause}")]
    private static partial void LogNotStored(ILogger logger, string cause, Exception? fault);
}
