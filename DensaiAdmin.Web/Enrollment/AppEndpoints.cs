using System.Security.Cryptography;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.Tls;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using EntityTag = Microsoft.Net.Http.Headers.EntityTagHeaderValue;
using Origin = DensaiAdmin.Web.Settings.Origin;

namespace DensaiAdmin.Web.Enrollment;

/// <summary>
/// What the issuing app and its packages need of the public origin, before anybody is known.
/// <para>
/// <c>GET /enrollment.json</c>: a stable contract; members may be added, none changes its meaning, nothing in it is secret.
/// <list type="table">
/// <item><term><c>certificateOrigin</c></term><description>where TLS asks for the client certificate and <c>simplereenroll</c> is, an
/// absolute address without a path.</description></item>
/// <item><term><c>certificateOriginIssuer</c></term><description>SHA-256 (lower hex) over the DER name of who issued the TLS
/// certificate shown there: whoever sees another issuer there is being inspected on the way, and no client certificate would
/// arrive.</description></item>
/// <item><term><c>serverTime</c></term><description>the bank's clock, UTC, ISO 8601 to the second: a PC whose clock is far off can say
/// so.</description></item>
/// <item><term><c>version</c></term><description>newest version of the app; null while none is handed out.</description></item>
/// <item><term><c>minimumVersion</c></term><description>oldest version that may still be used; null while none is handed
/// out.</description></item>
/// <item><term><c>renewalWindowDays</c></term><description>from so many days before a certificate's last one (dates in Japan) it can be
/// renewed.</description></item>
/// <item><term><c>noticeDays</c></term><description>so many days before the last one its owner is told first.</description></item>
/// <item><term><c>validityYears</c></term><description>how long a certificate is valid that is issued now.</description></item>
/// <item><term><c>contact</c></term><description><c>telephone</c> and <c>hours</c> of the bank, each null where none is
/// set.</description></item>
/// <item><term><c>packages</c></term><description>what is handed out, maybe empty; each with <c>os</c> (<c>windows</c>, <c>macos</c>,
/// <c>linux</c>), <c>file</c>,
/// <c>size</c> (octets), <c>sha256</c> (lower hex), <c>signed</c>, <c>path</c> (on this origin).</description></item>
/// </list>
/// </para>
/// <para>
/// <c>GET /certificate/app/{file}</c>: a package, HEAD and ranges included. A file that is not handed out leads to BSMS001, which
/// says what there is.
/// </para>
/// </summary>
internal static class AppEndpoints
{
    public static void MapEnrollmentApp(this IEndpointRouteBuilder endpoints)
    {
        string[] reads = [HttpMethods.Get, HttpMethods.Head];
        endpoints.MapMethods("/enrollment.json", reads, DescribeAsync).AllowAnonymous().WithMetadata(new OriginAttribute(Origin.Public));
        endpoints.MapMethods(Urls.AppPackage("{file}"), reads, DownloadAsync).AllowAnonymous()
            .WithMetadata(new OriginAttribute(Origin.Public));
    }

    private static async Task<IResult> DescribeAsync(
        HttpContext context,
        AppPackages packages,
        EndpointOptions endpoints,
        TransportCertificates transport,
        IOptions<CertificatePolicyOptions> policy,
        Brand brand,
        TimeProvider clock)
    {
        var release = await packages.ReleaseAsync(context.RequestAborted);
        return Results.Json(new Description(
            EndpointOptions.Authority(endpoints.Certificate),
            Convert.ToHexStringLower(SHA256.HashData(transport.Certificate.IssuerName.RawData)),
            clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            release?.Version,
            release?.MinimumVersion,
            policy.Value.RenewalWindowDays,
            ExpiryMailPolicy.Of(policy.Value).Stages[0],
            policy.Value.ValidityYears,
            new Contact(Given(brand.Contact.Telephone), Given(brand.Contact.Hours)),
            [.. (release?.Packages ?? []).Select(
                p => new Package(NameOf(p.System), p.File, p.Size, p.Sha256, p.Signed, Urls.AppPackage(p.File)))]));
    }

    private static async Task<IResult> DownloadAsync(string file, HttpContext context, AppPackages packages, RefusalCounter counter)
    {
        if (await packages.OpenAsync(file, context.RequestAborted) is not var (package, content))
        {
            context.Response.Headers.Location = Urls.Certificate;
            return Results.StatusCode(StatusCodes.Status303SeeOther);
        }

        if (HttpMethods.IsGet(context.Request.Method) && IsBeginning(context.Request))
        {
            // Nobody is known here and anybody may come as often as they like: once per source, file and minute, with a count (R22).
            counter.Count(new HistoryEntry
            {
                Operation = HistoryOperation.Download,
                Result = HistoryResult.Done,
                Source = context.Source(),
                Detail = "app-package",
                Value = package.File,
            });
        }

        return Results.File(
            content,
            TypeOf(package.File),
            package.File,
            entityTag: new EntityTag($"\"{package.Sha256}\""),
            enableRangeProcessing: true);
    }

    // The rest of a download that was broken off, or one piece of many, is no download of its own.
    private static bool IsBeginning(HttpRequest request) =>
        !RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var range) || range.Ranges.Any(r => r.From == 0);

    private static string TypeOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".exe" => "application/vnd.microsoft.portable-executable",
        ".deb" => "application/vnd.debian.binary-package",
        ".gz" => "application/gzip",
        _ => "application/octet-stream",
    };

    private static string NameOf(AppSystem system) => system switch
    {
        AppSystem.Windows => "windows",
        AppSystem.MacOS => "macos",
        AppSystem.Linux => "linux",
    };

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private sealed record Description(
        string CertificateOrigin,
        string CertificateOriginIssuer,
        string ServerTime,
        string? Version,
        string? MinimumVersion,
        int RenewalWindowDays,
        int NoticeDays,
        int ValidityYears,
        Contact Contact,
        IReadOnlyList<Package> Packages);

    private sealed record Contact(string? Telephone, string? Hours);

    private sealed record Package(string Os, string File, long Size, string Sha256, bool Signed, string Path);
}
