using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace DensaiAdmin.Bench.Circuits;

/// <summary>A person with a browser, as the server sees one: client certificate, cookies, kept-alive HTTP/1.1 connections.</summary>
internal sealed partial class Visitor : IDisposable
{
    private readonly SocketsHttpHandler _handler;

    public Visitor(string origin, string? pemFile = null)
    {
        Origin = new Uri(origin);
        if (pemFile is not null)
        {
            using var pem = X509Certificate2.CreateFromPemFile(pemFile);
            Certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }

        _handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            CookieContainer = Cookies,
            SslOptions = Tls(Certificate),
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
        };
        Http = new HttpClient(_handler, disposeHandler: false) { BaseAddress = Origin };
        Sockets = new HttpMessageInvoker(_handler, disposeHandler: false);
    }

    public Uri Origin { get; }

    public X509Certificate2? Certificate { get; }

    public CookieContainer Cookies { get; } = new();

    public HttpClient Http { get; }

    public HttpMessageInvoker Sockets { get; }

    /// <summary>What the client does is not measured: it trusts the server blindly and never resumes.</summary>
    public static SslClientAuthenticationOptions Tls(X509Certificate2? certificate) => new()
    {
        TargetHost = "localhost",
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
        AllowTlsResume = false,
        ClientCertificates = certificate is null ? null : [certificate],
        LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
    };

    /// <summary>Logs in with certificate and password.</summary>
    public async Task LogInAsync(string password)
    {
        var page = await Http.GetStringAsync(new Uri("/login", UriKind.Relative));
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["password"] = password };
        foreach (Match hidden in Hidden().Matches(page))
        {
            fields[Attribute(hidden.Value, "name")] = Attribute(hidden.Value, "value");
        }

        using var form = new FormUrlEncodedContent(fields);
        using var answer = await Http.PostAsync(new Uri("/login", UriKind.Relative), form);
        if (answer.StatusCode != HttpStatusCode.SeeOther)
        {
            throw new InvalidOperationException(
                $"Login of {Certificate?.Subject}: {(int)answer.StatusCode}\n{await answer.Content.ReadAsStringAsync()}");
        }
    }

    public void Dispose()
    {
        Http.Dispose();
        Sockets.Dispose();
        _handler.Dispose();
        Certificate?.Dispose();
    }

    private static string Attribute(string tag, string name) =>
        WebUtility.HtmlDecode(
            Regex.Match(tag, name + "=\"(?<value>[^\"]*)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["value"].Value);

    [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*>", RegexOptions.None, 1000)]
    private static partial Regex Hidden();
}
