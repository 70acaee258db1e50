using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd.Pages;

/// <summary>BLGI003: why this certificate, or this session, does not let its holder in, and what to do.</summary>
public sealed class DiagnosisPage(Person person) : Screen(person, "BLGI003")
{
    public ILocator BackToEntrance => Main.GetByRole(AriaRole.Link, new() { Name = "ログイン画面へ", Exact = true });
}
