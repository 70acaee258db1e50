namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>Chooses the store of this system.</summary>
internal static class CertificateStore
{
    public static ICertificateStore OfThisPc()
    {
        var requests = new OpenRequests(OpenRequests.OfThisPerson());
        return OperatingSystem.IsWindows() ? new WindowsStore(new CngKeys(), requests)
            : OperatingSystem.IsMacOS() ? new KeychainStore(new ProgramRunner(), requests)
            : new NssStore(NssPlaces.OfThisPerson(), new ProgramRunner(), requests);
    }
}
