namespace DensaiAdmin.EnrollmentApp.Proxy;

internal enum ProxyWay
{
    /// <summary>The settings of the operating system or of the environment.</summary>
    System,
    None,

    /// <summary>A proxy that the person named.</summary>
    Address,
}

/// <summary>
/// How this PC reaches the bank: by the settings of the system or the environment, unless the person chose otherwise (CCHK008).
/// </summary>
internal interface IProxyChoice
{
    /// <summary>Which of the three was chosen, now or at an earlier start.</summary>
    ProxyWay Way { get; }

    /// <summary>The proxy for the bank, verbatim but without credentials, e.g. <c>http://172.16.127.37:8080/</c>; null for none.</summary>
    string? Address { get; }

    /// <summary>The user name given last. The password is forgotten when the program ends.</summary>
    string? UserName { get; }

    /// <summary>Sets the credentials for the proxy, which stay in memory.</summary>
    void UseCredentials(string userName, string password);

    /// <summary>Returns to the settings of the system or the environment.</summary>
    void UseSystem();

    /// <summary>No proxy at all.</summary>
    void UseNone();

    /// <summary>Uses a proxy that the person named as host:port or http://host:port; false when it is neither.</summary>
    bool UseAddress(string address);
}
