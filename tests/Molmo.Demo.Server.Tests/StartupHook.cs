using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Tests.Engines;

/// <summary>
/// What the runtime calls at the start of a program whose environment names this assembly in
/// <c>DOTNET_STARTUP_HOOKS</c>: gives the real program a device that is lost.
/// </summary>
internal static class StartupHook
{
    /// <summary>Environment variable: <see cref="Once"/> or <see cref="Always"/>.</summary>
    public const string Variable = "MOLMO_TEST_LOSS";

    /// <summary>In the middle of the first process's first long answer.</summary>
    public const string Once = "once";

    /// <summary>At the first pass of every process.</summary>
    public const string Always = "always";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } when)
            DiagnosticListener.AllListeners.Subscribe(new Listeners(new Building(when)));
    }

    private sealed class Listeners(Building building) : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting") value.Subscribe(building);
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }

    private sealed class Building(string when) : IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: "HostBuilding", Value: IHostBuilder builder })
                builder.ConfigureServices(services => services.AddSingleton<Func<MolmoOptions, IModelLoading>>(Load));
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        private WatchedLoading Load(MolmoOptions options) => new(new ManagedLoading(options), batch =>
        {
            var isLost = when == Always || (Environment.GetEnvironmentVariable(ProcessRestart.Losses) is null
                && batch.Sequences.Any(sequence => sequence.TokenIds.Count > sequence.PromptLength + 40));
            if (isLost) throw new DeviceLostException("The cable was pulled.");
        });
    }
}
