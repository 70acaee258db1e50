using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Core.ExpiryNotices;

/// <summary>The certificates for which a stage is the current one, by their notAfter.</summary>
/// <param name="Stage">Days before the expiry date.</param>
/// <param name="From">Inclusive, UTC.</param>
/// <param name="Before">Exclusive, UTC.</param>
public sealed record ExpiryMailWindow(int Stage, DateTimeOffset From, DateTimeOffset Before);

/// <summary>
/// R5, R6: when which notice of an expiry is due. Days are counted in JST dates back from the JST expiry date; the notices of
/// earlier days go at 09:00 JST, that of the day itself at 00:00 JST, because the certificate dies in the morning.
/// </summary>
public sealed class ExpiryMailPolicy
{
    /// <summary>The days of the manual.</summary>
    public static readonly IReadOnlyList<int> Usual = [40, 10, 0];

    private static readonly TimeOnly Midnight = TimeOnly.MinValue;
    private static readonly TimeOnly Morning = new(9, 0);

    /// <param name="days">JST days before the expiry date, in any order; none: <see cref="Usual"/>.</param>
    public ExpiryMailPolicy(IReadOnlyList<int> days) =>
        Stages = days.Count == 0 ? Usual : [.. days.Where(d => d >= 0).Distinct().OrderDescending()];

    /// <summary>The days, the earliest notice first.</summary>
    public IReadOnlyList<int> Stages { get; }

    public static ExpiryMailPolicy Of(CertificatePolicyOptions options) => new(options.NoticeDays);

    /// <summary>When the notice of a stage is due, UTC.</summary>
    public static DateTimeOffset DueAt(DateTimeOffset notAfter, int stage) =>
        JapanTime.At(JapanTime.JstDate(notAfter).AddDays(-stage), Hour(stage));

    /// <summary>Whether masters of the company are told at this stage.</summary>
    public static bool TellsMasters(int stage) => stage <= ExpiryNearness.UrgentDays;

    /// <summary>
    /// The one stage whose notice is to stand now: the last that is due. Those before it were told or missed, and are told no more.
    /// Null before the first and after the expiry.
    /// </summary>
    public int? CurrentAt(DateTimeOffset notAfter, DateTimeOffset now)
    {
        if (CertificateStatuses.HasExpired(notAfter, now))
        {
            return null;
        }

        int? current = null;
        foreach (var stage in Stages)
        {
            current = DueAt(notAfter, stage) <= now ? stage : current;
        }

        return current;
    }

    /// <summary>The same question for a whole inventory: for each stage the range of notAfter for which it is current now.</summary>
    public IEnumerable<ExpiryMailWindow> WindowsAt(DateTimeOffset now)
    {
        var alive = CertificateStatuses.FirstUnexpired(now);
        for (var i = 0; i < Stages.Count; i++)
        {
            var next = i + 1 < Stages.Count ? AfterLastDue(Stages[i + 1], now) : alive;
            var window = new ExpiryMailWindow(Stages[i], next > alive ? next : alive, AfterLastDue(Stages[i], now));
            if (window.From < window.Before)
            {
                yield return window;
            }
        }
    }

    /// <summary>The next instant at which some notice may become due, UTC.</summary>
    public static DateTimeOffset NextAfter(DateTimeOffset now)
    {
        var today = JapanTime.JstDate(now);
        var morning = JapanTime.At(today, Morning);
        return now < morning ? morning : JapanTime.At(today.AddDays(1), Midnight);
    }

    private static TimeOnly Hour(int stage) => stage == 0 ? Midnight : Morning;

    // Midnight after the last expiry date for which the stage is due.
    private static DateTimeOffset AfterLastDue(int stage, DateTimeOffset now)
    {
        var today = JapanTime.JstDate(now);
        var last = now >= JapanTime.At(today, Hour(stage)) ? today.AddDays(stage) : today.AddDays(stage - 1);
        return JapanTime.At(last.AddDays(1), Midnight);
    }
}
