namespace DensaiAdmin.Web.LoginIdAcquisition;

/// <summary>Words of this room's screens.</summary>
public sealed class LoginIdAcquisitionText;
