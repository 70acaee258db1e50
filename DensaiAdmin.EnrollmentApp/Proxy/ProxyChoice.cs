using System.Net;
using System.Text.Json;

namespace DensaiAdmin.EnrollmentApp.Proxy;

/// <summary>
/// The proxy as <see cref="HttpClient"/> asks for it. Without a word from the person it is the system's (on Linux the environment's
/// <c>HTTPS_PROXY</c> with the credentials in it); this PC's own credentials go first, the person's only after a 407.
/// </summary>
internal sealed class ProxyChoice : IProxyChoice, IWebProxy
{
    private readonly Uri _server;
    private readonly string? _memory;
    private readonly IWebProxy _system;
    private Way _way = Way.System;
    private Uri? _named;
    private NetworkCredential? _given;

    /// <param name="server">The bank, to know which proxy the system means.</param>
    /// <param name="memory">File that keeps address and user name for the next run; null keeps nothing. Never a password.</param>
    /// <param name="system">What the system says; null asks <see cref="HttpClient.DefaultProxy"/>.</param>
    public ProxyChoice(Uri server, string? memory = null, IWebProxy? system = null)
    {
        _server = server;
        _memory = memory;
        _system = system ?? HttpClient.DefaultProxy;
        Recall();
    }

    public string? Address => GetProxy(_server) is { } proxy ? Shown(proxy) : null;

    public string? UserName { get; private set; }

    /// <summary>Whether a 407 was answered with something: what it says then is that they are wrong.</summary>
    public bool HasCredentials => Credentials is not null;

    public ICredentials? Credentials
    {
        get => _given ?? (_way == Way.System ? OfSystem() : null);
        set => _given = value as NetworkCredential;
    }

    public Uri? GetProxy(Uri destination) => _way switch
    {
        Way.None => null,
        Way.Named => _named,
        Way.System => _system.IsBypassed(destination) ? null : _system.GetProxy(destination) is { } proxy && proxy != destination ? proxy : null,
    };

    public bool IsBypassed(Uri host) => GetProxy(host) is null;

    public void UseCredentials(string userName, string password)
    {
        UserName = userName;
        _given = new NetworkCredential(userName, password);
        Remember();
    }

    public void UseSystem() => Use(Way.System, null);

    public void UseNone() => Use(Way.None, null);

    public bool UseAddress(string address)
    {
        var text = address.Trim();
        text = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var named)
            || named.Scheme is not ("http" or "https")
            || named.Host.Length == 0 || named.UserInfo.Length > 0 || named.PathAndQuery != "/" || named.Fragment.Length > 0
            || (named.IsDefaultPort && !text.EndsWith($":{named.Port}", StringComparison.Ordinal) && !text.EndsWith($":{named.Port}/", StringComparison.Ordinal)))
        {
            return false;
        }

        Use(Way.Named, named);
        return true;
    }

    private void Use(Way way, Uri? named)
    {
        // Credentials are for the proxy that asked, not for another.
        (_way, _named, _given) = (way, named, null);
        Remember();
    }

    // Credentials that stand in an address of the environment reach us only through the proxy object.
    private ICredentials? OfSystem() =>
        GetProxy(_server) is { } proxy && _system.Credentials?.GetCredential(proxy, "Basic") is { UserName.Length: > 0 } ? _system.Credentials : null;

    private static string Shown(Uri proxy) => $"{proxy.Scheme}://{proxy.Host}:{proxy.Port}/";

    private void Recall()
    {
        if (_memory is null || !File.Exists(_memory))
        {
            return;
        }

        try
        {
            if (JsonSerializer.Deserialize<Remembered>(File.ReadAllBytes(_memory)) is not { } remembered)
            {
                return;
            }

            UserName = remembered.UserName;
            if (remembered.Address is { } address)
            {
                UseAddress(address);
            }
            else if (remembered.None)
            {
                _way = Way.None;
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            // The system's settings are as good a beginning as last time's.
        }
    }

    private void Remember()
    {
        if (_memory is null)
        {
            return;
        }

        try
        {
            File.WriteAllBytes(_memory, JsonSerializer.SerializeToUtf8Bytes(new Remembered(_named is null ? null : Shown(_named), _way == Way.None, UserName)));
        }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException)
        {
            // A convenience for next time; nothing depends on it.
        }
    }

    private enum Way
    {
        System,
        None,
        Named,
    }

    private sealed record Remembered(string? Address, bool None, string? UserName);
}
