using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp;

/// <summary>Builds the real parts and owns what must be disposed of at the end. Tests build their own.</summary>
internal sealed class Composition : IAsyncDisposable
{
    private readonly BankConnection _bank;

    private Composition(ServerStamp stamp, AppFolder folder, TimeProvider time)
    {
        var environment = new EnvironmentProxy(HttpClient.DefaultProxy, Environment.GetEnvironmentVariable);
        var proxy = new ProxyChoice(stamp.Server, environment, Path.Combine(folder.Path, "proxy.json"));
        _bank = new BankConnection(proxy, new ServerTrust(ServerTrust.Read(stamp.TrustFile), time), time);
        var client = new BankClient(stamp.Server, _bank);
        Parts = new Parts(CertificateStore.OfThisPc(folder), client, client, proxy, time);
    }

    public Parts Parts { get; }

    public static Composition Of(ServerStamp stamp, AppFolder folder) => new(stamp, folder, TimeProvider.System);

    public ValueTask DisposeAsync()
    {
        _bank.Dispose();
        return ValueTask.CompletedTask;
    }
}
