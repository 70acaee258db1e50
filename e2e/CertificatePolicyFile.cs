[assembly: AssemblyFixture(typeof(DensaiAdmin.EndToEnd.CertificatePolicyFile))]

namespace DensaiAdmin.EndToEnd;

/// <summary>Tells Chromium on this machine to present a certificate on localhost without asking, for as long as the run lasts.</summary>
public sealed class CertificatePolicyFile : IDisposable
{
    private const string Folder = "/etc/chromium/policies/managed";
    // Runs side by side must not take each other's away; Chromium reads every file there.
    private static readonly string s_file = Path.Combine(Folder, FormattableString.Invariant($"densai-e2e-{Environment.ProcessId}.json"));

    public CertificatePolicyFile()
    {
        try
        {
            Directory.CreateDirectory(Folder);
            RemoveOfEndedRuns();
            File.WriteAllText(s_file, """{ "AutoSelectCertificateForUrls": ["{\"pattern\":\"https://localhost\",\"filter\":{}}"] }""");
        }
        catch (UnauthorizedAccessException)
        {
            // Said by the journeys that need it: they fail where no certificate is presented.
        }
    }

    private static void RemoveOfEndedRuns()
    {
        foreach (var file in Directory.EnumerateFiles(Folder, "densai-e2e-*.json"))
        {
            if (!Directory.Exists("/proc/" + Path.GetFileNameWithoutExtension(file)["densai-e2e-".Length..]))
            {
                File.Delete(file);
            }
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
