using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Web.Verbs;

/// <summary>
/// Runs the program as a command: understands what was typed, hands it to the server that holds the data directory or does it
/// here, asks on the terminal what must be asked.
/// </summary>
internal sealed class VerbRunner(ITerminal terminal, IConfiguration configuration, IHostEnvironment environment)
{
    // A server that has just taken the data directory needs this long to listen.
    private static readonly TimeSpan MaxWaitForServer = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(200);

    // Far more than any certificate request has; KeyAcceptance knows the true limit.
    private const int MaxFileOctets = 256 * 1024;

    /// <summary>Runs the verb that the command line asks for.</summary>
    /// <returns>Exit code, or null when it asks for the server.</returns>
    public static async Task<int?> TryRunAsync(string[] args)
    {
        var (settingArgs, words) = CommandLine.Split(args);
        if (words.Length == 0)
        {
            return null;
        }

        var terminal = new ConsoleTerminal();
        // Wrong usage is told before any setting is looked at.
        if (CommandLine.Parse(words, out var answer) is null)
        {
            return Print(terminal, answer);
        }

        try
        {
            var builder = ServerBuilder.Create(settingArgs);
            return await new VerbRunner(terminal, builder.Configuration, builder.Environment).RunAsync(args);
        }
        catch (StartRefusedException refused)
        {
            return Print(terminal, VerbAnswer.Refused(Words(refused)));
        }
        catch (InvalidDataException unreadable) when (HostPreconditions.Words(unreadable) is { } fault)
        {
            return Print(terminal, VerbAnswer.Refused(Words(new StartRefusedException([fault]))));
        }
    }

    /// <summary>Runs one verb to its end.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        if (CommandLine.Parse(args, out var answer) is not { } asked)
        {
            return Print(terminal, answer);
        }

        try
        {
            answer = await RunAsync(asked, new VerbRequest(args, Source));
        }
        catch (StartRefusedException refused)
        {
            answer = VerbAnswer.Refused(Words(refused));
        }
        catch (IOException)
        {
            answer = VerbAnswer.Refused(VerbText.ServerWentAway);
        }

        return Print(terminal, answer);
    }

    private static string Source => "terminal:" + Environment.UserName;

    // Read when a verb asks for them: faults of the settings are findings of the doctor's.
    private ServerSettings Settings => field ??= ServerSettings.Read(configuration, environment);

    private async Task<VerbAnswer> RunAsync(CommandLine asked, VerbRequest request) =>
        asked is { Verb.NeedsInstallation: true, Call.MayMakeStore: false }
        && !File.Exists(new StoreOptions(Settings.DataDirectory).DatabaseFile)
            ? VerbAnswer.Refused(VerbText.NothingThere(Settings.DataDirectory))
            : await asked.RunAsync(this, request);

    public Task<VerbAnswer> ExamineAsync() => Doctor.RunAsync(configuration, environment);

    /// <summary>Has the server that holds the data directory do it, or does it here where there is none.</summary>
    /// <param name="call">What is asked for.</param>
    /// <param name="request">As it was typed.</param>
    /// <param name="file">What the verb reads; null: nothing.</param>
    public async Task<VerbAnswer> HandOverAsync(VerbCall call, VerbRequest request, string? file = null)
    {
        var (whole, unreadable) = AddFile(request, file);
        return whole is null
            ? VerbAnswer.Refused(unreadable!)
            : await HandOverAsync(call, whole, () => PerformHereAsync(call, whole));
    }

    /// <summary>Has the server that holds the data directory look, or looks here where there is none.</summary>
    public Task<VerbAnswer> LookAsync(VerbCall call, VerbRequest request, Func<ReadOnlyStore, string, Task<VerbAnswer>> look) =>
        HandOverAsync(call, request, () => LookAsync(look));

    private async Task<VerbAnswer> HandOverAsync(VerbCall call, VerbRequest request, Func<Task<VerbAnswer>> here)
    {
        var deadline = Environment.TickCount64 + (long)MaxWaitForServer.TotalMilliseconds;
        do
        {
            if (await ControlChannel.TryAskAsync(Settings.DataDirectory, request) is { } answer)
            {
                return await ConverseAsync(call, request, answer, again => AskServerAsync(again));
            }

            if (!DataStore.IsInUse(Settings.DataDirectory))
            {
                return await here();
            }

            await Task.Delay(BetweenTries);
        }
        while (Environment.TickCount64 < deadline);
        return VerbAnswer.Refused(VerbText.NotAnswering);
    }

    public Task<VerbAnswer> MigrateAsync(VerbCall.Migrate call, VerbRequest request) => DataStore.IsInUse(Settings.DataDirectory)
        ? Task.FromResult(VerbAnswer.Refused(VerbText.ServerRunning))
        : PerformHereAsync(call, request);

    public async Task<VerbAnswer> BackUpAsync(VerbCall.Backup call, VerbRequest request)
    {
        if (OpenInstallation.KnownPassphraseOf(Settings) is not { } passphrase)
        {
            return VerbAnswer.Refused(VerbText.Of(BackupRefusal.WrongPassphrase, call.File));
        }

        var answer = VerbAnswer.Refused("");
        var backup = new BackupRequest(
            new StoreOptions(Settings.DataDirectory), passphrase, Settings.AnchorFile, call.File,
            OpenInstallation.ClockOf(Settings).GetUtcNow());
        var (made, refusal) = await BackUpStore.RunAsync(backup, async manifest =>
        {
            // How many files there are may be more than a request holds; the record names none of them.
            answer = await HandOverAsync(call, request with { File = (manifest with { Files = [] }).ToJson() });
            return answer.ExitCode == 0;
        });
        return refusal switch
        {
            null => VerbAnswer.Done(VerbText.BackedUp(call.File, made!) + "\n"),
            BackupRefusal.NotRecorded => answer,
            _ => VerbAnswer.Refused(VerbText.Of(refusal.Value, call.File)),
        };
    }

    public VerbAnswer Restore(VerbCall.Restore call)
    {
        var data = Settings.DataDirectory;
        if (DataStore.IsInUse(data))
        {
            return VerbAnswer.Refused(VerbText.ServerRunning);
        }

        using var backup = BackupArchive.Open(call.File);
        if (backup is null)
        {
            return VerbAnswer.Refused(VerbText.NotABackup(call.File));
        }

        if (!BackupArchive.IsFree(data))
        {
            return VerbAnswer.Refused(VerbText.Of(RestoreRefusal.TargetNotEmpty, backup.Manifest, data));
        }

        terminal.Output.WriteLine(VerbText.RestorePassphrase(backup.Manifest));
        // Development keeps its passphrase in the data directory, and no backup holds it: who restores must have kept it.
        var passphrase = Settings.KeyPassphrase ?? terminal.AskSecret(VerbText.KeyPassphrasePrompt) ?? "";
        IReadOnlyDictionary<string, byte[]> kept = Settings.KeyPassphrase is null
            ? new Dictionary<string, byte[]>(StringComparer.Ordinal)
            {
                [OpenInstallation.PassphraseFileName] = System.Text.Encoding.UTF8.GetBytes(passphrase),
            }
            : System.Collections.Frozen.FrozenDictionary<string, byte[]>.Empty;
        return (backup.Verify(passphrase) ?? backup.Extract(data, kept)) is { } refusal
            ? VerbAnswer.Refused(VerbText.Of(refusal, backup.Manifest, data))
            : VerbAnswer.Done(VerbText.Restored(data, backup.Manifest) + "\n");
    }

    public async Task<VerbAnswer> ReconcileAsync(VerbCall.Reconcile call, VerbRequest request)
    {
        if (DataStore.IsInUse(Settings.DataDirectory))
        {
            return VerbAnswer.Refused(VerbText.ServerRunning);
        }

        var (whole, unreadable) = AddFile(request, call.RecoverFile);
        return whole is null ? VerbAnswer.Refused(unreadable!) : await ReconcileHereAsync(call, whole);
    }

    private async Task<VerbAnswer> ReconcileHereAsync(VerbCall.Reconcile call, VerbRequest request)
    {
        VerbAnswer answer;
        using (var installation = OpenInstallation.Open(Settings, configuration, isReconciling: !call.Clock))
        {
            var builder = Host.CreateEmptyApplicationBuilder(
                new HostApplicationBuilderSettings { EnvironmentName = environment.EnvironmentName });
            installation.AddTo(builder.Services, configuration);
            builder.Services.AddSingleton<ReconcileHandler>();
            // Never started: nobody may write before the history goes on above what is lost.
            using var host = builder.Build();
            var handler = host.Services.GetRequiredService<ReconcileHandler>();
            answer = await ConverseAsync(
                call, request, await handler.PerformAsync(call, request), again => handler.PerformAsync(call, again));
        }

        // A start like any other, which publishes the list of what is revoked now.
        return answer.ExitCode == 0 ? await HereAsync(_ => Task.FromResult(answer)) : answer;
    }

    private async Task<VerbAnswer> AskServerAsync(VerbRequest request) =>
        await ControlChannel.TryAskAsync(Settings.DataDirectory, request) ?? VerbAnswer.Refused(VerbText.ServerWentAway);

    /// <summary>Answers questions until there is an answer.</summary>
    private async Task<VerbAnswer> ConverseAsync(
        VerbCall call, VerbRequest request, VerbAnswer answer, Func<VerbRequest, Task<VerbAnswer>> ask)
    {
        while (answer.Question is { } question)
        {
            var answered = question switch
            {
                VerbQuestion.Operators => AskOperators(call.Operators) is { } operators ? request with { Operators = operators } : null,
                VerbQuestion.OwnPasswords => AskOwnPasswords(request.Operators ?? [], answer.About ?? "") is { } own
                    ? request with { Operators = own }
                    : null,
                VerbQuestion.RootKeyPassphrase => terminal.AskSecret(VerbText.RootKeyPassphrasePrompt) is { } passphrase
                    ? request with { Passphrase = passphrase }
                    : null,
            };
            if (answered is null)
            {
                return VerbAnswer.Refused(question == VerbQuestion.RootKeyPassphrase ? VerbText.NotTheRootKey : VerbText.NoAnswer);
            }

            request = answered;
            answer = await ask(request);
        }

        return answer;
    }

    private List<OperatorInput>? AskOperators(IReadOnlyList<string> named)
    {
        var operators = new List<OperatorInput>();
        for (var i = 0; i < 2; i++)
        {
            var loginId = i < named.Count
                ? named[i]
                : terminal.Ask(VerbText.Both($"{i + 1} 人目の行員のログインID", $"login ID of operator {i + 1}") + ": ");
            if (string.IsNullOrEmpty(loginId)
                || terminal.AskSecret(VerbText.Both($"{loginId} のログインパスワード", $"login password of {loginId}") + ": ") is not { } password)
            {
                return null;
            }

            operators.Add(new OperatorInput(loginId, password));
        }

        return operators;
    }

    private List<OperatorInput>? AskOwnPasswords(IReadOnlyList<OperatorInput> operators, string about)
    {
        var (login, confirmation) = (
            terminal.AskSecret(VerbText.Both($"{about} の新しいログインパスワード", $"new login password of {about}") + ": "),
            terminal.AskSecret(VerbText.Both($"{about} の新しい確認用パスワード", $"new confirmation password of {about}") + ": "));
        if (login is null || confirmation is null)
        {
            return null;
        }

        // Whoever was asked before has replaced the one-time password by now: the own one counts from here on.
        var canonical = LoginId.Canonical(about);
        return
        [
            .. operators.Select(o => LoginId.Canonical(o.LoginId) == canonical
                ? o with { NewLogin = login, NewConfirmation = confirmation }
                : new OperatorInput(o.LoginId, o.NewLogin ?? o.Password)),
        ];
    }

    /// <summary>
    /// Opens the data directory for a verb that only reads: nothing is made, migrated or published, and a server need not be able to start.
    /// </summary>
    private async Task<VerbAnswer> LookAsync(Func<ReadOnlyStore, string, Task<VerbAnswer>> look)
    {
        if (OpenInstallation.KnownPassphraseOf(Settings) is not { } passphrase)
        {
            throw new StartRefusedException([StoreRefusals.Words(StoreRefusal.WrongPassphrase, null, Settings)]);
        }

        var (store, refusal) = DataStore.OpenForReading(new StoreOptions(Settings.DataDirectory), Settings.AnchorFile, passphrase);
        if (store is null)
        {
            return refusal is { } reason
                ? throw new StartRefusedException([StoreRefusals.Words(reason, null, Settings)])
                : VerbAnswer.Refused(VerbText.NothingThere(Settings.DataDirectory));
        }

        using (store)
        {
            return await look(store, passphrase);
        }
    }

    public static async Task<VerbAnswer> VerifyHistoryAsync(ReadOnlyStore store, string passphrase) =>
        VerbHandler.Of(await new VerifyHistory(store.Contexts, store.Anchor).RunAsync());

    public async Task<VerbAnswer> ShowAuthoritiesAsync(ReadOnlyStore store, string passphrase)
    {
        using var authorities = OpenInstallation.OpenAuthoritiesToRead(Settings, configuration, passphrase);
        await using var db = await store.Contexts.CreateDbContextAsync();
        return VerbAnswer.Done(
            VerbText.Ca(authorities, await CurrentCrl.ReadAsync(db, authorities.Current), CurrentCrl.OfRoot(authorities)));
    }

    public async Task<VerbAnswer> ResetDemoAsync()
    {
        if (!environment.IsDevelopment())
        {
            return VerbAnswer.Refused(VerbText.DevelopmentOnly);
        }

        return ResetDemoBank.Run(new StoreOptions(Settings.DataDirectory)) switch
        {
            ResetOutcome.InUse => VerbAnswer.Refused(VerbText.ServerRunning),
            ResetOutcome.NotDemo => VerbAnswer.Refused(VerbText.NotDemo(Settings.DataDirectory)),
            ResetOutcome.Emptied => await HereAsync(
                _ => Task.FromResult(VerbAnswer.Done(VerbText.DemoMade(Settings.DataDirectory) + "\n"))),
        };
    }

    private Task<VerbAnswer> PerformHereAsync(VerbCall call, VerbRequest request) =>
        HereAsync(async handler => await ConverseAsync(call, request, await handler.PerformAsync(request), handler.PerformAsync));

    /// <summary>Opens the data directory, as the server would, for the time of one verb.</summary>
    private async Task<VerbAnswer> HereAsync(Func<VerbHandler, Task<VerbAnswer>> perform)
    {
        using var installation = OpenInstallation.Open(Settings, configuration);
        var builder = Host.CreateEmptyApplicationBuilder(
            new HostApplicationBuilderSettings { EnvironmentName = environment.EnvironmentName });
        installation.AddTo(builder.Services, configuration);
        builder.Services.AddDemoBank();
        builder.Services.AddSingleton<VerbHandler>();
        // Mails are the server's to queue by the clock and to send: a relay that is slow must not keep a verb waiting.
        foreach (var round in builder.Services.Where(
            s => s.ImplementationType == typeof(MailSender) || s.ImplementationType == typeof(ExpiryMailJob)).ToList())
        {
            builder.Services.Remove(round);
        }

        using var host = builder.Build();
        if (environment.IsDevelopment())
        {
            await host.Services.EnsureDemoBankAsync(tlsAuthority: null);
        }

        await host.StartAsync();
        var answer = await perform(host.Services.GetRequiredService<VerbHandler>());
        await host.StopAsync();
        return answer;
    }

    private static (VerbRequest? Request, string? Unreadable) AddFile(VerbRequest request, string? file)
    {
        if (file is null)
        {
            return (request, null);
        }

        var (content, unreadable) = ReadFile(file);
        return content is null ? (null, unreadable) : (request with { File = content }, null);
    }

    private static (byte[]? Content, string? Unreadable) ReadFile(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            using var content = new MemoryStream();
            var buffer = new byte[8192];
            while (stream.Read(buffer) is > 0 and var read)
            {
                content.Write(buffer, 0, read);
                if (content.Length > MaxFileOctets)
                {
                    return (null, VerbText.TooLarge(file));
                }
            }

            return (content.ToArray(), null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (null, VerbText.CannotRead(file));
        }
    }

    private static int Print(ITerminal terminal, VerbAnswer answer)
    {
        if (answer.Output.Length > 0)
        {
            terminal.Output.Write(answer.Output);
        }

        if (answer.Error.Length > 0)
        {
            // One line, whatever an ID or a path brought along.
            terminal.Error.WriteLine(string.Concat(answer.Error.Select(c => char.IsControl(c) ? ' ' : c)));
        }

        return answer.ExitCode;
    }

    private static string Words(StartRefusedException refused) => string.Join("; ", refused.Faults);
}
