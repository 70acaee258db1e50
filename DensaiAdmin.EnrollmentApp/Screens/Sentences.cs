using System.Globalization;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Est;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>What went wrong, and what the person does next.</summary>
/// <param name="Heading">What it is.</param>
/// <param name="Text">The next step.</param>
/// <param name="MayRetry">Whether the same again, from the step that failed, can help.</param>
/// <param name="Code">For the help desk.</param>
internal sealed record Sentence(string Heading, string Text, bool MayRetry, ErrorCode Code)
{
    /// <summary>One line, for a terminal.</summary>
    public string Line => $"{Whole} ({Code})";

    /// <summary>Heading and text where there is no heading of its own.</summary>
    public string Whole => Heading + Words.Of("Sentence_End") + Text;
}

/// <summary>Every fault and every refusal as a sentence with the next step.</summary>
internal static class Sentences
{
    private const int DaysOfAYear = 365;

    // Another try with the same request can help: somebody else lifts it, or time does.
    private static readonly HashSet<string> Passing = new(StringComparer.Ordinal) { RefusalCode.UserLocked, RefusalCode.UserSuspended, RefusalCode.TooManyRequests };

    // Who helps depends on who asks, and only the bank knows that.
    private static readonly HashSet<string> Personal = new(StringComparer.Ordinal)
    {
        RefusalCode.UserSuspended, RefusalCode.UserLocked, RefusalCode.CertificateActive, RefusalCode.CertificateExpired,
        RefusalCode.MethodNotCertificate,
    };

    public static Sentence Of(ConnectionFault fault)
    {
        // The bank's own code says more than ours.
        var code = fault.Kind == ConnectionFaultKind.CertificateNotAccepted ? ErrorCodes.Told(fault.Detail) : null;
        var detail = fault.ClockAhead is { } ahead ? Clock(ahead) : fault.Detail;
        return Named("Connection", fault.Kind.ToString(), detail, code ?? ErrorCodes.Of(fault.Kind), fault.Place, fault.Answer);
    }

    public static Sentence Of(StoreFault fault) => Named("Store", fault.Kind.ToString(), fault.Detail, ErrorCodes.Of(fault.Kind));

    /// <summary>Why no certificate is asked for; null where everything is well. An old version is said elsewhere.</summary>
    public static Sentence? Stopping(Survey survey) =>
        survey.Fault is { } fault ? Of(fault)
        : survey.CertificateFault is { } closed ? Of(closed)
        : survey.StoreFault is { } unfit ? Of(unfit)
        : null;

    /// <summary>How far this PC's clock is ahead of the bank's or behind it, in the largest unit that says it.</summary>
    public static string Clock(TimeSpan ahead)
    {
        // To the minute first: a second less than two hours is two hours, and not 120 minutes.
        var off = TimeSpan.FromMinutes(Math.Round(ahead.Duration().TotalMinutes));
        var (key, count) = off.TotalDays >= 2 * DaysOfAYear ? ("Difference_Years", off.TotalDays / DaysOfAYear)
            : off.TotalDays >= 2 ? ("Difference_Days", off.TotalDays)
            : off.TotalHours >= 2 ? ("Difference_Hours", off.TotalHours)
            : ("Difference_Minutes", off.TotalMinutes);
        var difference = Words.Of(key, Math.Round(count).ToString(CultureInfo.InvariantCulture));
        return Words.Of(ahead > TimeSpan.Zero ? "Clock_Ahead" : "Clock_Behind", difference);
    }

    public static Sentence OfRefusal(ErrandOutcome.Refused refused)
    {
        var (code, sentence, retryAfter) = refused;
        var number = ErrorCodes.Told(refused.ErrorCode) ?? ErrorCodes.OfReason(code);
        var heading = Words.Of("Refused_Heading");
        var retry = Passing.Contains(code);
        if (Words.TryOf("Refused_" + code) is not { } words)
        {
            return new Sentence(heading, sentence.Length > 0 ? sentence : Words.Of("Refused_Unknown"), MayRetry: true, number);
        }

        if (refused.IsHere == true)
        {
            return new Sentence(Words.Of("Here_Heading"), Words.Of("Here_Text"), MayRetry: false, ErrorCodes.CertificateIsHere);
        }

        // Where the bank's code is finer than its reason, its sentence is, too.
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
            // The bank's own line says from when.
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
    public static Sentence? Of(ErrandOutcome outcome) => outcome switch
    {
        ErrandOutcome.Done => null,
        ErrandOutcome.Refused refused => OfRefusal(refused),
        ErrandOutcome.NotReached unreached => Of(unreached.Fault),
        ErrandOutcome.NotStored unstored => Of(unstored.Fault),
        ErrandOutcome.WrongAnswer => new Sentence(Words.Of("WrongAnswer_Heading"), Words.Of("WrongAnswer_Text"), MayRetry: true, ErrorCodes.AnswerNotOurs),
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
