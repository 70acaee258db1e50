using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;

namespace DensaiAdmin.EnrollmentApp;

/// <summary>What lies behind the seams: this PC's store, the bank, and the way there. Tests put others in their place.</summary>
internal sealed record Parts(ICertificateStore Store, IEstClient Est, IBank Bank, IProxyChoice Proxy, TimeProvider Time);
