namespace Molmo.Demo.Shared.Facts;

// What can be said about links.

/// <summary>The visitor has no such conversation.</summary>
public sealed record NothingToShare : Fact;

/// <summary>No answer of the conversation has ended.</summary>
public sealed record NoAnswerToShare : Fact;

/// <summary>A link is to be made like one that is gone.</summary>
public sealed record LikedLinkGone : Fact;

/// <summary>A picture with parts to blur is gone.</summary>
public sealed record BlurredPhotoGone : Fact;

/// <summary>As many links were made in a day as are allowed.</summary>
public sealed record TooManyLinks(int Made, int Limit) : Fact;

/// <summary>As many chats can be watched as are allowed.</summary>
public sealed record TooManyLiveLinks(int Limit) : Fact;

/// <summary>More parts to blur than are taken.</summary>
public sealed record TooManyBoxes(int Boxes, int Limit) : Fact;

/// <summary>A part to blur does not lie on its picture.</summary>
public sealed record BoxOutside : Fact;

/// <summary>A passphrase too short or too long.</summary>
public sealed record PassphraseOutOfRange(int Shortest, int Longest) : Fact;

/// <summary>A lifetime that no link has.</summary>
public sealed record LifetimeUnknown : Fact;

/// <summary>Watching was ended, or there is no such link.</summary>
public sealed record NothingToWatch : Fact;

/// <summary>No room on the disk for a link.</summary>
public sealed record StorageFullForLink : Fact;

/// <summary>The storage did not take a link.</summary>
public sealed record StorageSilentForLink : Fact;

/// <summary>Someone who watches a chat wants to ask or stop.</summary>
public sealed record WatchingOnly : Fact;
