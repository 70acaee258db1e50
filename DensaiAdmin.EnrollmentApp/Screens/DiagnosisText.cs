using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using DensaiAdmin.EnrollmentApp.Enrollment;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>One of the four lines of CCHK001.</summary>
/// <param name="Key">Of its name.</param>
/// <param name="State">ok, bad, soon (a warning that stops nothing) or wait (not known).</param>
/// <param name="Text">What was found, in a word or as a sentence to hand on.</param>
internal sealed record CheckLine(string Key, string State, string Text);

/// <summary>The survey in words: for CCHK001, and as one text that a clerk hands on instead of dictating.</summary>
internal static class DiagnosisText
{
    public static IReadOnlyList<CheckLine> Lines(Survey? survey)
    {
        if (survey is null)
        {
            var looking = Words.Of("Check_Looking");
            return [new("Check_Bank", "wait", looking), new("Check_Clock", "wait", looking), new("Check_Store", "wait", looking), new("Check_Certificate", "wait", looking)];
        }

        var unknown = Words.Of("Check_Unknown");
        return
        [
            survey.Fault is { } fault ? new("Check_Bank", "bad", Sentences.Of(fault).Heading) : new("Check_Bank", "ok", Words.Of("Check_Reached")),
            survey.ClockAhead is not { } ahead ? new("Check_Clock", "wait", unknown)
                : survey.ClockIsWrong ? new("Check_Clock", "soon", Words.Of("Check_ClockOff", Sentences.Clock(ahead)))
                : new("Check_Clock", "ok", Words.Of("Check_Right")),
            survey.StoreFault is { } unfit ? new("Check_Store", "bad", Sentences.Of(unfit).Heading)
                : survey.Unreadable is { } unreadable ? new("Check_Store", "soon", Words.Of("Check_Unreadable", unreadable.Detail))
                : survey.Without is { Count: > 0 } without ? new("Check_Store", "soon", Words.Of("Check_WritableBut", string.Join(Words.Of("List_Comma"), without)))
                : new("Check_Store", "ok", Words.Of("Check_Writable")),
            survey.CertificateFault is { } closed ? new("Check_Certificate", "bad", Sentences.Of(closed).Heading)
                : !survey.CertificateTried ? new("Check_Certificate", "wait", unknown)
                : new("Check_Certificate", "ok", Words.Of(survey.Shown is null ? "Check_Reached" : "Check_Shown")),
        ];
    }

    /// <summary>Names, addresses and states; nothing that was typed, no key, nothing of a proxy's credentials.</summary>
    /// <param name="code">What the page shows it for.</param>
    public static string Of(Desk desk, ErrorCode? code)
    {
        var survey = desk.LastSurvey;
        var text = new StringBuilder();
        void Line(string name, string value) => text.Append(name).Append(": ").Append(value).Append('\n');
        text.Append(Words.Of("Doctor_Title")).Append("  ").Append(JapanTime.Exact(desk.Now)).Append('\n');
        if (code is { } shown)
        {
            Line(Words.Of("Help_Code"), shown.ToString());
        }

        Line(Words.Of("Doctor_Version"), desk.Identity.Version.ToString());
        Line(Words.Of("Doctor_System"), $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}");
        Line(Words.Of("Doctor_Server"), desk.Parts.Bank.Server.GetLeftPart(UriPartial.Authority));
        Line(Words.Of("Doctor_Certificate"), survey?.Information?.CertificateOrigin.GetLeftPart(UriPartial.Authority) ?? Words.Of("Doctor_Unknown"));
        Line(Words.Of("Doctor_Proxy"), desk.Parts.Proxy.Address ?? Words.Of("Doctor_None"));
        Line(Words.Of("Doctor_Issuers"), string.Join(Words.Of("List_Comma"), new[] { survey?.Issuers.Public, survey?.Issuers.Certificate }.Select(issuer => issuer ?? Words.Of("Doctor_Unknown"))));
        foreach (var line in Lines(survey))
        {
            Line(Words.Of(line.Key), line.Text);
        }

        if (survey?.ClockAhead is { } ahead)
        {
            Line(Words.Of("Doctor_Clock"), Words.Of("Doctor_Seconds", Math.Round(ahead.TotalSeconds).ToString(CultureInfo.InvariantCulture)));
        }

        if (survey is not null && Sentences.Stopping(survey) is { } stopping)
        {
            text.Append(stopping.Line).Append('\n');
        }

        // A refusal of what was typed is said on the page, and the code stands above.
        if (desk is { CredentialsRefused: false, Outcome: { } outcome } && Sentences.Of(outcome) is { } failure)
        {
            text.Append(failure.Line).Append('\n');
        }

        return text.ToString();
    }
}
