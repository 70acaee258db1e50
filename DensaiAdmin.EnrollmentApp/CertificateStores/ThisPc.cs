namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>The store that browsers of this PC use.</summary>
internal static class ThisPc
{
    /// <param name="folder">The app's own folder, for open requests.</param>
    public static ICertificateStore Store(string folder) => throw new PlatformNotSupportedException(folder);
}
