using System.Globalization;
using System.Reflection;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Verbs;
using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>What must be put right on a form: said in a summary and, where there is one, at its field.</summary>
public sealed record FormError(string Heading, string Text, string? FieldId, ErrorCode Code);

/// <summary>The one person at the one window: where they stand. Pages only show it, forms only change it.</summary>
internal sealed class Desk(Parts parts, Presence presence, AppIdentity identity) : IErrandWitness, IDisposable
{
    // A page is never kept waiting longer for the bank than this; what comes later is shown when it comes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

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

    /// <summary>Where a page of the bank asked to begin; taken once.</summary>
    public StartArgument Start { get; set; } = StartArgument.Menu;

    public Errand? Errand { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>The step that runs, or at which it stopped.</summary>
    public ErrandStep At { get; private set; }

    /// <summary>How long the bank asked to wait, while that is waited.</summary>
    public TimeSpan? Waiting { get; private set; }

    /// <summary>How the errand stopped last; null while it runs.</summary>
    public ErrandOutcome? Outcome { get; private set; }

    /// <summary>ID or password were wrong: said on CCHK002 until the next try.</summary>
    public bool CredentialsRefused { get; private set; }

    /// <summary>What the proxy said last, for CCHK008.</summary>
    public ConnectionFault? ProxyFault { get; private set; }

    public string? LastLoginId { get; private set; }

    /// <summary>Removed on request, for CCHK007.</summary>
    public (int Count, Sentence? Fault)? Removal { get; private set; }

    public DateTimeOffset Now => parts.Time.GetUtcNow();

    /// <summary>The last survey that was finished; null before the first.</summary>
    public Survey? LastSurvey { get; private set; }

    /// <summary>A link asked to renew what this PC does not hold; said once.</summary>
    public bool LinkMissed { get; set; }

    /// <summary>The record that was written last, or why it was not.</summary>
    public SavedReceipt? Saved { get; set; }

    /// <summary>How the login page was opened from CCHK007; null while that was not asked.</summary>
    public LoginOpened? LoginOpened { get; set; }

    /// <summary>Browsers that were open since the certificate came.</summary>
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

    /// <summary>What the bank published last; null before it was reached.</summary>
    public BankInformation? Information => _information;

    /// <summary>Below the bank's minimum: nothing else may be done.</summary>
    public bool IsOutdated => _information?.MinimumVersion is { } minimum && identity.Version < minimum;

    public Version? NewerVersion => _information?.Version is { } newest && identity.Version < newest ? newest : null;

    /// <summary>Browsers that were open since the certificate came, each with whether it still is: they are ticked off (R4).</summary>
    public IReadOnlyList<(string Name, bool IsOpen)> TickOff(IReadOnlyList<string> running)
    {
        lock (_gate)
        {
            _seenOpen.UnionWith(running);
            return [.. _seenOpen.Order(StringComparer.Ordinal).Select(name => (name, running.Contains(name)))];
        }
    }

    /// <summary>The survey, or null when it takes longer than a page may: the page is told when it is there.</summary>
    /// <param name="anew">Ask again, whatever was found before.</param>
    public async Task<Survey?> SurveyAsync(bool anew)
    {
        Task<Survey> survey;
        lock (_gate)
        {
            // What came too late for one page is for the next: asked anew each time, a slow answer would never be seen.
            if (_survey is null || (anew && _survey.IsCompleted && _surveyShown))
            {
                _surveyShown = false;
                _survey = Task.Run(() => LookAsync(_ending.Token));
                // Once, however many pages wait for it: each that is told reads itself anew.
                _ = _survey.ContinueWith(_ => presence.Tell("progress"), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }

            survey = _survey;
        }

        if (await Task.WhenAny(survey, Task.Delay(Patience, _ending.Token)) == survey)
        {
            _surveyShown = true;
            return await survey;
        }

        return null;
    }

    /// <summary>The certificate with this serial, if it can be renewed now.</summary>
    public OwnCertificate? Renewable(string? serial)
    {
        // What was shown last, though it may be asked anew at this moment.
        var renewable = _own.Where(one => one.Renewability == Renewability.Now);
        return string.IsNullOrEmpty(serial) ? null : renewable.FirstOrDefault(one => one.Serial == StartArgument.Normalise(serial));
    }

    /// <summary>Starts a new errand with what was typed on CCHK002.</summary>
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
            // The same person trying again goes on with the key and the answer that are there already.
            var resumed = Errand is { Step: not ErrandStep.Done } open && open.LoginId == loginId && open.Renewed?.Certificate.SerialNumber == renewed?.Certificate.SerialNumber;
            Errand = resumed ? Errand : new Errand(loginId, renewed?.Stored);
            _credentials = new Credentials(loginId, password);
        }

        GoOn();
    }

    /// <summary>Tries the step that failed once more.</summary>
    public void GoOn()
    {
        lock (_gate)
        {
            if (IsRunning || Errand is not { Step: not ErrandStep.Done } || _credentials is null)
            {
                return;
            }

            (IsRunning, Outcome) = (true, null);
        }

        _ = Task.Run(RunAsync);
    }

    /// <summary>Back to CCHK001. The key and the request stay in the store for another try.</summary>
    public void GiveUp()
    {
        lock (_gate)
        {
            if (!IsRunning)
            {
                (Errand, Outcome, _credentials, CredentialsRefused, Removal) = (null, null, null, false, null);
                _survey = null;
            }
        }
    }

    public bool CanGoOn => !IsRunning && Errand is { Step: not ErrandStep.Done } && _credentials is not null;

    /// <summary>The proxy's settings changed: what was found without them says nothing.</summary>
    public void ProxyChanged()
    {
        lock (_gate)
        {
            _survey = null;
            ProxyFault = null;
        }
    }

    /// <summary>Takes away the certificates that the new one replaced, with their keys (on request, after the self-test).</summary>
    public async Task RemoveReplacedAsync(CancellationToken cancellation)
    {
        if (Outcome is not ErrandOutcome.Done { SelfTest: null } done)
        {
            return;
        }

        var left = new List<CertificateStores.StoredCertificate>();
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

    void IErrandWitness.Began(ErrandStep step)
    {
        (At, Waiting) = (step, null);
        presence.Tell("progress");
    }

    void IErrandWitness.Waiting(TimeSpan wait)
    {
        Waiting = wait;
        presence.Tell("progress");
    }

    public void Dispose()
    {
        _ending.Cancel();
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        // Whatever becomes of the window: a certificate that the bank issued is stored.
        using var work = presence.Working();
        ErrandOutcome? outcome = null;
        try
        {
            outcome = await new ObtainCertificate(parts).GoOnAsync(Errand!, _credentials!, this, _ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The program ends.
        }
        catch (Exception fault)
        {
            outcome = new ErrandOutcome.NotStored(new CertificateStores.StoreFault(CertificateStores.StoreFaultKind.Failed, fault.GetType().Name));
        }

        lock (_gate)
        {
            (IsRunning, Waiting, Outcome) = (false, null, outcome);
            ProxyFault = outcome is ErrandOutcome.NotReached { Fault: { Kind: ConnectionFaultKind.ProxyAsksCredentials or ConnectionFaultKind.ProxyRefusesCredentials } asked } ? asked : null;
            if (outcome is ErrandOutcome.Done)
            {
                (_credentials, _survey) = (null, null);
            }
            else if (outcome is ErrandOutcome.Refused { Code: RefusalCode.BadCredentials })
            {
                (_credentials, CredentialsRefused) = (null, true);
            }
        }

        presence.Tell("progress");
    }

    private async Task<Survey> LookAsync(CancellationToken cancellation)
    {
        var survey = await new PcSurvey(parts, identity.Version).TakeAsync(cancellation);
        _information = survey.Information ?? _information;
        ProxyFault = survey.Fault is { Kind: ConnectionFaultKind.ProxyAsksCredentials or ConnectionFaultKind.ProxyRefusesCredentials } fault ? fault : null;
        _own = survey.Own ?? _own;
        LastSurvey = survey;
        return survey;
    }
}

/// <summary>Where the login page was opened.</summary>
/// <param name="Browser">The product; empty: whichever the desktop chose; null: none could be started.</param>
internal sealed record LoginOpened(string? Browser);

/// <summary>What this program calls itself.</summary>
/// <param name="Name">In the window's bar.</param>
/// <param name="Version">Three numbers.</param>
internal sealed record AppIdentity(string Name, Version Version)
{
    public static AppIdentity Of(string? stampedName)
    {
        var version = Assembly.GetExecutingAssembly().GetName().Version ?? new Version(0, 0, 0);
        return new AppIdentity(stampedName ?? "", new Version(version.Major, version.Minor, version.Build));
    }

    /// <summary>The stamp's name is Japanese; in English the app has one of its own.</summary>
    public string Shown => Words.IsEnglish || Name.Length == 0 ? Words.Of("App_Name") : Name;
}
