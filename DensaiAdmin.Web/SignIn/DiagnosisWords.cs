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
internal sealed record DiagnosisModel(string Heading, string Sentence, IReadOnlyList<DiagnosisStep> Steps, PresentedCertificate? Presented, string Code, bool MayLogInAgain);

/// <summary>Turns a diagnosis, or the end of a session, into what happened, when, what to do and whom to ask.</summary>
internal sealed class DiagnosisWords(IStringLocalizer<SignInText> text, TimeProvider clock)
{
    public DiagnosisModel Of(Diagnosis found)
    {
        var (code, steps) = found.Finding switch
        {
            CertificateFinding.None => ("0001", Steps(found, "StepPc", "StepHidden", "StepRestart", "StepCancelled")),
            CertificateFinding.NotOurs => ("0002", Steps(found, "StepOther", "StepObtain")),
            CertificateFinding.Expired => ("0003", Steps(found, IsCounters(found) ? "StepRevokeMaster" : "StepRevoke", "StepObtain", "StepClose")),
            CertificateFinding.Revoked => ("0004", Steps(found, "StepObtain", "StepClose")),
            CertificateFinding.Superseded => ("0005", Steps(found, "StepNew")),
            CertificateFinding.UserSuspended => ("0006", Steps(found, IsCounters(found) ? "StepAskBank" : "StepAsk")),
            CertificateFinding.PasswordLocked => ("0007", Steps(found, "StepWait", "StepUnlock")),
            CertificateFinding.ProfileWrong => ("0008", Steps(found, "StepOther")),
            CertificateFinding.UnknownSerial => ("0009", Steps(found, "StepOther", "StepObtain")),
            CertificateFinding.NotYetValid => ("0010", Steps(found, "StepClock")),
            CertificateFinding.Good => throw new ArgumentException("A good certificate needs no diagnosis.", nameof(found)),
        };
        return new(
            text[found.Finding + "_Heading"],
            Sentence(found.Finding + "_Text", found.At),
            steps,
            Presented(found),
            "E-BLGI-" + code,
            MayLogInAgain: false);
    }

    public DiagnosisModel? Of(SessionEndReason reason, DateTimeOffset endedAt, bool mayLogInAgain)
    {
        var code = reason switch
        {
            SessionEndReason.Idle => "0011",
            SessionEndReason.AbsoluteLimit => "0012",
            SessionEndReason.SecondLogin => "0013",
            SessionEndReason.CertificateMismatch => "0014",
            SessionEndReason.LoginReported => "0017",
            SessionEndReason.OtherOrigin => "0015",
            SessionEndReason.PasswordChanged => "0018",
            // The certificate's own diagnosis says these, and a wish needs no explanation.
            SessionEndReason.LoggedOut or SessionEndReason.CertificateRevoked or SessionEndReason.CertificateExpired or SessionEndReason.UserSuspended
                or SessionEndReason.MethodChanged => null,
        };
        if (code is null)
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

        return new(text[reason + "_Heading"], Sentence(reason + "_Text", endedAt), steps, null, "E-BLGI-" + code, mayLogInAgain);
    }

    /// <summary>What ended a session of ID・パスワード方式; null where nothing needs to be said.</summary>
    public DiagnosisModel? OfPasswordSession(SessionEndReason reason, DateTimeOffset endedAt) => reason switch
    {
        SessionEndReason.UserSuspended => new(
            text["UserSuspended_Heading"], Sentence("UserSuspended_Text", endedAt), [Step("StepAskSuspended")], null, "E-BLGI-0006", MayLogInAgain: false),
        SessionEndReason.MethodChanged => new(
            text["MethodChanged_Heading"], text["MethodChanged_Text"], [Step("StepObtain")], null, "E-BLGI-0016", MayLogInAgain: false),
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
