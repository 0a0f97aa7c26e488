namespace Molmo.Demo.Client.Layout;

/// <summary>What is known of the request while the server draws a page for it; nothing of it holds later.</summary>
public interface IPageRequest
{
    /// <summary>The component of the page; null outside of a request for one.</summary>
    Type? Page { get; }

    /// <summary>Whether the person closed the drawer of chats before, in this browser.</summary>
    bool IsDrawerClosed { get; }
}
