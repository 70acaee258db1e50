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
            return new(DeliveryResult.Broken, Told(fault));
        }
        catch (ServiceNotAuthenticatedException)
        {
            // RFC 4954 6: 530 is said to whichever mail comes first.
            Drop();
            return DeliveryOutcome.Down(RelayTrouble.LoginWanted, "The relay wants a login.");
        }
        catch (SmtpCommandException fault) when (fault.ErrorCode == SmtpErrorCode.SenderNotAccepted && !IsOfSize(fault))
        {
            // The sender is the same for every mail.
            Drop();
            return DeliveryOutcome.Down(RelayTrouble.SenderRefused, Told(fault));
        }
        catch (SmtpCommandException fault) when (IsOfPolicy(fault))
        {
            // The relay does not work for us, or not for this recipient: one after the other tells which.
            return new(DeliveryResult.Broken, Told(fault));
        }
        catch (SmtpCommandException fault)
        {
            // 5yz for this recipient or this mail is final (RFC 5321 4.2.1); for us as a sender it is a setting to be put right.
            var final = (int)fault.StatusCode >= 500
                && fault.ErrorCode is (SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted);
            return new(!final ? DeliveryResult.Deferred : IsDead(fault) ? DeliveryResult.AddressDead : DeliveryResult.Refused, Told(fault));
        }
        catch (OperationCanceledException)
        {
            Drop();
            return new(DeliveryResult.Broken, "The relay did not answer in time.");
        }
        catch (Exception fault) when (fault is IOException or SocketException or ProtocolException
            or ServiceNotConnectedException or CommandException)
        {
            Drop();
            return new(DeliveryResult.Broken, "The connection to the relay broke.");
        }
        catch (NotSupportedException)
        {
            return new(DeliveryResult.Refused, "The relay takes no such address (SMTPUTF8).");
        }
        catch
        {
            Drop();
            throw;
        }
    }

    /// <summary>Connects and logs in as for a mail, and sends none. Null when that works.</summary>
    public Task<DeliveryOutcome?> ProbeAsync(CancellationToken cancellation) => ConnectAsync(cancellation);

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
        catch (Exception fault) when (fault is IOException or SocketException or ProtocolException
            or CommandException or OperationCanceledException)
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

    // RFC 1870 6.1: said to MAIL FROM, of this mail's size.
    private static bool IsOfSize(SmtpCommandException fault) => (int)fault.StatusCode is 552 or 452;

    // RFC 3463 3.8: X.7.n is about what the relay permits us, and tells nothing of the mailbox.
    private static bool IsOfPolicy(SmtpCommandException fault) =>
        fault.ErrorCode == SmtpErrorCode.RecipientNotAccepted && (int)fault.StatusCode >= 500
        && (fault.Message.Contains("5.7.", StringComparison.Ordinal) || (int)fault.StatusCode is 530);

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
            return Down(RelayTrouble.TlsFailed, "The relay's certificate is not trusted, or TLS failed.");
        }
        catch (NotSupportedException)
        {
            return Down(RelayTrouble.NotOffered, "The relay does not offer STARTTLS or a way to log in.");
        }
        catch (AuthenticationException)
        {
            return Down(RelayTrouble.LoginRefused, "The relay does not accept the login.");
        }
        catch (SmtpCommandException fault)
        {
            return Down(RelayTrouble.Refused, Told(fault));
        }
        catch (Exception fault) when (fault is IOException or SocketException or ProtocolException or OperationCanceledException)
        {
            return Down(RelayTrouble.Unreachable, "The relay cannot be reached.");
        }
        catch (Exception fault)
        {
            // No mail was in play yet, so that whatever it is stands between us and all of them.
            return Down(RelayTrouble.Refused, $"The connection to the relay failed ({fault.GetType().Name}).");
        }

        DeliveryOutcome Down(RelayTrouble trouble, string error)
        {
            Drop();
            return DeliveryOutcome.Down(trouble, error);
        }
    }

    private void Drop()
    {
        _client?.Dispose();
        _client = null;
    }
}
