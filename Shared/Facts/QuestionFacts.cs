namespace Molmo.Demo.Shared.Facts;

// What can be said about a question and how it was asked.

/// <summary>A call without a question.</summary>
public sealed record QuestionMissing : Fact;

/// <summary>There is no text in it.</summary>
public sealed record QuestionEmpty : Fact;

/// <summary>More characters than are taken.</summary>
public sealed record QuestionTooLong(int Characters, int Limit) : Fact;

/// <summary>A lone half of a surrogate pair is in it.</summary>
public sealed record QuestionNotText : Fact;

/// <summary>What an answer is to go on from is no text.</summary>
public sealed record WrittenNotText : Fact;

/// <summary>Something before it is no text.</summary>
public sealed record HistoryNotText : Fact;

/// <summary>What was said before it is too long.</summary>
public sealed record HistoryTooLong : Fact;

/// <summary>The visitor has no such conversation.</summary>
public sealed record ConversationUnknown : Fact;

/// <summary>A chat without trace has ended before the question came.</summary>
public sealed record PrivateChatOver : Fact;

/// <summary>The visitor has no such answer.</summary>
public sealed record AnswerUnknown : Fact;

/// <summary>The id given for an answer has not the form of one.</summary>
public sealed record AnswerIdInvalid : Fact;

/// <summary>It came to its own end, so it cannot go on.</summary>
public sealed record AnswerNotCut : Fact;

/// <summary>It has all the tokens that the model can have.</summary>
public sealed record AnswerFull : Fact;

/// <summary>The visitor has no such picture.</summary>
public sealed record PhotoUnknown : Fact;

/// <summary>The picture went while the question waited.</summary>
public sealed record PhotoRemoved : Fact;

/// <summary>A part of no picture.</summary>
public sealed record RegionWithoutPhoto : Fact;

/// <summary>A part that does not lie on its picture.</summary>
public sealed record RegionOutside : Fact;

/// <summary>A style tag that no model was trained with; those that are known.</summary>
public sealed record StyleUnknown(string Known) : Fact;

/// <summary>A number of crops that is not taken.</summary>
public sealed record CropsOutOfRange(int Most, int Standard) : Fact;

/// <summary>A call without sampling settings.</summary>
public sealed record SamplingMissing : Fact;

/// <summary>Below 0, above 2, or no number.</summary>
public sealed record TemperatureOutOfRange : Fact;

/// <summary>Below 0.</summary>
public sealed record TopKOutOfRange : Fact;

/// <summary>Not above 0, above 1, or no number.</summary>
public sealed record TopPOutOfRange : Fact;

/// <summary>A length stop that is not taken.</summary>
public sealed record LengthOutOfRange(int Most) : Fact;

/// <summary>No text, or longer than any name.</summary>
public sealed record CheckpointNameInvalid : Fact;

/// <summary>No checkpoint of this server has the name.</summary>
public sealed record CheckpointUnknown(string Name) : Fact;

/// <summary>More tokens than the model takes.</summary>
public sealed record QuestionTooLongForModel : Fact;

/// <summary>More tokens than the model takes beside the picture.</summary>
public sealed record QuestionTooLongBesidePhoto : Fact;

/// <summary>More tokens than the model takes beside so many crops; fewer of them would do.</summary>
public sealed record QuestionTooLongBesideCrops(int Crops, int Fewer) : Fact;

/// <summary>More tokens than the model takes; without its oldest turns it would fit.</summary>
public sealed record ConversationTooLong(int Tokens, [Counted] int Oldest) : Fact;

/// <summary>The same of a conversation about a picture.</summary>
public sealed record PhotoConversationTooLong(int Tokens, [Counted] int Oldest) : Fact;

/// <summary>So many of the oldest turns were left out, as agreed.</summary>
public sealed record OldestLeftOut([Counted] int Turns) : Fact;

/// <summary>So many turns about another picture or part of it were left out.</summary>
public sealed record OtherPhotosLeftOut([Counted] int Turns) : Fact;

/// <summary>More crops were sent than in training.</summary>
public sealed record ManyCrops(int Crops, int Trained) : Fact;

/// <summary>More crops were allowed than in training, but not needed.</summary>
public sealed record CropsNotNeeded(int Allowed, int Needed) : Fact;

/// <summary>An answer of the same conversation is being written.</summary>
public sealed record EarlierAnswerRuns : Fact;

/// <summary>As many of the visitor's questions run or wait as are allowed.</summary>
public sealed record TooManyQuestions(int Questions) : Fact;

/// <summary>No more questions are taken.</summary>
public sealed record QueueFull(int Waiting, int Number, int Seconds) : Fact;

/// <summary>Who runs the server has closed it for questions.</summary>
public sealed record IntakeClosed : Fact;

/// <summary>The process is ending.</summary>
public sealed record ServerRestarts : Fact;

/// <summary>The database did not take the question.</summary>
public sealed record QuestionNotStored : Fact;

/// <summary>There is no recording of this name; those there are.</summary>
public sealed record RecordingUnknown(string Known) : Fact;

/// <summary>A recording cannot be replayed, and why.</summary>
public sealed record RecordingUnusable(string Name, string Reason) : Fact;
