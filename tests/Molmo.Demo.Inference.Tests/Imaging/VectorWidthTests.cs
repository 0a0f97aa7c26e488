using System.Diagnostics;
using Molmo.Demo.Inference.Tests.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>Runs the kernel and codec tests again in processes that have fewer vector instructions.</summary>
[Slow]
public class VectorWidthTests
{
    private static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task Kernels_InstructionsSwitchedOff_StillPass(string switchedOff)
    {
        var program = Path.Combine(AppContext.BaseDirectory,
            typeof(VectorWidthTests).Assembly.GetName().Name + (OperatingSystem.IsWindows() ? ".exe" : ""));
        Assert.SkipUnless(File.Exists(program), "The test program is not beside its assembly.");
        var start = new ProcessStartInfo(program, ["-class", typeof(KernelTests).FullName!, "-class",
            typeof(EncoderTests).FullName!, "-class", typeof(BandResamplerTests).FullName!])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[switchedOff] = "0";
        using var process = Process.Start(start)!;
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(HangGuard);
        var output = process.StandardOutput.ReadToEndAsync(guard.Token);
        var errors = process.StandardError.ReadToEndAsync(guard.Token);
        try
        {
            await process.WaitForExitAsync(guard.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
        Assert.True(process.ExitCode == 0, await output + await errors);
        Assert.DoesNotContain("Total: 0", await output, StringComparison.Ordinal);
    }
}
