using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Server.Chat;

/// <summary>Where answers come from: the engine of this process, or the inference machine.</summary>
internal interface IAnswerSource
{
    /// <summary>Whether answers go on while this process is gone, so that the next one takes them up again.</summary>
    bool OutlivesProcess { get; }

    /// <summary>Refuses where a question asked now would have nobody to answer it.</summary>
    /// <param name="checkpoint">The checkpoint that is asked; null for the first.</param>
    /// <exception cref="ChatRefusedException">Nobody is there.</exception>
    void ThrowIfUnavailable(string? checkpoint);

    /// <summary>
    /// How a question fits into the model beside its earlier turns; null where that is not known yet. One that does not
    /// fit then fails with the same fact.
    /// </summary>
    /// <exception cref="ChatRefusedException">It does not fit.</exception>
    ContextFit? Fit(Assignment assignment) => null;

    /// <summary>How long someone with this many ahead waits; null while nothing is known.</summary>
    double? EstimateSeconds(int ahead);

    /// <summary>
    /// What the engines of this process keep for later questions, all together; null where it has none.
    /// </summary>
    ReuseStatistics? Reuse => null;

    /// <summary>Load, and whether questions are taken.</summary>
    Task<QueueStatus> GetStatusAsync(CancellationToken cancellationToken);

    /// <summary>Writes the answer but for its end.</summary>
    /// <returns>How it ends; without effect where the end was mirrored.</returns>
    /// <exception cref="OperationCanceledException">It was stopped; what was written is in the journal.</exception>
    /// <exception cref="ChatRefusedException">It cannot be answered.</exception>
    Task<EndReason> WriteAsync(Assignment assignment, AnswerWriter answer, CancellationToken stop);

    /// <summary>
    /// Lets the model look at a photo that may be asked about, whenever it has nothing else to do.
    /// </summary>
    /// <exception cref="OperationCanceledException">The photo was taken back.</exception>
    /// <exception cref="ChatRefusedException">It cannot be looked at now.</exception>
    Task LookAsync(AwaitedPhoto photo, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends a stopped answer where it is written, and takes over what it ends with there.</summary>
    Task StopAsync(Assignment assignment, AnswerWriter answer) => Task.CompletedTask;
}

/// <summary>A photo about which a question may come.</summary>
/// <param name="Visitor">Who has it.</param>
/// <param name="Image">The photo.</param>
/// <param name="Private">The conversation without trace in which it is; null in any other.</param>
internal sealed record AwaitedPhoto(VisitorId Visitor, ImageInfo Image, ConversationId? Private)
{
    /// <summary>Whose computations it shares; null for everybody's.</summary>
    public string? Isolation => Private?.Value;
}
