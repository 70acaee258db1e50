namespace DensaiAdmin.Tests.Support;

/// <summary>What somebody does who holds the database file: the guards that stand in it do not hold him back.</summary>
internal static class Tampering
{
    /// <summary>Takes away what refuses a change of the history.</summary>
    public const string WithoutGuards =
        "DROP TRIGGER IF EXISTS TR_HistoryRecords_Update; DROP TRIGGER IF EXISTS TR_HistoryRecords_Delete;";
}
