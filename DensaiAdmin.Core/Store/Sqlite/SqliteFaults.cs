using Microsoft.Data.Sqlite;

namespace DensaiAdmin.Core.Store.Sqlite;

/// <summary>SQLite's result codes (sqlite.org/rescode.html) as what they say of the database.</summary>
internal static class SqliteFaults
{
    private const int Error = 1;
    private const int Busy = 5;
    private const int TableLocked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>What a fault says of the database; null where it is another's. What it wraps is not looked at.</summary>
    public static StoreFault? Of(Exception fault) => fault is not SqliteException { SqliteErrorCode: var code } ? null : code switch
    {
        Busy or TableLocked => StoreFault.Locked,
        Corrupt or NotADatabase => StoreFault.Damaged,
        ReadOnly or InputOutput or Full or CannotOpen => StoreFault.NotWritable,
        _ => null,
    };

    /// <summary>Whether a table that was asked for is not there: then it is a database, and none of ours.</summary>
    public static bool IsMissingTable(SqliteException fault) => fault.SqliteErrorCode == Error;
}
