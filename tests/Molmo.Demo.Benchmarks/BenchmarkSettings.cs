using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Order;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Molmo.Demo.Benchmarks;

/// <summary>
/// How a benchmark is run. In this process: a project of its own for each would be restored and built first.
/// </summary>
internal static class BenchmarkSettings
{
    /// <summary>For figures.</summary>
    public static IConfig Full { get; } = With(Job.Default
        .WithToolchain(InProcessEmitToolchain.Instance)
        .WithWarmupCount(3)
        .WithIterationCount(10)).AddLogger(ConsoleLogger.Default);

    /// <summary>Every benchmark once: shows that it runs, and nothing else.</summary>
    public static IConfig Short { get; } =
        With(Job.Dry.WithToolchain(InProcessEmitToolchain.Instance)).AddLogger(NullLogger.Instance);

    private static ManualConfig With(Job job) => ManualConfig.CreateEmpty()
        .AddJob(job)
        .AddColumnProvider(
            DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params, DefaultColumnProviders.Metrics)
        .AddColumn(StatisticColumn.Median, StatisticColumn.Min, StatisticColumn.Max, BaselineRatioColumn.RatioMean)
        .WithOrderer(new DefaultOrderer(SummaryOrderPolicy.Declared, MethodOrderPolicy.Declared))
        .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory, BenchmarkLogicalGroupRule.ByParams)
        .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "molmo-benchmarks"))
        .WithOptions(ConfigOptions.DisableLogFile);
}
