namespace Molmo.Demo.Inference.Tests.Imaging;

public class SampleImageTests
{
    [Fact]
    public void Decode_GalleryPictures_HaveTheSizesOfTheirTruth()
    {
        using var truth = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.Samples, "truth.json")));
        foreach (var picture in truth.RootElement.EnumerateArray())
        {
            var image = TestImages.Decode(
                File.ReadAllBytes(Path.Combine(TestData.Samples, picture.GetProperty("file").GetString()!)));
            Assert.Equal(
                (picture.GetProperty("width").GetInt32(), picture.GetProperty("height").GetInt32()),
                (image.Width, image.Height));
        }
    }
}
