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

    /// <summary>Refuses a question that is known not to fit into the model beside its earlier turns. Where that is not known yet, its answer fails with the same fact.</summary>
    /// <exception cref="ChatRefusedException">It does not fit.</exception>
    void ThrowIfTooLong(Assignment assignment)
    {
    }

    /// <summary>How long someone with this many ahead waits; null while nothing is known.</summary>
    double? EstimateSeconds(int ahead);

    /// <summary>Load, and whether questions are taken.</summary>
    Task<QueueStatus> GetStatusAsync(CancellationToken cancellationToken);

    /// <summary>Writes the answer into the job's journal up to its last event.</summary>
    /// <exception cref="OperationCanceledException">The job was stopped; what was written is in the journal.</exception>
    /// <exception cref="ChatRefusedException">It cannot be answered.</exception>
    Task WriteAsync(GenerationJob job);
}
