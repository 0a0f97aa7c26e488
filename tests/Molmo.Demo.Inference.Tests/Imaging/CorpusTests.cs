using System.Diagnostics;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>
/// Every file of the picture corpus does what its <c>expected.json</c> says; types that are not decoded are refused as
/// such.
/// </summary>
public class CorpusTests(ITestOutputHelper output)
{
    private const int ShownFailures = 20;

    // Memory that one file may take on top; what a thread allocates is never less than what it holds.
    private const long MaxAllocation = 256L << 20;

    // Seconds of a core. Counted by the processor's time, so that a busy machine fails nobody.
    private const double MaxSeconds = 2;

    // No measure of speed: only says that a decoder hangs. The promise of 2 s is kept with room to spare on an idle
    // machine.
    private static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(30);

    [Slow]
    [Fact]
    public void Decode_RowsToDecode_MatchTheReference() => Check(
        row => row.IsOurType && row.Class == "decode",
        (row, outcome) => outcome.Image is null ? $"refused: {outcome.Refusal!.Fault}, {outcome.Refusal.Message}"
            : ImageComparison.Differs(outcome.Image, row));

    [Slow]
    [Fact]
    public void Decode_TransparentRows_LieOnTheGround() => Check(
        row => row.IsOurType && row.Class == "decode" && row.Expect!.OverWhite is not null,
        // Samples with a meaning of their own are mixed as a screen shows them, which the corpus does not look at: the
        // browser tests compare those with what a browser paints.
        (row, outcome) => outcome.Image is null ? "refused"
            : outcome.Image.Profile is null ? ImageComparison.DiffersFromGrid(outcome.Image, row.Expect!) : null,
        Ground.White);

    [Fact]
    public void Decode_RowsToRefuse_AreRefused() => Check(
        row => row.Class == "refuse",
        // Of a wrong checksum alone the corpus says otherwise; the pixels are right, and a remark says so.
        (_, outcome) => outcome.Image is null || outcome.Image.Remark == ImageRemark.WrongChecksum ? null
            : $"decoded to {outcome.Image.Width} x {outcome.Image.Height}");

    [Fact]
    public void Decode_OptionalRows_MatchOrAreRefused() => Check(
        row => row.IsOurType && row.Class == "optional",
        (row, outcome) =>
            outcome.Image is null || row.Expect is null ? null : ImageComparison.Differs(outcome.Image, row));

    [Slow]
    [Fact]
    public void Decode_RowsToSurvive_GivePictureOrRefusal() => Check(row => row.Class == "survive", (_, _) => null);

    [Fact]
    public void Decode_OtherTypes_AreRefusedAsUnsupported() => Check(
        row => row.Tags.Contains("unsupported-type") || (!row.IsOurType && row.Class is ("decode" or "optional")),
        (_, outcome) => outcome.Refusal?.Fault == ImageFault.UnsupportedType ? null
            : $"not refused as unsupported: {outcome.Refusal?.Fault}");

    [Slow]
    [Fact]
    public void Decode_RowsOfAnotherProcess_StayWithinTimeAndMemory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other processes are looked at by /proc.");
        var folder = TestData.Require(TestData.Images, "The picture corpus");
        var rows = Corpus.Load(folder).Where(row => row.IsDecodedElsewhere).ToList();
        Assert.SkipWhen(rows.Count == 0, "The corpus has no such rows.");
        var failures = new List<string>();
        var (bytes, seconds, seen) = (0L, 0.0, 0);
        foreach (var row in rows)
        {
            using var watch = new ChildWatch();
            Decode(File.ReadAllBytes(Path.Combine(folder, row.File)), Ground.Chosen);
            watch.Stop();
            if (watch.PeakBytes > MaxAllocation || watch.Seconds > MaxSeconds)
                failures.Add($"{row}: {watch.PeakBytes >> 20} MiB, {watch.Seconds:f2} s");
            (bytes, seconds) = (Math.Max(bytes, watch.PeakBytes), Math.Max(seconds, watch.Seconds));
            if (watch.HasSeen) seen++;
        }
        output.WriteLine($"{rows.Count} files, of which {seen} reached the decoder; "
            + $"at most {bytes >> 20} MiB and {seconds:f2} s of a core.");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(seen > 0, "No process was seen.");
    }

    private void Check(
        Func<CorpusRow, bool> isMeant, Func<CorpusRow, Outcome, string?> judge, Ground ground = Ground.None)
    {
        var folder = TestData.Require(TestData.Images, "The picture corpus");
        var rows = Corpus.Load(folder).Where(isMeant).ToList();
        Assert.SkipWhen(rows.Count == 0, "The corpus has no such rows.");
        var failures = new List<string>();
        var exact = 0;
        foreach (var row in rows)
        {
            var outcome = Decode(File.ReadAllBytes(Path.Combine(folder, row.File)), ground);
            var failure = outcome.Trouble ?? judge(row, outcome);
            if (failure is not null) failures.Add($"{row}: {failure}");
            if (outcome.Image is not null && row.Expect is not null
                && ImageComparison.IsExact(outcome.Image, row.Expect))
                exact++;
        }
        output.WriteLine($"{rows.Count} files, {failures.Count} failures, {exact} bit for bit as the reference.");
        Assert.True(failures.Count == 0,
            string.Join('\n', failures.Take(ShownFailures).Prepend($"{failures.Count} of {rows.Count} files:")));
    }

    private static Outcome Decode(byte[] file, Ground ground)
    {
        using var guard = new CancellationTokenSource(HangGuard);
        var clock = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Outcome outcome;
        try
        {
            var header = ImageDecoder.ReadHeader(file);
            var image = ImageDecoder.Decode(file, header, DecoderLimits.Default, ground, guard.Token);
            outcome = new Outcome(image, null, null);
        }
        catch (InvalidImageException e)
        {
            outcome = new Outcome(null, e, e.Message.Length == 0 ? "refused without a word" : null);
        }
        catch (OperationCanceledException)
        {
            return new Outcome(null, null, "hangs");
        }
        catch (Exception e)
        {
            return new Outcome(null, null, $"throws {e.GetType().Name}: {e.Message} {e.StackTrace}");
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (clock.Elapsed > HangGuard) return outcome with { Trouble = $"takes {clock.Elapsed}" };
        return allocated > MaxAllocation ? outcome with { Trouble = $"allocates {allocated >> 20} MiB" } : outcome;
    }

    private sealed record Outcome(RgbImage? Image, InvalidImageException? Refusal, string? Trouble);
}
