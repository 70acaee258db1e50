namespace DensaiAdmin.Web.CertificateInfo;

/// <summary>Words of this room's screens.</summary>
public sealed class CertificateInfoText;
