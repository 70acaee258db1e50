using System.Buffers.Binary;

namespace DensaiAdmin.Web.Tls;

/// <summary>Told of each frame once it has passed.</summary>
/// <param name="kind">Type.</param>
/// <param name="flags">Flags.</param>
/// <param name="stream">Stream; 0 for the connection.</param>
/// <param name="length">Of the whole payload.</param>
/// <param name="payload">Its beginning.</param>
internal delegate void FrameHandler(byte kind, byte flags, int stream, int length, ReadOnlySpan<byte> payload);

/// <summary>Reads the frames of HTTP/2 as they pass in pieces (RFC 9113 4.1), and of what they carry no more than the beginning.</summary>
/// <param name="preface">Octets before the first frame.</param>
internal sealed class FrameReader(int preface)
{
    private const int HeadLength = 9;

    private readonly byte[] _head = new byte[HeadLength];

    // Ten settings: more than there are.
    private readonly byte[] _payload = new byte[60];
    private int _skip = preface;
    private int _headRead;
    private int _payloadLength;
    private int _payloadRead;

    public void Read(ReadOnlySpan<byte> octets, FrameHandler passed)
    {
        while (octets.Length > 0)
        {
            if (_skip > 0)
            {
                var skipped = Math.Min(_skip, octets.Length);
                _skip -= skipped;
                octets = octets[skipped..];
                continue;
            }

            if (_headRead < HeadLength)
            {
                var taken = Math.Min(HeadLength - _headRead, octets.Length);
                octets[..taken].CopyTo(_head.AsSpan(_headRead));
                _headRead += taken;
                octets = octets[taken..];
                if (_headRead < HeadLength)
                {
                    return;
                }

                (_payloadLength, _payloadRead) = ((_head[0] << 16) | (_head[1] << 8) | _head[2], 0);
            }

            var part = Math.Min(_payloadLength - _payloadRead, octets.Length);
            if (_payloadRead < _payload.Length)
            {
                octets[..Math.Min(part, _payload.Length - _payloadRead)].CopyTo(_payload.AsSpan(_payloadRead));
            }

            _payloadRead += part;
            octets = octets[part..];
            if (_payloadRead == _payloadLength)
            {
                _headRead = 0;
                passed(
                    _head[3], _head[4], BinaryPrimitives.ReadInt32BigEndian(_head.AsSpan(5)) & int.MaxValue, _payloadLength,
                    _payload.AsSpan(0, Math.Min(_payloadLength, _payload.Length)));
            }
        }
    }
}
