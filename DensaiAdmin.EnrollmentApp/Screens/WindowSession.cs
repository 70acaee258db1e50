using System.Globalization;
using System.Reflection;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>What has to be corrected in a form: shown in a summary and, where there is one, at its field.</summary>
public sealed record FormError(string Heading, string Text, string? FieldId, ErrorCode Code);

/// <summary>The state of the one person at the one window. Pages only show it, forms only change it.</summary>
internal sealed class WindowSession(Parts parts, Presence presence, AppIdentity identity) : IEnrollmentProgress, IDisposable
{
    // No page waits longer for the bank than this; what comes later is shown when it arrives.
    private static readonly TimeSpan MaxPageWait = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly HashSet<string> _seenOpen = new(StringComparer.Ordinal);
    private Task<Survey>? _survey;
    private bool _surveyShown;
    private IReadOnlyList<OwnCertificate> _own = [];
    private BankInformation? _information;
    private Credentials? _credentials;

    public Parts Parts => parts;

    public AppIdentity Identity => identity;

    public CultureInfo Language { get; set; } = Words.Japanese;

    /// <summary>The first screen, as a page of the bank asked for it; used once.</summary>
    public StartArgument Start { get; set; } = StartArgument.Menu;

    public EnrollmentJob? Job { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>The step that is running, or at which the job stopped.</summary>
    public EnrollmentStep At { get; private set; }

    /// <summary>How long the bank asked to wait, during that time.</summary>
    public TimeSpan? Waiting { get; private set; }

    /// <summary>How the job stopped; null while it is running.</summary>
    public EnrollmentOutcome? Outcome { get; private set; }

    /// <summary>ID or password were wrong, which CCHK002 says until the next attempt.</summary>
    public bool CredentialsRefused { get; private set; }

    /// <summary>How the proxy refused last, for CCHK008.</summary>
    public ConnectionFault? ProxyFault { get; private set; }

    public string? LastLoginId { get; private set; }

    /// <summary>How many certificates the person had removed, for CCHK007, and why one could not be.</summary>
    public (int Count, Sentence? Fault)? Removal { get; private set; }

    public DateTimeOffset Now => parts.Time.GetUtcNow();

    /// <summary>The last completed survey; null before the first.</summary>
    public Survey? LastSurvey { get; private set; }

    /// <summary>A link asked to renew a certificate that is not on this PC, which is said once.</summary>
    public bool LinkMissed { get; set; }

    /// <summary>The certificate record that was saved last, or the failed attempt.</summary>
    public SavedReceipt? Saved { get; set; }

    /// <summary>How the login page was opened from CCHK007; null before that.</summary>
    public LoginOpened? LoginOpened { get; set; }

    /// <summary>Browsers that have been open since the certificate was stored.</summary>
    public IReadOnlyList<string> SeenOpen
    {
        get
        {
            lock (_gate)
            {
                return [.. _seenOpen];
            }
        }
    }

    /// <summary>What the bank published, as read last; null before the bank was reached.</summary>
    public BankInformation? Information => _information;

    /// <summary>This version is below the bank's minimum, so nothing else can be done.</summary>
    public bool IsOutdated => _information?.MinimumVersion is { } minimum && identity.Version < minimum;

    public Version? NewerVersion => _information?.Version is { } newest && identity.Version < newest ? newest : null;

    /// <summary>Browsers that have been open since the certificate was stored, each with whether it still is (R4).</summary>
    public IReadOnlyList<(string Name, bool IsOpen)> OpenState(IReadOnlyList<string> running)
    {
        lock (_gate)
        {
            _seenOpen.UnionWith(running);
            return [.. _seenOpen.Order(StringComparer.Ordinal).Select(name => (name, running.Contains(name)))];
        }
    }

    /// <summary>The survey, or null when it takes longer than a page may wait: the page is notified when it is complete.</summary>
    /// <param name="afresh">Take a new survey, whatever was found before.</param>
    public async Task<Survey?> SurveyAsync(bool afresh)
    {
        Task<Survey> survey;
        lock (_gate)
        {
            // A survey that came too late for one page is for the next: with a new one each time, a slow answer would never be seen.
            if (_survey is null || (afresh && _survey.IsCompleted && _surveyShown))
            {
                _surveyShown = false;
                _survey = Task.Run(() => TakeSurveyAsync(_ending.Token));
                // Once, however many pages wait for it: each page that is notified reloads itself.
                _ = NotifyWhenDoneAsync(_survey);
            }

            survey = _survey;
        }

        if (await Task.WhenAny(survey, Task.Delay(MaxPageWait, _ending.Token)) == survey)
        {
            _surveyShown = true;
            return await survey;
        }

        return null;
    }

    /// <summary>The certificate with this serial, if it can be renewed now.</summary>
    public OwnCertificate? Renewable(string? serial)
    {
        // Those that were shown last, even while a new survey is running.
        var renewable = _own.Where(one => one.Renewability == Renewability.Now);
        return string.IsNullOrEmpty(serial) ? null : renewable.FirstOrDefault(one => one.Serial == SerialText.Normalize(serial));
    }

    /// <summary>Starts a job with what was typed on CCHK002.</summary>
    public void Begin(string loginId, string password, OwnCertificate? renewed)
    {
        lock (_gate)
        {
            if (IsRunning)
            {
                return;
            }

            CredentialsRefused = false;
            (Removal, Saved, LoginOpened) = (null, null, null);
            _seenOpen.Clear();
            LastLoginId = loginId;
            // The same person trying again resumes with the key and the answer that exist already.
            var isSame = Job is { Step: not EnrollmentStep.Done } open && open.LoginId == loginId
                && open.Renewed?.Certificate.SerialNumber == renewed?.Certificate.SerialNumber;
            Job = isSame ? Job : new EnrollmentJob(loginId, renewed?.Stored);
            _credentials = new Credentials(loginId, password);
        }

        Continue();
    }

    /// <summary>Tries the failed step again.</summary>
    public void Continue()
    {
        lock (_gate)
        {
            if (IsRunning || Job is not { Step: not EnrollmentStep.Done } || _credentials is null)
            {
                return;
            }

            (IsRunning, Outcome) = (true, null);
        }

        _ = Task.Run(RunAsync);
    }

    /// <summary>Back to CCHK001. Key and request stay in the store for another attempt.</summary>
    public void Cancel()
    {
        lock (_gate)
        {
            if (!IsRunning)
            {
                (Job, Outcome, _credentials, CredentialsRefused, Removal) = (null, null, null, false, null);
                _survey = null;
            }
        }
    }

    public bool CanContinue => !IsRunning && Job is { Step: not EnrollmentStep.Done } && _credentials is not null;

    /// <summary>The proxy settings changed, so what was found with the old ones does not count.</summary>
    public void ProxyChanged()
    {
        lock (_gate)
        {
            _survey = null;
            ProxyFault = null;
        }
    }

    /// <summary>
    /// Removes the certificates that the new one replaced, with their keys: only after a passed self-test, and when the person asks for it.
    /// </summary>
    public async Task RemoveReplacedAsync(CancellationToken cancellation)
    {
        if (Outcome is not EnrollmentOutcome.Done { SelfTest: null } done)
        {
            return;
        }

        var left = new List<StoredCertificate>();
        var removed = 0;
        Sentence? fault = null;
        foreach (var old in done.Replaced)
        {
            if (await parts.Store.RemoveAsync(old, cancellation) is { } refused)
            {
                fault = Sentences.Of(refused);
                left.Add(old);
            }
            else
            {
                removed++;
            }
        }

        lock (_gate)
        {
            Outcome = done with { Replaced = left };
            Removal = (removed, fault);
        }
    }

    void IEnrollmentProgress.StepStarted(EnrollmentStep step)
    {
        (At, Waiting) = (step, null);
        presence.Notify("progress");
    }

    void IEnrollmentProgress.Waiting(TimeSpan wait)
    {
        Waiting = wait;
        presence.Notify("progress");
    }

    public void Dispose()
    {
        _ending.Cancel();
        _ending.Dispose();
    }

    private async Task NotifyWhenDoneAsync(Task survey)
    {
        await survey.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        presence.Notify("progress");
    }

    private async Task RunAsync()
    {
        // A certificate that the bank has issued is stored, whatever happens to the window.
        using var work = presence.KeepAlive();
        EnrollmentOutcome? outcome = null;
        try
        {
            outcome = await new ObtainCertificate(parts).ContinueAsync(Job!, _credentials!, this, _ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The program ends.
        }
        catch (Exception fault)
        {
            outcome = new EnrollmentOutcome.NotStored(new StoreFault(StoreFaultKind.Failed, fault.GetType().Name));
        }

        lock (_gate)
        {
            (Outcome, Waiting) = (outcome, null);
            ProxyFault = outcome is EnrollmentOutcome.NotReached { Fault: { IsAboutProxyCredentials: true } fault } ? fault : null;
            if (outcome is EnrollmentOutcome.Done)
            {
                (_credentials, _survey) = (null, null);
            }
            else if (outcome is EnrollmentOutcome.Refused { Code: RefusalCode.BadCredentials })
            {
                (_credentials, CredentialsRefused) = (null, true);
            }

            // Last, because pages read without the lock: whoever sees that the job has stopped must see its outcome as well.
            IsRunning = false;
        }

        presence.Notify("progress");
    }

    private async Task<Survey> TakeSurveyAsync(CancellationToken cancellation)
    {
        var survey = await new PcSurvey(parts, identity.Version).TakeAsync(cancellation);
        _information = survey.Information ?? _information;
        ProxyFault = survey.Fault is { IsAboutProxyCredentials: true } fault ? fault : null;
        _own = survey.Own ?? _own;
        LastSurvey = survey;
        return survey;
    }
}

/// <summary>In which browser the login page was opened.</summary>
/// <param name="Browser">The product; empty for the desktop's choice, null where none could be started.</param>
internal sealed record LoginOpened(string? Browser);

/// <summary>Name and version of this program, as shown.</summary>
/// <param name="Name">The stamped name; empty for the manual's.</param>
/// <param name="Version">With three numbers.</param>
internal sealed record AppIdentity(string Name, Version Version)
{
    public static AppIdentity Of(string? stampedName)
    {
        var version = Assembly.GetExecutingAssembly().GetName().Version ?? new Version(0, 0, 0);
        return new AppIdentity(stampedName ?? "", new Version(version.Major, version.Minor, version.Build));
    }

    /// <summary>The stamped name is Japanese, so in English the app has a name of its own.</summary>
    public string Shown => Words.IsEnglish || Name.Length == 0 ? Words.Of("App_Name") : Name;
}
