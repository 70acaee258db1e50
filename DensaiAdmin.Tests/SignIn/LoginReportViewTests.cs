using Bunit;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Tests.Shared;
using DensaiAdmin.Web.SignIn;

namespace DensaiAdmin.Tests.SignIn;

public sealed class LoginReportViewTests : LookContext
{
    private static readonly DateTimeOffset At = new(2026, 8, 31, 1, 2, 3, TimeSpan.Zero);

    [Theory]
    [InlineData(false, null)]
    [InlineData(false, "L-20260831-AAAA-BBBB")]
    [InlineData(true, null)]
    [InlineData(true, "L-20260831-AAAA-BBBB")]
    public void Report_OfWhoHasNoCertificate_SpeaksOfNone(bool isMaster, string? receipt)
    {
        Assert.DoesNotContain("証明書", Report(isMaster, receipt, hasCertificate: false), StringComparison.Ordinal);
        Assert.Contains("証明書", Report(isMaster, receipt, hasCertificate: true), StringComparison.Ordinal);
    }

    private string Report(bool isMaster, string? receipt, bool hasCertificate) => Render<LoginReportView>(parameters => parameters
        .Add(p => p.IsMaster, isMaster)
        .Add(p => p.Model, new ReportedLogin(
            new LoginHistoryLine(7, At, Succeeded: false, "password-wrong", "192.0.2.7", 1), receipt, receipt is null ? null : At,
            hasCertificate)))
        .Find("main").TextContent;
}
