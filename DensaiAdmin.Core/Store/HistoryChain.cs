using System.Data.Common;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Store;

/// <summary>The growing end of the chain inside one write transaction. The head is read there, never remembered across commits.</summary>
internal sealed class HistoryChain
{
    private readonly Dictionary<long, long> _numbers = [];
    private readonly long _sequenceAtStart;

    private HistoryChain(long sequence, byte[] hash)
    {
        Sequence = _sequenceAtStart = sequence;
        Hash = hash;
    }

    public long Sequence { get; private set; }

    public byte[] Hash { get; private set; }

    public bool HasGrown => Sequence > _sequenceAtStart;

    public static HistoryChain ReadHead(DbConnection connection, DbTransaction? transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT \"Sequence\", \"Hash\" FROM \"HistoryRecords\" ORDER BY \"Sequence\" DESC LIMIT 1";
        using var reader = command.ExecuteReader();
        return reader.Read() ? new(reader.GetInt64(0), (byte[])reader[1]) : new(0, new byte[32]);
    }

    /// <summary>Writes the next record.</summary>
    public void Append(Statements sql, HistoryEntry entry, DateTimeOffset at)
    {
        // Bank-wide records count under 0; companies never see those.
        var company = entry.CompanyId ?? 0;
        if (!_numbers.TryGetValue(company, out var number))
        {
            number = (long?)sql.Scalar(
                "SELECT MAX(\"RecordNumber\") FROM \"HistoryRecords\" WHERE \"CompanyId\" IS NOT DISTINCT FROM @company",
                ("@company", entry.CompanyId)) ?? 0;
        }

        var record = new HistoryRecord(entry, Sequence + 1, number + 1, at, Hash);
        sql.Insert(record);
        _numbers[company] = record.RecordNumber;
        Sequence = record.Sequence;
        Hash = record.Hash;
    }

    /// <summary>
    /// Leaves the sequences up to this one to records that are lost; the next record still follows the hash of the last that is here.
    /// </summary>
    public void SkipTo(long sequence) => Sequence = Math.Max(Sequence, sequence);

    public (long Sequence, byte[] Hash) Mark() => (Sequence, Hash);

    public void ReturnTo((long Sequence, byte[] Hash) mark)
    {
        if (mark.Sequence != Sequence)
        {
            (Sequence, Hash) = mark;
            _numbers.Clear();
        }
    }
}
