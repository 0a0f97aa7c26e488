using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class PixMoWriterTests
{
    [Fact]
    public void Add_ExamplesWithAndWithoutPictures_AreReadBack()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Combine("new");
        var dog = new SceneObject("dogs", 25, 50, 10, 20);
        using (var writer = ExampleWriter.Open(path))
        {
            writer.Add(new Example(new RgbImage(2, 1, [1, 2, 3, 4, 5, 6]), [new Annotation("s", "q", "<a> 'ä'")])
            {
                Objects = [dog, new SceneObject("cats", 1.26, 2, 0, 0)],
            });
            writer.Add(new Example(null, [new Annotation("t", "", "words")]));
            writer.Complete();
        }

        var read = ExampleFolder.Open(path);
        Assert.Equal(2, read.Count);
        Assert.Equal([1, 2, 3, 4, 5, 6], read.Read(0).Picture!.Pixels);
        Assert.Equal([new Annotation("s", "q", "<a> 'ä'")], read.Read(0).Annotations);
        Assert.Equal(dog, read.Read(0).Objects[0]);
        Assert.Null(read.Read(1).Picture);
        Assert.Equal("words", read.Read(1).Annotations[0].Answer);
        Assert.Equal(
            [
                "[",
                """{"file":"0000001.png","width":2,"height":1,"objects":{"dogs":[[25,50]],"cats":[[1.3,2]]},"""
                    + "\"boxes\":{\"dogs\":[[20,40,30,60]]}}",
                "]",
            ],
            File.ReadAllLines(Path.Combine(path, "truth.json")));
        Assert.Equal(3, Directory.GetFiles(path).Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dispose_BeforeTheEnd_LeavesNothing(bool isNew)
    {
        using var folder = new TemporaryFolder();
        var path = isNew ? folder.Combine("new") : folder.Path;
        using (var writer = ExampleWriter.Open(path))
        {
            writer.Add(new Example(new RgbImage(1, 1, [1, 2, 3]), [new Annotation("s", "q", "a")]));
            Assert.False(File.Exists(Path.Combine(path, ExampleFolder.FileName)));
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData(".JPG", "0000001.jpg")]
    [InlineData("", "0000001")]
    [InlineData("./../x", "0000001")]
    [InlineData(".toolong", "0000001")]
    public void Store_Extension_IsKeptWhereItIsPlain(string extension, string name)
    {
        using var folder = new TemporaryFolder();
        using var writer = ExampleWriter.Open(folder.Combine("new"));
        Assert.Equal(name, writer.Store([1], extension));
    }

    [Fact]
    public void Open_FolderInUse_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Combine("mine"), "");
        Assert.Contains(
            "not empty", Assert.Throws<CommandException>(() => ExampleWriter.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }
}
