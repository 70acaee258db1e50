using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>Chooses the store of this operating system.</summary>
internal static class CertificateStore
{
    public static ICertificateStore OfThisPc(AppFolder folder)
    {
        var requests = new OpenRequests(Path.Combine(folder.Path, "requests"));
        return OperatingSystem.IsWindows() ? new WindowsStore(new CngKeys(), requests)
            : OperatingSystem.IsMacOS() ? new KeychainStore(new ProgramRunner(), requests)
            : new NssStore(NssPlaces.OfThisPerson(), new ProgramRunner(), requests);
    }
}
