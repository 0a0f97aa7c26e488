using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Shared.Admin;

/// <summary>What showing the key came to.</summary>
public enum AdminEntry
{
    /// <summary>It was right.</summary>
    Open,

    /// <summary>It was another.</summary>
    Wrong,

    /// <summary>It was tried too often from there.</summary>
    TooOften,
}

/// <summary>
/// The page of who runs the server, for the request that is being answered. All but <see cref="Enter"/> is for a
/// browser that has shown the key.
/// </summary>
public interface IAdminDesk
{
    /// <summary>Whether this browser has shown the key.</summary>
    bool IsOpen { get; }

    /// <summary>Shows a key; where it is right, this browser may look and change for some hours.</summary>
    AdminEntry Enter(string key);

    /// <summary>This browser may no longer.</summary>
    void Leave();

    /// <summary>The server as it is now.</summary>
    Task<AdminReport> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Has new questions refused, or taken again. Running answers go on.</summary>
    void TakeQuestions(bool areTaken);

    /// <summary>Withdraws anybody's link; nothing where there is none any more.</summary>
    Task RevokeAsync(ShareId link, CancellationToken cancellationToken);
}
