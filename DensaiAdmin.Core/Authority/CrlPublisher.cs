using System.Collections.Frozen;
using System.Runtime.ExceptionServices;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Authority;

/// <summary>A list as it is served: whole, and replaced as a whole.</summary>
/// <param name="Issuer">Whose list.</param>
/// <param name="List">The signed list.</param>
/// <param name="BuiltAt">Every revocation up to here is in it, UTC.</param>
public sealed record CurrentCrl(AuthorityCertificate Issuer, CertificateRevocationList List, DateTimeOffset BuiltAt)
{
    /// <summary>The root's list, made once with the CAs.</summary>
    public static CurrentCrl OfRoot(Authorities authorities) =>
        new(authorities.Root, authorities.Keys.RootCrl, authorities.Keys.RootCrl.ThisUpdate);

    /// <summary>The newest stored list of a CA; null when there is none, or it cannot be read back.</summary>
    public static async Task<CurrentCrl?> ReadAsync(
        DensaiDbContext db, AuthorityCertificate issuer, CancellationToken cancellation = default)
    {
        var newest = await db.PublishedCrls.AsNoTracking()
            .Where(c => c.IssuerKeyIdentifier == issuer.SubjectKeyIdentifier).OrderByDescending(c => c.Number)
            .FirstOrDefaultAsync(cancellation);
        return newest?.Der is { } der && CertificateRevocationList.Read(der, issuer) is { } list ? new(issuer, list, newest.BuiltAt) : null;
    }
}

/// <summary>
/// Publishes a complete CRL per issuing CA (RFC 5280 5): at once on each revocation and long before nextUpdate. Readers get the
/// whole old or the whole new list; numbers only grow; a list that lost an entry, a number or a date is not published.
/// </summary>
public sealed partial class CrlPublisher(
    Authorities authorities,
    StoreWriter writer,
    IDbContextFactory<DensaiDbContext> contexts,
    CrlSignal signal,
    HistoryAnchor anchor,
    Alarms alarms,
    TimeProvider clock,
    ILogger<CrlPublisher> log) : BackgroundJob(clock, log)
{
    /// <summary>nextUpdate lies this far behind thisUpdate.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromDays(7);

    /// <summary>Without any revocation a new list comes this often: with six days in hand, and no list is ever older than a day.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromDays(1);

    private static readonly TimeSpan ShortestRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1);
    private readonly RevocationRegister[] _registers =
        [.. authorities.Keys.Issuing.Select(ca => new RevocationRegister(ca, anchor.Revoked))];

    private volatile IReadOnlyList<StoreDisagreement> _disagreements = [];
    private bool _isWatching;
    private volatile bool _isDoubted;

    private volatile FrozenDictionary<string, CurrentCrl> _current = FrozenDictionary<string, CurrentCrl>.Empty;
    private volatile bool _isLoaded;
    private Task? _request;

    public override JobTitle Title { get; } = new("CRL の公開", "publication of CRLs");

    /// <summary>The root's list, made once with the CAs: the root's key is not kept at hand.</summary>
    public CurrentCrl Root { get; } = CurrentCrl.OfRoot(authorities);

    /// <summary>What store, newest list and anchor do not agree on, as of the last publication: for a health check.</summary>
    public IReadOnlyList<StoreDisagreement> Disagreements => _disagreements;

    /// <summary>The list of the CA that issues now; null until the first one is out.</summary>
    public CurrentCrl? Current => Find(authorities.Current.SubjectKeyIdentifier);

    /// <summary>The list of the CA with this key identifier (hex, either case), root included; null when there is none.</summary>
    public CurrentCrl? Find(string subjectKeyIdentifier) =>
        string.Equals(subjectKeyIdentifier, authorities.Root.SubjectKeyIdentifier, StringComparison.OrdinalIgnoreCase)
            ? Root
            : _current.GetValueOrDefault(subjectKeyIdentifier.ToUpperInvariant());

    /// <summary>Whether every CA has a list that has not passed its nextUpdate: what a health check asks.</summary>
    public bool IsFreshAt(DateTimeOffset now) =>
        now < Root.List.NextUpdate
        && Array.TrueForAll(
            _registers, r => Find(r.Authority.IssuerCertificate.SubjectKeyIdentifier) is { } crl && now < crl.List.NextUpdate);

    /// <summary>An operator asks for new lists now (verb <c>crl now</c>); recorded.</summary>
    /// <returns>Number of the current CA's new list; null when a list was held back by its guard.</returns>
    public async Task<long?> PublishNowAsync(string source, string? loginId = null, CancellationToken cancellation = default)
    {
        var done = true;
        try
        {
            await PublishAsync(always: true, cancellation);
        }
        catch (CrlHeldBackException)
        {
            done = false;
        }

        var number = Current?.List.Number;
        await writer.PerformAnyTimeAsync(
            work =>
            {
                work.Record(new HistoryEntry
                {
                    Operation = HistoryOperation.CrlPublication,
                    Result = done ? HistoryResult.Done : HistoryResult.Refused,
                    LoginId = loginId,
                    Source = source,
                    Detail = done ? "crl-published" : "crl-held-back",
                    Value = number?.ToString(System.Globalization.CultureInfo.InvariantCulture),
                });
                return true;
            },
            cancellation);
        return done ? number : null;
    }

    /// <summary>Takes up the stored lists, and publishes what a crash kept from being published, before anyone is served.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PublishAsync(always: false, cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            // The published lists are still served; the request has it tried again.
            NoteFault(fault);
            signal.Request();
        }

        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        anchor.Revoked.Denied -= signal.Request;
        base.Dispose();
        _one.Dispose();
    }

    /// <summary>Reads the newest stored list of each CA.</summary>
    internal async Task LoadAsync(CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        foreach (var register in _registers)
        {
            await register.LoadAsync(db, cancellation);
            if (register.IsDamaged)
            {
                LogDamaged(Log, register.LastNumber, register.Authority.IssuerCertificate.SubjectKeyIdentifier);
            }
        }

        TakeUpAnchor();
        if (!_isWatching)
        {
            _isWatching = true;
            anchor.Revoked.Denied += signal.Request;
        }

        _isLoaded = true;
        Serve();
    }

    /// <summary>Publishes where a list lacks a revocation or is a day old; always, where asked.</summary>
    internal async Task PublishAsync(bool always, CancellationToken cancellation = default)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (!_isLoaded)
            {
                await LoadAsync(cancellation);
            }

            var requests = signal.Requests;
            // The writer is serial: when it has come past here, every revocation of those requests and before is readable.
            var (builtAt, upTo) = await writer.PerformAnyTimeAsync(work => (work.Now, work.Sequence - 1), cancellation);
            var isDenied = anchor.Revoked.TakeDenied().Count > 0;
            if (isDenied || _isDoubted || always)
            {
                _isDoubted = false;
                foreach (var register in _registers)
                {
                    register.Doubt();
                    if (isDenied)
                    {
                        register.ReadWhole();
                    }
                }
            }

            ExceptionDispatchInfo? first = null;
            var published = new List<RevocationRegister>();
            foreach (var register in _registers)
            {
                try
                {
                    if (await PublishAsync(register, builtAt, upTo, always, cancellation))
                    {
                        published.Add(register);
                    }
                }
                catch (Exception fault) when (!cancellation.IsCancellationRequested)
                {
                    // One CA's trouble must not keep back another's list. What was written in spite of the fault, the store knows.
                    register.Distrust();
                    first ??= ExceptionDispatchInfo.Capture(fault);
                }
            }

            await TellDisagreementsAsync(cancellation);
            Mend(published);
            first?.Throw();
            signal.Published(builtAt, requests);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>
    /// Holds what the store has against what was published, and publishes where it lacks something: rows may be changed and lists taken
    /// away behind the product's back at any time.
    /// </summary>
    internal async Task LookAsync(CancellationToken cancellation = default)
    {
        _isDoubted = true;
        await PublishAsync(always: false, cancellation);
    }

    /// <summary>How long until some list is a day old; never more than a day, whatever the lists and the clock say.</summary>
    internal TimeSpan UntilRenewal()
    {
        var wait = _registers.Min(r => r.Published is { } list ? list.ThisUpdate + RenewEvery - DateOfNext(r) : TimeSpan.Zero);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > RenewEvery ? RenewEvery : wait;
    }

    // R26: behind its predecessor a list is dated as that one, and gets out all the same; a clock that ran ahead dates none.
    private DateTimeOffset DateOfNext(RevocationRegister register)
    {
        var now = ClockNow();
        return register.Published is { } previous && previous.ThisUpdate > now ? previous.ThisUpdate : now;
    }

    // What a list took for expired that was dated by a clock ahead is valid by the right one, and is listed again.
    private bool IsAhead(RevocationRegister register) =>
        register.Published is { } list && list.ThisUpdate - ClockNow() > ClockGuard.MaxBehind;

    private DateTimeOffset ClockNow() =>
        writer.Clock.Read() is { Standing: ClockStanding.Ahead } ahead ? ahead.Now : writer.Clock.Read().Wall;

    // At the server's stop: what is missing is published at the next start.
    protected override async Task RunAsync(CancellationToken stopping)
    {
        var retry = TimeSpan.Zero;
        while (true)
        {
            _request ??= signal.TakeRequestAsync(stopping);
            using (var timer = CancellationTokenSource.CreateLinkedTokenSource(stopping))
            {
                var due = Task.Delay(retry > TimeSpan.Zero ? retry : UntilRenewal(), Clock, timer.Token);
                // After a failure a request does not shorten the wait: a store that is down is not hammered.
                await (retry > TimeSpan.Zero ? due : Task.WhenAny(_request, due));
                await timer.CancelAsync();
            }

            stopping.ThrowIfCancellationRequested();
            if (_request.IsCompleted)
            {
                _request = null;
            }

            retry = await TryPublishAsync(stopping) ? TimeSpan.Zero : NextRetry(retry);
        }
    }

    private static TimeSpan NextRetry(TimeSpan last) =>
        last == TimeSpan.Zero ? ShortestRetry : last * 2 > LongestRetry ? LongestRetry : last * 2;

    private async Task<bool> TryPublishAsync(CancellationToken cancellation)
    {
        try
        {
            await PublishAsync(always: false, cancellation);
            NoteRound();
            return true;
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested)
        {
            NoteFault(fault);
            return false;
        }
    }

    /// <summary>
    /// Reads the anchor back as far as the newest list cannot know: to the one before it, which was out before the newest was read. All of
    /// it, where the store lacks a list that the anchor knows.
    /// </summary>
    private void TakeUpAnchor()
    {
        var open = _registers.ToDictionary(r => r.Authority.IssuerCertificate.SubjectKeyIdentifier, StringComparer.OrdinalIgnoreCase);
        foreach (var line in anchor.RevocationsFromEnd())
        {
            foreach (var note in line.Notes.Select(AnchorNote.Parse))
            {
                switch (note)
                {
                    case AnchorNote.Revoked revoked:
                        anchor.Revoked.Note(revoked, DateTimeOffset.FromUnixTimeMilliseconds(line.At));
                        break;
                    case AnchorNote.Crl list when open.TryGetValue(list.Issuer, out var register):
                        register.NoteAnchored(list.Number);
                        if (register.Published is { } published && list.Number < published.Number)
                        {
                            open.Remove(list.Issuer);
                        }

                        break;
                }
            }

            if (open.Count == 0)
            {
                break;
            }
        }
    }

    /// <summary>Tells what store, list and anchor do not agree on: once by an alarm, and in health as long as it is so.</summary>
    private async Task TellDisagreementsAsync(CancellationToken cancellation)
    {
        _disagreements = Disagree();
        if (_disagreements.Count == 0)
        {
            return;
        }

        var news = _disagreements;
        await writer.PerformAnyTimeAsync(
            work =>
            {
                foreach (var found in news)
                {
                    alarms.Raise(
                        work, AlarmKind.StoreDisagreement, $"{found.Code}:{found.Subject}",
                        new() { Value = found.Code, SerialNumber = found.SerialNumber });
                }

                return true;
            },
            cancellation);
    }

    // What a list lacks is told first; then the store has one again that holds everything, and a number above all that were published.
    private void Mend(List<RevocationRegister> published)
    {
        foreach (var register in published)
        {
            register.LacksList = false;
        }

        _disagreements = Disagree();
    }

    private List<StoreDisagreement> Disagree() =>
    [
        .. _registers.Where(r => r.LacksList)
            .Select(r => new StoreDisagreement(StoreDisagreement.ListMissing, r.Authority.IssuerCertificate.SubjectKeyIdentifier, null)),
        .. _registers.SelectMany(r => r.Denied)
        .Select(serial => new StoreDisagreement(StoreDisagreement.RevocationMissing, serial.ToString(), serial.ToString())),
    ];

    /// <returns>Whether there is a new list.</returns>
    private async Task<bool> PublishAsync(
        RevocationRegister register, DateTimeOffset builtAt, long upTo, bool always, CancellationToken cancellation)
    {
        var issuer = register.Authority.IssuerCertificate;
        bool isReconciled;
        await using (var db = await contexts.CreateDbContextAsync(cancellation))
        {
            // The published list was dated by a clock that people have found wrong since: then and only then the next is dated before it.
            var publishedUpTo = register.ListedUpTo;
            isReconciled = register.Published is { } ahead && ahead.ThisUpdate > ClockNow()
                && await db.HistoryRecords.AnyAsync(
                    r => r.Sequence > publishedUpTo && r.Operation == HistoryOperation.Operation && r.Detail == ClockStep.Detail,
                    cancellation);
            await register.ReadAsync(db, upTo, isReconciled || IsAhead(register) ? ClockNow() : null, cancellation);
            // A list that was stored and whose anchor line failed is read back here; whoever waits must not be told of it before it is
            // served.
            Serve();
        }

        var now = isReconciled ? ClockNow() : DateOfNext(register);
        if (!always
            && !isReconciled
            && !register.HasNews
            && !register.LacksList
            && register.Published is { } fresh
            && now < fresh.ThisUpdate + RenewEvery)
        {
            return false;
        }

        var next = CertificateRevocationList.Build(register.Authority, register.LastNumber + 1, now, now + Validity, register.Listed());
        if (register.Published is { } previous
            && CrlGuard.Compare(previous, next, register.NotAfterOf, isReconciled) is var comparison and not CrlComparison.GoesForward)
        {
            LogHeldBack(Log, next.Number, issuer.SubjectKeyIdentifier, comparison);
            throw new CrlHeldBackException(comparison);
        }

        var row = new PublishedCrl(
            issuer.SubjectKeyIdentifier, next.Number, upTo, builtAt, next.ThisUpdate, next.NextUpdate, next.Entries.Count,
            next.Der.ToArray());
        register.LacksList |= await writer.PerformAnyTimeAsync(work => Store(work, row, register.LastNumber), CancellationToken.None);
        register.NotePublished(next, builtAt, upTo);
        Serve();
        LogPublished(Log, next.Number, issuer.SubjectKeyIdentifier, next.Entries.Count);
        return true;
    }

    /// <returns>Whether the store lacks a list that was published.</returns>
    private static bool Store(UnitOfWork work, PublishedCrl row, long lastNumber)
    {
        var lists = work.Db.PublishedCrls.Where(c => c.IssuerKeyIdentifier == row.IssuerKeyIdentifier);
        // A lower number is no reason to keep a revocation from the list: rows were taken away, and it goes on above what was published.
        var stored = lists.Max(c => (long?)c.Number) ?? 0;
        if (stored > lastNumber)
        {
            throw new InvalidOperationException("Another publisher wrote a CRL of this CA; its number is never used twice.");
        }

        lists.Where(c => c.Number == lastNumber).ExecuteUpdate(set => set.SetProperty(c => c.Der, (byte[]?)null));
        work.Db.PublishedCrls.Add(row);
        work.Anchor(new AnchorNote.Crl(row.IssuerKeyIdentifier, row.Number));
        return stored < lastNumber;
    }

    private void Serve()
    {
        // Whatever was read back after a fault: what is served neither goes back nor goes away.
        var newer = _registers
            .Where(r => r.Published is { } list
                && (_current.GetValueOrDefault(r.Authority.IssuerCertificate.SubjectKeyIdentifier)?.List.Number ?? 0) < list.Number)
            .Select(r => new CurrentCrl(r.Authority.IssuerCertificate, r.Published!, r.BuiltAt)).ToList();
        if (newer.Count > 0)
        {
            var kept = _current.Values.ExceptBy(
                newer.Select(c => c.Issuer.SubjectKeyIdentifier), c => c.Issuer.SubjectKeyIdentifier, StringComparer.Ordinal);
            _current = kept.Concat(newer).ToFrozenDictionary(c => c.Issuer.SubjectKeyIdentifier, StringComparer.Ordinal);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "CRL {Number} of {Issuer} is public, {Entries} entries.")]
    private static partial void LogPublished(ILogger logger, long number, string issuer, int entries);

    [LoggerMessage(Level = LogLevel.Error, Message = "CRL {Number} of {Issuer} is held back: {Comparison}. The published one stays.")]
    private static partial void LogHeldBack(ILogger logger, long number, string issuer, CrlComparison comparison);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The stored CRL {Number} of {Issuer} is missing or not signed by it; a new one follows.")]
    private static partial void LogDamaged(ILogger logger, long number, string issuer);
}

/// <summary>Store, newest list and anchor do not say the same.</summary>
/// <param name="Code">What is wrong, as the history has it.</param>
/// <param name="Subject">Serial or issuer.</param>
/// <param name="SerialNumber">Of the certificate concerned, upper hex.</param>
public sealed record StoreDisagreement(string Code, string Subject, string? SerialNumber)
{
    /// <summary>The store denies a revocation that a list or the anchor tells.</summary>
    public const string RevocationMissing = "revocation-missing";

    /// <summary>The store lacks a list that the anchor tells.</summary>
    public const string ListMissing = "crl-missing";
}

/// <summary>
/// A list was not published because the published status would go back: a broken store or a clock set back, never a person's doing.
/// </summary>
public sealed class CrlHeldBackException(CrlComparison comparison) : Exception($"A new CRL would go back: {comparison}.")
{
    public CrlComparison Comparison { get; } = comparison;
}
