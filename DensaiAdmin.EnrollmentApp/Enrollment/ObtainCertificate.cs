using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

/// <summary>Issue and renewal: key, request, receipt, storage, and a self-test. The window and the verbs use the same.</summary>
internal sealed class ObtainCertificate(Parts parts)
{
    private readonly ICertificateStore _store = parts.Store;
    private readonly IEstClient _est = parts.Est;
    private readonly TimeProvider _time = parts.Time;

    /// <summary>Up to this wait the step is repeated by itself when the bank is busy; beyond it the person decides.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    private const int MaxWaits = 2;

    // After these refusals the same key can never get a certificate. After all others it may be tried again.
    private static readonly HashSet<string> Final = new(StringComparer.Ordinal)
    {
        RefusalCode.CertificateActive, RefusalCode.CertificateExpired, RefusalCode.CertificateRevoked, RefusalCode.NotInRenewalWindow,
        RefusalCode.MethodNotCertificate, RefusalCode.KeyNotAccepted, RefusalCode.KeyReused, RefusalCode.BadRequest,
        RefusalCode.CertificateRequired,
    };

    /// <summary>Resumes the job where it stands, until it is done or something stops it.</summary>
    public async Task<EnrollmentOutcome> ContinueAsync(
        EnrollmentJob job, Credentials credentials, IEnrollmentProgress progress, CancellationToken cancellation)
    {
        var waits = 0;
        while (true)
        {
            progress.StepStarted(job.Step);
            var stopped = job.Step switch
            {
                EnrollmentStep.Key => await MakeKeyAsync(job, cancellation),
                EnrollmentStep.Request => await RequestAsync(job, credentials, cancellation),
                EnrollmentStep.Receipt => await ReceiveAsync(job, cancellation),
                EnrollmentStep.Store => await StoreAsync(job, cancellation),
                EnrollmentStep.Done => throw new InvalidOperationException("The job is done."),
            };
            if (stopped is EnrollmentOutcome.Refused { Code: RefusalCode.TooManyRequests, RetryAfter: { } wait }
                && wait <= MaxWait && waits++ < MaxWaits)
            {
                progress.Waiting(wait);
                await Task.Delay(wait, _time, cancellation);
            }
            else if (stopped is not null)
            {
                return stopped;
            }
        }
    }

    private async Task<EnrollmentOutcome?> MakeKeyAsync(EnrollmentJob job, CancellationToken cancellation)
    {
        // This comes before the request, because a certificate that cannot be stored would be lost.
        if (await _store.CheckAsync(cancellation) is { } storeFault)
        {
            return new EnrollmentOutcome.NotStored(storeFault);
        }

        var (request, fault) = await _store.BeginAsync(job.Purpose, cancellation);
        if (request is null)
        {
            return new EnrollmentOutcome.NotStored(fault!);
        }

        job.Request = request;
        job.Step = EnrollmentStep.Request;
        return null;
    }

    private async Task<EnrollmentOutcome?> RequestAsync(EnrollmentJob job, Credentials credentials, CancellationToken cancellation)
    {
        var request = job.Request!;
        // No certificate is requested where it could not be used, so the origin at which it is used is tried every time.
        if (await parts.Bank.ReachCertificateOriginAsync(cancellation) is { } notReached)
        {
            return new EnrollmentOutcome.NotReached(notReached);
        }

        EstOutcome answer;
        if (job.Renewed is { } renewed)
        {
            var (current, fault) = await _store.OpenAsync(renewed, cancellation);
            if (current is null)
            {
                return new EnrollmentOutcome.NotStored(fault!);
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
                job.Certificate = issued.Certificate;
                job.Step = EnrollmentStep.Receipt;
                return null;
            case EstOutcome.Refused { Code: RefusalCode.KeyReused } when !job.HasChangedKey:
                // Another key is all that is needed, which need not concern the person. Once only, or it might never end.
                await _store.AbandonAsync(request, cancellation);
                (job.HasChangedKey, job.Request, job.Step) = (true, null, EnrollmentStep.Key);
                return null;
            case EstOutcome.Refused refused:
                if (Final.Contains(refused.Code))
                {
                    await _store.AbandonAsync(request, cancellation);
                    (job.Request, job.Step) = (null, EnrollmentStep.Key);
                }

                return new EnrollmentOutcome.Refused(refused.Code, refused.Sentence, refused.RetryAfter)
                {
                    ErrorCode = refused.ErrorCode,
                    IsHere = refused.Code == RefusalCode.CertificateActive ? await IsHereAsync(job.LoginId, cancellation) : null,
                };
            case EstOutcome.NotReached unreached:
                return new EnrollmentOutcome.NotReached(unreached.Fault);
            default:
                throw new InvalidOperationException("The outcomes are closed.");
        }
    }

    /// <summary>Whether the active certificate because of which the bank refused is on this PC; null where that is unknown.</summary>
    private async Task<bool?> IsHereAsync(string loginId, CancellationToken cancellation)
    {
        var (authorities, fault) = await _est.GetAuthoritiesAsync(cancellation);
        if (fault is not null)
        {
            return null;
        }

        var newest = OwnCertificates.Newest(await _store.ListAsync(authorities, cancellation));
        foreach (var one in newest.Where(one => LoginId.Canonical(LoginId.Of(one.Certificate)) == loginId))
        {
            if (await parts.Bank.IsRevokedAsync(one.Certificate, authorities, cancellation) != true)
            {
                return true;
            }
        }

        // It may be in a store that could not be read.
        return _store.Unreadable is null ? false : null;
    }

    private async Task<EnrollmentOutcome?> ReceiveAsync(EnrollmentJob job, CancellationToken cancellation)
    {
        if (!job.Certificate!.IsFor(job.Request!.Der))
        {
            job.Step = EnrollmentStep.Request;
            return new EnrollmentOutcome.WrongAnswer();
        }

        var (authorities, fault) = await _est.GetAuthoritiesAsync(cancellation);
        if (fault is not null)
        {
            return new EnrollmentOutcome.NotReached(fault);
        }

        job.Authorities = authorities;
        job.Step = EnrollmentStep.Store;
        return null;
    }

    private async Task<EnrollmentOutcome?> StoreAsync(EnrollmentJob job, CancellationToken cancellation)
    {
        var (stored, fault) = await _store.InstallAsync(job.Request!, job.Certificate!, job.Authorities!, job.LoginId, cancellation);
        if (stored is null)
        {
            if (fault!.Kind == StoreFaultKind.KeyGone)
            {
                (job.Request, job.Certificate, job.Step) = (null, null, EnrollmentStep.Key);
            }

            return new EnrollmentOutcome.NotStored(fault);
        }

        var test = await TestAsync(stored, cancellation);
        var here = await _store.ListAsync(job.Authorities!, cancellation);
        job.Step = EnrollmentStep.Done;
        return new EnrollmentOutcome.Done(stored, job.Request!.KeyProtection, test, OwnCertificates.ReplacedBy(stored.Certificate, here));
    }

    /// <summary>Reads the key back, uses it, and tries a handshake with the bank. That is not a login: no session starts.</summary>
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
                using (var publicKey = certificate.GetECDsaPublicKey()!)
                {
                    return publicKey.VerifyData(proof, ec.SignData(proof, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256);
                }
            }

            using var rsa = certificate.GetRSAPrivateKey();
            using var publicRsa = certificate.GetRSAPublicKey();
            return rsa is not null && publicRsa is not null
                && publicRsa.VerifyData(
                    proof,
                    rsa.SignData(proof, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
                    HashAlgorithmName.SHA256,
                    RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}

/// <summary>Follows an enrollment: the 処理中 screen, or a verb.</summary>
internal interface IEnrollmentProgress
{
    /// <summary>This step starts.</summary>
    void StepStarted(EnrollmentStep step);

    /// <summary>The bank asked to wait; after that the step is repeated.</summary>
    void Waiting(TimeSpan wait);
}
