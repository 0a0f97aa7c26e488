namespace Molmo.Demo.Server.Tests.Commands;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("molmo-test-").FullName;

    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Copies the files of a folder that has no folders.</summary>
    public TemporaryFolder Fill(string from)
    {
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Combine(System.IO.Path.GetFileName(file)));
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
