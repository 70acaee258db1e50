namespace DensaiAdmin.Web.Settings;

/// <summary>Where the three origins are reached from outside, and what is bound for them.</summary>
/// <param name="Public">Outward address of the public origin.</param>
/// <param name="Certificate">Outward address of the certificate origin.</param>
/// <param name="Pki">Outward address of the PKI origin; it stands in certificates.</param>
/// <param name="ListenPublic">What is bound for the public origin.</param>
/// <param name="ListenCertificate">What is bound for the certificate origin.</param>
/// <param name="ListenPki">What is bound for the PKI origin.</param>
internal sealed record EndpointOptions(Uri Public, Uri Certificate, Uri Pki, Uri ListenPublic, Uri ListenCertificate, Uri ListenPki)
{
    /// <summary>
    /// Setting <c>Endpoints:HstsIncludeSubDomains</c>: browsers are told to speak TLS only to every name below the two hosts as well
    /// (RFC 6797 6.1.2). Off unless whoever knows those names says so.
    /// </summary>
    public bool HstsIncludeSubDomains { get; init; }

    private const string HstsKey = "Endpoints:HstsIncludeSubDomains";

    /// <summary>Public and certificate origin are two host names on one port; then the mode is chosen by SNI.</summary>
    public bool SharesPort => ListenPublic.Port != 0 && ListenPublic.Port == ListenCertificate.Port;

    /// <summary>The outward address as browsers write it in an Origin header.</summary>
    public static string Authority(Uri address) => address.GetLeftPart(UriPartial.Authority);

    public Uri AddressOf(Origin origin) => origin switch
    {
        Origin.Public => Public,
        Origin.Certificate => Certificate,
        Origin.Pki => Pki,
    };

    /// <summary>Reads the sections <c>Endpoints</c> and <c>Listen</c>; every fault is named, not only the first.</summary>
    public static EndpointOptions? Read(IConfiguration configuration, ICollection<SettingFault> faults)
    {
        var before = faults.Count;
        var outwardPublic = Address(configuration, "Endpoints:Public", Uri.UriSchemeHttps, faults);
        var outwardCertificate = Address(configuration, "Endpoints:Certificate", Uri.UriSchemeHttps, faults);
        var outwardPki = Address(configuration, "Endpoints:Pki", Uri.UriSchemeHttp, faults);
        var listenPublic = Address(configuration, "Listen:Public", Uri.UriSchemeHttps, faults, outwardPublic);
        var listenCertificate = Address(configuration, "Listen:Certificate", Uri.UriSchemeHttps, faults, outwardCertificate);
        var listenPki = Address(configuration, "Listen:Pki", Uri.UriSchemeHttp, faults, outwardPki);
        if (outwardPublic is not null && outwardCertificate is not null && outwardPublic.Authority == outwardCertificate.Authority)
        {
            faults.Add(new(
                "Endpoints:Certificate",
                "Endpoints:Public と同じアドレスにはできません。ホスト名かポートを別にしてください。",
                "must differ from Endpoints:Public in host name or port."));
        }

        if (listenPki is not null
            && listenPki.Port != 0
            && (listenPki.Port == listenPublic?.Port || listenPki.Port == listenCertificate?.Port))
        {
            faults.Add(new("Listen:Pki", "TLS のポートと同じにはできません。", "must not share a port with a TLS address."));
        }

        var includesSubDomains = ReadHsts(configuration, outwardPublic, outwardCertificate, outwardPki, faults);
        return faults.Count == before
            ? new(
                outwardPublic!, outwardCertificate!, outwardPki!, listenPublic!, listenCertificate!,
                listenPki!)
            { HstsIncludeSubDomains = includesSubDomains }
            : null;
    }

    private static bool ReadHsts(
        IConfiguration configuration, Uri? outwardPublic, Uri? outwardCertificate, Uri? outwardPki, ICollection<SettingFault> faults)
    {
        if (configuration[HstsKey] is not { Length: > 0 } value)
        {
            return false;
        }

        if (!bool.TryParse(value, out var includes))
        {
            faults.Add(new(HstsKey, $"「{value}」は使えません。true か false を指定してください。", $"'{value}' is not usable. Give true or false."));
            return false;
        }

        // What browsers were told they keep for a year: the PKI origin, which has no TLS, would be out of their reach.
        if (includes && outwardPki is not null && (IsBelow(outwardPki, outwardPublic) || IsBelow(outwardPki, outwardCertificate)))
        {
            faults.Add(new(
                HstsKey,
                "Endpoints:Pki がほかのアドレスのサブドメインにあるため、true にはできません。false にするか、Endpoints:Pki を別のホスト名にしてください。",
                "cannot be true while Endpoints:Pki lies below the host of another address. "
                    + "Set it to false or give Endpoints:Pki another host."));
        }

        return includes;
    }

    private static bool IsBelow(Uri address, Uri? host) =>
        host is not null && (address.IdnHost.EndsWith("." + host.IdnHost, StringComparison.OrdinalIgnoreCase) || string.Equals(
            address.IdnHost, host.IdnHost, StringComparison.OrdinalIgnoreCase));

    private static Uri? Address(
        IConfiguration configuration, string key, string scheme, ICollection<SettingFault> faults, Uri? unset = null)
    {
        var value = configuration[key];
        if (string.IsNullOrWhiteSpace(value))
        {
            if (key.StartsWith("Endpoints:", StringComparison.Ordinal))
            {
                faults.Add(new(key, $"設定がありません。{scheme}://ホスト名:ポート の形で指定してください。", $"is not set. Give it as {scheme}://host:port."));
            }

            return unset;
        }

        if (Uri.TryCreate(value.Trim(), UriKind.Absolute, out var address)
            && address.Scheme == scheme
            && address.AbsolutePath == "/"
            && address is { Query: "", Fragment: "", UserInfo: "" })
        {
            return address;
        }

        faults.Add(new(
            key, $"「{value}」は使えません。{scheme}://ホスト名:ポート の形で指定してください(パスは付けません)。",
            $"'{value}' is not usable. Give it as {scheme}://host:port, without a path."));
        return unset;
    }
}
