using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Passwords;

/// <summary>
/// What is still to be written of an attempt that was counted before its password was looked at: a right one is given back, the last wrong
/// one locks. It belongs into the act that follows, done or refused.
/// </summary>
internal sealed class AttemptSettlement
{
    private readonly Action<UnitOfWork>? _write;
    private readonly bool _isOwedUntilDurable;
    private volatile bool _isOwed;

    private AttemptSettlement(Action<UnitOfWork>? write, bool isOwedUntilDurable)
    {
        _write = write;
        _isOwedUntilDurable = isOwedUntilDurable;
        _isOwed = write is not null;
    }

    /// <summary>Where nothing is left to write.</summary>
    public static AttemptSettlement Nothing { get; } = new(null, isOwedUntilDurable: false);

    /// <summary>Whether it is to be written yet.</summary>
    public bool IsOwed => _isOwed;

    /// <summary>Of a right password: written twice it is the same, so that nothing but a durable act settles it.</summary>
    public static AttemptSettlement OfRight(Action<UnitOfWork> write) => new(write, isOwedUntilDurable: true);

    /// <summary>Of the last wrong one: the path is locked already, and nobody may find two records of one lock.</summary>
    public static AttemptSettlement OfWrong(Action<UnitOfWork> write) => new(write, isOwedUntilDurable: false);

    /// <summary>Writes it with the act.</summary>
    public void WriteTo(UnitOfWork work)
    {
        if (!_isOwed)
        {
            return;
        }

        _write!(work);
        if (_isOwedUntilDurable)
        {
            work.AfterCommit(() => _isOwed = false);
        }
        else
        {
            _isOwed = false;
        }
    }
}
