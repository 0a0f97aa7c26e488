using System.Diagnostics;
using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>y = x * weight^T + bias, summed in float32.</summary>
/// <remarks>
/// x: [rows, inputs], weight: [outputs, inputs], bias: [outputs] or none -> y: [rows, outputs].
/// With weights of float32 and bfloat16, an output is summed over chunks of <see cref="Chunk"/> inputs, each chunk in
/// order from zero, the chunks in order onto the bias. With int8 and int4, x is brought into 8 bits too
/// (<see cref="QuantizedRows"/>), and blocks are added in order onto the bias. Every path keeps to that, so a row's
/// result does not depend on the rows beside it nor on the thread count.
/// </remarks>
internal static unsafe partial class MatMul
{
    /// <summary>Inputs summed before they are added to the total; also the row stride of a packed tile of x.</summary>
    public const int Chunk = 256;

    /// <summary>Rows of a tile.</summary>
    public const int TileRows = 12;

    /// <summary>Panels that go side by side where x is one row.</summary>
    public const int RowPanels = 4;

    /// <summary>Rows that are brought into 8 bits at a time: so many use a weight often enough.</summary>
    private const int MaxIntegerRows = 768;

    /// <summary>The plain form: one sum after the other.</summary>
    public static void Reference(
        ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, int inputs, Span<float> y)
    {
        var outputs = weight.Length / inputs;
        for (var row = 0; row < x.Length / inputs; row++)
        {
            for (var output = 0; output < outputs; output++)
            {
                var sum = bias.IsEmpty ? 0 : bias[output];
                for (var input = 0; input < inputs; input++)
                    sum += x[(row * inputs) + input] * weight[(output * inputs) + input];
                y[(row * outputs) + output] = sum;
            }
        }
    }

    /// <summary>All rows of x.</summary>
    public static void Forward(Tensor x, PackedMatrix weight, Tensor y, ThreadTeam team)
    {
        Debug.Assert(x.Columns == weight.Inputs && y.Columns == weight.Outputs && y.Rows == x.Rows, "Shapes fit.");
        Forward(x.Data, x.Columns, x.Rows, weight, y.Data, y.Columns, team);
    }

    /// <param name="x">[rows, inputs].</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="weight">Weight and bias.</param>
    /// <param name="y">[rows, outputs]; not within x.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="team">Threads that share the work.</param>
    public static void Forward(
        float* x, nint xStride, int rows, PackedMatrix weight, float* y, nint yStride, ThreadTeam team)
    {
        if (rows == 0) return;
        if (PackedFormat.HasBlocks(weight.Precision))
        {
            for (var begin = 0; begin < rows; begin += MaxIntegerRows)
            {
                var product = new IntegerProduct(
                    x + (begin * xStride), xStride, null, Math.Min(MaxIntegerRows, rows - begin), weight,
                    y + (begin * yStride), yStride);
                IntegerJobs.Run(&product, 1, team);
            }

            return;
        }

        var job = new MatMulJob(
            x, xStride, rows, weight.Inputs, weight.Outputs, weight.Panels, weight.PanelLength, weight.Precision,
            weight.PanelCount, weight.Bias, y, yStride);
        job.Split(team);
        team.Run(ref job, job.ItemCount, job.Work);
    }

    /// <summary>
    /// down(activation(up(x))) where <see cref="IntegerJobs.CanFeed"/>, with the bits of the three steps.
    /// </summary>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="up">The first weight.</param>
    /// <param name="activation">What comes between.</param>
    /// <param name="down">The second weight.</param>
    /// <param name="y">[rows, outputs]; not within x.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="team">Threads that share the work.</param>
    public static void FeedForward(
        float* x, nint xStride, int rows, PackedMatrix up, Activation activation, PackedMatrix down, float* y,
        nint yStride, ThreadTeam team)
    {
        for (var begin = 0; begin < rows; begin += MaxIntegerRows)
        {
            var count = Math.Min(MaxIntegerRows, rows - begin);
            var first = new IntegerProduct(x + (begin * xStride), xStride, null, count, up, null, 0);
            var second = new IntegerProduct(null, 0, null, count, down, y + (begin * yStride), yStride);
            IntegerJobs.RunFeedForward(&first, &second, 1, activation, team);
        }
    }

    /// <summary>
    /// The tile every larger product is made of: c[r, n] = start[r, n] + sum over k of a[r, k] * b[k, n], for up to
    /// <see cref="TileRows"/> rows and one panel's <see cref="PackedMatrix.PanelWidth"/> columns.
    /// </summary>
    /// <param name="rows">1 to <see cref="TileRows"/>. Rows of <paramref name="a"/> beyond may be read, never
    /// used.</param>
    /// <param name="a">[TileRows, Chunk], of which the first <paramref name="depth"/> columns count.</param>
    /// <param name="b">[depth, PanelWidth].</param>
    /// <param name="bStride">Floats from one row of b to the next.</param>
    /// <param name="depth">At most <see cref="Chunk"/>.</param>
    /// <param name="start">What to add to; null for zero, stride 0 for a bias.</param>
    /// <param name="startStride">Floats from one row of start to the next.</param>
    /// <param name="c">[rows, PanelWidth]; may be start.</param>
    /// <param name="cStride">Floats from one row of c to the next.</param>
    public static void Tile(
        int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
    {
        Debug.Assert(rows is > 0 and <= TileRows && depth is >= 0 and <= Chunk, "Within a tile.");
        if (Vector512.IsHardwareAccelerated)
            TileOf<Lanes512>(rows, a, b, bStride, depth, start, startStride, c, cStride);
        else if (Vector256.IsHardwareAccelerated)
            TileOf<Lanes256>(rows, a, b, bStride, depth, start, startStride, c, cStride);
        else if (Vector128.IsHardwareAccelerated)
            TileOf<Lanes128>(rows, a, b, bStride, depth, start, startStride, c, cStride);
        else ReferenceTile(rows, a, b, bStride, depth, start, startStride, c, cStride);
    }

    /// <summary>
    /// One row against <see cref="RowPanels"/> neighbouring panels: y[n] = bias[n] + sum over k of x[k] * panel[k, n].
    /// </summary>
    /// <param name="x">[inputs].</param>
    /// <param name="panels">The first panel.</param>
    /// <param name="panelLength">Floats a panel.</param>
    /// <param name="inputs">Length of x.</param>
    /// <param name="bias">[RowPanels * PanelWidth], or null for zero.</param>
    /// <param name="y">[RowPanels * PanelWidth].</param>
    public static void Row(float* x, float* panels, nint panelLength, int inputs, float* bias, float* y)
    {
        if (Vector512.IsHardwareAccelerated) RowOf<Lanes512>(x, panels, panelLength, inputs, bias, y);
        else if (Vector256.IsHardwareAccelerated) RowOf<Lanes256>(x, panels, panelLength, inputs, bias, y);
        else if (Vector128.IsHardwareAccelerated) RowOf<Lanes128>(x, panels, panelLength, inputs, bias, y);
        else ReferenceRow(x, panels, panelLength, inputs, bias, y);
    }

    /// <summary>The plain form of <see cref="Row"/>.</summary>
    public static void ReferenceRow(float* x, float* panels, nint panelLength, int inputs, float* bias, float* y)
    {
        for (var column = 0; column < RowPanels * PackedMatrix.PanelWidth; column++)
        {
            var panel = panels + (column / PackedMatrix.PanelWidth * panelLength) + (column % PackedMatrix.PanelWidth);
            var total = bias is null ? 0 : bias[column];
            for (var begin = 0; begin < inputs; begin += Chunk)
            {
                var sum = 0f;
                for (var k = begin; k < Math.Min(begin + Chunk, inputs); k++)
                    sum += x[k] * panel[(nint)k * PackedMatrix.PanelWidth];
                total += sum;
            }

            y[column] = total;
        }
    }

    /// <summary>The plain form of <see cref="Tile"/>.</summary>
    public static void ReferenceTile(
        int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < PackedMatrix.PanelWidth; column++)
            {
                var sum = 0f;
                for (var k = 0; k < depth; k++) sum += a[(row * Chunk) + k] * b[(k * bStride) + column];
                c[(row * cStride) + column] = (start is null ? 0 : start[(row * startStride) + column]) + sum;
            }
        }
    }
}
