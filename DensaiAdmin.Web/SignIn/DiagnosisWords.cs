using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.SignIn;

/// <summary>What BLGI003 says in one case.</summary>
/// <param name="MayLogInAgain">Whether the same certificate opens a new session.</param>
internal sealed record DiagnosisModel(
    string Heading, string Sentence, IReadOnlyList<DiagnosisStep> Steps, PresentedCertificate? Presented, ErrorCode Code,
    bool MayLogInAgain)
{
    /// <summary>Who is to be asked; null for the general answer.</summary>
    public Helper? Asked { get; init; }
}

/// <summary>Turns a diagnosis, or the end of a session, into what happened, when, what to do and whom to ask.</summary>
internal sealed class DiagnosisWords(IStringLocalizer<SignInText> text, IStringLocalizer<SharedText> shared, TimeProvider clock)
{
    public DiagnosisModel Of(Diagnosis found)
    {
        var advice = found is { Cause: { } cause, Person: { } person } ? NextSteps.For(cause, person) : null;
        var steps = advice is null ? Unowned(found) : [.. StepsOf(advice, found.User?.LoginId)];
        return new(
            text[found.Finding + "_Heading"],
            Sentence(found.Finding + "_Text", found.At),
            steps,
            Presented(found),
            ErrorCodes.Of(found.Finding),
            MayLogInAgain: false)
        {
            Asked = advice is { Helper: not Helper.Nobody } ? advice.Helper : found.Person is { } told ? NextSteps.ManagerOf(told) : null,
        };
    }

    // Of these certificates no user is known, or none is to blame.
    private List<DiagnosisStep> Unowned(Diagnosis found) => found.Finding switch
    {
        CertificateFinding.None => [Step("StepPc"), Step("StepHidden"), Step("StepRestart"), Step("StepCancelled")],
        CertificateFinding.NotOurs => [Step("StepOther"), Step("StepObtain")],
        CertificateFinding.ProfileWrong => [Step("StepOther")],
        CertificateFinding.UnknownSerial => [Step("StepOther"), Step("StepObtain")],
        CertificateFinding.NotYetValid => [Step("StepClock")],
        _ => throw new ArgumentException("It needs no diagnosis, or it needs to be known who is told.", nameof(found)),
    };

    private IEnumerable<DiagnosisStep> StepsOf(Advice advice, string? loginId) => advice.Step switch
    {
        NextStep.BeRegisteredAnew => [Asking("StepDeleted", advice.Helper, loginId)],
        NextStep.BeReleased => [Asking("StepReleased", advice.Helper, loginId)],
        NextStep.WaitOrBeUnlocked => [Step("StepWait"), Asking("StepUnlock", advice.Helper, loginId)],
        NextStep.HavePasswordReissued => [Asking("StepReissue", advice.Helper, loginId)],
        NextStep.LogInByPassword => [Step("StepByPassword")],
        NextStep.HaveRevokedThenObtain => [Asking("StepRevoke", advice.Helper, loginId), Step("StepObtain"), Step("StepClose")],
        NextStep.Obtain => [Step("StepObtain"), Step("StepClose")],
        NextStep.UseTheNewer => [Step("StepNew")],
        NextStep.UseOrHaveRevoked => throw new ArgumentException("It keeps nobody from logging in.", nameof(advice)),
    };

    // What a master does is said in the words of the menu; of the others only who they are.
    private DiagnosisStep Asking(string key, Helper helper, string? loginId)
    {
        var own = text[$"{key}_{helper}_Text", loginId ?? ""];
        return new(text[key + "_Title", shared["Helper_" + helper]], own.ResourceNotFound ? text[key + "_Text", loginId ?? ""] : own);
    }

    public DiagnosisModel? Of(SessionEndReason reason, DateTimeOffset endedAt, bool mayLogInAgain)
    {
        // The certificate's own diagnosis says these, and what was wished for needs no explanation.
        if (reason is SessionEndReason.LoggedOut or SessionEndReason.CertificateRevoked or SessionEndReason.CertificateExpired
                or SessionEndReason.UserSuspended or SessionEndReason.MethodChanged
            || ErrorCodes.Of(reason) is not { } code)
        {
            return null;
        }

        List<DiagnosisStep> steps = mayLogInAgain ? [Step("StepAgain")] : [];
        if (reason is SessionEndReason.SecondLogin or SessionEndReason.CertificateMismatch
            or SessionEndReason.OtherOrigin or SessionEndReason.PasswordChanged)
        {
            steps.Add(Step("StepNotYou"));
        }
        else if (!mayLogInAgain)
        {
            steps.Add(Step("StepCancelled"));
        }

        // Nobody was idle in time that never passed.
        return reason is SessionEndReason.Idle or SessionEndReason.AbsoluteLimit && clock is ClockGuard guard && guard.LeaptOver(endedAt)
            ? new(text["ClockSet_Heading"], text["ClockSet_Text"], steps, null, ErrorCodes.SessionClockSet, mayLogInAgain)
            : new(text[reason + "_Heading"], Sentence(reason + "_Text", endedAt), steps, null, code, mayLogInAgain);
    }

    /// <summary>What ended a session of ID・パスワード方式; null where nothing needs to be said.</summary>
    /// <param name="reason">Why it ended.</param>
    /// <param name="endedAt">UTC.</param>
    /// <param name="owner">Whose it was; null where that is not known any more.</param>
    public DiagnosisModel? OfPasswordSession(SessionEndReason reason, DateTimeOffset endedAt, SessionOwner? owner) => reason switch
    {
        SessionEndReason.UserSuspended => new(
            text["UserSuspended_Heading"], Sentence("UserSuspended_Text", endedAt), [.. Suspended(owner)], null, ErrorCodes.UserSuspended,
            MayLogInAgain: false)
        {
            Asked = owner is { } told ? NextSteps.ManagerOf(told.Person) : null,
        },
        SessionEndReason.MethodChanged => new(
            text["MethodChanged_Heading"], text["MethodChanged_Text"], [Step("StepObtain")], null, ErrorCodes.SessionMethodChanged,
            MayLogInAgain: false),
        _ => Of(reason, endedAt, mayLogInAgain: true),
    };

    private IEnumerable<DiagnosisStep> Suspended(SessionOwner? owner) =>
        owner is { } told ? StepsOf(NextSteps.For(AccessCause.UserSuspended, told.Person), told.LoginId) : [Step("StepAskSuspended")];

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
            State = certificate.RevokedAt is not null
                ? CertificateStatus.Revoked
                : expired
                ? CertificateStatus.Expired
                : CertificateStatus.Issued,
            NotAfter = certificate.RevokedAt is null ? certificate.NotAfter : null,
            ExpiredDaysAgo = certificate.RevokedAt is null && expired ? -JapanTime.DaysUntil(certificate.NotAfter, now) : null,
            RevokedAt = certificate.RevokedAt,
            Serial = certificate.SerialNumber.ToString(),
        };
    }
}
