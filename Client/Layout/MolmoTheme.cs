using MudBlazor;
using MudBlazor.Services;

namespace Molmo.Demo.Client.Layout;

/// <summary>
/// The look as MudBlazor's parts take it. The values are those of <c>wwwroot/tokens.css</c>, which also holds on pages
/// without a circuit and before the circuit is there; a test keeps the two equal.
/// </summary>
public static class MolmoTheme
{
    private const string Display = "Funnel Display";

    private static readonly string[] Sans = ["Funnel Sans", "system-ui", "Segoe UI", "Noto Sans", "sans-serif"];

    /// <summary>How MudBlazor's services behave: one sentence at a time, said at the bottom for four seconds.</summary>
    public static void Configure(MudServicesConfiguration services)
    {
        var said = services.SnackbarConfiguration;
        said.PositionClass = Defaults.Classes.Position.BottomCenter;
        said.MaxDisplayedSnackbars = 1;
        said.PreventDuplicates = false;
        said.ShowCloseIcon = false;
        said.HideIcon = true;
        said.MaximumOpacity = 100;
        said.VisibleStateDuration = 4000;
        said.ShowTransitionDuration = said.HideTransitionDuration = 140;
    }

    /// <summary>Colours of both palettes, letters, corners and widths.</summary>
    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Black = "#15131a",
            White = "#ffffff",
            Primary = "#1d1a24",
            PrimaryContrastText = "#faf8f5",
            Secondary = "#fb3f97",
            SecondaryContrastText = "#24060f",
            Tertiary = "#0a6fb0",
            Info = "#3a4a7a",
            Success = "#14713f",
            SuccessContrastText = "#ffffff",
            Warning = "#855600",
            Error = "#b9222b",
            ErrorContrastText = "#ffffff",
            TextPrimary = "#1d1a24",
            TextSecondary = "#5c5668",
            TextDisabled = "#7d7688",
            ActionDefault = "#4a4555",
            ActionDisabled = "#7d7688",
            ActionDisabledBackground = "#ebe6de",
            Background = "#f8f6f2",
            BackgroundGray = "#efebe4",
            Surface = "#ffffff",
            AppbarBackground = "#f8f6f2",
            AppbarText = "#1d1a24",
            DrawerBackground = "#f8f6f2",
            DrawerText = "#1d1a24",
            DrawerIcon = "#4a4555",
            LinesDefault = "#e3ddd3",
            LinesInputs = "#8a8375",
            Divider = "#e3ddd3",
            OverlayDark = "rgba(15,12,20,0.56)",
        },
        PaletteDark = new PaletteDark
        {
            Black = "#15131a",
            White = "#ffffff",
            Primary = "#f4f1f8",
            PrimaryContrastText = "#17141d",
            Secondary = "#fb3f97",
            SecondaryContrastText = "#24060f",
            Tertiary = "#5cc3ff",
            Info = "#b4c2f0",
            Success = "#5fd596",
            SuccessContrastText = "#06210f",
            Warning = "#f0bd5e",
            Error = "#ff9089",
            ErrorContrastText = "#2a0503",
            TextPrimary = "#f4f1f8",
            TextSecondary = "#b8b1c6",
            TextDisabled = "#8f889d",
            ActionDefault = "#cdc7d8",
            ActionDisabled = "#8f889d",
            ActionDisabledBackground = "#2a2634",
            Background = "#131118",
            BackgroundGray = "#211e29",
            Surface = "#1c1924",
            AppbarBackground = "#131118",
            AppbarText = "#f4f1f8",
            DrawerBackground = "#131118",
            DrawerText = "#f4f1f8",
            DrawerIcon = "#cdc7d8",
            LinesDefault = "#332e3e",
            LinesInputs = "#857e94",
            Divider = "#332e3e",
            OverlayDark = "rgba(15,12,20,0.56)",
        },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Sans, FontSize = "1rem", LineHeight = "1.5" },
            H1 = new H1Typography
            {
                FontFamily = [Display, .. Sans],
                FontSize = "5rem",
                FontWeight = "700",
                LineHeight = "1",
                LetterSpacing = "-.035em",
            },
            H2 = new H2Typography
            {
                FontFamily = [Display, .. Sans],
                FontSize = "2.25rem",
                FontWeight = "650",
                LineHeight = "1.12",
                LetterSpacing = "-.025em",
            },
            H3 = new H3Typography { FontFamily = [Display, .. Sans], FontSize = "1.625rem", FontWeight = "650" },
            H4 = new H4Typography { FontFamily = [Display, .. Sans], FontSize = "1.25rem", FontWeight = "650" },
            Body1 = new Body1Typography { FontSize = "1rem", LineHeight = "1.5", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontSize = ".9375rem", LineHeight = "1.45", LetterSpacing = "normal" },
            Button = new ButtonTypography
            {
                FontSize = ".9375rem",
                FontWeight = "600",
                TextTransform = "none",
                LetterSpacing = "0",
            },
            Caption = new CaptionTypography { FontSize = ".8125rem", LineHeight = "1.45", LetterSpacing = "normal" },
        },
        LayoutProperties = new LayoutProperties
        {
            DefaultBorderRadius = "14px",
            DrawerWidthLeft = "276px",
            DrawerWidthRight = "276px",
            AppbarHeight = "60px",
        },
    };
}
