namespace Molmo.Demo.Shared.Facts;

// What can be said about what is kept.

/// <summary>A name of a conversation without a letter.</summary>
public sealed record TitleEmpty : Fact;

/// <summary>A name of a conversation that is too long.</summary>
public sealed record TitleTooLong(int Limit, int Characters) : Fact;

/// <summary>The storage did not take a deletion.</summary>
public sealed record NothingDeleted : Fact;

/// <summary>The storage did not take a change.</summary>
public sealed record NotKept : Fact;

/// <summary>The storage did not take a vote.</summary>
public sealed record VoteNotKept : Fact;

/// <summary>The storage did not take an audit.</summary>
public sealed record VerdictNotKept : Fact;

/// <summary>An audit that is none.</summary>
public sealed record AuditInvalid : Fact;

/// <summary>An audit of an answer that is gone.</summary>
public sealed record AuditedAnswerGone : Fact;

/// <summary>No room on the disk.</summary>
public sealed record StorageFull : Fact;

/// <summary>The disk can only be read.</summary>
public sealed record StorageReadOnly : Fact;

/// <summary>Another program has the database.</summary>
public sealed record StorageLocked : Fact;

/// <summary>It fails in another way.</summary>
public sealed record StorageFailing : Fact;

/// <summary>What was found wrong with the database.</summary>
public sealed record DatabaseDamaged(string Finding) : Fact;
