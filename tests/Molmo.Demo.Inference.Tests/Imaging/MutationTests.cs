using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>Damaged files give a picture or a refusal, and nothing else. A short form; the seeds are fixed.</summary>
public class MutationTests
{
    private const int Rounds = 1500;

    // Each that gets past the headers starts one.
    private const int RoundsOfProcesses = 60;

    // Small limits, so that a mutated size costs little.
    private static readonly DecoderLimits Limits = new(MaxPixels: 1_000_000, MaxSide: 4096);

    [Fact]
    public void Decode_MutatedPng_IsPictureOrRefusal()
    {
        var files = new[]
        {
            TestImages.EncodePng(TestImages.Scene(33, 21)),
            PngFile.Make(PngFile.Ihdr(9, 9, 4, 3, interlace: 1), new byte[90], PngFile.Chunk("PLTE", new byte[48]),
                PngFile.Chunk("eXIf", ExifBlock.Make(5))),
            PngFile.Make(PngFile.Ihdr(5, 7, 16, 6), new byte[7 * 41]),
        };
        Mutate(files, mendChecksums: false);
        Mutate(files, mendChecksums: true);
    }

    [Fact]
    public void Decode_MutatedJpeg_IsPictureOrRefusal()
    {
        var random = new Random(8);
        var blocks = Enumerable.Range(0, 24).Select(
            _ => Enumerable.Range(0, 64).Select(k => (short)random.Next(-60 / (k + 1), 60 / (k + 1) + 1)).ToArray())
            .ToArray();
        Mutate(
            [
                TestImages.EncodeJpeg(TestImages.Scene(40, 27), 60),
                TestImages.EncodeJpeg(TestImages.Scene(19, 30), 95),
                JpegFile.Sequential(4, 6, blocks, restartInterval: 3),
                JpegFile.Progressive(4, 6, blocks),
                JpegFile.Progressive(4, 6, blocks, restartInterval: 5),
            ],
            mendChecksums: false);
    }

    [Slow]
    [Fact]
    public void Decode_MutatedFileOfAnotherProcess_IsPictureOrRefusal() => Mutate(
        [
            WebpFile.Riff(WebpFile.Canvas(9, 7, flags: 8), WebpFile.Picture(9, 7, (x, y) => x > y),
                WebpFile.Chunk("EXIF", ExifBlock.Make(5))),
            WebpFile.Riff(
                WebpFile.Canvas(9, 7, flags: 2), WebpFile.Frame(2, 4, 3, 2, WebpFile.Picture(3, 2, (x, y) => x > y))),
            GifFile.Make(9, 7, GifFile.Comment(1, 2), GifFile.Transparent(1),
                GifFile.Frame(1, 2, 8, 5, [.. Enumerable.Range(0, 40).Select(i => (byte)(i % 4))])),
            BmpFile.Make(3, 2, 24, 0, [], new byte[24]),
            BmpFile.Make(3, 2, 4, 0, new byte[64], new byte[8]),
        ],
        mendChecksums: false, RoundsOfProcesses);

    private static void Mutate(byte[][] files, bool mendChecksums, int rounds = Rounds)
    {
        for (var seed = 0; seed < rounds; seed++)
        {
            var random = new Random(seed);
            var file = files[seed % files.Length];
            var mutant = Mutate(file, random);
            if (mendChecksums) PngFile.MendChecksums(mutant);
            try
            {
                var image = ImageDecoder.Decode(mutant, Limits, TestContext.Current.CancellationToken);
                Assert.InRange((long)image.Width * image.Height, 1, Limits.MaxPixels);
            }
            catch (InvalidImageException)
            {
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Assert.Fail($"Seed {seed}, file {seed % files.Length}: {e}");
            }
        }
    }

    private static byte[] Mutate(byte[] file, Random random)
    {
        var mutant = file.ToList();
        for (var changes = random.Next(1, 6); changes > 0 && mutant.Count > 8; changes--)
        {
            var at = random.Next(mutant.Count);
            switch (random.Next(6))
            {
                case 0:
                    mutant[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    mutant[at] = (byte)random.Next(256);
                    break;
                case 2:
                    mutant[at] = 0xFF;
                    break;
                case 3:
                    mutant.RemoveRange(at, Math.Min(random.Next(1, 9), mutant.Count - at));
                    break;
                case 4:
                    mutant.InsertRange(at, mutant.GetRange(at, Math.Min(random.Next(1, 33), mutant.Count - at)));
                    break;
                default:
                    mutant.RemoveRange(at, random.Next(8) == 0 ? mutant.Count - at : 0);
                    break;
            }
        }
        return [.. mutant];
    }
}
