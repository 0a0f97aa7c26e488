using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Molmo.Demo.Client.Layout;

/// <summary>
/// A component with a script, the file of its name beside it, which the page has loaded before its circuit begins. When
/// the page has gone, calls do nothing.
/// </summary>
public abstract class ScriptedComponent : ComponentBase, IAsyncDisposable
{
    private DotNetObjectReference<ScriptedComponent>? _self;

    [Inject] private IJSRuntime Runtime { get; set; } = null!;

    /// <summary>Folder and name of the script within the client.</summary>
    private protected virtual string Script => GetType().FullName!["Molmo.Demo.Client.".Length..].Replace('.', '/');

    private protected bool IsConnected { get; private set; }

    /// <summary>Hands this component to the script, until one of the two is gone.</summary>
    private protected async Task ConnectAsync()
    {
        _self = DotNetObjectReference.Create(this);
        await CallAsync("connect", _self);
        IsConnected = true;
    }

    /// <summary>Calls a function of the script.</summary>
    private protected Task CallAsync(string function, params object?[] values)
        => TryAsync(async () => await Runtime.InvokeVoidAsync(NameOf(function), values));

    /// <summary>Calls a function of the script; the default where it cannot be reached.</summary>
    private protected async Task<T?> CallAsync<T>(string function, params object?[] values)
    {
        T? answer = default;
        await TryAsync(async () => answer = await Runtime.InvokeAsync<T>(NameOf(function), values));
        return answer;
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_self is not null) await CallAsync("disconnect", _self);
        _self?.Dispose();
        GC.SuppressFinalize(this);
    }

    private string NameOf(string function) => $"molmo.{Script}.{function}";

    private static async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (JSDisconnectedException)
        {
            // The page is gone, and its script with it.
        }
    }
}
