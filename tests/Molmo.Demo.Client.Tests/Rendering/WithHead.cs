using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;

namespace Molmo.Demo.Client.Tests.Rendering;

/// <summary>A component together with what it puts into the head.</summary>
internal sealed class WithHead : ComponentBase
{
    [Parameter, EditorRequired] public required Type Page { get; set; }

    [Parameter] public IDictionary<string, object> Parameters { get; set; } = new Dictionary<string, object>();

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenComponent<HeadOutlet>(0);
        builder.CloseComponent();
        builder.OpenComponent<DynamicComponent>(1);
        builder.AddAttribute(2, nameof(DynamicComponent.Type), Page);
        builder.AddAttribute(3, nameof(DynamicComponent.Parameters), Parameters);
        builder.CloseComponent();
    }
}
