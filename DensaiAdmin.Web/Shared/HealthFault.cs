namespace DensaiAdmin.Web.Shared;

/// <summary>How much a fault weighs.</summary>
internal enum HealthWeight
{
    /// <summary>Somebody should see to it; this node serves all the same.</summary>
    Warning,

    /// <summary>This node cannot serve: whoever balances the load must leave it out.</summary>
    Failing,
}

/// <summary>
/// One fault as the operator is told it: what it is and what to do about it, whole sentences without secrets or names of persons.
/// </summary>
/// <param name="Weight">How much it weighs.</param>
/// <param name="Cause">What it is, in Japanese.</param>
/// <param name="Remedy">What to do about it, in Japanese.</param>
/// <param name="EnglishCause">What it is, in English.</param>
/// <param name="EnglishRemedy">What to do about it, in English.</param>
internal sealed record HealthFault(HealthWeight Weight, string Cause, string Remedy, string EnglishCause, string EnglishRemedy)
{
    public static HealthFault Failing(string cause, string remedy, string englishCause, string englishRemedy) =>
        new(HealthWeight.Failing, cause, remedy, englishCause, englishRemedy);

    public static HealthFault Warning(string cause, string remedy, string englishCause, string englishRemedy) =>
        new(HealthWeight.Warning, cause, remedy, englishCause, englishRemedy);
}
