namespace DensaiAdmin.Core;

/// <summary>Names of the bank and of its service. Section <c>Institution</c>; the defaults are the customer manual's.</summary>
public sealed class InstitutionOptions
{
    public const string Section = "Institution";

    /// <summary>Stands in <see cref="CommonNameTemplate"/> for the login ID.</summary>
    public const string LoginIdPlace = "{loginId}";

    /// <summary>Name of the bank. Default 北洋銀行.</summary>
    [SettingText(SettingKind.Line)]
    public string BankName { get; set; } = "北洋銀行";

    /// <summary>Name of the service, also never accepted as a password (R23). Default 北洋でんさいサービス.</summary>
    [SettingText(SettingKind.Line)]
    public string ServiceName { get; set; } = "北洋でんさいサービス";

    /// <summary>金融機関コード, four digits. Default 0501.</summary>
    [SettingText(SettingKind.BankCode)]
    public string BankCode { get; set; } = "0501";

    /// <summary>O of every subject that the CA writes.</summary>
    [SettingText(SettingKind.SubjectPart)]
    public string Organization { get; set; } = "North Pacific Bank, Ltd.";

    /// <summary>OU of every subject that the CA writes.</summary>
    [SettingText(SettingKind.SubjectPart)]
    public string OrganizationalUnit { get; set; } = "North Pacific Bank, Ltd.";

    /// <summary>CN of every subject that the CA writes; must hold <c>{loginId}</c>.</summary>
    [SettingText(SettingKind.CommonNameTemplate)]
    public string CommonNameTemplate { get; set; } = "North Pacific Bank, LTD " + LoginIdPlace;

    /// <summary>Whom a customer asks, as part of a sentence. Default お取引店.</summary>
    [SettingText(SettingKind.Line)]
    public string ContactName { get; set; } = "お取引店";

    /// <summary>How to ask, a whole sentence; no link, since it stands in mails (R24).</summary>
    [SettingText(SettingKind.Line)]
    public string ContactText { get; set; } = "詳しくはお取引店にお問い合わせください。";

    /// <summary>Telephone, hours and address, beside <see cref="ContactText"/>. Default none.</summary>
    public ContactOptions Contact { get; } = new();
}
