using DensaiAdmin.Web.Tls;

namespace DensaiAdmin.Web.Gates;

/// <summary>
/// Bounds the bodies that are read. What was sent beyond is let run out before the refusal, within bounds of its own: answered while it
/// writes, many a client meets a broken connection instead of the reason.
/// </summary>
internal sealed class RequestBodies(RequestDelegate next, TimeProvider time)
{
    /// <summary>Largest body that anything here is given to read.</summary>
    public const int MaxRead = 256 * 1024;

    public static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(10);

    /// <summary>After which a client that sends nothing more is taken to be waiting for the answer.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2);

    public Task InvokeAsync(HttpContext context)
    {
        // The body of a CONNECT is the WebSocket itself.
        if (HttpMethods.IsPost(context.Request.Method))
        {
            context.Request.Body = new Bounded(context.Request, time);
        }

        return next(context);
    }

    /// <summary>Lets what the client is still sending run out, within the bounds.</summary>
    public static async Task DrainAsync(Stream body, TimeProvider time, CancellationToken aborted)
    {
        using var whole = new CancellationTokenSource(LongestDrain, time);
        using var silence = new CancellationTokenSource(LongestSilence, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(aborted, whole.Token, silence.Token);
        var scratch = new byte[16 * 1024];
        var octets = 0L;
        try
        {
            while (octets < Listeners.MaxBodyOctets && await body.ReadAsync(scratch.AsMemory(), limit.Token) is var read and > 0)
            {
                octets += read;
                silence.CancelAfter(LongestSilence);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // It was told all that can be told.
        }
    }

    /// <summary>A body that ends with 413 where it proves too long, once the rest has run out.</summary>
    private sealed class Bounded(HttpRequest request, TimeProvider time) : Stream
    {
        private readonly Stream _body = request.Body;
        private long _octets = request.ContentLength ?? 0;
        private bool _isOver;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_octets <= MaxRead)
            {
                var read = await _body.ReadAsync(buffer, cancellationToken);
                _octets += request.ContentLength is null ? read : 0;
                if (_octets <= MaxRead)
                {
                    return read;
                }
            }

            if (!_isOver)
            {
                _isOver = true;
                // Who asked whether to send it at all learns by the answer that he need not.
                if (request.ContentLength is null || request.Headers.Expect.Count == 0)
                {
                    await DrainAsync(_body, time, request.HttpContext.RequestAborted);
                }
            }

            throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}
