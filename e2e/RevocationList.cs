using System.Globalization;
using System.Text.RegularExpressions;

namespace DensaiAdmin.EndToEnd;

/// <summary>The published CRL as openssl reads it.</summary>
public sealed partial class RevocationList
{
    private readonly string _text;

    private RevocationList(string text) => _text = text;

    public IReadOnlyList<string> Serials => [.. Serial().Matches(_text).Select(match => match.Groups["serial"].Value)];

    public long Number => long.Parse(NumberLine().Match(_text).Groups["number"].Value, CultureInfo.InvariantCulture);

    /// <summary>The reason that openssl prints for a serial; empty when the entry has no reason code.</summary>
    public string ReasonOf(string serial)
    {
        var entry = _text.Split("Serial Number:").Single(part => part.TrimStart().StartsWith(serial, StringComparison.Ordinal));
        var reason = ReasonLine().Match(entry);
        return reason.Success ? reason.Groups["reason"].Value.Trim() : "";
    }

    public static async Task<RevocationList> FetchAsync(AppUnderTest app)
    {
        var file = Path.Combine(app.NewFolder(), "ca.crl");
        await DownloadAsync(new Uri(app.Pki, "/pki/ca.crl"), file);
        var ran = (await Tool.RunAsync("openssl", "crl", "-inform", "DER", "-in", file, "-noout", "-text")).Succeeded();
        return new RevocationList(ran.Output);
    }

    /// <summary>What openssl says of a certificate by strict rules, with the chain and the CRL that we publish.</summary>
    public static async Task<Ran> VerifyAsync(AppUnderTest app, string certificateFile)
    {
        var folder = app.NewFolder();
        string In(string name) => Path.Combine(folder, name);
        await DownloadAsync(new Uri(app.Pki, "/pki/ca.cer"), In("ca.cer"));
        await DownloadAsync(new Uri(app.Pki, "/pki/root.cer"), In("root.cer"));
        await DownloadAsync(new Uri(app.Pki, "/pki/ca.crl"), In("ca.crl"));
        (await Tool.RunAsync("openssl", "x509", "-inform", "DER", "-in", In("ca.cer"), "-out", In("ca.pem"))).Succeeded();
        (await Tool.RunAsync("openssl", "x509", "-inform", "DER", "-in", In("root.cer"), "-out", In("root.pem"))).Succeeded();
        (await Tool.RunAsync("openssl", "crl", "-inform", "DER", "-in", In("ca.crl"), "-out", In("crl.pem"))).Succeeded();
        return await Tool.RunAsync(
            "openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-crl_check",
            "-CAfile", In("root.pem"), "-untrusted", In("ca.pem"), "-CRLfile", In("crl.pem"), certificateFile);
    }

    private static async Task DownloadAsync(Uri from, string to)
    {
        using var client = new HttpClient();
        await File.WriteAllBytesAsync(to, await client.GetByteArrayAsync(from));
    }

    [GeneratedRegex("Serial Number: (?<serial>[0-9A-F]+)", RegexOptions.NonBacktracking)]
    private static partial Regex Serial();

    [GeneratedRegex(@"X509v3 CRL Number: \s*(?<number>\d+)", RegexOptions.NonBacktracking)]
    private static partial Regex NumberLine();

    [GeneratedRegex(@"X509v3 CRL Reason Code: \s*(?<reason>[^\n]+)", RegexOptions.NonBacktracking)]
    private static partial Regex ReasonLine();
}
