namespace Molmo.Demo.Inference.Limits;

/// <summary>A piece of arithmetic or reading whose speed is a limit. One for each thread.</summary>
internal interface IProbe : IDisposable
{
    /// <summary>Operations (a multiply-add is two) or bytes of a pass.</summary>
    double Work { get; }

    /// <summary>Does the same work so many times, at least once.</summary>
    void Run(long passes);

    /// <summary>Whether the last pass computed what plain code does: nothing was left out for speed.</summary>
    bool IsRight();
}
