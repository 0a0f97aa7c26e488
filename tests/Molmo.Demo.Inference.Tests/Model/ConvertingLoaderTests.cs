using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Tests.Weights;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Model;

public sealed class ConvertingLoaderTests
{
    private const int Inputs = 300;

    public static TheoryData<WeightPrecision> Precisions => [.. Enum.GetValues<WeightPrecision>()];

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Stacked_PiecesOfAnySize_EqualsConversionAtOnce(WeightPrecision precision)
    {
        // The first part ends within a panel; files are given back after every panel, or never.
        var (first, second) = (KernelData.Floats(45 * Inputs, 1), KernelData.Floats(70 * Inputs, 2));
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(WeightStore.SingleFile),
            SafetensorsBuilder.Floats(("a.weight", [45, Inputs], first), ("b.weight", [70, Inputs], second)));
        using var store = WeightStore.Open(folder.Path);
        using var expected = KernelData.Pack([.. first, .. second], [], Inputs, precision);
        var (stored, found) = (new float[Inputs], new float[Inputs]);
        foreach (var releaseLength in (long[])[1, 1 << 30])
        {
            var loader = new ConvertingLoader(store, precision, 2, null, TestContext.Current.CancellationToken)
            {
                ReleaseLength = releaseLength
            };
            using var matrix =
                loader.Stacked(Inputs, hasBias: false, new(store.Root, "a", 45), new(store.Root, "b", 70));
            Assert.Equal(precision, matrix.Precision);
            for (var output = 0; output < 115; output++)
            {
                expected.GetRow(output, stored);
                matrix.GetRow(output, found);
                Assert.Equal(stored, found);
            }
        }
    }

    [Fact]
    public void Matrix_WeightThatIsNoNumber_IsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(
            folder.File(WeightStore.SingleFile), SafetensorsBuilder.Floats(("bad.weight", [1, 3], [1, float.NaN, 2])));
        using var store = WeightStore.Open(folder.Path);
        var loader = new ConvertingLoader(store, WeightPrecision.Int8, 2, null, TestContext.Current.CancellationToken);
        var error = Assert.Throws<ModelFormatException>(() => loader.Matrix(store.Root, "bad", 1, 3));
        Assert.Contains("bad.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("int8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExactMatrix_AnyPrecision_StaysFloat32()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(
            folder.File(WeightStore.SingleFile), SafetensorsBuilder.Floats(("gate.weight", [1, 2], [0.1f, 0.2f])));
        using var store = WeightStore.Open(folder.Path);
        using var matrix =
            new ConvertingLoader(store, WeightPrecision.Int4, 1, null, TestContext.Current.CancellationToken)
                .ExactMatrix(store.Root, "gate", 1, 2);
        var found = new float[2];
        matrix.GetRow(0, found);
        Assert.Equal([0.1f, 0.2f], found);
    }

    /// <summary>
    /// What makes the peak of loading the converted weights and little more: pages of the source count as memory while
    /// they are mapped.
    /// </summary>
    [Slow]
    [Fact]
    public void Matrix_LongFile_KeepsOnlyItsLastPartInMemory()
    {
        Assert.SkipUnless(File.Exists("/proc/self/smaps"), "Only Linux says how much of a mapped file is in memory.");
        const int rows = 256, inputs = 4096, count = 8;
        using var folder = new TemporaryFolder();
        var path = folder.File(WeightStore.SingleFile);
        var values = new float[rows * inputs];
        File.WriteAllBytes(path, SafetensorsBuilder.Floats(
            [.. Enumerable.Range(0, count).Select(i => ($"m{i}.weight", new[] { rows, inputs }, values))]));
        using var store = WeightStore.Open(folder.Path);
        var most = 0L;
        var loader = new ConvertingLoader(store, WeightPrecision.Int8, 2,
            new Watch(() => most = Math.Max(most, MappedBytes(path))), TestContext.Current.CancellationToken)
        {
            ReleaseLength = 1 << 20,
        };
        for (var i = 0; i < count; i++) loader.Matrix(store.Root, $"m{i}", rows, inputs).Dispose();
        // All of it is 32 MiB; the step may be passed by one step, and the system brings some pages around each.
        Assert.InRange(most, 0, 4 << 20);
    }

    [Fact]
    public void Matrix_ToAPackedFile_IsNotKeptInMemory()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(
            folder.File(WeightStore.SingleFile), SafetensorsBuilder.Floats(("a.weight", [1, 2], [1, 2])));
        using var store = WeightStore.Open(folder.Path);
        using var file = new PackedFileWriter(folder.File("packed"), new PackedIdentity("m", "r", "int8", "int8", "l"));
        var loader = new PackingLoader(
            new ConvertingLoader(store, WeightPrecision.Int8, 1, null, TestContext.Current.CancellationToken), file);
        var matrix = loader.Matrix(store.Root, "a", 1, 2);
        unsafe
        {
            Assert.Throws<ObjectDisposedException>(() => _ = *matrix.Panels);
        }
    }

    private static long MappedBytes(string path)
    {
        var (isOurs, sum) = (false, 0L);
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.Contains('-', StringComparison.Ordinal) && !line.Contains("kB", StringComparison.Ordinal))
                isOurs = line.EndsWith(path, StringComparison.Ordinal);
            else if (isOurs && line.StartsWith("Rss:", StringComparison.Ordinal))
                sum += long.Parse(
                    line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
        }

        return sum;
    }

    private sealed class Watch(Action look) : IProgress<double>
    {
        public void Report(double value) => look();
    }
}
