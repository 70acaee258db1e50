using System.Text.Encodings.Web;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.Hosting;

/// <summary>
/// Authenticates requests on the certificate origin: the cookie names a session, and the certificate of this very
/// connection must be the one that made it. This handler is the seam where Microsoft.AspNetCore.Authentication.Certificate would stand.
/// </summary>
internal sealed partial class CertificateSession(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    IDbContextFactory<DensaiDbContext> contexts,
    SessionWatch sessions,
    SessionActivity activity,
    LogOut logOut,
    TimeProvider clock) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "certificate-session";
    public const string CookieName = "__Host-densai-cert";

    // 32 octets in base64url; anything else was never one of ours and needs no query.
    private const int TokenLength = 43;

    public static CookieOptions CookieOptions => new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        IsEssential = true,
    };

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.RequestOrigin() != Origin.Certificate
            || Context.GetEndpoint() is null || SecurityHeaders.IsAsset(Context)
            || Request.Cookies[CookieName] is not { Length: TokenLength } token)
        {
            return AuthenticateResult.NoResult();
        }

        SessionState state;
        await using (var db = await contexts.CreateDbContextAsync(Context.RequestAborted))
        {
            state = await sessions.FindByTokenAsync(db, token, clock.GetUtcNow(), Context.RequestAborted);
        }

        if (state.Live is not { } live)
        {
            Context.Features.Set(state);
            return AuthenticateResult.NoResult();
        }

        var source = Context.Source();
        if (Context.Features.Get<TlsCertificate>()?.Sha256Fingerprint is not { } presented || presented != live.Session.CertificateFingerprint)
        {
            LogMismatch(Logger, live.Session.Id, source);
            await logOut.EndAsync(live.Session.Id, source, SessionEndReason.CertificateMismatch, CancellationToken.None);
            Context.Features.Set(new SessionState(null, SessionEndReason.CertificateMismatch, clock.GetUtcNow()));
            return AuthenticateResult.Fail("The session belongs to another certificate.");
        }

        // An open page's own traffic runs on without anybody there; its circuit tells when a person acts.
        if (!Request.Path.StartsWithSegments("/_blazor", StringComparison.Ordinal))
        {
            activity.Note(live.Session);
        }

        Context.Features.Set(live);
        return AuthenticateResult.Success(new(SessionClaims.Principal(live, source, Scheme.Name), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (Request.Path.StartsWithSegments("/_blazor", StringComparison.Ordinal))
        {
            Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else
        {
            Response.StatusCode = StatusCodes.Status303SeeOther;
            Response.Headers.Location = LoginPath.For(Context);
        }

        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "ALARM: session {Session} was named by a cookie behind another certificate and is ended. Source: {Source}")]
    private static partial void LogMismatch(ILogger logger, long session, string source);
}

internal static class SourceExtensions
{
    /// <summary>Network address of the peer, as it stands in the history.</summary>
    public static string Source(this HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        return (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString() ?? "";
    }
}
