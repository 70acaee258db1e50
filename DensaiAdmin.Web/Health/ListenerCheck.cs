using System.Net;
using System.Net.Sockets;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DensaiAdmin.Web.Health;

/// <summary>Whether each bound address still takes connections, and the server is not about to stop.</summary>
internal sealed class ListenerCheck(IServer server, IHostApplicationLifetime host) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "接続を受け付けていないアドレスがあります。",
        "Listen:* と Endpoints:* の設定、ほかのプログラムとのポートの重なり、ファイル数の上限(ulimit -n)を確認し、再起動してください。",
        "An address takes no connections.",
        "See to the settings Listen:* and Endpoints:*, to other programs on these ports and to the limit of open files (ulimit -n); "
            + "then restart.");

    protected override async Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation)
    {
        if (host.ApplicationStopping.IsCancellationRequested)
        {
            return
            [
                HealthFault.Failing(
                    "サーバを停止しています。", "停止が終わるまでお待ちください。",
                    "The server is about to stop.", "Wait until it has stopped."),
            ];
        }

        foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            await ConnectAsync(BindingAddress.Parse(address), cancellation);
        }

        return [];
    }

    private static async Task ConnectAsync(BindingAddress address, CancellationToken cancellation)
    {
        var ip = IPAddress.TryParse(address.Host.Trim('[', ']'), out var given) ? given : null;
        var reached = ip is null || ip.Equals(IPAddress.Any)
            ? IPAddress.Loopback
            : ip.Equals(IPAddress.IPv6Any)
            ? IPAddress.IPv6Loopback
            : ip;
        using var socket = new Socket(reached.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(reached, address.Port, cancellation);
    }
}
