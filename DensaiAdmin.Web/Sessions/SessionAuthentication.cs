using System.Security.Claims;
using System.Text.Encodings.Web;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.Tls;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.Sessions;

/// <summary>
/// Authenticates requests on both origins for people: the cookie names a session. On the certificate origin the certificate of this very
/// connection, as <see cref="CertificateScheme"/> tells it, must be the one that made it; on the public origin it must have been made
/// without one (ID・パスワード方式).
/// </summary>
internal sealed partial class SessionAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    LiveSessions sessions,
    SessionActivity activity,
    LogOut logOut,
    TimeProvider clock) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "session";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // The page that says that the store failed must not ask it.
        var isOfTheStore = StoreFaults.Find(Context.Features.Get<IExceptionHandlerFeature>()?.Error) is not null;
        if (isOfTheStore || SecurityHeaders.IsAsset(Context) || SessionCookie.Read(Context) is not { } token)
        {
            return AuthenticateResult.NoResult();
        }

        var state = sessions.LookByToken(token);
        if (state.Live is not { } live)
        {
            Context.Features.Set(state);
            return AuthenticateResult.NoResult();
        }

        var source = Context.Source();
        if (await MisplacedAsync(live.Session) is { } reason)
        {
            LogMisplaced(Logger, live.Session.Id, reason, source);
            await logOut.EndAsync(Actor.Anonymous(source), live.Session.Id, reason, CancellationToken.None);
            Context.Features.Set(new SessionState(null, reason, clock.GetUtcNow()));
            return AuthenticateResult.Fail("The session belongs to another certificate or origin.");
        }

        // An open page's own traffic runs on without anybody there; its circuit tells when a person acts.
        if (!Context.CarriesCircuit())
        {
            activity.Note(live.Session);
        }

        Context.Features.Set(live);
        return AuthenticateResult.Success(new(SessionClaims.Principal(live, source, Scheme.Name), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (Context.CarriesCircuit())
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

    /// <summary>What is wrong with a session's token on this connection: it was stolen, whoever brings it; null for nothing.</summary>
    private async Task<SessionEndReason?> MisplacedAsync(Session session)
    {
        if ((Context.RequestOrigin() == Origin.Certificate) != (session.CertificateFingerprint is not null))
        {
            return SessionEndReason.OtherOrigin;
        }

        if (session.CertificateFingerprint is not { } bound)
        {
            return null;
        }

        var certificate = await Context.AuthenticateAsync(CertificateScheme.Name);
        return certificate.Principal?.FindFirstValue(CertificateScheme.Fingerprint) == bound.ToString()
            ? null
            : SessionEndReason.CertificateMismatch;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "ALARM: session {Session} was named by a cookie behind another certificate or on another origin "
            + "and is ended ({Reason}). Source: {Source}")]
    private static partial void LogMisplaced(ILogger logger, long session, SessionEndReason reason, string source);
}
