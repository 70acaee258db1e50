using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;

namespace DensaiAdmin.EnrollmentApp;

/// <summary>The real parts, for the life of the program.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private readonly BankConnection _bank;

    private Connection(ServerStamp stamp, TimeProvider time)
    {
        var requests = OpenRequests.OfThisPerson();
        var proxy = new ProxyChoice(stamp.Server, new EnvironmentProxy(HttpClient.DefaultProxy, Environment.GetEnvironmentVariable), Path.Combine(Path.GetDirectoryName(requests)!, "proxy.json"));
        _bank = new BankConnection(proxy, new ServerTrust(ServerTrust.Read(stamp.TrustFile), time), time);
        var client = new BankClient(stamp.Server, _bank);
        Parts = new Parts(CertificateStore.OfThisPc(), client, client, proxy, time);
    }

    public Parts Parts { get; }

    public static Connection Of(ServerStamp stamp) => new(stamp, TimeProvider.System);

    public ValueTask DisposeAsync()
    {
        _bank.Dispose();
        return ValueTask.CompletedTask;
    }
}
