using System.Globalization;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>What went wrong, and what the person does next.</summary>
/// <param name="Heading">What went wrong.</param>
/// <param name="Text">The next step.</param>
/// <param name="MayRetry">Whether another attempt from the failed step can help.</param>
/// <param name="Code">For the help desk.</param>
internal sealed record Sentence(string Heading, string Text, bool MayRetry, ErrorCode Code)
{
    /// <summary>As one line, for a terminal.</summary>
    public string Line => $"{Whole} ({Code})";

    /// <summary>Heading and text as one text.</summary>
    public string Whole => Heading + Words.Of("Sentence_End") + Text;
}

/// <summary>Every fault and every refusal as a sentence with the next step.</summary>
internal static class Sentences
{
    private const int DaysOfAYear = 365;

    // Refusals after which the same request can succeed later: somebody lifts them, or time does.
    private static readonly HashSet<string> Temporary =
        new(StringComparer.Ordinal) { RefusalCode.UserLocked, RefusalCode.UserSuspended, RefusalCode.TooManyRequests };

    // Refusals whose remedy depends on the user, which only the bank knows.
    private static readonly HashSet<string> Personal = new(StringComparer.Ordinal)
    {
        RefusalCode.UserSuspended, RefusalCode.UserLocked, RefusalCode.CertificateActive, RefusalCode.CertificateExpired,
        RefusalCode.MethodNotCertificate,
    };

    public static Sentence Of(ConnectionFault fault)
    {
        // The bank's own code is more specific.
        var code = fault.Kind == ConnectionFaultKind.CertificateNotAccepted ? ErrorCodes.Told(fault.Detail) : null;
        var detail = fault.ClockAhead is { } ahead ? Clock(ahead) : fault.Detail;
        return Named("Connection", fault.Kind.ToString(), detail, code ?? ErrorCodes.Of(fault.Kind), fault.Place, fault.Answer);
    }

    public static Sentence Of(StoreFault fault) => Named("Store", fault.Kind.ToString(), fault.Detail, ErrorCodes.Of(fault.Kind));

    /// <summary>Why no certificate is requested; null where nothing prevents it. An outdated version has its own screen.</summary>
    public static Sentence? Stopping(Survey survey) =>
        survey.Fault is { } fault ? Of(fault)
        : survey.CertificateFault is { } certificateFault ? Of(certificateFault)
        : survey.StoreFault is { } storeFault ? Of(storeFault)
        : null;

    /// <summary>How far this PC's clock is ahead of the bank's or behind it, in the largest suitable unit.</summary>
    public static string Clock(TimeSpan ahead)
    {
        // Rounded to minutes first, so that a second less than two hours is two hours and not 120 minutes.
        var off = TimeSpan.FromMinutes(Math.Round(ahead.Duration().TotalMinutes));
        var (key, count) = off.TotalDays >= 2 * DaysOfAYear ? ("Difference_Years", off.TotalDays / DaysOfAYear)
            : off.TotalDays >= 2 ? ("Difference_Days", off.TotalDays)
            : off.TotalHours >= 2 ? ("Difference_Hours", off.TotalHours)
            : ("Difference_Minutes", off.TotalMinutes);
        var difference = Words.Of(key, Math.Round(count).ToString(CultureInfo.InvariantCulture));
        return Words.Of(ahead > TimeSpan.Zero ? "Clock_Ahead" : "Clock_Behind", difference);
    }

    public static Sentence OfRefusal(EnrollmentOutcome.Refused refused)
    {
        var (code, sentence, retryAfter) = refused;
        var number = ErrorCodes.Told(refused.ErrorCode) ?? ErrorCodes.OfReason(code);
        var heading = Words.Of("Refused_Heading");
        var retry = Temporary.Contains(code);
        if (Words.TryOf("Refused_" + code) is not { } words)
        {
            return new Sentence(heading, sentence.Length > 0 ? sentence : Words.Of("Refused_Unknown"), MayRetry: true, number);
        }

        if (refused.IsHere == true)
        {
            return new Sentence(Words.Of("Here_Heading"), Words.Of("Here_Text"), MayRetry: false, ErrorCodes.CertificateIsHere);
        }

        // Where the bank's code is more specific than its reason, so is its sentence.
        if (sentence.Length > 0 && (Personal.Contains(code) || (code == RefusalCode.BadCredentials && number != ErrorCodes.OfReason(code))))
        {
            words = sentence;
        }
        else if (code == RefusalCode.TooManyRequests && retryAfter is { } wait)
        {
            words = Words.Counted("Refused_Wait", Math.Max(1, Math.Ceiling(wait.TotalMinutes)));
        }
        else if (code == RefusalCode.NotInRenewalWindow && sentence.Length > 0)
        {
            // The bank's own sentence contains the date.
            words = $"{sentence} {words}";
        }

        if (refused.IsHere == false)
        {
            words = Words.Of("Elsewhere_Text") + words;
        }

        if (number == ErrorCodes.CertificateNotOurs)
        {
            words = Words.Of("NotOurs_Text");
        }

        return new Sentence(heading, words, retry, number);
    }

    /// <summary>Null for what is no failure.</summary>
    public static Sentence? Of(EnrollmentOutcome outcome) => outcome switch
    {
        EnrollmentOutcome.Done => null,
        EnrollmentOutcome.Refused refused => OfRefusal(refused),
        EnrollmentOutcome.NotReached unreached => Of(unreached.Fault),
        EnrollmentOutcome.NotStored unstored => Of(unstored.Fault),
        EnrollmentOutcome.WrongAnswer =>
            new Sentence(Words.Of("WrongAnswer_Heading"), Words.Of("WrongAnswer_Text"), MayRetry: true, ErrorCodes.AnswerNotOurs),
        _ => throw new InvalidOperationException("The outcomes are closed."),
    };

    public static Sentence Of(SelfTestFault fault) => fault.Key is { } key ? Of(key) : Of(fault.Connection!);

    private static Sentence Named(string group, string kind, string detail, ErrorCode code, string place = "", string answer = "")
    {
        var key = $"{group}_{kind}";
        var where = place.Length > 0 ? place : Words.Of("Place_Unknown");
        var text = answer.Length > 0 ? Words.Of(key + "_Answered", detail, where, answer)
            : detail.Length > 0 ? Words.Of(key + "_Text", detail, where)
            : Words.TryOf(key + "_Bare") is not null ? Words.Of(key + "_Bare", "-", where)
            : Words.Of(key + "_Text", "-", where);
        return new Sentence(Words.Of(key + "_Heading"), text, MayRetry: true, code);
    }
}
