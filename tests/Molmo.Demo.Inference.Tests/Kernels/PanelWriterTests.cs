using Molmo.Demo.Inference.Kernels;

namespace Molmo.Demo.Inference.Tests.Kernels;

/// <summary>Packing of whole panels at once, against the plain form: every byte.</summary>
public sealed unsafe class PanelWriterTests
{
    private const int Width = PackedMatrix.PanelWidth;

    public static TheoryData<WeightPrecision, int> Cases
    {
        get
        {
            var data = new TheoryData<WeightPrecision, int>();
            foreach (var precision in Enum.GetValues<WeightPrecision>())
                foreach (var inputs in (int[])[1, 31, 32, 33, 256, 300]) data.Add(precision, inputs);
            return data;
        }
    }

    [Slow]
    [Theory]
    [MemberData(nameof(Cases))]
    public void Write_EveryWidthAndSize_GivesTheBytesOfThePlainForm(WeightPrecision precision, int inputs)
    {
        // Ordinary weights, blocks of zeros, scales below the smallest of half precision and up to its largest.
        foreach (var scale in (float[])[0.02f, 1, 0, 1e-4f, 3e-6f, 1e-7f, 1e-30f, 3e5f, 8e6f])
        {
            var weights = KernelData.Floats(Width * inputs, 1 + inputs, scale);
            for (var i = 0; i < weights.Length; i += 7) weights[i] *= 0.01f;
            if (inputs > 40) weights.AsSpan(0, 32).Clear();
            weights[^1] = -weights.Max(Math.Abs);
            CheckAll(precision, inputs, weights, $"scale {scale}");
        }
    }

    [Slow]
    [Theory]
    [MemberData(nameof(Cases))]
    public void Write_HeavyTailsAndTies_GivesTheBytesOfThePlainForm(WeightPrecision precision, int inputs)
    {
        var random = new Random(inputs);
        var weights = new float[Width * inputs];
        foreach (ref var weight in weights.AsSpan())
            weight = (float)Math.Tan((random.NextDouble() - 0.5) * 3.1) * 0.01f;
        CheckAll(precision, inputs, weights, "heavy tails");
        // Whole and half steps of a scale that half precision holds: ties in every rounding.
        foreach (ref var weight in weights.AsSpan()) weight = random.Next(-254, 255) * 0.5f / 1024;
        CheckAll(precision, inputs, weights, "ties");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1e30f)]
    [InlineData(8.4e6f)]
    public void Write_WeightThatSomePrecisionLacks_IsJudgedAsByThePlainForm(float weight)
    {
        foreach (var precision in Enum.GetValues<WeightPrecision>())
        {
            var weights = KernelData.Floats(Width * 40, 3);
            weights[(17 * 40) + 35] = weight;
            CheckAll(precision, 40, weights, $"{weight}");
        }
    }

    private static void CheckAll(WeightPrecision precision, int inputs, float[] weights, string what)
    {
        Check("512", &PanelWriter.WriteOf<Lanes512>);
        Check("256", &PanelWriter.WriteOf<Lanes256>);
        Check("128", &PanelWriter.WriteOf<Lanes128>);
        Check("chosen", &PanelWriter.Write);

        void Check(string width, delegate*<WeightPrecision, byte*, int, float*, int, bool> write)
        {
            // A block lies before: what is written begins within the panel.
            using var expected = new PackedMatrix(Width, 32 + inputs, hasBias: false, precision);
            using var found = new PackedMatrix(Width, 32 + inputs, hasBias: false, precision);
            Bytes(expected).Clear();
            Bytes(found).Clear();
            var isHeld = true;
            for (var output = 0; output < Width; output++)
                isHeld &= expected.SetRow(output, 32, weights.AsSpan(output * inputs, inputs));
            fixed (float* rows = weights) Assert.Equal(isHeld, write(precision, found.Panels, 32, rows, inputs));
            if (isHeld)
                Assert.True(Bytes(expected).SequenceEqual(Bytes(found)),
                    $"{precision}, {inputs} inputs, {what}, {width} bits: other bytes.");
        }
    }

    private static Span<byte> Bytes(PackedMatrix matrix) => new(matrix.Panels, (int)matrix.StoredLength);
}
