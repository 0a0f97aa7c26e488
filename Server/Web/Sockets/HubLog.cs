using Microsoft.AspNetCore.SignalR;

namespace Molmo.Demo.Server.Web.Sockets;

/// <summary>
/// What is logged of calls to hubs: a refusal is no error, so it is one line at debug and has no stack; anything else
/// is one error.
/// </summary>
internal sealed class HubLog(ILogger<HubLog> log) : IHubFilter
{
    /// <summary>Logs both as errors with their stacks, so that every visitor could fill the log.</summary>
    public const string FrameworkCategory = "Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher";

    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext context, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e)
        {
            Ended(context.HubMethodName, e, context.Context.ConnectionAborted);
            throw;
        }
    }

    /// <summary>A call, or a stream that one began, has ended with an exception.</summary>
    /// <param name="method">Of the hub.</param>
    /// <param name="exception">How it ended.</param>
    /// <param name="gone">Whoever called has left, or wants no more of it.</param>
    public void Ended(string method, Exception exception, CancellationToken gone)
    {
        if (exception is HubException or ChatRefusedException)
            log.LogDebug("{Method}: refused, {Reason}", method, exception.Message);
        else if (exception is not OperationCanceledException || !gone.IsCancellationRequested)
            log.LogError(exception, "{Method} failed.", method);
    }
}
