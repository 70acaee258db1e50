using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>What can be done about a user in 利用者管理, certificates apart.</summary>
public enum UserOperationKind
{
    /// <summary>利用者情報の新規登録.</summary>
    Register,

    /// <summary>利用者情報の変更.</summary>
    Change,

    /// <summary>利用者情報の削除.</summary>
    Delete,

    /// <summary>初期パスワードの再発行.</summary>
    ResetPassword,

    /// <summary>利用者停止 (R21).</summary>
    Suspend,

    /// <summary>利用者停止解除.</summary>
    Release,

    /// <summary>パスワードのロック解除 (R14).</summary>
    Unlock,

    /// <summary>パスワード変更, by the user.</summary>
    ChangePassword,
}

/// <summary>What one act on a user did; its result page is this row.</summary>
public sealed class UserOperation
{
    private UserOperation()
    {
    }

    internal UserOperation(Guid submission, UserOperationKind kind, User target, User by, DateTimeOffset at)
    {
        ReceiptNumber = NewReceiptNumber(at);
        Submission = submission;
        Kind = kind;
        CompanyId = target.CompanyId;
        UserId = target.Id;
        LoginId = target.LoginId;
        Name = target.Name;
        MailAddress = target.MailAddress;
        By = by.LoginId;
        ByName = by.Name;
        At = at;
    }

    public long Id { get; private set; }

    /// <summary>受付番号: the JST date and random characters, so that it tells nothing of other companies.</summary>
    public string ReceiptNumber { get; private set; } = "";

    /// <summary>Key of the confirm page: the same page sent twice is one act.</summary>
    public Guid Submission { get; private set; }

    public UserOperationKind Kind { get; private set; }

    public long? CompanyId { get; private set; }

    public long UserId { get; private set; }

    /// <summary>As it was after the act, whatever becomes of the user.</summary>
    public string LoginId { get; private set; } = "";

    /// <inheritdoc cref="LoginId"/>
    public string Name { get; private set; } = "";

    /// <inheritdoc cref="LoginId"/>
    public string MailAddress { get; private set; } = "";

    /// <summary>Login ID of who acted.</summary>
    public string By { get; private set; } = "";

    public string ByName { get; private set; } = "";

    public DateTimeOffset At { get; private set; }

    public int SessionsEnded { get; internal set; }

    /// <summary>Serials, joined by commas, that a deletion revoked.</summary>
    public string? SerialNumbers { get; internal set; }

    /// <summary>Codes, joined by commas, of what was changed or released; null where there is nothing to tell.</summary>
    public string? Detail { get; internal set; }

    /// <summary>Until when an initial password that the act made works, UTC.</summary>
    public DateTimeOffset? InitialPasswordExpiresAt { get; internal set; }

    private static string NewReceiptNumber(DateTimeOffset at)
    {
        // No 0/O, 1/I/L: the number is read out on the telephone.
        var code = RandomNumberGenerator.GetString("23456789ABCDEFGHJKMNPQRSTUVWXYZ", 8);
        return $"U-{JapanTime.JstDate(at):yyyyMMdd}-{code[..4]}-{code[4..]}";
    }
}

internal sealed class UserOperationConfiguration : IEntityTypeConfiguration<UserOperation>
{
    public void Configure(EntityTypeBuilder<UserOperation> act)
    {
        act.Property(a => a.ReceiptNumber).HasMaxLength(32);
        act.Property(a => a.Kind).HasConversion<string>().HasMaxLength(20);
        act.Property(a => a.LoginId).HasMaxLength(Registry.LoginId.MaxCharacters * 4);
        act.Property(a => a.Name).HasMaxLength(200);
        act.Property(a => a.MailAddress).HasMaxLength(254);
        act.Property(a => a.By).HasMaxLength(256);
        act.Property(a => a.ByName).HasMaxLength(200);
        act.Property(a => a.SerialNumbers).HasMaxLength(400);
        act.Property(a => a.Detail).HasMaxLength(100);
        act.HasIndex(a => a.ReceiptNumber).IsUnique();
        act.HasIndex(a => a.Submission).IsUnique();
        act.HasOne<User>().WithMany().HasForeignKey(a => a.UserId).OnDelete(DeleteBehavior.Restrict);
    }
}
