[assembly: AssemblyFixture(typeof(DensaiAdmin.EndToEnd.CertificatePolicyFile))]

namespace DensaiAdmin.EndToEnd;

/// <summary>Tells Chromium on this machine to present a certificate on localhost without asking, for as long as the run lasts.</summary>
public sealed class CertificatePolicyFile : IDisposable
{
    private const string Folder = "/etc/chromium/policies/managed";
    private static readonly string s_file = Path.Combine(Folder, "densai-e2e.json");

    public CertificatePolicyFile()
    {
        try
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(s_file, """{ "AutoSelectCertificateForUrls": ["{\"pattern\":\"https://localhost\",\"filter\":{}}"] }""");
        }
        catch (UnauthorizedAccessException)
        {
            // Said by the journeys that need it: they fail where no certificate is presented.
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(s_file);
        }
        catch (UnauthorizedAccessException)
        {
            // It was not made either.
        }
    }
}
