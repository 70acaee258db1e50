using System.Collections.Concurrent;
using System.Security.Cryptography;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Authority;

/// <summary>
/// Certificates that a CA of ours signed, the root among them, and the inventory does not have. Nobody of the bank made them: the CA's key
/// may be in other hands, and the bank is told once for each.
/// </summary>
public sealed partial class ForgedCertificates(
    IDbContextFactory<DensaiDbContext> contexts,
    Authorities authorities,
    Alarms alarms,
    TimeProvider clock,
    ILogger<ForgedCertificates> log)
{
    // Whoever shows the same one again costs no act; who makes them by the thousand is summed by the alarms.
    private const int MaxRemembered = 1_000;

    // A browser makes several connections for each page, and the inventory need not be read for all of them.
    private const int MaxFound = 10_000;

    private static readonly TimeSpan FoundFor = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<Sha256Hash, bool> _told = [];

    // The fingerprints that the inventory had, and when it was asked: a time stamp, which setting the clock does not move.
    private readonly ConcurrentDictionary<Sha256Hash, long> _found = [];

    /// <summary>
    /// Looks at a certificate that somebody showed, whatever for, and tells the bank where it is such a one. Never throws for the store's
    /// sake: whoever showed it is refused in any case.
    /// </summary>
    /// <param name="presented">DER, as TLS showed it.</param>
    /// <param name="source">Network address.</param>
    public async Task ExamineAsync(ReadOnlyMemory<byte> presented, string source)
    {
        var fingerprint = Sha256Hash.Of(presented.Span);
        if (_told.ContainsKey(fingerprint) || WasFound(fingerprint))
        {
            return;
        }

        try
        {
            await using var db = await contexts.CreateDbContextAsync();
            if (await db.Certificates.Presented(presented).AnyAsync())
            {
                Found(fingerprint);
                return;
            }

            if (CertificateProfileCheck.Evaluate(presented, authorities.IssuingCertificates, authorities.Root) == ProfileEvaluation.NotOurs)
            {
                return;
            }
        }
        catch (Exception fault) when (fault is StoreUnavailableException || StoreUnavailableException.IsOfTheStore(fault))
        {
            // Nobody can be let in by it either; it is looked at when it is shown again.
            return;
        }

        var serial = CertificateSignature.SerialOf(presented)?.ToString();
        try
        {
            await alarms.RaiseAsync(
                AlarmKind.KeyCompromise, fingerprint.ToString(),
                new() { Source = source, Value = fingerprint.ToString(), SerialNumber = serial }, CancellationToken.None);
            if (_told.Count < MaxRemembered)
            {
                _told[fingerprint] = true;
            }
        }
        catch (StoreUnavailableException fault)
        {
            LogNotRecorded(log, fingerprint, StoreUnavailableException.CauseOf(fault), StoreUnavailableException.Unexplained(fault));
        }
    }

    private bool WasFound(Sha256Hash fingerprint) => _found.TryGetValue(fingerprint, out var at) && clock.GetElapsedTime(at) < FoundFor;

    private void Found(Sha256Hash fingerprint)
    {
        if (_found.Count >= MaxFound)
        {
            _found.Clear();
        }

        _found[fingerprint] = clock.GetTimestamp();
    }

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "ALARM KeyCompromise: {Fingerprint} could not be recorded; it is when it is shown again. {Cause}")]
    private static partial void LogNotRecorded(ILogger logger, Sha256Hash fingerprint, string cause, Exception? fault);
}
