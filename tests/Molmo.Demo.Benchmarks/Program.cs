using BenchmarkDotNet.Running;
using Molmo.Demo.Benchmarks;

if (args is ["--short"])
{
    var summaries = BenchmarkRunner.Run(typeof(Program).Assembly, BenchmarkSettings.Short);
    return summaries.Any(
        summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
}
if (args is ["--write", var folder, .. var filters])
{
    var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
        .Run(["--filter", .. filters.DefaultIfEmpty("*")], BenchmarkSettings.Full);
    return BenchmarkPages.Write(folder, summaries);
}
Console.Error.WriteLine("--short runs every benchmark once; "
    + "--write FOLDER [FILTER...] measures them and writes a page for this processor.");
return 2;
