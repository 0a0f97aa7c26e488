using Molmo.Demo.Server.Commands;

namespace Molmo.Demo.Server.Tests.Commands;

public sealed class BenchCommandTests
{
    [Fact]
    public async Task Bench_Picture_IsJsonWithMedians()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] arguments =
            ["bench", "--image", Path.Combine(TestData.Samples, "scene-02.jpg"), "--runs", "3", "--json"];
        Assert.Equal(0, await CommandLine.RunAsync(arguments, output, error));
        Assert.Equal("", error.ToString());
        using var json = JsonDocument.Parse(output.ToString());
        var root = json.RootElement;
        Assert.InRange(root.GetProperty("machine").GetProperty("vectorBits").GetInt32(), 64, 512);
        Assert.Equal(Environment.ProcessorCount, root.GetProperty("machine").GetProperty("threads").GetInt32());
        Assert.NotEqual("", root.GetProperty("machine").GetProperty("processor").GetString());
        Assert.Equal(3, root.GetProperty("runs").GetArrayLength());
        Assert.Equal(800, root.GetProperty("image").GetProperty("width").GetInt32());
        foreach (var figure in root.GetProperty("median").EnumerateObject())
        {
            double[] all = [.. root.GetProperty("runs")
                .EnumerateArray().Select(r => r.GetProperty(figure.Name).GetDouble()).Order()];
            Assert.Equal(all[1], figure.Value.GetDouble());
            Assert.True(figure.Name == "encodeMs" || all[0] > 0, figure.Name);
        }
    }
}
