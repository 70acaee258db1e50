using System.Text;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>The certificate record as plain text, which 保存 writes and コピー copies (R18). It contains no secret.</summary>
internal static class Receipt
{
    public static string Of(StoredCertificate stored, string place)
    {
        var certificate = stored.Certificate;
        string Part(string oid) => DistinguishedName.Value(certificate.SubjectName, oid) ?? "-";
        var text = new StringBuilder();
        void Line(string label, string value) => text.Append(label).Append(" : ").Append(value).Append('\n');
        text.Append(Words.Of("Cert_Title")).Append("\n\n");
        Line("Organization", Part(DistinguishedName.Organization));
        Line("Organization Unit", Part(DistinguishedName.OrganizationalUnit));
        Line("Common Name", Part(DistinguishedName.CommonName));
        Line(Words.Of("Cert_Serial"), string.Join(' ', Serial.Halves(certificate.SerialNumber)));
        Line(Words.Of("Cert_From"), JapanTime.Day(new DateTimeOffset(certificate.NotBefore)));
        Line(Words.Of("Cert_Until"), JapanTime.Exact(new DateTimeOffset(certificate.NotAfter)));
        Line(Words.Of("Cert_Place"), place);
        return text.ToString();
    }
}
