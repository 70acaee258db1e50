using System.Text;
using DensaiAdmin.Core.CertificateInfo;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.CertificateInfo;

/// <summary>PEM保存 of BCRT001: the certificate alone, which is public; the key never leaves its PC (R1).</summary>
internal static class CertificatePem
{
    public static void MapCertificatePem(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(Urls.CertificatePem("{serial}"), WriteAsync);

    private static async Task<IResult> WriteAsync(string serial, CertificateFile certificates, CurrentActor current, HttpContext http)
    {
        if (await certificates.FindAsync(current.Actor, serial, http.RequestAborted) is not { Shown: { } certificate })
        {
            return Results.NotFound();
        }

        if (!await http.RecordDownloadAsync("certificate"))
        {
            return Results.Empty;
        }

        using var x509 = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(certificate.Der);
        return Results.File(
            Encoding.ASCII.GetBytes(x509.ExportCertificatePem() + "\n"), "application/x-pem-file",
            $"{current.LoginId}-{certificate.SerialNumber}.pem");
    }
}
