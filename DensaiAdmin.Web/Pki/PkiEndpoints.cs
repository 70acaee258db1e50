using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Web.Settings;
using Microsoft.Net.Http.Headers;
using Origin = DensaiAdmin.Web.Settings.Origin;

namespace DensaiAdmin.Web.Pki;

/// <summary>
/// What PKI clients fetch over plain HTTP: CA certificates (RFC 5280 4.2.2.1, RFC 2585 4.1) and CRLs (4.2.1.13, RFC 2585 4.2), the
/// current ones by name and every one by its issuer's key identifier, as certificates point to them.
/// </summary>
internal static class PkiEndpoints
{
    private const string CertificateType = "application/pkix-cert";
    private const string CrlType = "application/pkix-crl";

    // A CA's certificate never changes under its key identifier; which one is current may.
    private const string ForGood = "public, max-age=604800, immutable";

    // A list is good until nextUpdate, but a cache that kept it so long would hide revocations: it may keep it, and must ask
    // each time, which costs a 304.
    private const string AskEachTime = "public, max-age=0, must-revalidate";

    // RFC 6960 4.2.1: OCSPResponse with the status tryLater and nothing more.
    private static readonly byte[] TryLater = [0x30, 0x03, 0x0A, 0x01, 0x03];

    public static IEndpointRouteBuilder MapPki(this IEndpointRouteBuilder endpoints)
    {
        MapRead(endpoints, "/pki/ca.cer", (context, pki) => Certificate(context, pki.Authorities.Current, AskEachTime));
        MapRead(endpoints, "/pki/root.cer", (context, pki) => Certificate(context, pki.Authorities.Root, AskEachTime));
        MapRead(endpoints, "/pki/ca.crl", (context, pki) => Crl(context, pki.Publisher.Current));
        MapRead(endpoints, "/pki/root.crl", (context, pki) => Crl(context, pki.Publisher.Root));
        MapRead(
            endpoints, "/pki/ca/{issuer}.cer",
            (context, pki) => ByIdentifier(context, pki.Authorities) is { } ca ? Certificate(context, ca, ForGood) : Results.NotFound());
        MapRead(endpoints, "/pki/crl/{issuer}.crl", (context, pki) => ByIdentifier(context, pki.Authorities) is { } ca
            ? Crl(context, pki.Publisher.Find(ca.SubjectKeyIdentifier))
            : Results.NotFound());
        Map(endpoints, "/pki/ocsp", Ocsp);
        Map(endpoints, "/pki/ocsp/{**request}", Ocsp);
        return endpoints;
    }

    private static void MapRead(IEndpointRouteBuilder endpoints, string pattern, Func<HttpContext, Parts, IResult> find) =>
        Map(endpoints, pattern, context =>
        {
            if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            {
                return WrongMethod(context, "GET, HEAD");
            }

            var services = context.RequestServices;
            return find(context, new(services.GetRequiredService<Authorities>(), services.GetRequiredService<CrlPublisher>()));
        });

    // Every method comes here, so that a wrong one is answered on this origin and not as an unknown path.
    private static void Map(IEndpointRouteBuilder endpoints, string pattern, Func<HttpContext, IResult> handle) =>
        endpoints.Map(pattern, context => handle(context).ExecuteAsync(context))
            .AllowAnonymous()
            .WithMetadata(new OriginAttribute(Origin.Pki))
            .WithDisplayName($"PKI {pattern}");

    private static IResult WrongMethod(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        return Results.StatusCode(StatusCodes.Status405MethodNotAllowed);
    }

    private static AuthorityCertificate? ByIdentifier(HttpContext context, Authorities authorities)
    {
        var identifier = context.GetRouteValue("issuer") as string;
        return authorities.Certificates.FirstOrDefault(
            ca => string.Equals(ca.SubjectKeyIdentifier, identifier, StringComparison.OrdinalIgnoreCase));
    }

    private static IResult Certificate(HttpContext context, AuthorityCertificate ca, string caching)
    {
        context.Response.Headers.CacheControl = caching;
        return Results.Bytes(ca.Der, CertificateType, entityTag: new EntityTagHeaderValue($"\"{ca.SubjectKeyIdentifier}\""));
    }

    private static IResult Crl(HttpContext context, CurrentCrl? crl)
    {
        if (crl is null)
        {
            context.Response.Headers.RetryAfter = "1";
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }

        context.Response.Headers.CacheControl = AskEachTime;
        // The number alone names a list: no Last-Modified, whose seconds would make two lists of one second the same.
        return Results.Bytes(
            crl.List.Der, CrlType, entityTag: new EntityTagHeaderValue($"\"{crl.Issuer.SubjectKeyIdentifier}-{crl.List.Number}\""));
    }

    private static IResult Ocsp(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsPost(context.Request.Method))
        {
            return WrongMethod(context, "GET, POST");
        }

        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(TryLater, "application/ocsp-response");
    }

    private sealed record Parts(Authorities Authorities, CrlPublisher Publisher);
}
