using Molmo.Demo.Browser.Tests.Support;

namespace Molmo.Demo.Browser.Tests;

/// <summary>What a first visit costs in bytes, which no clock decides; the times are in the report of targets.</summary>
public sealed class FirstLoadTests(Site site)
{
    [Fact]
    public async Task Start_WithAnEmptyCache_LoadsLittleScriptAndStyleAndNothingFromElsewhere()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();

        var weight = await PageWeight.OfAsync(visitor.Page);

        // Of these 188 kB are the framework's script and 190 kB the dialogs'.
        Assert.InRange(weight.CodeDecoded, 1, 620_000);
        Assert.InRange(weight.CodeFiles, 1, 30);
        visitor.ExpectNoTrouble();
    }
}
