using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.LoginIdAcquisition;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using DensaiAdmin.Web.Tls;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.SignIn;

/// <summary>BLGI001 on the public origin; BLGI002 or BLGI003 on the certificate origin.</summary>
public sealed partial class LoginPage(
    LogIn logIn,
    LogInByPassword logInByPassword,
    CertificateDiagnosis diagnosis,
    IOptions<CertificatePolicyOptions> policy,
    IStringLocalizer<SignInText> text,
    IStringLocalizer<SharedText> shared,
    AcquisitionHours acquisition,
    TimeProvider clock)
{
    private readonly DiagnosisWords _words = new(text, shared, clock);
    private RenderFragment? _screen;

    [Inject]
    private EndpointOptions Endpoints { get; set; } = default!;

    [CascadingParameter]
    private HttpContext HttpContext { get; set; } = default!;

    [SupplyParameterFromQuery]
    private string? ReturnUrl { get; set; }

    [SupplyParameterFromForm(FormName = "sign-in", Name = "loginId")]
    private string? LoginId { get; set; }

    [SupplyParameterFromForm(FormName = "sign-in", Name = "password")]
    private string? Password { get; set; }

    private bool IsPost => HttpMethods.IsPost(HttpContext.Request.Method);

    private bool IsPublic => HttpContext.RequestOrigin() == Origin.Public;

    private string PublicLogin => LoginPath.Entrance(Endpoints);

    private string CertificateLogin => new Uri(Endpoints.Certificate, LoginPath.Login).ToString();

    /// <summary>This address, with the page that was asked for kept.</summary>
    private string Here => LoginPath.After(ReturnUrl) is var after && after != "/"
        ? $"{LoginPath.Login}?{LoginPath.ReturnUrl}={Uri.EscapeDataString(after)}"
        : LoginPath.Login;

    private byte[]? Presented => HttpContext.Features.Get<TlsCertificate>()?.Der;

    protected override async Task OnInitializedAsync()
    {
        if (IsPost)
        {
            return;
        }

        LoginId = StaleForm.Typed(HttpContext, "loginId");
        if (HttpContext.Features.Get<LiveSession>() is not null)
        {
            SeeOther("/");
        }
        else if (HttpContext.Features.Get<SessionState>() is { Ended: { } reason } ended)
        {
            SessionCookie.Delete(HttpContext);
            await ShowEndAsync(reason, ended.EndedAt ?? clock.GetUtcNow());
        }
        else if (IsPublic)
        {
            _screen = PublicScreen(null);
        }
        else
        {
            Show(await logIn.DiagnoseAsync(Presented, HttpContext.Anonymous(), HttpContext.RequestAborted), null);
        }
    }

    private Task SubmitAsync() => IsPublic ? LogInByPasswordAsync() : LogInAsync();

    private async Task LogInAsync()
    {
        var (visitor, agent) = (HttpContext.Anonymous(), HttpContext.Request.Headers.UserAgent.ToString());
        if (string.IsNullOrEmpty(Password))
        {
            Show(
                await logIn.DiagnoseAsync(Presented, visitor, HttpContext.RequestAborted), text["Wrong_Empty"],
                ErrorCodes.CredentialsMissing);
            return;
        }

        switch (await logIn.WithCertificateAsync(Presented, new SuppliedPassword(Password), visitor, agent, HttpContext.RequestAborted))
        {
            case LogInOutcome.LoggedIn loggedIn:
                SessionCookie.Write(HttpContext, loggedIn.Token);
                SeeOther(loggedIn.AsksForRenewal ? RenewalPath.Before(LoginPath.After(ReturnUrl)) : LoginPath.After(ReturnUrl));
                break;
            case LogInOutcome.WrongPassword wrong:
                Show(wrong.Diagnosis, text["Wrong_Password", wrong.AttemptsLeft], ErrorCodes.CredentialsWrong);
                break;
            case LogInOutcome.Busy busy:
                Show(busy.Diagnosis, text["Wrong_Busy"], ErrorCodes.Busy);
                break;
            case LogInOutcome.Diagnosed diagnosed:
                Show(diagnosed.Diagnosis, null);
                break;
        }
    }

    private async Task LogInByPasswordAsync()
    {
        List<FieldError> empty = [];
        if (string.IsNullOrWhiteSpace(LoginId))
        {
            empty.Add(new(text["Wrong_EmptyId"], "login-id"));
        }

        if (string.IsNullOrEmpty(Password))
        {
            empty.Add(new(text["Wrong_Empty"], "login-pw"));
        }

        if (empty.Count > 0)
        {
            _screen = PublicScreen(new(text["Wrong_Heading"], empty, ErrorCodes.CredentialsMissing));
            return;
        }

        switch (await logInByPassword.RunAsync(
            LoginId, new SuppliedPassword(Password), HttpContext.Anonymous(), HttpContext.Request.Headers.UserAgent.ToString(),
            HttpContext.RequestAborted))
        {
            case PasswordLogInOutcome.LoggedIn loggedIn:
                SessionCookie.Write(HttpContext, loggedIn.Token);
                SeeOther(LoginPath.After(ReturnUrl));
                break;
            case PasswordLogInOutcome.Busy:
                _screen = PublicScreen(new(text["Wrong_Heading"], [new(text["Wrong_Busy"], "login-pw")], ErrorCodes.Busy));
                break;
            // R27: behind the right password.
            case PasswordLogInOutcome.Diagnosed diagnosed:
                Show(diagnosed.Diagnosis, null);
                break;
            // R2: one refusal for every cause.
            case PasswordLogInOutcome.Refused:
                _screen = PublicScreen(
                    new(text["Wrong_Heading"], [new(text["Refused_PasswordMethod"], "login-pw")], ErrorCodes.CredentialsWrong));
                break;
        }
    }

    private void Show(Diagnosis found, string? error, ErrorCode? code = null)
    {
        if (found is { Finding: CertificateFinding.Good, Certificate: { } certificate, User: { } user })
        {
            var now = clock.GetUtcNow();
            var days = JapanTime.DaysUntil(certificate.NotAfter, now);
            using var x509 = X509CertificateLoader.LoadCertificate(certificate.Der);
            var model = new PasswordModel(
                user.LoginId,
                x509.GetNameInfo(X509NameType.SimpleName, forIssuer: true),
                certificate.NotAfter,
                days,
                days <= policy.Value.RenewalWindowDays,
                certificate.SerialNumber.ToString());
            _screen = PasswordScreen(model, error is null ? null : new(text["Wrong_Heading"], [new(error, "login-pw")], code));
            return;
        }

        Tell(_words.Of(found));
    }

    // Where the certificate itself is the reason, its diagnosis says more than the end of the session.
    private async Task ShowEndAsync(SessionEndReason reason, DateTimeOffset endedAt)
    {
        if (IsPublic)
        {
            var owner = await diagnosis.OwnerOfSessionAsync(SessionCookie.Read(HttpContext), HttpContext.RequestAborted);
            if (_words.OfPasswordSession(reason, endedAt, owner) is not { } told)
            {
                _screen = PublicScreen(null);
                return;
            }

            Tell(told);
            return;
        }

        // As at a visit without a session: a wrong clock is not taken for the certificate's end (R26).
        var found = await logIn.DiagnoseAsync(Presented, HttpContext.Anonymous(), HttpContext.RequestAborted);
        var model = reason == SessionEndReason.LoggedOut
            ? null
            : _words.Of(reason, endedAt, mayLogInAgain: found.Finding == CertificateFinding.Good);
        if (model is null || found.Finding is not (CertificateFinding.Good or CertificateFinding.None))
        {
            Show(found, null);
            return;
        }

        Tell(model);
    }

    private void Tell(DiagnosisModel diagnosed)
    {
        HttpContext.Response.StatusCode = StatusCodes.Status403Forbidden;
        // The issuing app tries its certificate here and reads no Japanese.
        HttpContext.Response.Headers[CodeHeader.Name] = diagnosed.Code.ToString();
        _screen = DiagnosisScreen(diagnosed);
    }

    private void SeeOther(string location)
    {
        HttpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        HttpContext.Response.Headers.Location = location;
        _screen = _ => { };
    }

    private sealed record PasswordModel(
        string LoginId, string Issuer, DateTimeOffset NotAfter, int DaysLeft, bool ExpiresSoon, string Serial);
}
