using Molmo.Demo.Client.Chat;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Engines;

/// <summary>How far a model is that is being fetched or loaded: for pages, and for who started the program.</summary>
/// <param name="time">Measures how long it takes.</param>
/// <param name="terminal">Told how far it is; null for nobody.</param>
internal sealed class LoadingProgress(TimeProvider time, ProgressLine? terminal)
    : IProgress<FetchProgress>, IProgress<double>
{
    // A model that is loaded sooner needs no word about it.
    private static readonly TimeSpan QuietStart = TimeSpan.FromSeconds(5);

    private volatile ModelProgress? _now;
    private long _since;

    /// <summary>Null before anything began.</summary>
    public ModelProgress? Now => _now;

    /// <summary>Since the loading began.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_since);

    /// <summary>A model of the Hub is on its way.</summary>
    public void BeginFetching(string model) => Show(new ModelProgress(ModelStage.Fetching, model, 0));

    /// <summary>Its weights are on their way.</summary>
    public void BeginLoading(string model)
    {
        Restart();
        _now = new ModelProgress(ModelStage.Loading, model, 0);
    }

    /// <summary>What was before was waiting, and is not counted.</summary>
    public void Restart() => _since = time.GetTimestamp();

    /// <summary>Leaves the line on the terminal as it is.</summary>
    public void End() => terminal?.End();

    public void Report(FetchProgress value) => Show(value.ToModelProgress());

    public void Report(double value)
    {
        var seconds = Elapsed.TotalSeconds;
        // The first moments say little about the rest.
        double? left = value is > 0.02 and < 1 && seconds > 1 ? seconds * (1 - value) / value : null;
        Show(new ModelProgress(ModelStage.Loading, _now?.Model ?? "", value, SecondsLeft: left));
    }

    private void Show(ModelProgress progress)
    {
        _now = progress;
        if (progress.Stage == ModelStage.Fetching || Elapsed > QuietStart)
            terminal?.Say(ModelWords.Line(progress), isLast: progress.Share >= 1);
    }
}
