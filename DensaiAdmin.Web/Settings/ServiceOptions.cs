using DensaiAdmin.Core;

namespace DensaiAdmin.Web.Settings;

/// <summary>Addresses of the services beside this one. Section <c>Services</c>; empty means not connected.</summary>
public sealed class ServiceOptions
{
    public const string Section = "Services";

    /// <summary>でんさいサービス, an absolute https address.</summary>
    [SettingText(SettingKind.HttpsAddress)]
    public string? Densai { get; set; }

    /// <summary>外為Web, an absolute https address.</summary>
    [SettingText(SettingKind.HttpsAddress)]
    public string? Gaitame { get; set; }
}
