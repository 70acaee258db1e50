using System.Runtime.InteropServices;
using System.Text;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>One of the four lines of CCHK001.</summary>
/// <param name="Key">The key of its name.</param>
/// <param name="State">ok, bad, soon (a warning that stops nothing) or wait (unknown).</param>
/// <param name="Text">What was found.</param>
internal sealed record CheckLine(string Key, string State, string Text);

/// <summary>The survey in words: for CCHK001, and as one text that a clerk can pass on instead of dictating it.</summary>
internal static class DiagnosisText
{
    public static IReadOnlyList<CheckLine> Lines(Survey? survey)
    {
        if (survey is null)
        {
            var looking = Words.Of("Check_Looking");
            return [.. new[] { "Check_Bank", "Check_Clock", "Check_Store", "Check_Certificate" }.Select(
                key => new CheckLine(key, "wait", looking))];
        }

        var unknown = Words.Of("Check_Unknown");
        return
        [
            survey.Fault is { } fault
                ? new("Check_Bank", "bad", Sentences.Of(fault).Heading)
                : new("Check_Bank", "ok", Words.Of("Check_Reached")),
            survey.ClockAhead is not { } ahead ? new("Check_Clock", "wait", unknown)
                : survey.ClockIsWrong ? new("Check_Clock", "soon", Words.Of("Check_ClockOff", Sentences.Clock(ahead)))
                : new("Check_Clock", "ok", Words.Of("Check_Right")),
            survey.StoreFault is { } storeFault ? new("Check_Store", "bad", Sentences.Of(storeFault).Heading)
                : survey.Unreadable is { } unreadable ? new("Check_Store", "soon", Words.Of("Check_Unreadable", unreadable.Detail))
                : survey.BrowsersWithout is { Count: > 0 } without
                    ? new("Check_Store", "soon", Words.Of("Check_WritableBut", Words.List(without)))
                : new("Check_Store", "ok", Words.Of("Check_Writable")),
            survey.CertificateFault is { } notReached ? new("Check_Certificate", "bad", Sentences.Of(notReached).Heading)
                : !survey.CertificateTried ? new("Check_Certificate", "wait", unknown)
                : new("Check_Certificate", "ok", Words.Of(survey.Shown is null ? "Check_Reached" : "Check_Shown")),
        ];
    }

    /// <summary>Contains names, addresses and states, but nothing that was typed, no key and no credentials of a proxy.</summary>
    /// <param name="code">The code on the page.</param>
    public static string Of(WindowSession session, ErrorCode? code)
    {
        var survey = session.LastSurvey;
        var text = new StringBuilder();
        void Line(string name, string value) => text.Append(name).Append(": ").Append(value).Append('\n');
        text.Append(Words.Of("Doctor_Title")).Append("  ").Append(JapanTime.Exact(session.Now)).Append('\n');
        if (code is { } shown)
        {
            Line(Words.Of("Help_Code"), shown.ToString());
        }

        Line(Words.Of("Doctor_Version"), session.Identity.Version.ToString());
        Line(Words.Of("Doctor_System"), $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}");
        Line(Words.Of("Doctor_Server"), session.Parts.Bank.Server.GetLeftPart(UriPartial.Authority));
        var certificateOrigin = survey?.Information?.CertificateOrigin.GetLeftPart(UriPartial.Authority);
        Line(Words.Of("Doctor_Certificate"), certificateOrigin ?? Words.Of("Doctor_Unknown"));
        Line(Words.Of("Doctor_Proxy"), session.Parts.Proxy.Address ?? Words.Of("Doctor_None"));
        Line(Words.Of("Doctor_Issuers"), Issuers(survey));
        foreach (var line in Lines(survey))
        {
            Line(Words.Of(line.Key), line.Text);
        }

        if (survey?.ClockAhead is { } ahead)
        {
            Line(Words.Of("Doctor_Clock"), Words.Of("Doctor_Seconds", Math.Round(ahead.TotalSeconds)));
        }

        if (survey is not null && Sentences.Stopping(survey) is { } stopping)
        {
            text.Append(stopping.Line).Append('\n');
        }

        // That the credentials were refused is on the page already, and its code is above.
        if (session is { CredentialsRefused: false, Outcome: { } outcome } && Sentences.Of(outcome) is { } failure)
        {
            text.Append(failure.Line).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Who issued the TLS certificates of both origins: a proxy that intercepts them is found by it.</summary>
    public static string Issuers(Survey? survey) => Words.List(
        new[] { survey?.Issuers.Public, survey?.Issuers.Certificate }.Select(issuer => issuer ?? Words.Of("Doctor_Unknown")));
}
