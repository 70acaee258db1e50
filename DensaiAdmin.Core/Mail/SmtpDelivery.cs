using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// Hands mails to the relay of <c>Mail:Smtp</c>; one connection serves all that wait. Certificates of the relay are checked as
/// the machine checks any other.
/// </summary>
internal sealed class SmtpDelivery(SmtpOptions options, TimeProvider clock) : IMailDelivery, IDisposable
{
    // RFC 5321 4.5.3.2 allows minutes per command; a relay that is slower than this is as good as down.
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    private SmtpClient? _client;

    // A mail that is being handed over is never broken off by a stop of the server: its answer says whether it was taken.
    public async Task<DeliveryOutcome> DeliverAsync(MimeMessage message, string name)
    {
        using var limit = new CancellationTokenSource(LongestWait, clock);
        try
        {
            if (await ConnectAsync(limit.Token) is { } down)
            {
                return down;
            }

            await _client!.SendAsync(message, limit.Token);
            return DeliveryOutcome.Delivered;
        }
        catch (SmtpCommandException fault) when (fault.StatusCode == SmtpStatusCode.ServiceNotAvailable)
        {
            // RFC 5321 3.8: 421 closes the whole connection.
            Drop();
            return new(DeliveryVerdict.Broken, Told(fault));
        }
        catch (SmtpCommandException fault)
        {
            // 5yz for this recipient or this mail is final (RFC 5321 4.2.1); for us as a sender it is a setting to be put right.
            var final = (int)fault.StatusCode >= 500 && fault.ErrorCode is (SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted);
            return new(!final ? DeliveryVerdict.Deferred : IsDead(fault) ? DeliveryVerdict.AddressDead : DeliveryVerdict.Refused, Told(fault));
        }
        catch (OperationCanceledException)
        {
            Drop();
            return new(DeliveryVerdict.Broken, "The relay did not answer in time.");
        }
        catch (Exception fault) when (fault is IOException or SocketException or ProtocolException or ServiceNotConnectedException or CommandException)
        {
            Drop();
            return new(DeliveryVerdict.Broken, "The connection to the relay broke.");
        }
        catch (NotSupportedException)
        {
            return new(DeliveryVerdict.Refused, "The relay takes no such address (SMTPUTF8).");
        }
        catch
        {
            Drop();
            throw;
        }
    }

    public async Task EndAsync()
    {
        try
        {
            if (_client is { IsConnected: true })
            {
                using var limit = new CancellationTokenSource(LongestWait, clock);
                await _client.DisconnectAsync(quit: true, limit.Token);
            }
        }
        catch (Exception fault) when (fault is IOException or SocketException or ProtocolException or CommandException or OperationCanceledException)
        {
            // Everything was answered before; how the relay takes the farewell changes nothing.
        }
        finally
        {
            Drop();
        }
    }

    public void Dispose() => Drop();

    // RFC 5321 4.2.3: no such mailbox, moved away, a name that cannot be. A full mailbox (552) is somebody's all the same.
    private static bool IsDead(SmtpCommandException fault) =>
        fault.ErrorCode == SmtpErrorCode.RecipientNotAccepted && (int)fault.StatusCode is 550 or 551 or 553;

    private static string Told(SmtpCommandException fault) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(int)fault.StatusCode} {fault.ErrorCode}");

    private async Task<DeliveryOutcome?> ConnectAsync(CancellationToken cancellation)
    {
        if (_client is { IsConnected: true })
        {
            return null;
        }

        Drop();
        _client = new SmtpClient
        {
            // A relay inside the bank has its certificate from the bank's own CA, whose lists are not always on line.
            CheckCertificateRevocation = false,
        };
        try
        {
            var security = options.Security switch
            {
                SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
                SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
                SmtpSecurity.None => SecureSocketOptions.None,
            };
            await _client.ConnectAsync(options.Host, options.EffectivePort, security, cancellation);
            if (!string.IsNullOrEmpty(options.UserName))
            {
                await _client.AuthenticateAsync(options.UserName, options.Password ?? "", cancellation);
            }

            return null;
        }
        catch (SslHandshakeException)
        {
            return Down("The relay's certificate is not trusted, or TLS failed.");
        }
        catch (NotSupportedException)
        {
            return Down("The relay does not offer STARTTLS or a way to log in.");
        }
        catch (AuthenticationException)
        {
            return Down("The relay does not accept the login.");
        }
        catch (SmtpCommandException fault)
        {
            return Down(Told(fault));
        }
        catch (Exception fault) when (fault is IOException or SocketException or ProtocolException or OperationCanceledException)
        {
            return Down("The relay cannot be reached.");
        }

        DeliveryOutcome Down(string error)
        {
            Drop();
            return new(DeliveryVerdict.Down, error);
        }
    }

    private void Drop()
    {
        _client?.Dispose();
        _client = null;
    }
}
