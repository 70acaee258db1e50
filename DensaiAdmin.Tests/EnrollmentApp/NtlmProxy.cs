using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>
/// A company's proxy that lets Windows accounts out and knows nothing but NTLM ([MS-NLMP], with NTLMv2 responses). Its one account is
/// EXAMPLE\taro.
/// </summary>
internal sealed class NtlmProxy : IAsyncDisposable
{
    public const string Domain = "EXAMPLE";
    public const string UserName = "taro";
    public const string Password = "Proxy-Geheim-2026";

    private const string Scheme = "NTLM ";
    private static readonly byte[] Signature = "NTLMSSP\0"u8.ToArray();

    // What a domain controller keeps of the password (MD4 of it in UTF-16); printed by: openssl dgst -md4 -provider legacy
    private static readonly byte[] PasswordHash = Convert.FromHexString("8ae28745f242074a0a830fd1c12e95b7");

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private readonly string? _challenge;

    /// <param name="challenge">What it says in place of a challenge, as it stands; null: a good one.</param>
    public NtlmProxy(string? challenge = null)
    {
        _challenge = challenge;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception stopped) when (stopped is SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var pc = client.GetStream();
                var challenge = RandomNumberGenerator.GetBytes(8);
                while (await ReadHeadAsync(pc) is { } head)
                {
                    var token = head.FirstOrDefault(
                        line => line.StartsWith("Proxy-Authorization: " + Scheme, StringComparison.OrdinalIgnoreCase))?.Split(' ')[^1];
                    var message = token is null ? null : Convert.FromBase64String(token);
                    if (message is not null && TypeOf(message) == 3 && Proves(message, challenge))
                    {
                        await CarryAsync(
                            pc, int.Parse(head[0].Split(' ')[1].Split(':')[1], global::System.Globalization.CultureInfo.InvariantCulture));
                        return;
                    }

                    var answer = message is not null && TypeOf(message) == 1
                        ? Scheme + (_challenge ?? Convert.ToBase64String(Challenge(challenge, message)))
                        : Scheme.Trim();
                    await pc.WriteAsync(Encoding.ASCII.GetBytes(
                        $"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: {answer}\r\nContent-Length: 0\r\n\r\n"));
                }
            }
            catch (Exception gone) when (gone is IOException or SocketException)
            {
                // One side hung up.
            }
        }
    }

    private static async Task CarryAsync(NetworkStream pc, int port)
    {
        using var bank = new TcpClient();
        await bank.ConnectAsync(IPAddress.Loopback, port);
        await pc.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray());
        await Task.WhenAny(pc.CopyToAsync(bank.GetStream()), bank.GetStream().CopyToAsync(pc));
    }

    private static uint TypeOf(byte[] message) => BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(Signature.Length));

    /// <summary>
    /// CHALLENGE_MESSAGE (2.2.1.2): the domain, and what NTLMv2 needs beside it. What the client offers is taken, and Unicode.
    /// </summary>
    private static byte[] Challenge(byte[] challenge, byte[] negotiate)
    {
        const uint unicode = 0x1, oem = 0x2, isDomain = 0x10000, info = 0x800000;
        const int payload = 56;
        var domain = Encoding.Unicode.GetBytes(Domain);
        var about = new MemoryStream();
        About(about, id: 2, domain);
        About(about, id: 1, Encoding.Unicode.GetBytes("PROXY"));
        About(about, id: 7, BitConverter.GetBytes(DateTime.UtcNow.ToFileTimeUtc()));
        About(about, id: 0, []);

        var message = new byte[payload + domain.Length + about.Length];
        Signature.CopyTo(message, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), 2);
        Field(message, at: 12, domain.Length, payload);
        BinaryPrimitives.WriteUInt32LittleEndian(
            message.AsSpan(20), (BinaryPrimitives.ReadUInt32LittleEndian(negotiate.AsSpan(12)) & ~oem) | unicode | isDomain | info);
        challenge.CopyTo(message, 24);
        Field(message, at: 40, (int)about.Length, payload + domain.Length);
        new byte[] { 10, 0, 0x61, 0x58, 0, 0, 0, 15 }.CopyTo(message, 48);
        domain.CopyTo(message, payload);
        about.ToArray().CopyTo(message, payload + domain.Length);
        return message;
    }

    private static void About(MemoryStream all, ushort id, byte[] value)
    {
        all.Write(BitConverter.GetBytes(id));
        all.Write(BitConverter.GetBytes((ushort)value.Length));
        all.Write(value);
    }

    private static void Field(byte[] message, int at, int length, int offset)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(at), (ushort)length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(at + 2), (ushort)length);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(at + 4), (uint)offset);
    }

    /// <summary>AUTHENTICATE_MESSAGE (2.2.1.3): whether its NTLMv2 response (3.3.2) is this account's.</summary>
    private static bool Proves(byte[] message, byte[] challenge)
    {
        var response = Field(message, at: 20);
        var domain = Encoding.Unicode.GetString(Field(message, at: 28));
        var user = Encoding.Unicode.GetString(Field(message, at: 36));
        if (response.Length <= 24 || domain != Domain || user != UserName)
        {
            return false;
        }

#pragma warning disable CA5351 // The protocol's own.
        var key = HMACMD5.HashData(PasswordHash, Encoding.Unicode.GetBytes(user.ToUpperInvariant() + domain));
        return HMACMD5.HashData(key, (byte[])[.. challenge, .. response[16..]]).AsSpan().SequenceEqual(response.AsSpan(0, 16));
#pragma warning restore CA5351
    }

    private static byte[] Field(byte[] message, int at)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(at));
        var offset = (int)BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at + 4));
        return message[offset..(offset + length)];
    }

    private static async Task<string[]?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        return head.ToString().Split("\r\n");
    }
}
