using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

/// <summary>What is known of the bank, the way there and this PC before anybody types a password. The window, the verbs and <c>doctor</c> read the same.</summary>
/// <param name="Own">Certificates found here; null while the bank has not been reached, because only its authorities tell which are its own.</param>
/// <param name="Fault">Why the bank was not reached.</param>
/// <param name="Information">What the bank publishes for this app.</param>
public sealed record Survey(IReadOnlyList<OwnCertificate>? Own, ConnectionFault? Fault, BankInformation? Information)
{
    /// <summary>Why the origin was not reached at which the certificate is used, or the certificate did not get there.</summary>
    public ConnectionFault? CertificateFault { get; init; }

    /// <summary>Whether <see cref="CertificateFault"/> is known: the origin was tried.</summary>
    public bool CertificateTried { get; init; }

    /// <summary>The certificate that was shown in the trial handshake; null where none could be.</summary>
    public OwnCertificate? Shown { get; init; }

    /// <summary>Why nothing could be stored now.</summary>
    public StoreFault? StoreFault { get; init; }

    /// <summary>What of this person's could not be read, so that <see cref="Own"/> may not be all; null: everything was.</summary>
    public StoreFault? Unreadable { get; init; }

    /// <summary>Browsers of this person that would not have the certificate, though others would.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>How far this PC's clock is ahead of the bank's; null where the bank did not say.</summary>
    public TimeSpan? ClockAhead { get; init; }

    /// <summary>Who issued the TLS certificates seen at the public and at the certificate origin; null where none was seen.</summary>
    public (string? Public, string? Certificate) Issuers { get; init; }

    /// <summary>This version is below the bank's minimum.</summary>
    public bool IsOutdated { get; init; }

    /// <summary>Whether the person, and whoever reads the times on this PC, is misled.</summary>
    public bool ClockIsWrong => ClockAhead is { } ahead && ahead.Duration() > BankConnection.ClockTolerance;

    /// <summary>The first thing for which no certificate is asked, because it could not be had or not be used.</summary>
    public bool Stops => Fault is not null || IsOutdated || StoreFault is not null || CertificateFault is not null;
}

/// <summary>Takes the survey. Nothing is spent and no password is asked.</summary>
internal sealed class PcSurvey(Parts parts, Version version)
{
    private static readonly HashSet<string> NoneRevoked = [];

    public async Task<Survey> TakeAsync(CancellationToken cancellation)
    {
        var unfit = parts.Store.CheckAsync(cancellation);
        var (information, fault) = await parts.Bank.GetInformationAsync(cancellation);
        if (information is null)
        {
            return new Survey(null, fault, null)
            {
                ClockAhead = fault?.ClockAhead,
                StoreFault = await unfit,
                Without = parts.Store.Without,
                Unreadable = parts.Store.Unreadable,
                Issuers = (parts.Bank.IssuerSeen(parts.Bank.Server), null),
            };
        }

        var now = parts.Time.GetUtcNow();
        TimeSpan? ahead = information.ServerTime is { } theirs ? now - theirs : null;
        var survey = new Survey(null, null, information)
        {
            ClockAhead = ahead,
            StoreFault = await unfit,
            Without = parts.Store.Without,
            Unreadable = parts.Store.Unreadable,
            IsOutdated = information.MinimumVersion is { } minimum && version < minimum,
        };
        var (authorities, unknown) = await parts.Est.GetAuthoritiesAsync(cancellation);
        if (unknown is not null)
        {
            return survey with { Fault = unknown, Issuers = Issuers(information) };
        }

        var stored = await parts.Store.ListAsync(authorities, cancellation);
        // The bank judges by its own clock; so does everything that is said here.
        var bankNow = survey.ClockIsWrong ? now - ahead!.Value : now;
        var own = OwnCertificates.Of(stored, bankNow, information.RenewalWindowDays, await RevokedAsync(stored, authorities, cancellation));
        var (shown, closed) = await TryAsync(own, cancellation);
        return survey with { Own = own, Shown = shown, CertificateTried = true, CertificateFault = closed, Issuers = Issuers(information) };
    }

    private (string? Public, string? Certificate) Issuers(BankInformation information) =>
        (parts.Bank.IssuerSeen(parts.Bank.Server), parts.Bank.IssuerSeen(information.CertificateOrigin));

    /// <summary>The certificate origin, first as anybody, then with a certificate that should be let in there.</summary>
    private async Task<(OwnCertificate? Shown, ConnectionFault? Fault)> TryAsync(IReadOnlyList<OwnCertificate> own, CancellationToken cancellation)
    {
        var closed = await parts.Bank.ReachCertificateOriginAsync(cancellation);
        // Whoever is inspected on the way and has a certificate is told about that one.
        if (closed is { Kind: not ConnectionFaultKind.TlsIntercepted } || own.FirstOrDefault(one => one.IsGood) is not { } good)
        {
            return (null, closed);
        }

        var (opened, _) = await parts.Store.OpenAsync(good.Stored, cancellation);
        if (opened is null)
        {
            // A key that cannot be used is the store's affair, and said where it is used.
            return (null, closed);
        }

        using (opened)
        {
            return (good, await parts.Est.TryHandshakeAsync(opened, cancellation) ?? closed);
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
