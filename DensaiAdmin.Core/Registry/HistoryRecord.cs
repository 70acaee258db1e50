using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>操作: what was done or tried.</summary>
public enum HistoryOperation
{
    /// <summary>ログイン.</summary>
    Login,

    /// <summary>ログアウト.</summary>
    Logout,

    /// <summary>セッション終了 by a limit or another login.</summary>
    SessionEnd,

    /// <summary>証明書発行.</summary>
    Issue,

    /// <summary>証明書更新.</summary>
    Renewal,

    /// <summary>証明書失効.</summary>
    Revocation,

    /// <summary>確認用パスワードの確認.</summary>
    Confirmation,

    /// <summary>ロック: a password path closed by failures in a row.</summary>
    Lock,

    /// <summary>ロック解除.</summary>
    Unlock,

    /// <summary>利用者停止.</summary>
    Suspension,

    /// <summary>利用者停止解除.</summary>
    Release,

    /// <summary>他社・存在しない対象への操作.</summary>
    ForeignAccess,

    /// <summary>CSV などの保存.</summary>
    Download,

    /// <summary>行員の登録.</summary>
    OperatorRegistration,

    /// <summary>パスワード変更.</summary>
    PasswordChange,

    /// <summary>CRL の発行.</summary>
    CrlPublication,

    /// <summary>起動、初期化、復元など.</summary>
    Operation,

    /// <summary>身に覚えのないログインの申告.</summary>
    LoginReport,

    /// <summary>ログインID取得.</summary>
    LoginIdAcquisition,

    /// <summary>利用者情報の新規登録.</summary>
    UserRegistration,

    /// <summary>利用者情報の変更.</summary>
    UserChange,

    /// <summary>利用者情報の削除.</summary>
    UserDeletion,

    /// <summary>初期パスワードの再発行.</summary>
    PasswordReset,

    /// <summary>警報: what the bank must look at.</summary>
    Alarm,
}

/// <summary>結果.</summary>
public enum HistoryResult
{
    /// <summary>正常.</summary>
    Done,

    /// <summary>拒否.</summary>
    Refused,
}

/// <summary>What an act adds to the history. Words are made where it is shown; here stand codes and values.</summary>
public sealed record HistoryEntry
{
    public required HistoryOperation Operation { get; init; }

    public required HistoryResult Result { get; init; }

    /// <summary>The company that may read the record; null for the bank's own and for refusals nobody was known behind.</summary>
    public long? CompanyId { get; init; }

    /// <summary>
    /// Who acted, when authenticated at least by a certificate of ours; also whose login without a certificate was tried.
    /// </summary>
    public long? UserId { get; init; }

    /// <summary>Login ID of who acted, or what was given as one.</summary>
    public string? LoginId { get; init; }

    /// <summary>Network source of the act.</summary>
    public required string Source { get; init; }

    public long? TargetUserId { get; init; }

    public string? TargetLoginId { get; init; }

    /// <summary>Serial, as upper hex, when a certificate is concerned.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>Code of what happened (kebab case), translated where shown.</summary>
    public required string Detail { get; init; }

    /// <summary>Value that belongs to the code: attempts left, reason, count.</summary>
    public string? Value { get; init; }

    /// <summary>受付番号 of the act.</summary>
    public string? ReceiptNumber { get; init; }

    /// <summary>How many equal refusals the record stands for.</summary>
    public int Count { get; init; } = 1;
}

/// <summary>
/// 操作履歴, one record (R22): append only, each carrying the hash of the one before. <see cref="Sequence"/> is bank-wide and
/// never shown to a company; <see cref="RecordNumber"/> counts per company.
/// </summary>
public sealed class HistoryRecord
{
    /// <summary>
    /// The format that this program writes. Raised with every change of what <see cref="ComputeHash"/> takes in: the hashes of older
    /// records stay what they are, and are computed as their format says.
    /// </summary>
    internal const int CurrentFormat = 1;

    private HistoryRecord()
    {
    }

    internal HistoryRecord(HistoryEntry entry, long sequence, long recordNumber, DateTimeOffset at, byte[] previousHash)
    {
        Format = CurrentFormat;
        Sequence = sequence;
        RecordNumber = recordNumber;
        At = at;
        CompanyId = entry.CompanyId;
        UserId = entry.UserId;
        LoginId = OneLine(entry.LoginId, 64);
        Source = OneLine(entry.Source, 64) ?? "";
        Operation = entry.Operation;
        Result = entry.Result;
        TargetUserId = entry.TargetUserId;
        TargetLoginId = OneLine(entry.TargetLoginId, 64);
        SerialNumber = OneLine(entry.SerialNumber, 40);
        Detail = entry.Detail;
        Value = OneLine(entry.Value, 200);
        ReceiptNumber = entry.ReceiptNumber;
        Count = entry.Count;
        PreviousHash = previousHash;
        Hash = ComputeHash();
    }

    /// <summary>How its hash is computed.</summary>
    public int Format { get; private set; }

    public long Sequence { get; private set; }

    public long RecordNumber { get; private set; }

    public DateTimeOffset At { get; private set; }

    public long? CompanyId { get; private set; }

    public long? UserId { get; private set; }

    public string? LoginId { get; private set; }

    public string Source { get; private set; } = "";

    public HistoryOperation Operation { get; private set; }

    public HistoryResult Result { get; private set; }

    public long? TargetUserId { get; private set; }

    public string? TargetLoginId { get; private set; }

    public string? SerialNumber { get; private set; }

    public string Detail { get; private set; } = "";

    public string? Value { get; private set; }

    public string? ReceiptNumber { get; private set; }

    public int Count { get; private set; }

    public byte[] PreviousHash { get; private set; } = [];

    public byte[] Hash { get; private set; } = [];

    /// <summary>
    /// SHA-256 over the previous hash, the format and every field, each with its length, so that no two records share an encoding. Empty,
    /// and so equal to no hash, for a format that this program does not know.
    /// </summary>
    public byte[] ComputeHash()
    {
        if (Format != CurrentFormat)
        {
            return [];
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(PreviousHash);
        Add(hash, Number(Format));
        Add(hash, Number(Sequence));
        Add(hash, Number(RecordNumber));
        Add(hash, Number(At.ToUnixTimeMilliseconds()));
        Add(hash, Number(CompanyId));
        Add(hash, Number(UserId));
        Add(hash, LoginId);
        Add(hash, Source);
        Add(hash, Operation.ToString());
        Add(hash, Result.ToString());
        Add(hash, Number(TargetUserId));
        Add(hash, TargetLoginId);
        Add(hash, SerialNumber);
        Add(hash, Detail);
        Add(hash, Value);
        Add(hash, ReceiptNumber);
        Add(hash, Number(Count));
        return hash.GetHashAndReset();
    }

    private static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static void Add(IncrementalHash hash, string? field)
    {
        Span<byte> length = stackalloc byte[4];
        if (field is null)
        {
            BinaryPrimitives.WriteInt32BigEndian(length, -1);
            hash.AppendData(length);
            return;
        }

        var octets = Encoding.UTF8.GetBytes(field);
        BinaryPrimitives.WriteInt32BigEndian(length, octets.Length);
        hash.AppendData(length);
        hash.AppendData(octets);
    }

    // One event is one line wherever it is printed: control, format and separator characters become a visible mark.
    internal static string? OneLine(string? text, int max)
    {
        if (text is null)
        {
            return null;
        }

        var line = new StringBuilder(Math.Min(text.Length, max));
        foreach (var rune in text.EnumerateRunes())
        {
            // An unpaired surrogate comes out of the enumeration as U+FFFD already.
            var shown = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator ? Rune.ReplacementChar : rune;
            if (line.Length + shown.Utf16SequenceLength > max)
            {
                break;
            }

            line.Append(shown.ToString());
        }

        return line.ToString();
    }
}

internal sealed class HistoryRecordConfiguration : IEntityTypeConfiguration<HistoryRecord>
{
    public void Configure(EntityTypeBuilder<HistoryRecord> record)
    {
        record.HasKey(r => r.Sequence);
        record.Property(r => r.Sequence).ValueGeneratedNever();
        record.Property(r => r.Operation).HasConversion<string>().HasMaxLength(32);
        record.Property(r => r.Result).HasConversion<string>().HasMaxLength(16);
        record.Property(r => r.Detail).HasMaxLength(64);
        record.Property(r => r.ReceiptNumber).HasMaxLength(32);
        record.HasIndex(r => new { r.CompanyId, r.RecordNumber });
        // 操作履歴照会 asks these alone which records, in which order and how many; the second also serves ログイン履歴.
        record.HasIndex(r => new { r.CompanyId, r.At, r.Sequence, r.UserId, r.Operation, r.Result });
        record.HasIndex(r => new { r.CompanyId, r.UserId, r.At, r.Sequence, r.Operation, r.Result });
        // What is rare among a company's records, so that nobody walks all of them to find it: whatever is no login, and what was refused.
        record.HasIndex(r => new { r.CompanyId, r.Operation, r.At, r.Sequence, r.Result }).HasFilter("\"Operation\" <> 'Login'");
        record.HasIndex(r => new { r.CompanyId, r.At, r.Sequence, r.Operation, r.Result }).HasFilter("\"Result\" = 'Refused'");
    }
}
