using Molmo.Demo.Client.Layout;
using MudBlazor;
using MudBlazor.Utilities;

namespace Molmo.Demo.Client.Tests.Layout;

/// <summary>MudBlazor's theme and the sheet that holds before the circuit is there are one look.</summary>
public sealed partial class MolmoThemeTests
{
    // Colours that the sheet takes from another token.
    private static readonly string[] Derived =
        ["appbar-background", "appbar-text", "drawer-background", "drawer-text", "drawer-icon", "divider"];

    private static readonly Dictionary<string, string> Names = new()
    {
        ["black"] = nameof(Palette.Black),
        ["white"] = nameof(Palette.White),
        ["primary-text"] = nameof(Palette.PrimaryContrastText),
        ["secondary-text"] = nameof(Palette.SecondaryContrastText),
        ["success-text"] = nameof(Palette.SuccessContrastText),
        ["error-text"] = nameof(Palette.ErrorContrastText),
    };

    [Fact]
    public void Palettes_EveryColourOfTheSheet_IsTheThemes()
    {
        var colours = Colour().Matches(Sheet());
        Assert.True(colours.Count > 20);
        Assert.All(colours, colour =>
        {
            var name = colour.Groups["name"].Value;
            var light = colour.Groups["light"].Value;
            var dark = colour.Groups["dark"] is { Success: true } other ? other.Value : light;
            var theme = MolmoTheme.Theme;
            Assert.Equal((light, dark), (Of(theme.PaletteLight, name), Of(theme.PaletteDark, name)));
        });
        Assert.All(Derived, name => Assert.Contains($"--mud-palette-{name}: var(", Sheet(), StringComparison.Ordinal));
    }

    [Fact]
    public void Layout_WidthsAndCorners_AreTheSheets()
    {
        var layout = MolmoTheme.Theme.LayoutProperties;
        string[] lines =
        [
            $"default-borderradius: {layout.DefaultBorderRadius}",
            $"drawer-width-left: {layout.DrawerWidthLeft}",
            $"appbar-height: {layout.AppbarHeight}",
        ];
        Assert.All(lines, line => Assert.Contains($"--mud-{line};", Sheet(), StringComparison.Ordinal));
    }

    private static string Sheet() => File.ReadAllText(Path.Combine(TestData.Repository, "wwwroot", "tokens.css"));

    // "background-gray" is BackgroundGray.
    private static string Of(Palette palette, string name)
    {
        var property = Names.GetValueOrDefault(name)
            ?? string.Concat(name.Split('-').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
        var colour = Assert.IsType<MudColor>(typeof(Palette).GetProperty(property)!.GetValue(palette));
        return colour.ToString(MudColorOutputFormats.Hex);
    }

    [GeneratedRegex(@"--mud-palette-(?<name>[a-z-]+): (?:light-dark\()?(?<light>#[0-9a-f]{6})"
        + @"(?:, (?<dark>#[0-9a-f]{6})\))?;")]
    private static partial Regex Colour();
}
