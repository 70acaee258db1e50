using DensaiAdmin.Core;

namespace DensaiAdmin.Web.Layout;

/// <summary>Names shown in header and footer: settings <c>Institution:*</c>, default the manual's.</summary>
public sealed class Brand
{
    private static readonly InstitutionOptions Manual = new();

    public string BankName { get; init; } = Manual.BankName;

    /// <summary>Beside the bank's name in the header; the same that mails speak of.</summary>
    public string ServiceName { get; init; } = Manual.ServiceName;

    public string Copyright { get; init; } = "Copyright(C) 2013 North Pacific Bank,LTD. All rights reserved";

    /// <summary>Address of the printed manual; no link is shown without one.</summary>
    public string? ManualAddress { get; init; }

    /// <summary>Whom to ask, as a sentence or two; null shows our own words in the reader's language.</summary>
    public string? ContactText { get; init; }

    internal static Brand From(IConfiguration configuration) =>
        configuration.GetSection("Institution").Get<Brand>() ?? new Brand();
}
