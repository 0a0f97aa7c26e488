using System.Diagnostics;
using Molmo.Demo.Inference.Tests.Kernels;

namespace Molmo.Demo.Inference.Tests;

/// <summary>Runs all kernel tests again in processes that have wide vectors switched off.</summary>
[Slow]
public sealed class NarrowVectorTests
{
    private static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData("256", "DOTNET_EnableAVX512F", "DOTNET_EnableAVX512")]
    [InlineData("128", "DOTNET_EnableAVX512F", "DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableAVX")]
    [InlineData("0", "DOTNET_EnableHWIntrinsic")]
    public async Task Kernels_WideVectorsOff_PassTheSameTests(string widest, params string[] switchedOff)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Molmo.Demo.Inference.Tests"))
        {
            ArgumentList = { "-namespace", typeof(VectorWidthTests).Namespace!, "-noColor" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[VectorWidthTests.WidestVariable] = widest;
        foreach (var name in switchedOff) start.Environment[name] = "0";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(HangGuard);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"Exit code {process.ExitCode}:\n{await output}\n{await errors}");
            Assert.DoesNotContain("Total: 0", await output);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
