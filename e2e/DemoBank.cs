namespace DensaiAdmin.EndToEnd;

/// <summary>What the README tells a newcomer about the demo bank; the same for every one of its users.</summary>
public static class DemoBank
{
    public const string LoginPassword = "Densai-Demo-2026";
    public const string ConfirmationPassword = "Kakunin-Demo-2026";
    public const string CertificateFilePassword = "demo";
}
