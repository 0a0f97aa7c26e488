using AngleSharp.Dom;
using Microsoft.AspNetCore.Components;

namespace Molmo.Demo.Client.Tests.Rendering;

/// <summary>What is rendered, read by selectors.</summary>
internal static class Elements
{
    /// <summary>The only element that a selector finds.</summary>
    public static IElement One<T>(this IRenderedComponent<T> page, string selector) where T : IComponent
        => Assert.Single(page.FindAll(selector));

    /// <summary>The only element with this test id.</summary>
    public static IElement Test<T>(this IRenderedComponent<T> page, string id) where T : IComponent
        => page.One($"[data-testid='{id}']");

    /// <summary>All elements with this test id.</summary>
    public static IReadOnlyList<IElement> Tests<T>(this IRenderedComponent<T> page, string id) where T : IComponent
        => page.FindAll($"[data-testid='{id}']");

    /// <summary>All text.</summary>
    public static string Words<T>(this IRenderedComponent<T> page) where T : IComponent
        => string.Concat(page.Nodes.Select(node => node.TextContent));

    /// <summary>An attribute of each.</summary>
    public static IEnumerable<string?> Values(this IEnumerable<IElement> elements, string attribute)
        => elements.Select(element => element.GetAttribute(attribute));
}
