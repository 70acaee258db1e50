using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Tests.Support;
using MimeKit;

namespace DensaiAdmin.Tests.Mail;

/// <summary>Against an SMTP server of others.</summary>
public class RealRelayTests
{
    [Fact]
    public async Task Mails_ArriveWhole()
    {
        await using var office = await PostOffice.Open();
        using var directory = new TemporaryDirectory();
        using var relay = await Relay.StartAsync("-c", "aiosmtpd.handlers.Mailbox", directory.At("mailbox"));
        await office.Queue();
        using var sender = office.NewSender(PostOffice.SmtpTo(relay.Port));

        await PostOffice.Send(sender);

        var arrived = Directory.EnumerateFiles(Path.Combine(directory.At("mailbox"), "new")).Select(f => MimeMessage.Load(f)).ToList();
        Assert.Equal(3, arrived.Count);
        foreach (var row in office.Rows)
        {
            var message = arrived.Single(m => m.To.Mailboxes.Single().Address == row.Address);
            Assert.Equal((row.Subject, row.Text), (message.Subject, message.TextBody!.ReplaceLineEndings("\n")));
            Assert.Equal("no-reply@bank.example.jp", message.Headers["X-MailFrom"]);
            Assert.Equal(row.Address, message.Headers["X-RcptTo"]);
        }
    }

    [Theory]
    [InlineData(SmtpSecurity.StartTls, "tls")]
    [InlineData(SmtpSecurity.Tls, "smtps")]
    public async Task Relay_WhoseCertificateNobodyTrusts_GetsNothing(SmtpSecurity security, string option)
    {
        await using var office = await PostOffice.Open(masters: false);
        using var directory = new TemporaryDirectory();
        var made = await Tool.OpenSsl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", directory.At("key.pem"), "-out", directory.At("cert.pem"));
        Assert.True(made.ExitCode == 0, made.All);
        using var relay = await Relay.StartAsync(
            $"--{option}cert", directory.At("cert.pem"), $"--{option}key", directory.At("key.pem"), "-c", "aiosmtpd.handlers.Mailbox",
            directory.At("mailbox"));
        await office.Queue();
        using var sender = office.NewSender(PostOffice.SmtpTo(relay.Port, security));

        await PostOffice.Send(sender);

        Assert.Contains("certificate", Assert.Single(office.Rows).LastError, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(directory.At("mailbox"), "new")));
    }

    private sealed class Relay(Process process, int port) : IDisposable
    {
        public int Port => port;

        public static async Task<Relay> StartAsync(params string[] arguments)
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            var port = ((IPEndPoint)free.LocalEndpoint).Port;
            free.Stop();
            var start = new ProcessStartInfo(
                "aiosmtpd", ["-n", "-l", $"127.0.0.1:{port}", .. arguments])
            { UseShellExecute = false, RedirectStandardError = true };
            var relay = new Relay(Process.Start(start) ?? throw new InvalidOperationException("aiosmtpd does not start."), port);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (true)
            {
                try
                {
                    using var probe = new TcpClient();
                    await probe.ConnectAsync(IPAddress.Loopback, port, limit.Token);
                    return relay;
                }
                catch (SocketException)
                {
                    await Task.Yield();
                }
            }
        }

        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }
    }
}
