using DensaiAdmin.Core;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.SignIn;

/// <summary>What BLGI003 says in one case.</summary>
/// <param name="MayLogInAgain">Whether the same certificate opens a new session.</param>
internal sealed record DiagnosisModel(string Heading, string Sentence, IReadOnlyList<DiagnosisStep> Steps, PresentedCertificate? Presented, ErrorCode Code, bool MayLogInAgain);

/// <summary>Turns a diagnosis, or the end of a session, into what happened, when, what to do and whom to ask.</summary>
internal sealed class DiagnosisWords(IStringLocalizer<SignInText> text, TimeProvider clock)
{
    public DiagnosisModel Of(Diagnosis found)
    {
        var steps = found.Finding switch
        {
            CertificateFinding.None => Steps(found, "StepPc", "StepHidden", "StepRestart", "StepCancelled"),
            CertificateFinding.NotOurs => Steps(found, "StepOther", "StepObtain"),
            CertificateFinding.Expired => Steps(found, IsCounters(found) ? "StepRevokeMaster" : "StepRevoke", "StepObtain", "StepClose"),
            CertificateFinding.Revoked => Steps(found, "StepObtain", "StepClose"),
            CertificateFinding.Superseded => Steps(found, "StepNew"),
            CertificateFinding.UserSuspended => Steps(found, IsCounters(found) ? "StepAskBank" : "StepAsk"),
            CertificateFinding.PasswordLocked => Steps(found, "StepWait", "StepUnlock"),
            CertificateFinding.ProfileWrong => Steps(found, "StepOther"),
            CertificateFinding.UnknownSerial => Steps(found, "StepOther", "StepObtain"),
            CertificateFinding.NotYetValid => Steps(found, "StepClock"),
            CertificateFinding.Good => throw new ArgumentException("A good certificate needs no diagnosis.", nameof(found)),
        };
        return new(
            text[found.Finding + "_Heading"],
            Sentence(found.Finding + "_Text", found.At),
            steps,
            Presented(found),
            ErrorCodes.Of(found.Finding),
            MayLogInAgain: false);
    }

    public DiagnosisModel? Of(SessionEndReason reason, DateTimeOffset endedAt, bool mayLogInAgain)
    {
        // The certificate's own diagnosis says these, and a wish needs no explanation.
        if (reason is SessionEndReason.LoggedOut or SessionEndReason.CertificateRevoked or SessionEndReason.CertificateExpired or SessionEndReason.UserSuspended
                or SessionEndReason.MethodChanged
            || ErrorCodes.Of(reason) is not { } code)
        {
            return null;
        }

        List<DiagnosisStep> steps = mayLogInAgain ? [Step("StepAgain")] : [];
        if (reason is SessionEndReason.SecondLogin or SessionEndReason.CertificateMismatch or SessionEndReason.OtherOrigin or SessionEndReason.PasswordChanged)
        {
            steps.Add(Step("StepNotYou"));
        }
        else if (!mayLogInAgain)
        {
            steps.Add(Step("StepCancelled"));
        }

        return new(text[reason + "_Heading"], Sentence(reason + "_Text", endedAt), steps, null, code, mayLogInAgain);
    }

    /// <summary>What ended a session of ID・パスワード方式; null where nothing needs to be said.</summary>
    public DiagnosisModel? OfPasswordSession(SessionEndReason reason, DateTimeOffset endedAt) => reason switch
    {
        SessionEndReason.UserSuspended => new(
            text["UserSuspended_Heading"], Sentence("UserSuspended_Text", endedAt), [Step("StepAskSuspended")], null, ErrorCodes.UserSuspended, MayLogInAgain: false),
        SessionEndReason.MethodChanged => new(
            text["MethodChanged_Heading"], text["MethodChanged_Text"], [Step("StepObtain")], null, ErrorCodes.SessionMethodChanged, MayLogInAgain: false),
        _ => Of(reason, endedAt, mayLogInAgain: true),
    };

    private static bool IsCounters(Diagnosis found) => found.User is { Role: not UserRole.General };

    private List<DiagnosisStep> Steps(Diagnosis found, params string[] keys) => [.. keys.Select(key => Step(key, found.User?.LoginId))];

    private DiagnosisStep Step(string key, string? loginId = null) => new(text[key + "_Title"], text[key + "_Text", loginId ?? ""]);

    private string Sentence(string key, DateTimeOffset? at) => at is { } instant ? text[key, JapanTime.Format(instant)] : text[key];

    private PresentedCertificate? Presented(Diagnosis found)
    {
        if (found is not { Certificate: { } certificate, User: { } user })
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var expired = certificate.HasExpiredAt(now);
        return new()
        {
            LoginId = user.LoginId,
            State = certificate.RevokedAt is not null ? CertificateStatus.Revoked : expired ? CertificateStatus.Expired : CertificateStatus.Issued,
            NotAfter = certificate.RevokedAt is null ? certificate.NotAfter : null,
            ExpiredDaysAgo = certificate.RevokedAt is null && expired ? -JapanTime.DaysUntil(certificate.NotAfter, now) : null,
            RevokedAt = certificate.RevokedAt,
            Serial = certificate.SerialNumber.ToString(),
        };
    }
}
