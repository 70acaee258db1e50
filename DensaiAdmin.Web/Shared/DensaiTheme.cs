using MudBlazor;

namespace DensaiAdmin.Web.Shared;

/// <summary>The tokens of densai.css for MudBlazor. A value changed here is changed there too.</summary>
internal static class DensaiTheme
{
    private static readonly string[] Font =
        ["BIZ UDPGothic", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic UI", "Hiragino Sans", "Meiryo", "sans-serif"];

    public static MudTheme Light { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#0A4C9B",
            PrimaryDarken = "#083A78",
            PrimaryLighten = "#E9F0F9",
            TextPrimary = "#1A1F26",
            TextSecondary = "#495361",
            TextDisabled = "#495361",
            ActionDefault = "#495361",
            ActionDisabled = "#495361",
            Divider = "#D6DCE4",
            DividerLight = "#D6DCE4",
            TableLines = "#D6DCE4",
            TableHover = "#F8FAFC",
            LinesDefault = "#D6DCE4",
            LinesInputs = "#717B89",
            Surface = "#FFFFFF",
            Background = "#F4F6F9",
            AppbarBackground = "#0A4C9B",
            Success = "#1B7340",
            Error = "#C62828",
            ErrorDarken = "#A31F1F",
            Warning = "#7A4F00",
            Info = "#0B5CAD",
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "4px" },
        Typography = new Typography
        {
            Default = new DefaultTypography
            {
                FontFamily = Font,
                FontSize = "1rem",
                FontWeight = "400",
                LineHeight = "1.75",
                LetterSpacing = "normal",
            },
            Body1 = new Body1Typography { FontSize = "1rem", FontWeight = "400", LineHeight = "1.75", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontSize = ".875rem", FontWeight = "400", LineHeight = "1.6", LetterSpacing = "normal" },
            Button = new ButtonTypography
            {
                FontSize = "1rem",
                FontWeight = "700",
                LineHeight = "1.5",
                LetterSpacing = "normal",
                TextTransform = "none",
            },
        },
    };
}
