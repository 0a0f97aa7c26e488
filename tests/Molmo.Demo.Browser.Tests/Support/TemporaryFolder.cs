namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>A folder that goes when the test does.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("molmo-").FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A killed process may hold a file a moment longer; the system clears its temporary folder.
        }
    }
}
