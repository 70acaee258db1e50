using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>
/// ご案内の書面: with what stands in it a company takes its first login ID. Its code opens one ログインID取得, expires, and is stored
/// as a hash only.
/// </summary>
public sealed class ActivationLetter
{
    /// <summary>How long a letter may wait to be used.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromDays(60);

    private ActivationLetter()
    {
    }

    /// <summary>A letter of the bank to a company.</summary>
    /// <param name="company">To whom.</param>
    /// <param name="account">代表口座.</param>
    /// <param name="code">The hash of 利用開始コード; see <see cref="ActivationCode"/>.</param>
    /// <param name="issuedAt">UTC.</param>
    public ActivationLetter(Company company, AccountNumber account, PasswordHash code, DateTimeOffset issuedAt)
    {
        Company = company;
        CompanyId = company.Id;
        Account = account.Digits;
        Code = code;
        IssuedAt = issuedAt;
        ExpiresAt = issuedAt + Validity;
    }

    public long Id { get; private set; }

    public long CompanyId { get; private set; }

    public Company Company { get; private set; } = null!;

    /// <summary>代表口座: three digits of the branch and seven of the account.</summary>
    public string Account { get; private set; } = "";

    /// <summary>Hash of 利用開始コード.</summary>
    public PasswordHash Code { get; private set; } = null!;

    public DateTimeOffset IssuedAt { get; private set; }

    public DateTimeOffset ExpiresAt { get; private set; }

    public DateTimeOffset? UsedAt { get; private set; }

    /// <summary>The user who took the login ID.</summary>
    public long? UsedByUserId { get; private set; }

    /// <summary>Whether the code still opens something at an instant (UTC).</summary>
    public bool IsUsableAt(DateTimeOffset now) => UsedAt is null && now < ExpiresAt;

    /// <summary>Spends the letter.</summary>
    public void Use(DateTimeOffset at, long userId)
    {
        UsedAt = at;
        UsedByUserId = userId;
    }
}

/// <summary>利用開始コード: made by the system, printed once in a letter, kept by nobody. Prints redacted.</summary>
internal sealed class ActivationCode
{
    private ActivationCode(string printed) => Printed = printed;

    /// <summary>As it stands in the letter: four groups of four.</summary>
    public string Printed { get; }

    /// <summary>A fresh one: 79 random bits, nothing that looks like something else on paper.</summary>
    public static ActivationCode New()
    {
        var code = RandomNumberGenerator.GetString("23456789ABCDEFGHJKMNPQRSTUVWXYZ", 16);
        return new(string.Join('-', code.Chunk(4).Select(group => new string(group))));
    }

    /// <summary>What is hashed and compared: the letters and digits alone, however they were typed.</summary>
    public static SuppliedPassword Typed(string? typed) => new(Typing.Bare(typed));

    public SuppliedPassword AsSupplied() => Typed(Printed);

    /// <summary>A fixed text, never the code.</summary>
    public override string ToString() => "[redacted]";
}

/// <summary>口座: branch (店番, three digits) and account number (口座番号, up to seven digits, short ones led by zeros).</summary>
public sealed record AccountNumber
{
    private AccountNumber(string digits) => Digits = digits;

    /// <summary>Ten digits.</summary>
    public string Digits { get; }

    /// <summary>店番.</summary>
    public string Branch => Digits[..3];

    /// <summary>口座番号.</summary>
    public string Number => Digits[3..];

    /// <summary>Reads what a person typed, full width and hyphens included; null when it is no account number.</summary>
    public static AccountNumber? Read(string? branch, string? number)
    {
        var (b, n) = (Typing.Bare(branch), Typing.Bare(number));
        return b.Length == 3 && n.Length is > 0 and <= 7 && (b + n).All(char.IsAsciiDigit) ? new(b + n.PadLeft(7, '0')) : null;
    }
}

internal sealed class ActivationLetterConfiguration : IEntityTypeConfiguration<ActivationLetter>
{
    public void Configure(EntityTypeBuilder<ActivationLetter> letter)
    {
        letter.Property(l => l.Account).HasMaxLength(10);
        letter.Property(l => l.Code).HasConversion(h => h.Stored, s => PasswordHash.FromStored(s)).HasMaxLength(200);
        letter.HasIndex(l => l.CompanyId);
        letter.HasOne(l => l.Company).WithMany().HasForeignKey(l => l.CompanyId).OnDelete(DeleteBehavior.Restrict);
    }
}
