using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

/// <summary>What an enrollment works with: this PC's store, the bank, and the proxy in between. Tests put their own in place.</summary>
internal sealed record Parts(ICertificateStore Store, IEstClient Est, IBank Bank, IProxyChoice Proxy, TimeProvider Time);
