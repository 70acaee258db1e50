using System.Net;
using System.Text.Json;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Proxy;

/// <summary>
/// The proxy for the bank, as <see cref="HttpClient"/> asks for it. The system's settings may bring credentials (the Windows login, or
/// those in HTTPS_PROXY); those of the person take precedence. The choice and the user name are kept for the next start, never the
/// password.
/// </summary>
internal sealed class ProxyChoice : IProxyChoice, IWebProxy
{
    private readonly Lock _gate = new();
    private readonly Uri _bank;
    private readonly IWebProxy _system;
    private readonly string? _file;
    private ProxyWay _way;
    private Uri? _own;
    private NetworkCredential? _person;
    private string? _userName;

    /// <param name="bank">The public origin.</param>
    /// <param name="system">The system's settings: <see cref="HttpClient.DefaultProxy"/>.</param>
    /// <param name="file">Where the choice is kept; null for nowhere.</param>
    public ProxyChoice(Uri bank, IWebProxy system, string? file)
    {
        (_bank, _system, _file) = (bank, system, file);
        Recall();
    }

    public ProxyWay Way
    {
        get
        {
            lock (_gate)
            {
                return _way;
            }
        }
    }

    public string? Address => WayTo(_bank)?.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    public string? UserName
    {
        get
        {
            lock (_gate)
            {
                return _userName;
            }
        }
    }

    /// <summary>Increases with every change, after which older connections must not be used any more.</summary>
    public int Edition { get; private set; }

    /// <summary>
    /// Whether there are credentials, from the person or in the proxy address of the settings: then a refusal means that they are wrong.
    /// </summary>
    public bool HasCredentials
    {
        get
        {
            lock (_gate)
            {
                return _person is not null
                    || (_way == ProxyWay.System && WayTo(_bank) is { } proxy
                        && _system.Credentials?.GetCredential(proxy, "Basic") is { UserName.Length: > 0 });
            }
        }
    }

    /// <summary>The environment variable that applies and whose proxy is not an address; null where there is none.</summary>
    public string? NotUsable
    {
        get
        {
            lock (_gate)
            {
                return _way == ProxyWay.System ? (_system as EnvironmentProxy)?.NotUsableFor(_bank) : null;
            }
        }
    }

    /// <inheritdoc/>
    public ICredentials? Credentials
    {
        get
        {
            lock (_gate)
            {
                // Kerberos and NTLM with the Windows login are tried before the person is asked.
                return _person ?? (_way == ProxyWay.System ? _system.Credentials : null) ?? CredentialCache.DefaultCredentials;
            }
        }

        set => throw new NotSupportedException("Credentials come from the system or the person.");
    }

    public Uri? GetProxy(Uri destination) => WayTo(destination);

    public bool IsBypassed(Uri host) => WayTo(host) is null;

    public void UseCredentials(string userName, string password) => Change(() =>
    {
        _userName = userName;
        // For NTLM the domain is separate.
        _person = userName.Split('\\', 2) is [var domain, var name]
            ? new NetworkCredential(name, password, domain)
            : new NetworkCredential(userName, password);
    });

    public void UseSystem() => Change(() => (_way, _own, _person) = (ProxyWay.System, null, null));

    public void UseNone() => Change(() => (_way, _own, _person) = (ProxyWay.None, null, null));

    public bool UseAddress(string address)
    {
        if (Parse(address) is not { } own)
        {
            return false;
        }

        Change(() => (_way, _own, _person) = (ProxyWay.Address, own, null));
        return true;
    }

    private static Uri? Parse(string address)
    {
        var text = address.Trim();
        return Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out var own)
            && own.Scheme == Uri.UriSchemeHttp && own.Host.Length > 0 && own.UserInfo.Length == 0
            && own.PathAndQuery == "/" && own.Fragment.Length == 0
            ? own
            : null;
    }

    private Uri? WayTo(Uri destination)
    {
        lock (_gate)
        {
            return _way switch
            {
                ProxyWay.None => null,
                ProxyWay.Address => _own,
                ProxyWay.System when _system.IsBypassed(destination) => null,
                ProxyWay.System => _system.GetProxy(destination) is { } proxy && proxy != destination ? proxy : null,
            };
        }
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            Edition++;
            Remember();
        }
    }

    private void Remember()
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            PrivateFiles.CreateDirectory(Path.GetDirectoryName(_file)!);
            using var stream = PrivateFiles.Create(_file);
            JsonSerializer.Serialize(stream, new ProxyMemory(_way.ToString(), _own?.ToString(), _userName), ProxyJson.Default.ProxyMemory);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Then the person is asked again at the next start.
        }
    }

    private void Recall()
    {
        try
        {
            if (_file is not null && File.Exists(_file)
                && JsonSerializer.Deserialize(SettingsFile.Read(_file), ProxyJson.Default.ProxyMemory) is { } memory)
            {
                _userName = memory.UserName;
                var own = Parse(memory.Address ?? "");
                var isUsable = Enum.TryParse<ProxyWay>(memory.Way, out var way) && (way != ProxyWay.Address || own is not null);
                _way = isUsable ? way : ProxyWay.System;
                _own = _way == ProxyWay.Address ? own : null;
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            // As if it were the first start.
        }
    }
}

/// <summary>What is kept about the proxy for the next start.</summary>
internal sealed record ProxyMemory(string Way, string? Address, string? UserName);

[System.Text.Json.Serialization.JsonSerializable(typeof(ProxyMemory))]
internal sealed partial class ProxyJson : System.Text.Json.Serialization.JsonSerializerContext;
