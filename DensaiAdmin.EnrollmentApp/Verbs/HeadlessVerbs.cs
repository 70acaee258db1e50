using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.EnrollmentApp.Verbs;

/// <summary>The same errands without a window, for IT staff and scripts. 0: done. 1: not done, one line on stderr says why. 2: wrong usage, a missing password
/// included. 3: stored, and the trial of it failed.</summary>
internal sealed class HeadlessVerbs(Parts parts, AppIdentity identity, Terminal terminal)
{
    public const int Done = 0;
    public const int NotDone = 1;
    public const int WrongUsage = 2;

    /// <summary>The certificate is stored, so asking again would be wrong; but it could not be proved to work.</summary>
    public const int StoredNotProved = 3;

    public async Task<int> EnrollAsync(bool renew, string? typedLoginId, CancellationToken cancellation)
    {
        if (LoginId.Canonical(typedLoginId) is not { } loginId)
        {
            return Fail(Words.Of("Auth_NoId"), WrongUsage);
        }

        // What a script hands over is read at once: without it nothing need be tried. A person is asked once everything else is well.
        var piped = terminal.IsInteractive ? null : await terminal.ReadPasswordAsync("", cancellation);
        if (!terminal.IsInteractive && NotUsable(piped) is { } wanting)
        {
            return Fail(wanting, WrongUsage);
        }

        var survey = await new PcSurvey(parts, identity.Version).TakeAsync(cancellation);
        if (survey.IsOutdated)
        {
            return Fail($"{Words.Of("Verb_Outdated", identity.Version)} ({ErrorCodes.VersionTooOld})");
        }

        if (Sentences.Stopping(survey) is { } stopping)
        {
            return Fail(stopping.Line);
        }

        var renewed = renew ? survey.Own!.FirstOrDefault(one => LoginId.Canonical(one.LoginId) == loginId) : null;
        if (renew && renewed?.Renewability != Renewability.Now)
        {
            var why = renewed switch
            {
                null => Words.Of("Verb_NothingToRenew", loginId),
                { Renewability: Renewability.Later } => Words.Of("Verb_RenewLater", loginId, JapanTime.Day(renewed.RenewableFrom)),
                { Renewability: Renewability.Revoked } => Words.Of("Verb_RenewRevoked", loginId),
                _ => Words.Of("Verb_RenewExpired", loginId),
            };
            return Fail($"{why} ({CodeOf(renewed)})");
        }

        var password = piped ?? await terminal.ReadPasswordAsync(Words.Of("Verb_Password"), cancellation);
        if (NotUsable(password) is { } missing)
        {
            return Fail(missing, WrongUsage);
        }

        if (survey.ClockIsWrong)
        {
            await terminal.Error.WriteLineAsync(Words.Of("Verb_ClockWrong", Sentences.Clock(survey.ClockAhead!.Value)));
        }

        var outcome = await new ObtainCertificate(parts)
            .GoOnAsync(new Errand(loginId, renewed?.Stored), new Credentials(loginId, password!), new Witness(terminal), cancellation);
        if (outcome is not ErrandOutcome.Done done)
        {
            return Fail(Sentences.Of(outcome)!.Line);
        }

        var certificate = done.Certificate.Certificate;
        await terminal.Out.WriteLineAsync(Words.Of("Verb_Done", loginId, certificate.SerialNumber, JapanTime.Exact(new DateTimeOffset(certificate.NotAfter)), parts.Store.DisplayName));
        return done.SelfTest is { } test ? Fail($"{Words.Of("Test_Failed")}: {Sentences.Of(test).Line}", StoredNotProved) : Done;
    }

    public async Task<int> ListAsync(CancellationToken cancellation)
    {
        var survey = await new PcSurvey(parts, identity.Version).TakeAsync(cancellation);
        if (survey.Own is not { } own)
        {
            return Fail(Sentences.Of(survey.Fault!).Line);
        }

        foreach (var one in own)
        {
            var state = one.Renewability switch
            {
                Renewability.Now => Words.Of("Verb_Renewable_Now"),
                Renewability.Later => Words.Of("Verb_Renewable_Later", JapanTime.Day(one.RenewableFrom)),
                Renewability.Expired => Words.Of("Verb_Renewable_Expired"),
                Renewability.Revoked => Words.Of("Verb_Renewable_Revoked"),
            };
            await terminal.Out.WriteLineAsync($"{one.LoginId}\t{one.Certificate.SerialNumber}\t{JapanTime.Exact(one.NotAfter)}\t{state}");
        }

        if ((survey.Unreadable ?? survey.StoreFault) is { } unread)
        {
            // What is listed may not be all.
            return Fail(Sentences.Of(unread).Line);
        }

        if (own.Count == 0)
        {
            await terminal.Out.WriteLineAsync(Words.Of("Verb_ListEmpty"));
        }

        return Done;
    }

    /// <summary>One text for the help desk. Names and states only: no password, no key, nothing of a proxy's credentials.</summary>
    public async Task<int> DoctorAsync(ServerStamp stamp, AppFolder folder, WindowBrowsers browsers, CancellationToken cancellation)
    {
        var wanting = new List<string>();
        var text = new StringBuilder();
        void Line(string key, string value, bool good = true)
        {
            text.Append(Words.Of(key)).Append(": ").Append(value).Append('\n');
            if (!good)
            {
                wanting.Add(Words.Of(key));
            }
        }

        text.Append(Words.Of("Doctor_Title")).Append("  ").Append(JapanTime.Exact(parts.Time.GetUtcNow())).Append('\n');
        Line("Doctor_Version", identity.Version.ToString());
        Line("Doctor_System", $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}, .NET {Environment.Version}");
        Line("Doctor_Server", stamp.Server.GetLeftPart(UriPartial.Authority));
        Line("Doctor_Trust", ServerTrust.Read(stamp.TrustFile) is { } trusted ? string.Join(", ", trusted.Select(one => one.Subject)) : Words.Of("Doctor_TrustSystem"));
        Line("Doctor_Proxy", parts.Proxy.Address ?? Words.Of("Doctor_None"));
        Line("Doctor_Environment", string.Join(' ', new[] { "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY" }
            .Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name) ?? Environment.GetEnvironmentVariable(name.ToLowerInvariant())))
            .Where(set => set.Value is { Length: > 0 })
            .Select(set => $"{set.Name}={Redact(set.Value!)}")
            .DefaultIfEmpty(Words.Of("Doctor_None"))));

        var survey = await new PcSurvey(parts, identity.Version).TakeAsync(cancellation);
        if (survey.IsOutdated)
        {
            Line("Doctor_Minimum", Words.Of("Doctor_TooOld", survey.Information!.MinimumVersion!), good: false);
        }

        Line("Doctor_Connection", StateOf(survey.Fault), survey.Fault is null);
        if (survey.Information is not { } information || !survey.CertificateTried)
        {
            Line("Doctor_Certificate", Words.Of("Doctor_Unknown"));
        }
        else
        {
            var shown = survey.Shown is { } one ? Words.Of("Doctor_Shown", one.LoginId) : "";
            Line("Doctor_Certificate", $"{information.CertificateOrigin.GetLeftPart(UriPartial.Authority)}: {StateOf(survey.CertificateFault)}{shown}", survey.CertificateFault is null);
        }

        Line("Doctor_Issuers", string.Join(Words.Of("List_Comma"), new[] { survey.Issuers.Public, survey.Issuers.Certificate }.Select(issuer => issuer ?? Words.Of("Doctor_Unknown"))));
        if (survey.ClockAhead is { } difference)
        {
            Line("Doctor_Clock", Words.Of(survey.ClockIsWrong ? "Doctor_SecondsOff" : "Doctor_Seconds", Math.Round(difference.TotalSeconds).ToString(CultureInfo.InvariantCulture)), !survey.ClockIsWrong);
        }
        else
        {
            Line("Doctor_Clock", Words.Of("Doctor_Unknown"));
        }

        if (OperatingSystem.IsLinux())
        {
            var places = NssPlaces.OfThisPerson();
            var tools = NssStore.Tools.Select(tool => (Name: tool, File: places.FindProgram(tool))).ToList();
            Line(
                "Doctor_Tools",
                string.Join(", ", tools.Select(tool => tool.File ?? $"{tool.Name}: {Words.Of("Doctor_None")}")),
                tools.TrueForAll(tool => tool.File is not null));
            foreach (var place in await parts.Store.LookAsync(cancellation))
            {
                // What nobody reads is no fault of this PC's.
                Line(
                    "Doctor_Database",
                    $"{place.Path}{(place.Browsers.Length > 0 ? $" ({place.Browsers})" : "")}: {(place.Fault is { } why ? Sentences.Of(why).Line : Words.Of("Doctor_Ok"))}",
                    place.Fault is null || !place.IsUsed);
            }
        }

        var unfit = survey.StoreFault;
        Line("Doctor_Store", $"{parts.Store.DisplayName}: {(unfit is null ? Words.Of("Doctor_Ok") : Sentences.Of(unfit).Line)}", unfit is null);
        if (survey.Fault is null)
        {
            Line("Doctor_Own", survey.Own is not { } own ? Words.Of("Doctor_Unknown") : Words.Of("Doctor_Count", own.Count));
        }

        var writable = folder.TryMake();
        Line("Doctor_Folder", writable ? folder.Path : $"{folder.Path}: {Words.Of("Doctor_ReadOnly")}", writable);
        Line("Doctor_Window", string.Join(", ", browsers.Find().Select(browser => browser.Name).DefaultIfEmpty(Words.Of("Doctor_None"))));
        Line("Doctor_Running", string.Join(", ", RunningBrowsers.Among(RunningBrowsers.List(), null).DefaultIfEmpty(Words.Of("Doctor_None"))));
        await terminal.Out.WriteAsync(text.ToString());
        if (wanting.Count > 0)
        {
            return Fail(Words.Of("Doctor_Wanting", string.Join(Words.Of("List_Comma"), wanting)));
        }

        await terminal.Out.WriteLineAsync(Words.Of("Doctor_Good"));
        return Done;
    }

    private static string? NotUsable(string? password) => password switch
    {
        null => Words.Of("Verb_NoPassword"),
        { Length: > Credentials.LongestPassword } => Words.Of("Verb_LongPassword", Credentials.LongestPassword),
        _ => null,
    };

    private static string StateOf(ConnectionFault? fault) => fault is null ? Words.Of("Doctor_Ok") : Sentences.Of(fault).Line;

    internal static string Redact(string proxy)
    {
        // user:password@host, with or without a scheme; what is no address at all is not repeated.
        var (scheme, rest) = proxy.Split("://", 2) is [var s, var r] ? (s + "://", r) : ("", proxy);
        var at = rest.LastIndexOf('@');
        return scheme + (at < 0 ? rest : "***@" + rest[(at + 1)..]);
    }

    private static ErrorCode CodeOf(OwnCertificate? own) => own?.Renewability switch
    {
        Renewability.Later => ErrorCodes.NotInRenewalWindow,
        Renewability.Revoked => ErrorCodes.CertificateRevoked,
        Renewability.Expired => ErrorCodes.CertificateExpired,
        _ => ErrorCodes.NothingToRenew,
    };

    private int Fail(string line, int outcome = NotDone)
    {
        // One line, whatever the parts of it hold.
        terminal.Error.WriteLine(line.ReplaceLineEndings(" "));
        return outcome;
    }

    private sealed class Witness(Terminal terminal) : IErrandWitness
    {
        public void Began(ErrandStep step)
        {
            // Scripts read one line at the end; steps are for eyes.
            if (terminal.IsInteractive)
            {
                terminal.Error.WriteLine(Words.Of($"Step_{step}"));
            }
        }

        public void Waiting(TimeSpan wait)
        {
            if (terminal.IsInteractive)
            {
                terminal.Error.WriteLine(Words.Counted("Verb_Waiting", Math.Ceiling(wait.TotalSeconds)));
            }
        }
    }
}
