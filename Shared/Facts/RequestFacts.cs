namespace Molmo.Demo.Shared.Facts;

// What can be said about a request that no endpoint answers.

/// <summary>It came from another site.</summary>
public sealed record OtherSite : Fact;

/// <summary>As many connections are open as are allowed.</summary>
public sealed record TooManyConnections : Fact;

/// <summary>As many answers are followed over a connection as are allowed.</summary>
public sealed record TooManyReadings(int Limit) : Fact;

/// <summary>There is no such address.</summary>
public sealed record NothingHere : Fact;

/// <summary>The address is for other methods.</summary>
public sealed record MethodNotAllowed : Fact;

/// <summary>More bytes than are taken.</summary>
public sealed record RequestTooLarge : Fact;

/// <summary>The storage did not answer a reader.</summary>
public sealed record StorageSilent : Fact;

/// <summary>A fault of the program.</summary>
public sealed record ServerFailed : Fact;

/// <summary>Anything else that is wrong with it.</summary>
public sealed record RequestNotUnderstood : Fact;
