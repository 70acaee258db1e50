using System.Net;
using System.Net.Sockets;
using DensaiAdmin.Core.Registry;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Passwords;

/// <summary>
/// How often one network source may try a password per minute without a certificate (R23): the source that floods is
/// stopped, not the customer whose ID it tries. Behind a certificate it is counted apart, so that a flood without one keeps no
/// customer of the same office waiting. Memory is bounded whatever addresses are invented.
/// </summary>
public sealed class SourceThrottle(IOptions<PasswordOptions> options, TimeProvider clock)
{
    // Sources beyond this share one allowance until the minute is over.
    internal const int MaxSources = 10_000;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(PasswordPath Path, string Network), Window> _windows = [];

    /// <summary>Takes one attempt.</summary>
    /// <param name="source">Network address. IPv6 counts by its /64, which is what one line gets.</param>
    /// <param name="path">The way the password comes by.</param>
    /// <returns>Null when allowed, else how long until the next attempt is.</returns>
    public TimeSpan? Take(string source, PasswordPath path = PasswordPath.Open)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var key = KeyFor(source, path, now);
            var window = _windows.GetValueOrDefault(key);
            if (window is null || now - window.StartedAt >= Minute || now < window.StartedAt)
            {
                window = new Window { StartedAt = now };
                _windows[key] = window;
            }

            if (window.Attempts >= options.Value.OpenAttemptsPerSourceAndMinute)
            {
                return window.StartedAt + Minute - now;
            }

            window.Attempts++;
            return null;
        }
    }

    /// <summary>
    /// Gives one attempt back that led somewhere, or nowhere because too many wait: an office that fetches many certificates is no attack,
    /// and who was turned away takes up no place among the sources.
    /// </summary>
    public void GiveBack(string source, PasswordPath path = PasswordPath.Open)
    {
        lock (_gate)
        {
            var key = (path, NetworkOf(source));
            if (_windows.TryGetValue(key, out var window) && --window.Attempts <= 0)
            {
                _windows.Remove(key);
            }
        }
    }

    private (PasswordPath Path, string Network) KeyFor(string source, PasswordPath path, DateTimeOffset now)
    {
        var key = (path, NetworkOf(source));
        if (_windows.ContainsKey(key) || _windows.Count < MaxSources)
        {
            return key;
        }

        foreach (var (old, window) in _windows)
        {
            if (now - window.StartedAt >= Minute)
            {
                _windows.Remove(old);
            }
        }

        return _windows.Count < MaxSources ? key : (path, "*");
    }

    /// <summary>What one line gets: an address, of IPv6 its /64.</summary>
    internal static string NetworkOf(string source)
    {
        if (!IPAddress.TryParse(source, out var address)
            || address.AddressFamily != AddressFamily.InterNetworkV6
            || address.IsIPv4MappedToIPv6)
        {
            return source;
        }

        var octets = address.GetAddressBytes();
        octets.AsSpan(8).Clear();
        return new IPAddress(octets).ToString();
    }

    private sealed class Window
    {
        public required DateTimeOffset StartedAt { get; init; }

        public int Attempts { get; set; }
    }
}
