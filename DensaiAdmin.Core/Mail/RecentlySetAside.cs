using System.Collections.Concurrent;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// What was set aside within the last week, since the start: for whoever watches the server. 送信履歴 and the history keep it for good.
/// </summary>
internal sealed class RecentlySetAside(TimeProvider clock)
{
    private static readonly TimeSpan ShownFor = TimeSpan.FromDays(7);

    // When each was last set aside.
    private readonly ConcurrentDictionary<long, DateTimeOffset> _at = [];

    public int Count => _at.Values.Count(at => clock.GetUtcNow() - at < ShownFor);

    public void Add(long id) => _at[id] = clock.GetUtcNow();

    public void Remove(long id) => _at.TryRemove(id, out _);
}
