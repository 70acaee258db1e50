using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

/// <summary>Issue and renewal: key, request, receipt, store, and a test of the result. The same for the window and for the verbs.</summary>
internal sealed class ObtainCertificate(Parts parts)
{
    private readonly ICertificateStore _store = parts.Store;
    private readonly IEstClient _est = parts.Est;
    private readonly TimeProvider _time = parts.Time;

    /// <summary>The longest that is waited by itself when the bank is busy; beyond it the person is asked.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private const int MostWaits = 2;

    // After these, the same key can never bring a certificate any more. The others may be tried again with it.
    private static readonly HashSet<string> ForGood = new(StringComparer.Ordinal)
    {
        RefusalCode.CertificateActive, RefusalCode.CertificateExpired, RefusalCode.CertificateRevoked, RefusalCode.NotInRenewalWindow, RefusalCode.MethodNotCertificate,
        RefusalCode.KeyNotAccepted, RefusalCode.KeyReused, RefusalCode.BadRequest, RefusalCode.CertificateRequired,
    };

    /// <summary>Goes on from where the errand stands until it is done or something stops it.</summary>
    public async Task<ErrandOutcome> GoOnAsync(Errand errand, Credentials credentials, IErrandWitness witness, CancellationToken cancellation)
    {
        var waits = 0;
        while (true)
        {
            witness.Began(errand.Step);
            var stopped = errand.Step switch
            {
                ErrandStep.Key => await MakeKeyAsync(errand, cancellation),
                ErrandStep.Request => await RequestAsync(errand, credentials, cancellation),
                ErrandStep.Receipt => await ReceiveAsync(errand, cancellation),
                ErrandStep.Store => await StoreAsync(errand, cancellation),
                ErrandStep.Done => throw new InvalidOperationException("The errand is done."),
            };
            if (stopped is ErrandOutcome.Refused { Code: RefusalCode.TooManyRequests, RetryAfter: { } wait } && wait <= LongestWait && waits++ < MostWaits)
            {
                witness.Waiting(wait);
                await Task.Delay(wait, _time, cancellation);
            }
            else if (stopped is not null)
            {
                return stopped;
            }
        }
    }

    private async Task<ErrandOutcome?> MakeKeyAsync(Errand errand, CancellationToken cancellation)
    {
        // Asked before the bank is: a certificate that cannot be stored is a certificate lost.
        if (await _store.CheckAsync(cancellation) is { } unfit)
        {
            return new ErrandOutcome.NotStored(unfit);
        }

        var (request, fault) = await _store.BeginAsync(errand.Purpose, cancellation);
        if (request is null)
        {
            return new ErrandOutcome.NotStored(fault!);
        }

        errand.Request = request;
        errand.Step = ErrandStep.Request;
        return null;
    }

    private async Task<ErrandOutcome?> RequestAsync(Errand errand, Credentials credentials, CancellationToken cancellation)
    {
        var request = errand.Request!;
        // A certificate is not asked for where it could not be used: the way to the place of its use is tried each time.
        if (await parts.Bank.ReachCertificateOriginAsync(cancellation) is { } closed)
        {
            return new ErrandOutcome.NotReached(closed);
        }

        EstOutcome answer;
        if (errand.Renewed is { } renewed)
        {
            var (current, fault) = await _store.OpenAsync(renewed, cancellation);
            if (current is null)
            {
                return new ErrandOutcome.NotStored(fault!);
            }

            using (current)
            {
                answer = await _est.ReenrollAsync(request.Der, current, credentials, cancellation);
            }
        }
        else
        {
            answer = await _est.EnrollAsync(request.Der, credentials, cancellation);
        }

        switch (answer)
        {
            case EstOutcome.Issued issued:
                errand.Certificate = issued.Certificate;
                errand.Step = ErrandStep.Receipt;
                return null;
            case EstOutcome.Refused { Code: RefusalCode.KeyReused } when !errand.HasChangedKey:
                // Another key is all that is wanted, and nobody need be troubled with it; once, lest it go round for ever.
                await _store.AbandonAsync(request, cancellation);
                (errand.HasChangedKey, errand.Request, errand.Step) = (true, null, ErrandStep.Key);
                return null;
            case EstOutcome.Refused refused:
                if (ForGood.Contains(refused.Code))
                {
                    await _store.AbandonAsync(request, cancellation);
                    (errand.Request, errand.Step) = (null, ErrandStep.Key);
                }

                return new ErrandOutcome.Refused(refused.Code, refused.Sentence, refused.RetryAfter)
                {
                    ErrorCode = refused.ErrorCode,
                    IsHere = refused.Code == RefusalCode.CertificateActive ? await IsHereAsync(errand.LoginId, cancellation) : null,
                };
            case EstOutcome.NotReached unreached:
                return new ErrandOutcome.NotReached(unreached.Fault);
            default:
                throw new InvalidOperationException("The outcomes are closed.");
        }
    }

    /// <summary>Whether this PC holds the certificate that is in the way; null where that cannot be known.</summary>
    private async Task<bool?> IsHereAsync(string loginId, CancellationToken cancellation)
    {
        var (authorities, fault) = await _est.GetAuthoritiesAsync(cancellation);
        if (fault is not null)
        {
            return null;
        }

        foreach (var one in OwnCertificates.Newest(await _store.ListAsync(authorities, cancellation)).Where(one => LoginId.Canonical(LoginId.Of(one.Certificate)) == loginId))
        {
            if (await parts.Bank.IsRevokedAsync(one.Certificate, authorities, cancellation) != true)
            {
                return true;
            }
        }

        // It may be where nobody could look.
        return _store.Unreadable is null ? false : null;
    }

    private async Task<ErrandOutcome?> ReceiveAsync(Errand errand, CancellationToken cancellation)
    {
        if (!IsFor(errand.Request!, errand.Certificate!))
        {
            errand.Step = ErrandStep.Request;
            return new ErrandOutcome.WrongAnswer();
        }

        var (authorities, fault) = await _est.GetAuthoritiesAsync(cancellation);
        if (fault is not null)
        {
            return new ErrandOutcome.NotReached(fault);
        }

        errand.Authorities = authorities;
        errand.Step = ErrandStep.Store;
        return null;
    }

    private async Task<ErrandOutcome?> StoreAsync(Errand errand, CancellationToken cancellation)
    {
        var (stored, fault) = await _store.InstallAsync(errand.Request!, errand.Certificate!, errand.Authorities!, errand.LoginId, cancellation);
        if (stored is null)
        {
            if (fault!.Kind == StoreFaultKind.KeyGone)
            {
                (errand.Request, errand.Certificate, errand.Step) = (null, null, ErrandStep.Key);
            }

            return new ErrandOutcome.NotStored(fault);
        }

        var test = await TestAsync(stored, cancellation);
        var here = await _store.ListAsync(errand.Authorities!, cancellation);
        errand.Step = ErrandStep.Done;
        return new ErrandOutcome.Done(stored, errand.Request!.KeyProtection, test, OwnCertificates.ReplacedBy(stored.Certificate, here));
    }

    /// <summary>Reads the key back, uses it, and tries a handshake with the bank. Not a first use: no session is made.</summary>
    private async Task<SelfTestFault?> TestAsync(StoredCertificate stored, CancellationToken cancellation)
    {
        var (opened, fault) = await _store.OpenAsync(stored, cancellation);
        if (opened is null)
        {
            return new SelfTestFault(fault, null);
        }

        using (opened)
        {
            if (!KeyWorks(opened))
            {
                return new SelfTestFault(new StoreFault(StoreFaultKind.KeyGone), null);
            }

            return await _est.TryHandshakeAsync(opened, cancellation) is { } refused ? new SelfTestFault(null, refused) : null;
        }
    }

    private static bool KeyWorks(X509Certificate2 certificate)
    {
        var proof = RandomNumberGenerator.GetBytes(32);
        try
        {
            if (certificate.GetECDsaPrivateKey() is { } ec)
            {
                using (ec)
                using (var open = certificate.GetECDsaPublicKey()!)
                {
                    return open.VerifyData(proof, ec.SignData(proof, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256);
                }
            }

            using var rsa = certificate.GetRSAPrivateKey();
            using var openRsa = certificate.GetRSAPublicKey();
            return rsa is not null && openRsa is not null
                && openRsa.VerifyData(proof, rsa.SignData(proof, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static bool IsFor(PendingRequest request, X509Certificate2 certificate)
    {
        var asked = CertificateRequest.LoadSigningRequest(request.Der.ToArray(), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
        return asked.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }
}

/// <summary>Who watches an errand: the 処理中 screen, or a verb.</summary>
internal interface IErrandWitness
{
    /// <summary>This step begins.</summary>
    void Began(ErrandStep step);

    /// <summary>The bank asked for patience; the step is tried again after it.</summary>
    void Waiting(TimeSpan wait);
}

/// <summary>The machine codes of header <c>Densai-Reason</c>.</summary>
internal static class RefusalCode
{
    public const string BadCredentials = "bad-credentials";
    public const string CertificateActive = "certificate-active";
    public const string CertificateExpired = "certificate-expired";
    public const string CertificateRevoked = "certificate-revoked";
    public const string NotInRenewalWindow = "not-in-renewal-window";
    public const string UserSuspended = "user-suspended";
    public const string UserLocked = "user-locked";
    public const string BadRequest = "bad-request";
    public const string KeyNotAccepted = "key-not-accepted";
    public const string KeyReused = "key-reused";
    public const string TooManyRequests = "too-many-requests";
    public const string MethodNotCertificate = "method-not-certificate";
    public const string CertificateRequired = "certificate-required";
}
