using System.Globalization;
using System.Security.Cryptography;
using DensaiAdmin.Core.Pki;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>
/// One ログインID取得 under way: opened by a letter, named by a token whose SHA-256 is stored, and holding what the person has
/// written so far, so that nothing is lost between the pages. Passwords are in it as hashes only.
/// </summary>
public sealed class LoginIdApplication
{
    /// <summary>How long one may take.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromHours(1);

    /// <summary>
    /// How long the token that opened it shows what came of it: afterwards nobody who finds the cookie learns the login ID.
    /// </summary>
    public static readonly TimeSpan ShownFor = TimeSpan.FromMinutes(30);

    private LoginIdApplication()
    {
    }

    public LoginIdApplication(ActivationLetter letter, Sha256Hash tokenHash, DateTimeOffset openedAt)
    {
        Letter = letter;
        LetterId = letter.Id;
        TokenHash = tokenHash;
        OpenedAt = openedAt;
        ExpiresAt = openedAt + Validity;
    }

    public long Id { get; private set; }

    public long LetterId { get; private set; }

    public ActivationLetter Letter { get; private set; } = null!;

    public Sha256Hash TokenHash { get; private set; }

    public DateTimeOffset OpenedAt { get; private set; }

    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>As it will be stored; null until it was written and accepted.</summary>
    public string? LoginId { get; private set; }

    public string? Name { get; private set; }

    public string? MailAddress { get; private set; }

    /// <summary>Null until both were set; null again once they are the user's.</summary>
    public PasswordHash? LoginPassword { get; private set; }

    public PasswordHash? ConfirmationPassword { get; private set; }

    public DateTimeOffset? DoneAt { get; private set; }

    /// <summary>The user who came of it.</summary>
    public long? UserId { get; private set; }

    /// <summary>受付番号: the JST date and random characters.</summary>
    public string? ReceiptNumber { get; private set; }

    public bool IsComplete => LoginPassword is not null && ConfirmationPassword is not null;

    internal void Write(string loginId, string name, string mailAddress, PasswordHash loginPassword, PasswordHash confirmationPassword)
    {
        (LoginId, Name, MailAddress) = (loginId, name, mailAddress);
        (LoginPassword, ConfirmationPassword) = (loginPassword, confirmationPassword);
    }

    internal void Finish(DateTimeOffset at, long userId)
    {
        (DoneAt, UserId) = (at, userId);
        // No 0/O, 1/I/L: the number is read out on the telephone.
        var code = RandomNumberGenerator.GetString("23456789ABCDEFGHJKMNPQRSTUVWXYZ", 8);
        ReceiptNumber = string.Create(CultureInfo.InvariantCulture, $"L-{JapanTime.JstDate(at):yyyyMMdd}-{code[..4]}-{code[4..]}");
        (LoginPassword, ConfirmationPassword) = (null, null);
    }
}

internal sealed class LoginIdApplicationConfiguration : IEntityTypeConfiguration<LoginIdApplication>
{
    public void Configure(EntityTypeBuilder<LoginIdApplication> application)
    {
        application.Property(a => a.LoginId).HasMaxLength(Registry.LoginId.MaxCharacters * 4);
        application.Property(a => a.Name).HasMaxLength(User.MaxNameUnits);
        application.Property(a => a.MailAddress).HasMaxLength(254);
        application.Property(a => a.LoginPassword).HasConversion(h => h!.Stored, s => PasswordHash.FromStored(s)).HasMaxLength(200);
        application.Property(a => a.ConfirmationPassword).HasConversion(h => h!.Stored, s => PasswordHash.FromStored(s)).HasMaxLength(200);
        application.Property(a => a.ReceiptNumber).HasMaxLength(32);
        application.Ignore(a => a.IsComplete);
        application.HasIndex(a => a.LetterId);
        application.HasIndex(a => a.TokenHash).IsUnique();
        application.HasOne(a => a.Letter).WithMany().HasForeignKey(a => a.LetterId).OnDelete(DeleteBehavior.Restrict);
    }
}
