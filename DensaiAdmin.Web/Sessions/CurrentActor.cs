using System.Globalization;
using System.Security.Claims;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;

namespace DensaiAdmin.Web.Sessions;

/// <summary>What the principal of a session carries.</summary>
internal static class SessionClaims
{
    public const string SessionId = "densai:session";
    public const string UserId = "densai:user";
    public const string LoginId = "densai:login-id";
    public const string CompanyId = "densai:company";
    public const string Source = "densai:source";
    public const string FirstLogin = "densai:first-login";

    public static ClaimsPrincipal Principal(LiveSession live, string source, string scheme)
    {
        var identity = new ClaimsIdentity(scheme, ClaimTypes.Name, ClaimTypes.Role);
        // Forms are bound to this one claim; bound to all, they would die when the person's network address changes.
        identity.AddClaim(new(ClaimTypes.NameIdentifier, live.Session.Id.ToString(CultureInfo.InvariantCulture)));
        identity.AddClaim(new(ClaimTypes.Name, live.User.Name));
        identity.AddClaim(new(ClaimTypes.Role, live.User.Role.ToString()));
        identity.AddClaim(new(SessionId, live.Session.Id.ToString(CultureInfo.InvariantCulture)));
        identity.AddClaim(new(UserId, live.User.Id.ToString(CultureInfo.InvariantCulture)));
        identity.AddClaim(new(LoginId, live.User.LoginId));
        identity.AddClaim(new(Source, source));
        if (live.User.OneTimePasswordExpiresAt is not null)
        {
            identity.AddClaim(new(FirstLogin, bool.TrueString));
        }

        if (live.CompanyId is { } company)
        {
            identity.AddClaim(new(CompanyId, company.ToString(CultureInfo.InvariantCulture)));
        }

        return new(identity);
    }

    public static long? Number(this ClaimsPrincipal principal, string claim) =>
        long.TryParse(principal.FindFirstValue(claim), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>
/// Who acts in this request or on this open page: set from the principal when the request is authenticated or the page's
/// circuit opens. Pages hand <see cref="Actor"/> to Core, which reads anew what the session may do.
/// </summary>
public sealed class CurrentActor
{
    private Actor? _actor;

    public bool IsSignedIn => _actor is not null;

    /// <summary>For Core.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in; signed-in pages are never rendered then.</exception>
    public Actor Actor => _actor ?? throw new InvalidOperationException("Nobody is signed in.");

    public long UserId { get; private set; }

    /// <summary>Null for the bank's staff.</summary>
    public long? CompanyId { get; private set; }

    public string LoginId { get; private set; } = "";

    public string Name { get; private set; } = "";

    public UserRole Role { get; private set; }

    /// <summary>
    /// Whether this login was made by an initial password, so that nothing but BRSK002 opens (a page keeps it until it is loaded anew).
    /// </summary>
    public bool IsFirstLogin { get; private set; }

    /// <param name="principal">Of the session.</param>
    /// <param name="isOnOpenPage">Whether a page's circuit asks, not the request that brought it.</param>
    internal void Set(ClaimsPrincipal principal, bool isOnOpenPage = false)
    {
        if (principal.Number(SessionClaims.SessionId) is not { } sessionId || principal.Number(SessionClaims.UserId) is not { } userId)
        {
            return;
        }

        _actor = new(sessionId, principal.FindFirstValue(SessionClaims.Source) ?? "") { IsOnOpenPage = isOnOpenPage };
        UserId = userId;
        CompanyId = principal.Number(SessionClaims.CompanyId);
        LoginId = principal.FindFirstValue(SessionClaims.LoginId) ?? "";
        Name = principal.Identity?.Name ?? "";
        IsFirstLogin = principal.HasClaim(c => c.Type == SessionClaims.FirstLogin);
        Role = Enum.Parse<UserRole>(principal.FindFirstValue(ClaimTypes.Role)!);
    }
}
