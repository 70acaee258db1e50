using System.Buffers;
using System.IO.Pipelines;

namespace DensaiAdmin.Web.Tls;

/// <summary>Passes on what a peer sends, and shows each octet of it to the watch once.</summary>
internal sealed class WatchedReader(PipeReader inner, WatchedConnection watched) : PipeReader
{
    private ReadOnlySequence<byte> _buffer;
    private long _seen;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        See(await inner.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result)
    {
        var isRead = inner.TryRead(out result);
        if (isRead)
        {
            See(result);
        }

        return isRead;
    }

    public override void AdvanceTo(SequencePosition consumed)
    {
        Forget(consumed);
        inner.AdvanceTo(consumed);
    }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        Forget(consumed);
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private ReadResult See(ReadResult result)
    {
        // What was left over last time stands at the beginning again.
        _buffer = result.Buffer;
        if (_buffer.Length > _seen)
        {
            watched.Received(_buffer.Slice(_seen));
            _seen = _buffer.Length;
        }

        return result;
    }

    private void Forget(SequencePosition consumed)
    {
        _seen = Math.Max(0, _seen - _buffer.Slice(0, consumed).Length);
        _buffer = default;
    }
}

/// <summary>Passes on what is sent to a peer, and shows it to the watch.</summary>
internal sealed class WatchedWriter(PipeWriter inner, WatchedConnection watched) : PipeWriter
{
    private Memory<byte> _memory;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        watched.Sent(_memory.Span[..bytes]);
        _memory = _memory[bytes..];
        inner.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
}
