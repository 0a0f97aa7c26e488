using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Molmo.Demo.Client.Layout;

/// <summary>
/// A component with a script, the file of its name beside it. Until the script is loaded, and when the page has gone,
/// calls do nothing.
/// </summary>
public abstract class ScriptedComponent : ComponentBase, IAsyncDisposable
{
    private IJSObjectReference? _script;
    private DotNetObjectReference<ScriptedComponent>? _self;

    [Inject] private IJSRuntime Runtime { get; set; } = null!;

    /// <summary>Folder and name of the script within the client.</summary>
    private protected virtual string Script => GetType().FullName!["Molmo.Demo.Client.".Length..].Replace('.', '/');

    private protected bool IsLoaded => _script is not null;

    /// <summary>Loads the script.</summary>
    private protected Task LoadAsync() => TryAsync(async () =>
    {
        var address = Assets[$"_content/Molmo.Demo.Client/{Script}.razor.js"];
        _script = await Runtime.InvokeAsync<IJSObjectReference>("import", $"./{address}");
    });

    /// <summary>Loads the script and hands it this component, until one of the two is gone.</summary>
    private protected async Task ConnectAsync()
    {
        await LoadAsync();
        _self = DotNetObjectReference.Create(this);
        await CallAsync("connect", _self);
    }

    /// <summary>Calls a function of the script.</summary>
    private protected Task CallAsync(string function, params object?[] values)
        => TryAsync(async () => await (_script?.InvokeVoidAsync(function, values) ?? default));

    /// <summary>Calls a function of the script; the default where it cannot be reached.</summary>
    private protected async Task<T?> CallAsync<T>(string function, params object?[] values)
    {
        T? answer = default;
        await TryAsync(async () => answer = _script is null ? default : await _script.InvokeAsync<T>(function, values));
        return answer;
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_self is not null) await CallAsync("disconnect", _self);
        await TryAsync(async () => await (_script?.DisposeAsync() ?? default));
        _self?.Dispose();
        GC.SuppressFinalize(this);
    }

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
