using System.Security.Cryptography;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Installation;
using Microsoft.EntityFrameworkCore;
using StoreFaults = DensaiAdmin.Web.Shared.StoreFaults;
using LoginId = DensaiAdmin.Core.Registry.LoginId;

namespace DensaiAdmin.Web.Verbs;

/// <summary>
/// Performs verbs in the process that holds the data directory, through the use cases that the screens use. Who asks is not
/// trusted: the words are understood again here, and whether two operators must agree is decided here.
/// </summary>
internal sealed partial class VerbHandler(IServiceProvider services, IHostEnvironment environment, ILogger<VerbHandler> log)
{
    /// <summary>Performs a verb; never throws.</summary>
    public async Task<VerbAnswer> PerformAsync(VerbRequest request)
    {
        if (CommandLine.Parse(request.Args, out var answer) is not { } asked)
        {
            return answer;
        }

        try
        {
            return await asked.PerformAsync(this, request);
        }
        catch (OperatorApprovalLapsedException)
        {
            await RecordLapseAsync(asked.Call, request);
            return VerbAnswer.Refused(VerbText.ApprovalLapsed);
        }
        catch (Exception fault) when (StoreFaults.Find(fault) is { } store)
        {
            return VerbAnswer.Refused(VerbText.Of(store));
        }
        catch (Exception fault)
        {
            LogFault(log, fault);
            return VerbAnswer.Refused(VerbText.Fault);
        }
    }

    /// <summary>The result of an audit as an answer.</summary>
    public static VerbAnswer Of(HistoryVerification found) =>
        found.IsIntact ? VerbAnswer.Done(VerbText.Of(found) + "\n") : VerbAnswer.Refused(VerbText.Of(found));

    public async Task<VerbAnswer> VerifyHistoryAsync() => Of(await Use<VerifyHistory>().RunAsync());

    public VerbAnswer ShowAuthorities() =>
        VerbAnswer.Done(VerbText.Ca(Use<Authorities>(), Use<CrlPublisher>().Current, Use<CrlPublisher>().Root));

    public VerbAnswer Migrate() => VerbAnswer.Done(VerbText.Migrated(Use<OpenInstallation>().Settings.DataDirectory) + "\n");

    private T Use<T>()
        where T : notnull => services.GetRequiredService<T>();

    public async Task<VerbAnswer> PublishCrlAsync(VerbRequest request)
    {
        try
        {
            return await Use<CrlPublisher>().PublishNowAsync(request.Source) is { } number
                ? VerbAnswer.Done(VerbText.Published(number) + "\n")
                : VerbAnswer.Refused(VerbText.CrlHeldBack);
        }
        catch (CrlHeldBackException)
        {
            return VerbAnswer.Refused(VerbText.CrlHeldBack);
        }
    }

    public async Task<VerbAnswer> RegisterAsync(VerbCall.OperatorAdd add, VerbRequest request)
    {
        var registration = new StaffRegistration(add.LoginId, add.Name, add.Role, add.MailAddress, request.Source);
        if (RegisterOperator.Evaluate(registration) is { } unusable)
        {
            return VerbAnswer.Refused(VerbText.Of(unusable, add.LoginId));
        }

        var (warrant, stop) = await WarrantAsync(add, request);
        if (warrant is null)
        {
            return stop!;
        }

        return await Use<RegisterOperator>().RunAsync(registration, warrant) switch
        {
            RegisterOperatorOutcome.Registered registered => VerbAnswer.Done(VerbText.Registered(registered)),
            RegisterOperatorOutcome.Refused { Reason: RegisterOperatorRefusal.NeedsTwoOperators } => VerbAnswer.Ask(VerbQuestion.Operators),
            RegisterOperatorOutcome.Refused refused => VerbAnswer.Refused(VerbText.Of(refused.Reason, add.LoginId)),
            _ => throw new InvalidOperationException("The outcomes are closed."),
        };
    }

    private async Task<(RegistrationWarrant? Warrant, VerbAnswer? Stop)> WarrantAsync(VerbCall.OperatorAdd add, VerbRequest request)
    {
        if (add.RecoverFile is not null)
        {
            if (request.Passphrase is null)
            {
                return (null, VerbAnswer.Ask(VerbQuestion.RootKeyPassphrase));
            }

            if (Prove(Use<Authorities>(), request) is { } proof)
            {
                return (new RegistrationWarrant.OfRootKey(proof), null);
            }

            await Use<RegisterOperator>().RefuseRecoveryAsync(add.LoginId, request.Source);
            return (null, VerbAnswer.Refused(VerbText.NotTheRootKey));
        }

        if (environment.IsDevelopment())
        {
            return (new RegistrationWarrant.OfDevelopment(), null);
        }

        if (request.Operators is null)
        {
            // Asked before it is tried: a registration that two operators then agree to is no refusal of the history's.
            return await Use<EvaluateOperators>().AreNeededAsync()
                ? (null, VerbAnswer.Ask(VerbQuestion.Operators))
                : (new RegistrationWarrant.OfFirstStaff(), null);
        }

        var (approval, stop) = await AuthenticateAsync(
            add, new OperatorPurpose(HistoryOperation.OperatorRegistration, add.LoginId, OperatorPair.TwoWithApprover), request);
        return approval is null ? (null, stop) : (new RegistrationWarrant.OfOperators(approval), null);
    }

    /// <summary>The archive is made by who asks, wherever he may write; here it is only recorded.</summary>
    public async Task<VerbAnswer> RecordBackupAsync(VerbCall.Backup backup, VerbRequest request)
    {
        if (BackupManifest.Parse(request.File ?? []) is not { } manifest)
        {
            return VerbAnswer.Refused(VerbText.Of(BackupRefusal.NotRecorded, backup.File));
        }

        await Use<StoreWriter>().PerformAsync(work =>
        {
            work.Record(new HistoryEntry
            {
                Operation = HistoryOperation.Operation,
                Result = HistoryResult.Done,
                Source = request.Source,
                Detail = "backup-made",
                Value = $"{Path.GetFileName(backup.File)} {manifest.HeadSequence}",
            });
            return true;
        });
        // What was made is told by who made it.
        return VerbAnswer.Done("");
    }

    public async Task<VerbAnswer> SeedAsync(VerbCall.Seed seed)
    {
        if (!environment.IsDevelopment())
        {
            return VerbAnswer.Refused(VerbText.DevelopmentOnly);
        }

        return await Use<SeedUsers>().RunAsync(new SeedRequest(seed.Companies, seed.Users, seed.Largest)) switch
        {
            SeedOutcome.Seeded seeded => VerbAnswer.Done(VerbText.Seeded(seeded) + "\n"),
            SeedOutcome.NotPossible => VerbAnswer.Refused(VerbText.SeedImpossible),
            _ => throw new InvalidOperationException("The outcomes are closed."),
        };
    }

    public async Task<VerbAnswer> IssueAsync(VerbCall.Issue issue, VerbRequest request)
    {
        // Told before anybody's password is asked for.
        if (request.File is not { } file || CertificationRequestFile.Decode(file) is null)
        {
            return VerbAnswer.Refused(VerbText.Of(CertificationRequestRefusal.NotEncoded));
        }

        var (by, stop) = await WhoActsAsync(issue, request, HistoryOperation.Issue);
        if (by is null)
        {
            return stop!;
        }

        return await Use<EnrollCertificate>()
            .ByOperatorAsync(by, request.Source, LoginId.Canonical(issue.LoginId) ?? issue.LoginId, file) switch
        {
            EnrollOutcome.Issued issued => VerbAnswer.Done(PemEncoding.WriteString("CERTIFICATE", issued.Der.Span) + "\n"),
            EnrollOutcome.Refused { Request: { } why } => VerbAnswer.Refused(VerbText.Of(why)),
            EnrollOutcome.Refused refused => VerbAnswer.Refused(VerbText.Of(refused.Reason, issue.LoginId)),
            EnrollOutcome.ProfileBroken => VerbAnswer.Refused(VerbText.Fault),
            EnrollOutcome.Unavailable => VerbAnswer.Refused(VerbText.StoreUnavailable),
            _ => throw new InvalidOperationException("The outcomes are closed."),
        };
    }

    public async Task<VerbAnswer> RevokeAsync(VerbCall.Revoke revoke, VerbRequest request)
    {
        var (by, stop) = await WhoActsAsync(revoke, request, HistoryOperation.Revocation);
        if (by is null)
        {
            return stop!;
        }

        return await Use<RevokeCertificate>()
            .ByOperatorAsync(by, request.Source, LoginId.Canonical(revoke.LoginId) ?? revoke.LoginId, revoke.Reason) switch
        {
            RevokeOutcome.Revoked revoked => VerbAnswer.Done(
                VerbText.Revoked(revoke.LoginId, revoked.ReceiptNumber, revoked.RevokedAt) + "\n"),
            RevokeOutcome.Refused refused => VerbAnswer.Refused(VerbText.Of(refused.Reason, revoke.LoginId)),
            _ => throw new InvalidOperationException("The outcomes are closed."),
        };
    }

    public async Task<VerbAnswer> UnlockAsync(VerbCall.Unlock unlock, VerbRequest request)
    {
        var (by, stop) = await WhoActsAsync(unlock, request, HistoryOperation.Unlock);
        if (by is null)
        {
            return stop!;
        }

        var outcome = await Use<UnlockUser>().ByOperatorAsync(by, request.Source, unlock.LoginId);
        return outcome is UnlockOutcome.Unlocked
            ? VerbAnswer.Done(VerbText.Of(outcome, unlock.LoginId) + "\n")
            : VerbAnswer.Refused(VerbText.Of(outcome, unlock.LoginId));
    }

    /// <summary>Who answers for an act on a customer.</summary>
    private async Task<(OperatorApproval? Approval, VerbAnswer? Stop)> WhoActsAsync(
        VerbCall.OnUser call, VerbRequest request, HistoryOperation operation) =>
        environment.IsDevelopment()
            ? await NamedAsync(call)
            : await AuthenticateAsync(call, new OperatorPurpose(operation, call.LoginId), request);

    /// <summary>Two operators who agree; asks for their passwords where they were not given yet.</summary>
    private async Task<(OperatorApproval? Approval, VerbAnswer? Stop)> AuthenticateAsync(
        VerbCall call, OperatorPurpose purpose, VerbRequest request)
    {
        return TypedBy(call, request) is { First: { } first, Second: { } second }
            ? Of(await Use<AuthenticateOperators>().RunAsync(first, second, purpose, request.Source))
            : (null, TypedBy(call, request).Stop);
    }

    /// <summary>What two operators typed, or what must be asked or said first.</summary>
    internal static (OperatorCredentials? First, OperatorCredentials? Second, VerbAnswer? Stop) TypedBy(VerbCall call, VerbRequest request)
    {
        if (request.Operators is null)
        {
            return (null, null, VerbAnswer.Ask(VerbQuestion.Operators));
        }

        if (request.Operators is not [{ } first, { } second])
        {
            return (null, null, VerbAnswer.Refused(VerbText.NoAnswer));
        }

        return call.Operators.FirstOrDefault(
            named => !request.Operators.Any(o => LoginId.Canonical(o.LoginId) == LoginId.Canonical(named))) is { } missing
            ? (null, null, VerbAnswer.Refused(VerbText.NotNamed(missing)))
            : (Typed(first), Typed(second), null);
    }

    /// <summary>An operators' outcome as an approval, or as an answer.</summary>
    internal static (OperatorApproval? Approval, VerbAnswer? Stop) Of(OperatorsOutcome outcome) => outcome switch
    {
        OperatorsOutcome.Authenticated two => (two.Approval, null),
        OperatorsOutcome.MustReplace replace => (null, VerbAnswer.Ask(VerbQuestion.OwnPasswords, replace.LoginId)),
        OperatorsOutcome.ReplacementRefused refused => (null, VerbAnswer.Refused(VerbText.Of(refused))),
        OperatorsOutcome.Refused refused => (null, VerbAnswer.Refused(VerbText.Of(refused.Reason, refused.LoginId))),
        _ => throw new InvalidOperationException("The outcomes are closed."),
    };

    /// <summary>Break-glass: null where file or passphrase do not open the root's key.</summary>
    internal static RootKeyProof? Prove(Authorities authorities, VerbRequest request) =>
        string.IsNullOrWhiteSpace(request.Passphrase)
            ? null
            : RootKeyProof.Verify(authorities, request.File ?? [], new KeyPassphrase(request.Passphrase));

    private async Task<(OperatorApproval? Approval, VerbAnswer? Stop)> NamedAsync(VerbCall.OnUser call)
    {
        await using var db = await Use<IDbContextFactory<DensaiDbContext>>().CreateDbContextAsync();
        User? first = null;
        foreach (var named in call.Operators)
        {
            var canonical = LoginId.Canonical(named);
            var staff = await db.Users.SingleOrDefaultAsync(u => u.CanonicalLoginId == canonical);
            if (staff is not { IsBankStaff: true, DeletedAt: null, SuspendedAt: null })
            {
                return (null, VerbAnswer.Refused(VerbText.NoSuchOperator(named)));
            }

            first ??= staff;
        }

        return (first is null ? OperatorApproval.OfNobody : OperatorApproval.OfOne(first), null);
    }

    private Task RecordLapseAsync(VerbCall call, VerbRequest request) => Use<StoreWriter>().PerformAsync(work =>
    {
        work.Record(new HistoryEntry
        {
            Operation = HistoryOperation.Confirmation,
            Result = HistoryResult.Refused,
            LoginId = request.Operators?[0].LoginId ?? call.Operators.FirstOrDefault(),
            Source = request.Source,
            Detail = "operator-approval-lapsed",
        });
        return true;
    });

    private static OperatorCredentials Typed(OperatorInput input) => new(
        input.LoginId,
        new SuppliedPassword(input.Password),
        input.NewLogin is null
            ? null
            : new OwnPasswords(new SuppliedPassword(input.NewLogin), new SuppliedPassword(input.NewConfirmation)));

    [LoggerMessage(Level = LogLevel.Error, Message = "A verb broke.")]
    private static partial void LogFault(ILogger logger, Exception fault);
}
