namespace DensaiAdmin.Web.Layout;

/// <summary>Names shown in header and footer: settings <c>Institution:*</c>, default the manual's.</summary>
public sealed class Brand
{
    public string BankName { get; init; } = "北洋銀行";

    /// <summary>Beside the bank's name in the header. Not Institution:ServiceName, which is the service that mails speak of.</summary>
    public string ConsoleName { get; init; } = "でんさいサービス・外為Web";

    public string Copyright { get; init; } = "Copyright(C) 2013 North Pacific Bank,LTD. All rights reserved";

    /// <summary>Address of the printed manual; no link is shown without one.</summary>
    public string? ManualAddress { get; init; }

    /// <summary>Whom to ask, as a sentence or two; null shows our own words in the reader's language.</summary>
    public string? ContactText { get; init; }

    internal static Brand From(IConfiguration configuration) =>
        configuration.GetSection("Institution").Get<Brand>() ?? new Brand();
}
