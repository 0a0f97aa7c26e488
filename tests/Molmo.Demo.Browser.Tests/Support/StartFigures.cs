using System.Diagnostics;
using System.Net.Http.Json;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Lab.Synthesis;
using static Molmo.Demo.Browser.Tests.Support.TargetTable;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>How long people wait before the model computes at all: for the start, and for a large photo.</summary>
internal sealed class StartFigures(TargetTable table)
{
    private const int Runs = 5;

    public async Task MeasureStartAsync()
    {
        var image = Convert.ToBase64String(
            await File.ReadAllBytesAsync(Photos.Sample("scene-08.jpg"), TestContext.Current.CancellationToken));
        var (listening, ready, answered) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < Runs; i++)
        {
            var watch = Stopwatch.StartNew();
            await using var server = await ServerProcess.StartAsync();
            listening.Add(watch.Elapsed.TotalSeconds);
            using var http = new HttpClient { BaseAddress = server.Address };
            // Before that it refuses questions.
            while (!(await http.GetAsync("ready")).IsSuccessStatusCode) await Task.Delay(10);
            ready.Add(watch.Elapsed.TotalSeconds);
            using var reply = await http.PostAsJsonAsync("v1/point", new { @object = "strawberries", image });
            await reply.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
            answered.Add(watch.Elapsed.TotalSeconds);
        }
        var median = Percentile(answered, 0.5);
        table.Add("From the start to the first answer", "within 2 s",
            $"{Number(median, "0.00")} s, of which {Number(Percentile(listening, 0.5), "0.00")} s until it listens and "
                + $"{Number(Percentile(ready, 0.5), "0.00")} s until the model is ready",
            median <= 2, $"median of {Runs} starts of the built program on a new data folder; the embedded model asked "
                + "by the API as soon as it is ready");
    }

    public Task MeasurePhotoAsync()
    {
        var file = SyntheticPhoto.CreateJpeg(4000, 3000);
        var preprocessor =
            new MultiCropPreprocessor(new PreprocessorConfig(), new SpecialTokens(257, 300, 301, 302, 303));
        var (decode, whole) = (new List<double>(), new List<double>());
        for (var i = 0; i < Runs; i++)
        {
            var before = Environment.CpuUsage.TotalTime;
            var picture = ImageDecoder.Decode(file, DecoderLimits.Default, TestContext.Current.CancellationToken);
            decode.Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
            preprocessor.Process(picture, ct: TestContext.Current.CancellationToken);
            whole.Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }
        var median = Percentile(whole, 0.5);
        table.Add("A JPEG of 12 megapixels from bytes to crops", "within 500 ms of one core",
            $"{Number(median, "0")} ms, of which {Number(Percentile(decode, 0.5), "0")} ms decoding; the first of the "
                + $"process {Number(whole[0], "0")} ms",
            median <= 500, $"processor time, median of {Runs}; {Number(file.Length / 1e6, "0.0")} MB, 4:2:0, as noisy "
                + "as a camera's, into 13 crops");
        return Task.CompletedTask;
    }
}
