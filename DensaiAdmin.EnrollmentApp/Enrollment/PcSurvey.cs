using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

/// <summary>
/// What is known about the bank, the connection and this PC before anybody types a password. The window, the verbs and <c>doctor</c> use
/// the same.
/// </summary>
/// <param name="Own">
/// Certificates found here; null where the bank was not reached, because only its CA certificates tell which are its own.
/// </param>
/// <param name="Fault">Why the bank was not reached.</param>
/// <param name="Information">What the bank publishes for this app.</param>
public sealed record Survey(IReadOnlyList<OwnCertificate>? Own, ConnectionFault? Fault, BankInformation? Information)
{
    /// <summary>Why the certificate origin was not reached, or the certificate did not arrive there.</summary>
    public ConnectionFault? CertificateFault { get; init; }

    /// <summary>Whether the certificate origin was tried, so that <see cref="CertificateFault"/> is known.</summary>
    public bool CertificateTried { get; init; }

    /// <summary>The certificate used in the trial handshake; null where there was none.</summary>
    public OwnCertificate? Shown { get; init; }

    /// <summary>Why no certificate could be stored now.</summary>
    public StoreFault? StoreFault { get; init; }

    /// <summary>What could not be read, so that <see cref="Own"/> may be incomplete; null where everything was.</summary>
    public StoreFault? Unreadable { get; init; }

    /// <summary>Browsers of this person that would not get the certificate although others would.</summary>
    public IReadOnlyList<string> BrowsersWithout { get; init; } = [];

    /// <summary>How far this PC's clock is ahead of the bank's; null where that is unknown.</summary>
    public TimeSpan? ClockAhead { get; init; }

    /// <summary>The issuers of the TLS certificates seen at the public and at the certificate origin; null where none was seen.</summary>
    public (string? Public, string? Certificate) Issuers { get; init; }

    /// <summary>This version is below the bank's minimum.</summary>
    public bool IsOutdated { get; init; }

    /// <summary>Whether the clock is so wrong that times on this PC mislead.</summary>
    public bool ClockIsWrong => ClockAhead is { } ahead && ahead.Duration() > BankConnection.ClockTolerance;

    /// <summary>Whether no certificate is requested, because it could not be issued or not be used.</summary>
    public bool Stops => Fault is not null || IsOutdated || StoreFault is not null || CertificateFault is not null;
}

/// <summary>Takes the survey. It changes nothing at the bank and needs no password.</summary>
internal sealed class PcSurvey(Parts parts, Version version)
{
    private static readonly HashSet<string> NoneRevoked = [];

    public async Task<Survey> TakeAsync(CancellationToken cancellation)
    {
        var storeFault = parts.Store.CheckAsync(cancellation);
        var (information, fault) = await parts.Bank.GetInformationAsync(cancellation);
        if (information is null)
        {
            return new Survey(null, fault, null)
            {
                ClockAhead = fault?.ClockAhead,
                StoreFault = await storeFault,
                BrowsersWithout = parts.Store.BrowsersWithout,
                Unreadable = parts.Store.Unreadable,
                Issuers = (parts.Bank.IssuerSeen(parts.Bank.Server), null),
            };
        }

        var now = parts.Time.GetUtcNow();
        TimeSpan? ahead = information.ServerTime is { } theirs ? now - theirs : null;
        var survey = new Survey(null, null, information)
        {
            ClockAhead = ahead,
            StoreFault = await storeFault,
            BrowsersWithout = parts.Store.BrowsersWithout,
            Unreadable = parts.Store.Unreadable,
            IsOutdated = information.MinimumVersion is { } minimum && version < minimum,
        };
        var (authorities, unknown) = await parts.Est.GetAuthoritiesAsync(cancellation);
        if (unknown is not null)
        {
            return survey with { Fault = unknown, Issuers = Issuers(information) };
        }

        var stored = await parts.Store.ListAsync(authorities, cancellation);
        // The bank goes by its own clock, so what is shown here does as well.
        var bankNow = survey.ClockIsWrong ? now - ahead!.Value : now;
        var own = OwnCertificates.Of(stored, bankNow, information.RenewalWindowDays, await RevokedAsync(stored, authorities, cancellation));
        var (shown, certificateFault) = await TryAsync(own, cancellation);
        return survey with
        {
            Own = own,
            Shown = shown,
            CertificateTried = true,
            CertificateFault = certificateFault,
            Issuers = Issuers(information),
        };
    }

    private (string? Public, string? Certificate) Issuers(BankInformation information) =>
        (parts.Bank.IssuerSeen(parts.Bank.Server), parts.Bank.IssuerSeen(information.CertificateOrigin));

    /// <summary>Tries the certificate origin, first without a certificate, then with one that should be accepted.</summary>
    private async Task<(OwnCertificate? Shown, ConnectionFault? Fault)> TryAsync(
        IReadOnlyList<OwnCertificate> own, CancellationToken cancellation)
    {
        var fault = await parts.Bank.ReachCertificateOriginAsync(cancellation);
        // On an intercepted connection a certificate is tried all the same: what becomes of it is the better message.
        if (fault is { Kind: not ConnectionFaultKind.TlsIntercepted } || own.FirstOrDefault(one => one.IsGood) is not { } good)
        {
            return (null, fault);
        }

        var (opened, _) = await parts.Store.OpenAsync(good.Stored, cancellation);
        if (opened is null)
        {
            // A key that cannot be used is a problem of the store, which is reported where the key is needed.
            return (null, fault);
        }

        using (opened)
        {
            return (good, await parts.Est.TryHandshakeAsync(opened, cancellation) ?? fault);
        }
    }

    private async Task<IReadOnlySet<string>> RevokedAsync(
        IReadOnlyList<StoredCertificate> stored, IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation)
    {
        HashSet<string>? revoked = null;
        foreach (var one in OwnCertificates.Newest(stored))
        {
            if (await parts.Bank.IsRevokedAsync(one.Certificate, authorities, cancellation) == true)
            {
                (revoked ??= new(StringComparer.Ordinal)).Add(one.Place);
            }
        }

        return revoked ?? NoneRevoked;
    }
}
