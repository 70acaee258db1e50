using System.Data.Common;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Enrollment;

/// <summary>What the inventory knows of a key.</summary>
internal enum KeyStanding
{
    /// <summary>No certificate ever had it.</summary>
    New,

    /// <summary>This user's newest certificate has it, unrevoked and unexpired.</summary>
    OfLiveNewest,

    /// <summary>Some other certificate has or had it.</summary>
    UsedBefore,
}

/// <summary>
/// Who asks for a certificate on a key, as stored at the instant of the act: all that <see cref="EnrollmentPolicy"/> asks.
/// </summary>
internal sealed record Applicant
{
    // One row by keys: issuing by the thousand reads nothing else.
    internal const string ByIdAndKey = """
        SELECT u."LoginId", u."CompanyId", u."Name", u."MailAddress", u."DeletedAt" IS NOT NULL, u."SuspendedAt" IS NOT NULL,
               c."AuthenticationMethod", u."CertificateNotAfter", u."CertificateRevokedAt", u."CurrentCertificateId",
               n."PublicKeySha256" = @key AND n."RevokedAt" IS NULL,
               n."NotAfter",
               EXISTS (SELECT 1 FROM "Certificates" WHERE "PublicKeySha256" = @key),
               EXISTS (SELECT 1 FROM "IssueIntents" WHERE "PublicKeySha256" = @key AND "UserId" <> @user),
               u."LoginPasswordVersion", u."OneTimePasswordExpiresAt"
        FROM "Users" u LEFT JOIN "Companies" c ON c."Id" = u."CompanyId" LEFT JOIN "Certificates" n ON n."Id" = u."CurrentCertificateId"
        WHERE u."Id" = @user
        """;

    /// <summary>The user, as mails need it.</summary>
    public required Correspondent Person { get; init; }

    public required bool IsDeleted { get; init; }

    public required bool IsSuspended { get; init; }

    /// <summary>An initial password waited longer than it works.</summary>
    public required bool InitialPasswordHasExpired { get; init; }

    /// <summary>認証方式 of the company; null for staff of the bank.</summary>
    public required AuthenticationMethod? Method { get; init; }

    /// <summary>Which version of the login password is stored.</summary>
    public required int LoginPasswordVersion { get; init; }

    public required CertificateStatus Status { get; init; }

    public required KeyStanding Key { get; init; }

    /// <summary>The newest certificate, whatever its state.</summary>
    public required long? NewestCertificateId { get; init; }

    /// <summary>Reads the user inside the act; null when there is none.</summary>
    public static Applicant? Find(UnitOfWork work, long userId, Sha256Hash publicKeySha256)
    {
        using var row = work.Sql.Read(ByIdAndKey, ("@user", userId), ("@key", publicKeySha256));
        return !row.Read() ? null : new()
        {
            Person = new(
                userId, row.IsDBNull(1) ? null : row.GetInt64(1), row.GetString(0), row.GetString(2), row.GetString(3), row.GetBoolean(5)),
            IsDeleted = row.GetBoolean(4),
            IsSuspended = row.GetBoolean(5),
            InitialPasswordHasExpired = Instant(row, 15) <= work.Now,
            Method = row.IsDBNull(6) ? null : Enum.Parse<AuthenticationMethod>(row.GetString(6)),
            LoginPasswordVersion = row.GetInt32(14),
            Status = CertificateStatuses.At(Instant(row, 7), Instant(row, 8), work.Now),
            NewestCertificateId = row.IsDBNull(9) ? null : row.GetInt64(9),
            // A key that was promised to the same user and never handed out in a certificate may be tried again.
            Key = !row.IsDBNull(10) && row.GetBoolean(10) && !CertificateStatuses.HasExpired(Instant(row, 11)!.Value, work.Now)
                ? KeyStanding.OfLiveNewest
                : row.GetBoolean(12) || row.GetBoolean(13) ? KeyStanding.UsedBefore
                : KeyStanding.New,
        };
    }

    internal static DateTimeOffset? Instant(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}

/// <summary>The certificate that TLS showed, as stored at the instant of the act.</summary>
/// <param name="SerialNumber">Its serial.</param>
/// <param name="NotAfter">Its last second, UTC, inclusive.</param>
/// <param name="RevokedAt">Null while it is not revoked.</param>
/// <param name="HasTheKey">Whether it has the very key that a certificate is asked for.</param>
internal sealed record ShownCertificate(SerialNumber SerialNumber, DateTimeOffset NotAfter, DateTimeOffset? RevokedAt, bool HasTheKey)
{
    /// <summary>Reads the certificate inside the act; null when the inventory does not have it.</summary>
    /// <param name="work">The act.</param>
    /// <param name="serial">Its own.</param>
    /// <param name="publicKeySha256">The key that a certificate is asked for.</param>
    public static ShownCertificate? Find(UnitOfWork work, SerialNumber serial, Sha256Hash publicKeySha256)
    {
        using var row = work.Sql.Read(
            "SELECT \"NotAfter\", \"RevokedAt\", \"PublicKeySha256\" = @key FROM \"Certificates\" WHERE \"SerialNumber\" = @shown",
            ("@key", publicKeySha256),
            ("@shown", serial));
        return row.Read() ? new(serial, Applicant.Instant(row, 0)!.Value, Applicant.Instant(row, 1), row.GetBoolean(2)) : null;
    }
}
