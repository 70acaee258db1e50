using DensaiAdmin.Core.Pki;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Home;

/// <summary>Everything BTOP001 shows. All instants are shown in JST, all days are JST calendar days.</summary>
public sealed record HomeModel
{
    /// <summary>At most one, the most urgent.</summary>
    public ExpiryBanner? Banner { get; init; }

    /// <summary>Masters only.</summary>
    public CompanyCertificates? Company { get; init; }

    /// <summary>Null when the session was made without a certificate.</summary>
    public OwnCertificate? Own { get; init; }

    /// <summary>The last three, newest first.</summary>
    public IReadOnlyList<LoginEntry> Logins { get; init; } = [];

    /// <summary>Unread ones, newest first; the first few of <see cref="Unread"/>.</summary>
    public IReadOnlyList<NewsEntry> News { get; init; } = [];

    /// <summary>How many are unread in all.</summary>
    public int Unread { get; init; }

    /// <summary>Since when mails to the user's address are refused for good; null while they arrive.</summary>
    public DateTimeOffset? AddressDeadSince { get; init; }

    /// <summary>The last five different ones.</summary>
    public IReadOnlyList<RecentOperation> Recent { get; init; } = [];
}

/// <param name="Kind">Calm, amber or red, as the stage demands.</param>
/// <param name="NotAfter">When the certificate ends.</param>
/// <param name="DaysLeft">0 on the day itself.</param>
/// <param name="MailNumber">R24: the number the mail carries.</param>
/// <param name="RenewHref">Null while renewing is not possible.</param>
public sealed record ExpiryBanner(AlertKind Kind, DateTimeOffset NotAfter, int DaysLeft, string? MailNumber, string? RenewHref);

/// <summary>Counts by state; the four add up to the number of users.</summary>
public sealed record CompanyCertificates
{
    public required int Expired { get; init; }

    public required int Issued { get; init; }

    /// <summary>A part of <see cref="Issued"/>.</summary>
    public required int ExpiresSoon { get; init; }

    /// <summary>A part of <see cref="ExpiresSoon"/>.</summary>
    public int ExpiresUrgently { get; init; }

    public required int Revoked { get; init; }

    public required int NotIssued { get; init; }

    /// <summary>Length of the renewal window in days.</summary>
    public required int SoonDays { get; init; }

    public IReadOnlyList<NextToExpire> Next { get; init; } = [];

    public int Total => Expired + Issued + Revoked + NotIssued;
}

public sealed record NextToExpire(string LoginId, string Name, DateTimeOffset NotAfter, int DaysLeft, bool ExpiresSoon);

/// <param name="State">As of now.</param>
/// <param name="NotAfter">When it ends.</param>
/// <param name="DaysLeft">0 on the day itself; null when expired.</param>
/// <param name="ExpiresSoon">Inside the renewal window.</param>
/// <param name="Serial">Hex digits.</param>
/// <param name="RenewedUntil">
/// NotAfter of a newer certificate that was issued and not used yet: then there is nothing left to renew.
/// </param>
/// <param name="InfoHref">Certificate details, if there is such a page.</param>
public sealed record OwnCertificate(
    CertificateStatus State, DateTimeOffset NotAfter, int? DaysLeft, bool ExpiresSoon, string Serial, DateTimeOffset? RenewedUntil =
        null, string? InfoHref = null);

public sealed record LoginEntry(DateTimeOffset At, bool Succeeded);

public sealed record NewsEntry(string Title, DateTimeOffset At, string Href);

/// <param name="Text">Path of the menu, such as 利用者管理 &gt; 証明書失効.</param>
/// <param name="Href">Leads there again.</param>
public sealed record RecentOperation(string Text, string Href);
