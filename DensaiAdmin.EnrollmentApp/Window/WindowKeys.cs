using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// The secrets shared by this program and its window, 256 bits each, in memory only. The address with which the window is opened contains a
/// ticket, which is exchanged once for the cookie; every form contains the form key.
/// </summary>
internal sealed class WindowKeys(TimeProvider time)
{
    /// <summary>How long an opened window may take to request its first page.</summary>
    public static readonly TimeSpan TicketLife = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _tickets = new(StringComparer.Ordinal);

    public string Cookie { get; } = NewSecret();

    public string FormKey { get; } = NewSecret();

    public string NewTicket()
    {
        var ticket = NewSecret();
        _tickets[ticket] = time.GetUtcNow() + TicketLife;
        return ticket;
    }

    /// <summary>True once for each ticket, and only while it is valid.</summary>
    public bool Redeem(string ticket) => _tickets.TryRemove(ticket, out var until) && time.GetUtcNow() < until;

    public bool IsCookie(string? given) => Same(Cookie, given);

    public bool IsFormKey(string? given) => Same(FormKey, given);

    private static bool Same(string expected, string? given) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));

    private static string NewSecret() => Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
}
