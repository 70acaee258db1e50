namespace DensaiAdmin.EnrollmentApp.Proxy;

internal enum ProxyWay
{
    /// <summary>What the system or the environment says.</summary>
    System,
    None,

    /// <summary>One that the person named.</summary>
    Address,
}

/// <summary>The way to the bank from this PC: what the system or the environment says, unless the person says otherwise (CCHK008).</summary>
internal interface IProxyChoice
{
    /// <summary>Which of the three ways was chosen, here or at an earlier start.</summary>
    ProxyWay Way { get; }

    /// <summary>The proxy on the way to the bank, verbatim and without credentials, e.g. <c>http://172.16.127.37:8080/</c>; null: none.</summary>
    string? Address { get; }

    /// <summary>The user name given last; the password is not remembered beyond this run.</summary>
    string? UserName { get; }

    /// <summary>Credentials for the proxy; in memory only.</summary>
    void UseCredentials(string userName, string password);

    /// <summary>The system's or the environment's settings again.</summary>
    void UseSystem();

    /// <summary>No proxy at all.</summary>
    void UseNone();

    /// <summary>A proxy named by the person, as host:port or http://host:port; false when it is neither.</summary>
    bool UseAddress(string address);
}
