using System.Runtime.InteropServices;
using System.Text;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.EnrollmentApp.Verbs;

/// <summary>
/// Issue, renewal, list and diagnosis without a window, for IT staff and scripts. Exit codes: 0 done; 1 not done, one line on standard
/// error says why; 2 wrong usage, including a missing password; 3 stored, but the self-test failed.
/// </summary>
internal sealed class HeadlessVerbs(Parts parts, AppIdentity identity, Terminal terminal)
{
    public const int Done = 0;
    public const int NotDone = 1;
    public const int WrongUsage = 2;

    /// <summary>The certificate is stored, so issuing it again would be wrong, but the self-test failed.</summary>
    public const int StoredNotProved = 3;

    public async Task<int> EnrollAsync(bool renew, string? typedLoginId, CancellationToken cancellation)
    {
        if (LoginId.Canonical(typedLoginId) is not { } loginId)
        {
            return Fail(Words.Of("Auth_NoId"), WrongUsage);
        }

        // A script's password is read first, because without it there is nothing to try. A person is asked once everything else is in
        // order.
        var piped = terminal.IsInteractive ? null : await terminal.ReadPasswordAsync("", cancellation);
        if (!terminal.IsInteractive && NotUsable(piped) is { } unusable)
        {
            return Fail(unusable, WrongUsage);
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
            .ContinueAsync(
                new EnrollmentJob(loginId, renewed?.Stored),
                new Credentials(loginId, password!),
                new TerminalProgress(terminal),
                cancellation);
        if (outcome is not EnrollmentOutcome.Done done)
        {
            return Fail(Sentences.Of(outcome)!.Line);
        }

        var certificate = done.Certificate.Certificate;
        var until = JapanTime.Exact(new DateTimeOffset(certificate.NotAfter));
        await terminal.Out.WriteLineAsync(
            Words.Of("Verb_Done", loginId, certificate.SerialNumber, until, parts.Store.DisplayName));
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
            // The list may be incomplete.
            return Fail(Sentences.Of(unread).Line);
        }

        if (own.Count == 0)
        {
            await terminal.Out.WriteLineAsync(Words.Of("Verb_ListEmpty"));
        }

        return Done;
    }

    /// <summary>One text for the help desk. It contains names and states only: no password, no key, no credentials of a proxy.</summary>
    public async Task<int> DoctorAsync(ServerStamp stamp, AppFolder folder, WindowBrowsers browsers, CancellationToken cancellation)
    {
        var problems = new List<string>();
        var text = new StringBuilder();
        void Line(string key, string value, bool isGood = true)
        {
            text.Append(Words.Of(key)).Append(": ").Append(value).Append('\n');
            if (!isGood)
            {
                problems.Add(Words.Of(key));
            }
        }

        text.Append(Words.Of("Doctor_Title")).Append("  ").Append(JapanTime.Exact(parts.Time.GetUtcNow())).Append('\n');
        Line("Doctor_Version", identity.Version.ToString());
        Line("Doctor_System", $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}, .NET {Environment.Version}");
        Line("Doctor_Server", stamp.Server.GetLeftPart(UriPartial.Authority));
        Line("Doctor_Trust", ServerTrust.Read(stamp.TrustFile) is { } trusted
            ? string.Join(", ", trusted.Select(one => one.Subject))
            : Words.Of("Doctor_TrustSystem"));
        Line("Doctor_Proxy", parts.Proxy.Address ?? Words.Of("Doctor_None"));
        Line("Doctor_Environment", string.Join(' ', new[] { "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY" }
            .Select(name => (Name: name, Value: Variable(name) ?? Variable(name.ToLowerInvariant())))
            .Where(variable => variable.Value is { Length: > 0 })
            .Select(variable => $"{variable.Name}={Redact(variable.Value!)}")
            .DefaultIfEmpty(Words.Of("Doctor_None"))));

        var survey = await new PcSurvey(parts, identity.Version).TakeAsync(cancellation);
        if (survey.IsOutdated)
        {
            Line("Doctor_Minimum", Words.Of("Doctor_TooOld", survey.Information!.MinimumVersion!), isGood: false);
        }

        Line("Doctor_Connection", StateOf(survey.Fault), survey.Fault is null);
        if (survey.Information is not { } information || !survey.CertificateTried)
        {
            Line("Doctor_Certificate", Words.Of("Doctor_Unknown"));
        }
        else
        {
            var shown = survey.Shown is { } one ? Words.Of("Doctor_Shown", one.LoginId) : "";
            var origin = information.CertificateOrigin.GetLeftPart(UriPartial.Authority);
            Line("Doctor_Certificate", $"{origin}: {StateOf(survey.CertificateFault)}{shown}", survey.CertificateFault is null);
        }

        Line("Doctor_Issuers", DiagnosisText.Issuers(survey));
        if (survey.ClockAhead is { } difference)
        {
            var key = survey.ClockIsWrong ? "Doctor_SecondsOff" : "Doctor_Seconds";
            Line("Doctor_Clock", Words.Of(key, Math.Round(difference.TotalSeconds)), !survey.ClockIsWrong);
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
            foreach (var place in await parts.Store.InspectAsync(cancellation))
            {
                // A database that no browser reads is not a problem of this PC.
                var readers = place.Browsers.Length > 0 ? $" ({place.Browsers})" : "";
                Line("Doctor_Database", $"{place.Path}{readers}: {StateOf(place.Fault)}", place.Fault is null || !place.IsUsed);
            }
        }

        var storeFault = survey.StoreFault;
        Line("Doctor_Store", $"{parts.Store.DisplayName}: {StateOf(storeFault)}", storeFault is null);
        if (survey.Fault is null)
        {
            Line("Doctor_Own", survey.Own is not { } own ? Words.Of("Doctor_Unknown") : Words.Of("Doctor_Count", own.Count));
        }

        var writable = folder.TryMake();
        Line("Doctor_Folder", writable ? folder.Path : $"{folder.Path}: {Words.Of("Doctor_ReadOnly")}", writable);
        Line("Doctor_Window", string.Join(", ", browsers.Find().Select(browser => browser.Name).DefaultIfEmpty(Words.Of("Doctor_None"))));
        var running = RunningBrowsers.Among(RunningBrowsers.List(), ownWindow: null);
        Line("Doctor_Running", string.Join(", ", running.DefaultIfEmpty(Words.Of("Doctor_None"))));
        await terminal.Out.WriteAsync(text.ToString());
        if (problems.Count > 0)
        {
            return Fail(Words.Of("Doctor_Wanting", Words.List(problems)));
        }

        await terminal.Out.WriteLineAsync(Words.Of("Doctor_Good"));
        return Done;
    }

    private static string? NotUsable(string? password) => password switch
    {
        null => Words.Of("Verb_NoPassword"),
        { Length: > Credentials.MaxPasswordLength } => Words.Of("Verb_LongPassword", Credentials.MaxPasswordLength),
        _ => null,
    };

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    private static string StateOf(ConnectionFault? fault) => fault is null ? Words.Of("Doctor_Ok") : Sentences.Of(fault).Line;

    private static string StateOf(StoreFault? fault) => fault is null ? Words.Of("Doctor_Ok") : Sentences.Of(fault).Line;

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
        // One line, whatever its parts contain.
        terminal.Error.WriteLine(line.ReplaceLineEndings(" "));
        return outcome;
    }

    private sealed class TerminalProgress(Terminal terminal) : IEnrollmentProgress
    {
        public void StepStarted(EnrollmentStep step)
        {
            // Scripts read one line at the end; the steps are for a person.
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
